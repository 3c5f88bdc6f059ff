//! Showing and checking of recorded sessions, frame by frame.

use std::io::{self, Write};

use alwayson_codec::{Body, Message};

use crate::answers::exchanges;
use crate::capture::{Capture, Frame, Opcode, Side};
use crate::chunks::{Chunks, Whole};
use crate::expectations::{Wrong, judge};
use crate::{diff, hex};

/// The width at which texts are wrapped if lines are not cut.
const WIDTH: usize = 120;

/// The prefix of each line that marks a wrong answer.
const INDENT: &str = "      ~~ ";

/// The counts of a capture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Frames of all kinds.
    pub frames: usize,
    /// Messages and chunks among them.
    pub messages: usize,
    /// Joined messages.
    pub joined: usize,
    /// Answers of the platform that are known to be wrong.
    pub wrong: usize,
    /// The differences, including expectations that do not match.
    pub differences: Vec<String>,
}

/// Shows a capture, one line for each frame, and checks it: every message must decode and
/// encode to the same bytes; chunks must join, and a joined response must split into the
/// same chunks. Answers that are expected to be wrong are marked with the reason. Lines
/// are cut at this number of columns, if given.
///
/// # Errors
/// The lines cannot be written.
pub fn replay(
    name: &str,
    capture: &Capture,
    expected: &[Wrong],
    columns: Option<usize>,
    out: &mut impl Write,
) -> io::Result<Summary> {
    let judged = judge(expected, &exchanges(capture));
    writeln!(out, "{name}")?;
    for line in wrapped(&capture.comment, columns.unwrap_or(WIDTH)) {
        writeln!(out, "  {line}")?;
    }
    writeln!(out, "\n   #  {:<16} {:>7}  message", "direction", "bytes")?;
    let mut replay = Replay { columns, ..Replay::default() };
    for (frame, number) in capture.frames.iter().zip(1..) {
        replay.frame(frame, out)?;
        for (_, text) in judged.wrong.iter().filter(|(of, _)| *of == number) {
            replay.wrong(text, out)?;
        }
    }
    let Replay { mut summary, edge, platform, .. } = replay;
    for (side, left) in [("edge", edge.unfinished()), ("platform", platform.unfinished())] {
        if left > 0 {
            summary.differences.push(format!("{left} unfinished messages of the {side}"));
        }
    }
    summary.differences.extend(judged.stale);
    let Summary { frames, messages, joined, wrong, differences } = &summary;
    let wrong = if *wrong == 0 { String::new() } else { format!("{wrong} known to be wrong, ") };
    let count = differences.len();
    let colon = if differences.is_empty() { "" } else { ": " };
    let what = differences.join("; ");
    writeln!(
        out,
        "\n{name}: {frames} frames, {messages} messages, {joined} joined, \
         {wrong}{count} differences{colon}{what}"
    )?;
    Ok(summary)
}

#[derive(Default)]
struct Replay {
    columns: Option<usize>,
    summary: Summary,
    edge: Chunks,
    platform: Chunks,
}

impl Replay {
    fn frame(&mut self, frame: &Frame, out: &mut impl Write) -> io::Result<()> {
        self.summary.frames += 1;
        let number = self.summary.frames;
        let direction = match frame.from {
            Side::Edge => "edge -> platform",
            Side::Platform => "platform -> edge",
        };
        let text = match frame.opcode {
            Opcode::Binary => return self.message(number, direction, frame, out),
            Opcode::Text => format!("text {} (not part of the protocol)", payload(&frame.bytes)),
            Opcode::Ping => format!("ping {}", payload(&frame.bytes)),
            Opcode::Pong => format!("pong {}", payload(&frame.bytes)),
            Opcode::Close => close(&frame.bytes),
        };
        self.line(out, &number.to_string(), direction, frame.bytes.len(), text.trim_end())
    }

    fn message(
        &mut self,
        number: usize,
        direction: &str,
        frame: &Frame,
        out: &mut impl Write,
    ) -> io::Result<()> {
        self.summary.messages += 1;
        let index = number.to_string();
        let (message, used) = match Message::decode(&frame.bytes) {
            Ok(decoded) => decoded,
            Err(error) => {
                self.line(out, &index, direction, frame.bytes.len(), "cannot be decoded")?;
                let text = format!("{} at {}", error.kind().name(), error.offset());
                return self.difference(out, number, &text);
            }
        };
        let mut text = message.dump().to_string();
        let trailing = frame.bytes.len() - used;
        if trailing > 0 {
            text = format!("{text} (and {trailing} bytes after it)");
        }
        self.line(out, &index, direction, frame.bytes.len(), &text)?;
        if let Some(difference) = reencoded(&message, &frame.bytes[..used]) {
            self.difference(out, number, &difference)?;
        }
        let Body::Chunk(chunk) = &message.body else { return Ok(()) };
        let chunks = match frame.from {
            Side::Edge => &mut self.edge,
            Side::Platform => &mut self.platform,
        };
        match chunks.push(&message, chunk, &frame.bytes) {
            Ok(None) => Ok(()),
            Ok(Some(joined)) => self.joined(out, number, &joined),
            Err(text) => self.difference(out, number, &text),
        }
    }

    /// Shows and checks a joined message.
    fn joined(&mut self, out: &mut impl Write, number: usize, joined: &Whole) -> io::Result<()> {
        self.summary.joined += 1;
        let Whole { bytes, chunks, .. } = joined;
        let origin = format!("= {} chunks", chunks.len());
        match Message::decode_exact(bytes) {
            Ok(message) => {
                self.line(out, "", &origin, bytes.len(), &message.dump().to_string())?;
                if let Some(difference) = reencoded(&message, bytes) {
                    self.difference(out, number, &difference)?;
                }
            }
            Err(error) => {
                self.line(out, "", &origin, bytes.len(), "cannot be decoded")?;
                let text = format!("{} at {}", error.kind().name(), error.offset());
                self.difference(out, number, &text)?;
            }
        }
        match joined.split_again() {
            Ok(()) => Ok(()),
            Err(text) => self.difference(out, number, &text),
        }
    }

    /// Writes a line of the report: number, direction, size in bytes, and text.
    fn line(
        &self,
        out: &mut impl Write,
        number: &str,
        direction: &str,
        size: usize,
        text: &str,
    ) -> io::Result<()> {
        let line = format!("{number:>4}  {direction:<16} {size:>7}  {text}");
        match self.columns {
            Some(columns) if line.chars().count() > columns => {
                let start: String = line.chars().take(columns.saturating_sub(3)).collect();
                writeln!(out, "{start}...")
            }
            _ => writeln!(out, "{line}"),
        }
    }

    /// Marks an answer that is known to be wrong.
    fn wrong(&mut self, text: &str, out: &mut impl Write) -> io::Result<()> {
        self.summary.wrong += 1;
        let width = self.columns.unwrap_or(WIDTH).saturating_sub(INDENT.len());
        for line in wrapped(text, width) {
            writeln!(out, "{INDENT}{line}")?;
        }
        Ok(())
    }

    fn difference(&mut self, out: &mut impl Write, number: usize, text: &str) -> io::Result<()> {
        writeln!(out, "      !! {text}")?;
        let first_line = text.lines().next().unwrap_or_default();
        self.summary.differences.push(format!("frame {number}: {first_line}"));
        Ok(())
    }
}

/// Returns how a message differs after encoding it again.
fn reencoded(message: &Message<'_>, bytes: &[u8]) -> Option<String> {
    let mut again = vec![0; bytes.len()];
    match message.encode(&mut again) {
        Ok(len) => {
            let difference = diff::bytes("encoded again, it", bytes, &again[..len]);
            difference.map(|difference| difference.to_string())
        }
        Err(error) => Some(format!("cannot be encoded again: {error}")),
    }
}

/// Returns the payload of a ping, as text if it is printable.
fn payload(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok("") => String::new(),
        Ok(text) if !text.contains(char::is_control) => format!("\"{text}\""),
        _ => hex::encode(bytes),
    }
}

/// Returns code and reason of a close.
fn close(bytes: &[u8]) -> String {
    match bytes.split_first_chunk::<2>() {
        Some((code, reason)) => {
            format!("close {} {}", u16::from_be_bytes(*code), payload(reason))
        }
        None => format!("close {}", payload(bytes)),
    }
}

/// Breaks a text into lines between words.
fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() + 3 <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
