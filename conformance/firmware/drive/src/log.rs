//! The log of the device: decodes defmt's frames with the texts that are in the
//! program's file but not on the device.

use std::fs;
use std::path::Path;

use defmt_decoder::{DecodeError, Table};

use crate::Failure;

/// Returns the lines of a log.
pub fn decode(program: &Path, log: &Path) -> Result<Vec<String>, Failure> {
    let table = Table::parse(&fs::read(program)?)?.ok_or("the program has no log texts")?;
    let mut decoder = table.new_stream_decoder();
    decoder.received(&fs::read(log)?);
    let mut lines = vec![];
    loop {
        match decoder.decode() {
            Ok(frame) => lines.push(frame.display(false).to_string()),
            Err(DecodeError::UnexpectedEof) => return Ok(lines),
            Err(DecodeError::Malformed) => {
                return Err(format!("malformed log frame after {:?}", lines.last()).into());
            }
        }
    }
}

/// Texts that must be in the log of a device that has done everything, each with
/// the minimum number of lines.
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

/// Checks that the log has all expected lines, and that it does not contain the key.
pub fn check(log: &[String], key: &str) -> Result<(), Failure> {
    for (expected, least) in EXPECTED {
        let count = log.iter().filter(|line| line.contains(expected)).count();
        if count < least {
            let log = log.join("\n");
            return Err(format!(
                "`{expected}` is in {count} lines of the log, expected at least {least}:\n{log}"
            )
            .into());
        }
    }
    if log.iter().any(|line| line.contains(key)) {
        return Err("the key is in the log".into());
    }
    Ok(())
}

/// Returns the sizes that the device has measured, in bytes: its edge, its buffers
/// and its stack.
pub fn measured(log: &[String]) -> Result<[u64; 3], Failure> {
    let number = |line: &str, index: usize| -> Result<u64, Failure> {
        let line = log
            .iter()
            .find(|text| text.contains(line))
            .ok_or("the log has no line with this size")?;
        let (_, text) = line.split_once("INFO").ok_or("the log has no levels")?;
        let words = text.split(|c: char| !c.is_ascii_digit()).filter(|word| !word.is_empty());
        Ok(words.clone().nth(index).ok_or("the line has no numbers")?.parse()?)
    };
    Ok([number("an edge of", 0)?, number("an edge of", 1)?, number("a stack of", 0)?])
}
