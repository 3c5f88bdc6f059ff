//! The device's log: defmt's frames, made readable with the texts that the
//! program's file has and the device has not.

use std::fs;
use std::path::Path;

use defmt_decoder::{DecodeError, Table};

use crate::Failure;

/// The lines of a log.
pub fn decode(program: &Path, log: &Path) -> Result<Vec<String>, Failure> {
    let table = Table::parse(&fs::read(program)?)?.ok_or("the program logs nothing")?;
    let mut decoder = table.new_stream_decoder();
    decoder.received(&fs::read(log)?);
    let mut lines = vec![];
    loop {
        match decoder.decode() {
            Ok(frame) => lines.push(frame.display(false).to_string()),
            Err(DecodeError::UnexpectedEof) => return Ok(lines),
            Err(DecodeError::Malformed) => {
                return Err(format!("no frame of a log after {:?}", lines.last()).into());
            }
        }
    }
}

/// What has to be in the log of a device that has done everything, and how
/// often at least.
const EXPECTED: [(&str, usize); 11] = [
    ("-> AUTH request=", 2),
    ("{appKey=***}", 2),
    ("[SteamSensor1]", 2),
    ("<- GET", 3),
    ("<- PUT", 2),
    ("Things/SteamSensor1/Services/GetMetadata", 2),
    ("Things/SteamSensor1/Services/Calibrate", 1),
    ("Services/UpdateSubscribedPropertyValues", 2),
    ("ended: Silent", 1),
    ("-> UNBIND", 1),
    ("ended: Left", 1),
];

/// Checks that it says what was done, and not the key.
pub fn check(log: &[String], key: &str) -> Result<(), Failure> {
    for (expected, least) in EXPECTED {
        let count = log.iter().filter(|line| line.contains(expected)).count();
        if count < least {
            let log = log.join("\n");
            return Err(format!("`{expected}` is {count} times in the log:\n{log}").into());
        }
    }
    if log.iter().any(|line| line.contains(key)) {
        return Err("the key is in the log".into());
    }
    Ok(())
}

/// What the device has measured: the edge, its buffers, its stack, in bytes.
pub fn measured(log: &[String]) -> Result<[u64; 3], Failure> {
    let number = |line: &str, index: usize| -> Result<u64, Failure> {
        let line = log.iter().find(|text| text.contains(line)).ok_or("it did not measure")?;
        let (_, text) = line.split_once("INFO").ok_or("a log without levels")?;
        let words = text.split(|c: char| !c.is_ascii_digit()).filter(|word| !word.is_empty());
        Ok(words.clone().nth(index).ok_or("a line without numbers")?.parse()?)
    };
    Ok([number("an edge of", 0)?, number("an edge of", 1)?, number("a stack of", 0)?])
}
