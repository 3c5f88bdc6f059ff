//! Recorded sessions, frame by frame: shown, and checked.

use std::collections::BTreeMap;
use std::io::{self, Write};

use alwayson_codec::{Body, Chunk, ChunkOf, Joined, Joiner, Message, Split};

use crate::capture::{Capture, Frame, Opcode, Side};
use crate::{diff, hex, vectors};

/// Unfinished messages a side may have at a time.
const PLACES: usize = 8;

/// What there was in a capture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Frames of all kinds.
    pub frames: usize,
    /// Messages and chunks among them.
    pub messages: usize,
    /// Messages that chunks added up to.
    pub joined: usize,
    /// What went wrong.
    pub differences: Vec<String>,
}

/// Shows a capture, a line a frame, and checks it: every message is decoded and
/// encoded again to the same bytes; chunks are joined, and a joined response
/// splits into the same chunks again. Lines are cut at so many columns, if any.
///
/// # Errors
/// Where the lines cannot be written.
pub fn replay(
    name: &str,
    capture: &Capture,
    columns: Option<usize>,
    out: &mut impl Write,
) -> io::Result<Summary> {
    writeln!(out, "{name}")?;
    for line in wrapped(&capture.comment, columns.unwrap_or(120)) {
        writeln!(out, "  {line}")?;
    }
    writeln!(out, "\n   #  {:<16} {:>7}  message", "direction", "bytes")?;
    let mut replay = Replay { columns, ..Replay::default() };
    for frame in &capture.frames {
        replay.frame(frame, out)?;
    }
    let Replay { mut summary, edge, platform, .. } = replay;
    for (side, left) in [("edge", edge.unfinished()), ("platform", platform.unfinished())] {
        if left > 0 {
            summary.differences.push(format!("{left} unfinished messages of the {side}"));
        }
    }
    let Summary { frames, messages, joined, differences } = &summary;
    let (count, colon) = (differences.len(), if differences.is_empty() { "" } else { ": " });
    let what = differences.join("; ");
    writeln!(
        out,
        "\n{name}: {frames} frames, {messages} messages, {joined} joined, \
         {count} differences{colon}{what}"
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

    /// Shows and checks a message that chunks added up to.
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

    /// A line of the report: number, direction, size in bytes, and text.
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

    fn difference(&mut self, out: &mut impl Write, number: usize, text: &str) -> io::Result<()> {
        writeln!(out, "      !! {text}")?;
        let first_line = text.lines().next().unwrap_or_default();
        self.summary.differences.push(format!("frame {number}: {first_line}"));
        Ok(())
    }
}

/// How a message differs when it is encoded again.
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

/// The chunks of one side.
struct Chunks {
    joiner: Joiner<Vec<u8>, PLACES>,
    /// The frames of unfinished messages, by request id and code, then by chunk
    /// id.
    frames: BTreeMap<(u32, u8), BTreeMap<u16, Vec<u8>>>,
}

impl Default for Chunks {
    fn default() -> Self {
        let memory = std::array::from_fn(|_| vec![0; vectors::memory()]);
        Self { joiner: Joiner::new(memory), frames: BTreeMap::new() }
    }
}

/// A message that chunks added up to.
struct Whole {
    bytes: Vec<u8>,
    chunks: Vec<Vec<u8>>,
    chunk_size: u16,
    is_response: bool,
}

impl Chunks {
    fn unfinished(&self) -> usize {
        self.joiner.unfinished()
    }

    fn push(
        &mut self,
        message: &Message<'_>,
        chunk: &Chunk<'_>,
        frame: &[u8],
    ) -> Result<Option<Whole>, String> {
        let key = (message.ids.request, message.code().to_u8());
        self.frames.entry(key).or_default().entry(chunk.id).or_insert_with(|| frame.to_vec());
        // A capture has no clock: nothing expires.
        match self.joiner.push(message.ids, chunk, 0) {
            Ok(Joined::Incomplete) => Ok(None),
            Ok(Joined::Complete(whole)) => {
                let frames = self.frames.remove(&key).unwrap_or_default();
                Ok(Some(Whole {
                    bytes: whole.to_vec(),
                    chunks: frames.into_values().collect(),
                    chunk_size: chunk.size,
                    is_response: matches!(chunk.of, ChunkOf::Response(_)),
                }))
            }
            Err(error) => {
                self.frames.remove(&key);
                Err(format!("cannot be joined: {error}"))
            }
        }
    }
}

impl Whole {
    /// Splits the message with the sender's chunk size. Its own chunks come out
    /// where it is a response and has no empty chunk: senders differ in whether
    /// the entity of a request counts, and some send an empty last chunk.
    fn split_again(&self) -> Result<(), String> {
        let mut split = Split::new(&self.bytes, self.chunk_size)
            .map_err(|error| format!("cannot be split: {error}"))?;
        let mut buffer = vec![0; usize::from(self.chunk_size)];
        let mut again = Vec::new();
        loop {
            match split.next_chunk(&mut buffer) {
                Ok(Some(len)) => again.push(buffer[..len].to_vec()),
                Ok(None) => break,
                Err(error) => return Err(format!("cannot be split: {error}")),
            }
        }
        let has_empty = self.chunks.iter().any(|chunk| is_empty_chunk(chunk));
        if !self.is_response || has_empty || self.chunks.len() == 1 {
            return Ok(());
        }
        if again.len() != self.chunks.len() {
            return Err(format!("{} chunks, split again {}", self.chunks.len(), again.len()));
        }
        let pairs = self.chunks.iter().zip(&again).enumerate();
        let what = |index| format!("split again, chunk {}", index + 1);
        let mut differences =
            pairs.filter_map(|(index, (chunk, again))| diff::bytes(&what(index), chunk, again));
        differences.next().map_or(Ok(()), |difference| Err(difference.to_string()))
    }
}

fn is_empty_chunk(frame: &[u8]) -> bool {
    match Message::decode(frame) {
        Ok((Message { body: Body::Chunk(chunk), .. }, _)) => chunk.data.is_empty(),
        _ => false,
    }
}

/// The payload of a ping, as text if it is some.
fn payload(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok("") => String::new(),
        Ok(text) if !text.contains(char::is_control) => format!("\"{text}\""),
        _ => hex::encode(bytes),
    }
}

/// Code and reason of a close.
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
