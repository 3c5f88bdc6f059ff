//! `decode`: hex and captures as readable lines.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use alwayson_codec::limits::DEFAULT_MESSAGE_LIMIT;
use alwayson_codec::{Body, Joined, Joiner, Message, memory_for};
use serde_json::Value as Json;

use crate::failure::{Failure, examples};
use crate::show;

/// Unfinished long messages that a side may have at a time.
const PLACES: usize = 4;
/// The smallest chunks that messages of the full length are joined of.
const SMALLEST_CHUNKS: u16 = 1_024;
/// The longest name of a Thing.
const LONGEST_NAME: usize = 255;

/// Show messages as readable lines: hex, a message a line, or captures.
///
/// What is given is either lines of hex digits, with spaces or colons between them
/// as you like, where empty lines and lines that begin with # are left out; or a
/// capture, JSON of the schema alwayson-capture/1. Chunks are joined: the line
/// after the last one has the whole message. Keys and passwords are masked. A line
/// that is no message is shown with the kind of the error and its offset in bytes,
/// and makes the exit code 1. On a terminal lines are cut at its width.
#[derive(Debug, clap::Args)]
#[command(after_help = examples(
    "  echo 014000000007000000000000004d0000ff | alwayson decode\n  \
     alwayson decode conformance/captures/edge-session.json",
))]
pub(crate) struct Args {
    /// Files of hex lines, or captures; the standard input without any, or as -.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Show whole lines on a terminal too.
    #[arg(long)]
    full: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let columns = if args.full { None } else { show::columns() };
    let input = [PathBuf::from("-")];
    let files = if args.files.is_empty() { &input[..] } else { &args.files };
    let mut are_all_good = true;
    for file in files {
        let mut decoder = Decoder::new(columns);
        if files.len() > 1 {
            show::line(&format!("{}:", file.display()))?;
        }
        if file == Path::new("-") {
            decoder.all("standard input", &mut io::stdin().lock())?;
        } else {
            let name = file.display().to_string();
            let opened = File::open(file).map_err(|error| unreadable(&name, &error))?;
            decoder.all(&name, &mut BufReader::new(opened))?;
        }
        are_all_good &= decoder.finish()?;
    }
    if are_all_good { Ok(()) } else { Err(Failure::Told) }
}

fn unreadable(name: &str, error: &io::Error) -> Failure {
    Failure::Usage(format!("{name}: cannot be read: {error}"))
}

struct Decoder {
    columns: Option<usize>,
    number: usize,
    faults: usize,
    /// Of the edge, which are those of hex lines as well, and of the platform.
    joiners: [Joiner<Vec<u8>, PLACES>; 2],
}

#[derive(Clone, Copy)]
enum Side {
    /// Nobody knows.
    None,
    Edge,
    Platform,
}

impl Decoder {
    fn new(columns: Option<usize>) -> Self {
        let memory = memory_for(DEFAULT_MESSAGE_LIMIT, SMALLEST_CHUNKS, LONGEST_NAME);
        let joiner = || Joiner::new(std::array::from_fn(|_| vec![0; memory]));
        Self { columns, number: 0, faults: 0, joiners: [joiner(), joiner()] }
    }

    /// Shows a whole input: a capture, if it begins with a brace, or a line at a
    /// time as it comes.
    fn all(&mut self, name: &str, input: &mut impl BufRead) -> Result<(), Failure> {
        let mut line = Vec::new();
        let mut is_first = true;
        loop {
            line.clear();
            let read = input.read_until(b'\n', &mut line);
            if read.map_err(|error| unreadable(name, &error))? == 0 {
                return Ok(());
            }
            let text = line.trim_ascii();
            if text.is_empty() || text.starts_with(b"#") {
                continue;
            }
            if is_first && text.starts_with(b"{") {
                let rest = input.read_to_end(&mut line);
                rest.map_err(|error| unreadable(name, &error))?;
                return self.capture(name, &line);
            }
            is_first = false;
            self.number += 1;
            match from_hex(text) {
                Ok(bytes) => self.message(Side::None, &bytes)?,
                Err(at) => {
                    let text = format!("InvalidHex at character {at}: no even number of digits");
                    self.fault(Side::None, 0, &text)?;
                }
            }
        }
    }

    fn capture(&mut self, name: &str, text: &[u8]) -> Result<(), Failure> {
        let fault = |text: String| Failure::Usage(format!("{name}: {text}"));
        let json: Json = serde_json::from_slice(text)
            .map_err(|error| fault(format!("it begins like a capture, and is no JSON: {error}")))?;
        let schema = json.get("schema").and_then(Json::as_str).unwrap_or_default();
        if schema != "alwayson-capture/1" {
            return Err(fault(format!("the schema is \"{schema}\", not \"alwayson-capture/1\"")));
        }
        let frames = json.get("frames").and_then(Json::as_array);
        let frames = frames.ok_or_else(|| fault("there is no list of frames in it".into()))?;
        for frame in frames {
            self.number += 1;
            let member = |name: &str| frame.get(name).and_then(Json::as_str).unwrap_or_default();
            let side = match member("from") {
                "edge" => Side::Edge,
                "platform" => Side::Platform,
                _ => Side::None,
            };
            let bytes = match from_hex(member("hex").as_bytes()) {
                Ok(bytes) => bytes,
                Err(at) => {
                    self.fault(side, 0, &format!("InvalidHex at character {at}"))?;
                    continue;
                }
            };
            match (member("opcode"), &bytes[..]) {
                ("binary", bytes) => self.message(side, bytes)?,
                ("close", [high, low, ..]) => {
                    let code = u16::from_be_bytes([*high, *low]);
                    self.line(side, bytes.len(), &format!("close {code}"))?;
                }
                (opcode @ ("ping" | "pong" | "text" | "close"), bytes) => {
                    self.line(side, bytes.len(), opcode)?;
                }
                (other, _) => {
                    self.fault(side, bytes.len(), &format!("no opcode: \"{other}\""))?;
                }
            }
        }
        Ok(())
    }

    fn message(&mut self, side: Side, bytes: &[u8]) -> io::Result<()> {
        let (message, used) = match Message::decode(bytes) {
            Ok(decoded) => decoded,
            Err(error) => {
                let (kind, at) = (error.kind().name(), error.offset());
                return self.fault(side, bytes.len(), &format!("{kind} at byte {at}"));
            }
        };
        let mut text = message.dump().to_string();
        if used < bytes.len() {
            // Writing to a string cannot fail.
            let _ = write!(text, " (and {} bytes after it)", bytes.len() - used);
        }
        self.line(side, bytes.len(), &text)?;
        let Body::Chunk(chunk) = &message.body else { return Ok(()) };
        let joiner = &mut self.joiners[usize::from(matches!(side, Side::Platform))];
        // There is no clock: nothing expires.
        let (len, text) = match joiner.push(message.ids, chunk, 0) {
            Ok(Joined::Incomplete) => return Ok(()),
            Ok(Joined::Complete(whole)) => match Message::decode_exact(whole) {
                Ok(message) => (whole.len(), Ok(message.dump().to_string())),
                Err(error) => {
                    let (kind, at) = (error.kind().name(), error.offset());
                    (whole.len(), Err(format!("{kind} at byte {at} of the joined message")))
                }
            },
            Err(error) => (bytes.len(), Err(format!("the chunk cannot be joined: {error}"))),
        };
        match text {
            Ok(text) => self.line(side, len, &format!("= {text}")),
            Err(text) => self.fault(side, len, &text),
        }
    }

    fn fault(&mut self, side: Side, len: usize, text: &str) -> io::Result<()> {
        self.faults += 1;
        self.line(side, len, &format!("!! {text}"))
    }

    fn line(&self, side: Side, len: usize, text: &str) -> io::Result<()> {
        let direction = match side {
            Side::None => "",
            Side::Edge => "edge -> platform",
            Side::Platform => "platform -> edge",
        };
        let width = if direction.is_empty() { 0 } else { 18 };
        let line = format!("{:>4}  {direction:<width$}{len:>7}  {text}", self.number);
        show::line(&show::cut(&line, self.columns.unwrap_or(usize::MAX)))
    }

    /// Says what is left; whether all was good.
    fn finish(&self) -> io::Result<bool> {
        let unfinished: usize = self.joiners.iter().map(Joiner::unfinished).sum();
        if unfinished > 0 {
            writeln!(
                io::stderr(),
                "alwayson: long messages without their last chunks: {unfinished}"
            )?;
        }
        Ok(self.faults == 0 && unfinished == 0)
    }
}

/// Bytes of hex digits of either case, spaces and colons between them; or at which
/// character there is no digit, or one is missing.
fn from_hex(text: &[u8]) -> Result<Vec<u8>, usize> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut high = None;
    for (at, char) in text.iter().enumerate() {
        if matches!(char, b' ' | b'\t' | b':') {
            continue;
        }
        let digit = char::from(*char).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let digit = digit.ok_or(at)?;
        match high.take() {
            None => high = Some(digit),
            Some(high) => bytes.push(high << 4 | digit),
        }
    }
    if high.is_some() { Err(text.len()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_may_have_spaces_and_colons_between_them() {
        assert_eq!(from_hex(b"00 fF:a5"), Ok(vec![0, 0xff, 0xa5]));
        assert_eq!(from_hex(b""), Ok(vec![]));
    }

    #[test]
    fn what_is_no_digit_is_reported_where_it_stands() {
        assert_eq!(from_hex(b"0x"), Err(1));
        assert_eq!(from_hex(b"012"), Err(3));
    }
}
