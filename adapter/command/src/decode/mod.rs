//! `decode`: hex and captures as readable lines.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `mod.rs` | reads the inputs and prints a line for each message |
//! | `hex.rs` | hex digits and dumps, as programs write them |
//! | `packets.rs` | captures of packets: pcap and pcapng |
//! | `full.rs` | the complete content of a message |

mod full;
mod hex;
mod packets;

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alwayson::text_file::{self, TextError};
use alwayson_codec::{Body, Joined, Message};
use alwayson_conformance::pcap::is_capture;
use alwayson_conformance::pcap::tls::KeyLog;
use serde_json::Value as Json;

use crate::broken::Count;
use crate::capture::SCHEMA;
use crate::failure::{Failure, examples};
use crate::long_messages::{self, LongMessages};
use crate::show;

/// Show messages in hex, or captures, as readable lines.
///
/// The input is one of: lines of hex digits, one message each; the output of xxd or
/// hexdump -C, several lines for each message; a capture, which is JSON of the schema
/// alwayson-capture/1; a capture of packets, pcap or pcapng, of which the connections of the
/// protocol are shown, whatever their port. Spaces, colons and commas between digits are allowed, and 0x or
/// \x before them. Empty lines and lines that begin with # are ignored. Chunks are
/// joined: the line after the last chunk shows the complete message. Keys and passwords
/// are masked. For a line that is not a message, the kind and byte offset of the error
/// are shown, or the line and column of the character that is not a hex digit, and the
/// exit code is 1. Lines are cut at the width of the terminal, and long values are
/// shortened; --full shows everything.
#[derive(Debug, clap::Args)]
#[command(after_help = examples(
    "  echo 014000000007000000000000004d0000ff | alwayson decode\n  \
     xxd message.bin | alwayson decode --full\n  \
     alwayson decode conformance/captures/edge-session.json\n  \
     tcpdump -i any -w - tcp port 8080 | alwayson decode --check",
))]
pub(crate) struct Args {
    /// Files with hex or a capture; standard input if there are none, or for -.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Do not cut lines, and list all names and values of each message below it.
    #[arg(long)]
    full: bool,
    /// The secrets of TLS connections in captures of packets, in the format of SSLKEYLOGFILE: TLS
    /// 1.3, and TLS 1.2 with AES-GCM or `ChaCha20`. Other programs write such a file, and this one
    /// with its own option --keylog.
    #[arg(long, value_name = "FILE")]
    keylog: Option<PathBuf>,
    /// Show what breaks a rule of the protocol in captures of packets, as `tap` does, and fail if one
    /// of the broken rules is a MUST.
    #[arg(long)]
    check: bool,
    /// Fail for a broken SHOULD, too.
    #[arg(long, requires = "check")]
    strict: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let columns = if args.full { None } else { show::columns() };
    let input = [PathBuf::from("-")];
    let files = if args.files.is_empty() { &input[..] } else { &args.files };
    let mut are_all_good = true;
    let count = Arc::new(Count::default());
    let log = match &args.keylog {
        Some(file) => {
            let text = text_file::read(file);
            KeyLog::parse(&text.map_err(|error| Failure::Usage(format!("--keylog: {error}")))?)
        }
        None => KeyLog::default(),
    };
    let log = Arc::new(log);
    for file in files {
        let asked = packets::Asked { is_full: args.full, is_checking: args.check };
        let log = Arc::clone(&log);
        let mut decoder = Decoder::new(columns, asked, Arc::clone(&count), log);
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
    if args.check {
        count.judge(args.strict)?;
    }
    if are_all_good { Ok(()) } else { Err(Failure::Told) }
}

fn unreadable(name: &str, error: &io::Error) -> Failure {
    Failure::Usage(format!("{name}: cannot be read: {error}"))
}

struct Decoder {
    columns: Option<usize>,
    is_full: bool,
    asked: packets::Asked,
    count: Arc<Count>,
    log: Arc<KeyLog>,
    /// The number of the message.
    number: usize,
    hex: hex::Lines,
    faults: usize,
    /// For messages of the edge or of hex lines, and for messages of the platform.
    joiners: [LongMessages; 2],
}

#[derive(Clone, Copy)]
enum Side {
    /// Unknown: a hex line.
    None,
    Edge,
    Platform,
}

impl Decoder {
    fn new(
        columns: Option<usize>,
        asked: packets::Asked,
        count: Arc<Count>,
        log: Arc<KeyLog>,
    ) -> Self {
        let joiners = [long_messages::none(), long_messages::none()];
        let is_full = asked.is_full;
        Self {
            columns,
            is_full,
            asked,
            count,
            log,
            number: 0,
            hex: hex::Lines::default(),
            faults: 0,
            joiners,
        }
    }

    /// Shows an input: a capture if it begins with a brace, otherwise line by line as it
    /// arrives.
    fn all(&mut self, name: &str, input: &mut impl BufRead) -> Result<(), Failure> {
        let begin = input.fill_buf().map_err(|error| unreadable(name, &error))?;
        if let Some(begin) = begin.first_chunk().copied().filter(|begin| is_capture(begin)) {
            self.faults += packets::show(name, begin, input, self.asked, &self.count, &self.log)?;
            return Ok(());
        }
        let mut line = Vec::new();
        let mut is_first = true;
        for number in 1.. {
            line.clear();
            let read = input.read_until(b'\n', &mut line);
            if read.map_err(|error| unreadable(name, &error))? == 0 {
                break;
            }
            let text = match text_file::text(&line) {
                Ok(text) => text.trim_end(),
                Err(error @ TextError::Utf16) => {
                    return Err(Failure::Usage(format!("{name}: {error}")));
                }
                Err(error) => {
                    self.hex(number, None)?;
                    let error = match error {
                        TextError::Nul(_) => TextError::Nul(number),
                        _ => TextError::NotUtf8(number),
                    };
                    self.number += 1;
                    self.fault(Side::None, 0, &error.to_string())?;
                    continue;
                }
            };
            if text.trim().is_empty() || text.trim_start().starts_with('#') {
                self.hex(number, None)?;
                continue;
            }
            if is_first && text.trim_start().starts_with('{') {
                let rest = input.read_to_end(&mut line);
                rest.map_err(|error| unreadable(name, &error))?;
                let text = text_file::text(&line);
                let text = text.map_err(|error| Failure::Usage(format!("{name}: {error}")))?;
                return self.capture(name, text);
            }
            is_first = false;
            self.hex(number, Some(text))?;
        }
        Ok(self.hex(0, None)?)
    }

    /// Shows the messages that a line of hex completes. `None` ends the current dump.
    fn hex(&mut self, number: usize, line: Option<&str>) -> io::Result<()> {
        let found = match line {
            None => [self.hex.end(), None],
            Some(line) => self.hex.take(line),
        };
        for found in found.into_iter().flatten() {
            self.number += 1;
            match found {
                Ok(bytes) => self.message(Side::None, &bytes)?,
                Err(error) => {
                    self.fault(Side::None, 0, &format!("InvalidHex at line {number}, {error}"))?;
                }
            }
        }
        Ok(())
    }

    fn capture(&mut self, name: &str, text: &str) -> Result<(), Failure> {
        let fault = |text: String| Failure::Usage(format!("{name}: {text}"));
        let json: Json = serde_json::from_str(text)
            .map_err(|error| fault(format!("begins like a capture, but is not JSON: {error}")))?;
        let schema = json.get("schema").and_then(Json::as_str).unwrap_or_default();
        if schema != SCHEMA {
            return Err(fault(format!("the schema is \"{schema}\", not \"{SCHEMA}\"")));
        }
        let frames = json.get("frames").and_then(Json::as_array);
        let frames = frames.ok_or_else(|| fault("the capture has no list of frames".into()))?;
        for frame in frames {
            self.number += 1;
            let member = |name: &str| frame.get(name).and_then(Json::as_str).unwrap_or_default();
            let side = match member("from") {
                "edge" => Side::Edge,
                "platform" => Side::Platform,
                _ => Side::None,
            };
            let bytes = match hex::bytes(member("hex")) {
                Ok(bytes) => bytes,
                Err(error) => {
                    self.fault(side, 0, &format!("InvalidHex at frame {}, {error}", self.number))?;
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
                    self.fault(side, bytes.len(), &format!("unknown opcode: \"{other}\""))?;
                }
            }
        }
        Ok(())
    }

    fn message(&mut self, side: Side, bytes: &[u8]) -> io::Result<()> {
        let (message, used) = match Message::decode(bytes) {
            Ok(decoded) => decoded,
            Err(error) => {
                let kind = error.kind().name();
                let at = error.offset();
                return self.fault(side, bytes.len(), &format!("{kind} at byte {at}"));
            }
        };
        let mut text = message.dump().to_string();
        if used < bytes.len() {
            // Writing to a string cannot fail.
            let _ = write!(text, " (and {} bytes after it)", bytes.len() - used);
        }
        self.line(side, bytes.len(), &text)?;
        self.details(&message)?;
        let Body::Chunk(chunk) = &message.body else { return Ok(()) };
        let joiner = &mut self.joiners[usize::from(matches!(side, Side::Platform))];
        // Without a clock nothing expires.
        let (len, text) = match joiner.push(message.ids, chunk, 0) {
            Ok(Joined::Incomplete) => return Ok(()),
            Ok(Joined::Complete(whole)) => match Message::decode_exact(whole) {
                Ok(message) => {
                    let details = if self.is_full { full::lines(&message) } else { Vec::new() };
                    (whole.len(), Ok((message.dump().to_string(), details)))
                }
                Err(error) => {
                    let kind = error.kind().name();
                    let at = error.offset();
                    (whole.len(), Err(format!("{kind} at byte {at} of the joined message")))
                }
            },
            Err(error) => (bytes.len(), Err(format!("cannot join the chunk: {error}"))),
        };
        match text {
            Ok((text, details)) => {
                self.line(side, len, &format!("= {text}"))?;
                Self::indented(&details)
            }
            Err(text) => self.fault(side, len, &text),
        }
    }

    /// Prints the complete content of a message, with `--full`.
    fn details(&self, message: &Message<'_>) -> io::Result<()> {
        if self.is_full { Self::indented(&full::lines(message)) } else { Ok(()) }
    }

    fn indented(details: &[String]) -> io::Result<()> {
        details.iter().try_for_each(|line| show::line(&format!("{:15}{line}", "")))
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

    /// Reports unfinished messages; returns whether everything was valid.
    fn finish(&self) -> io::Result<bool> {
        let unfinished: usize = self.joiners.iter().map(LongMessages::unfinished).sum();
        if unfinished > 0 {
            writeln!(io::stderr(), "alwayson: incomplete long messages: {unfinished}")?;
        }
        Ok(self.faults == 0 && unfinished == 0)
    }
}
