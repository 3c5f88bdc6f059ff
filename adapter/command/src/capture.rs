//! Recording of connections as captures (schema alwayson-capture/1), one file for each
//! connection, with secrets masked by `*`. The file is complete after each frame, even if
//! the process is killed.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use alwayson::frame::{Direction, Frame, Kind};
use alwayson::mask;
use alwayson::transport::Close;
use alwayson_codec::{Body, Chunk, ChunkOf, Ids, Joined, Message};
use data_encoding::HEXLOWER;
use serde_json::json;

use crate::failure::Failure;
use crate::long_messages::{self, LongMessages};

/// The schema of captures.
pub(crate) const SCHEMA: &str = "alwayson-capture/1";
/// The capacity of the queue of frames, large enough for short delays of the disk. Frames
/// that do not fit are left out, with a warning in the log.
const WAITING: usize = 65_536;
/// The maximum number of recorded connections, one file for each.
const CONNECTIONS: u64 = 1_000;
/// The maximum number of frames of one connection that wait for the last chunk of a long
/// message.
const HELD: usize = 4_096;
/// The end of a file.
const TAIL: &[u8] = b"\n ]\n}\n";

/// The side that records.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Edge,
    Platform,
}

impl Side {
    /// Returns the sender of a frame.
    fn sender(self, direction: Direction) -> &'static str {
        match (self, direction) {
            (Self::Edge, Direction::Sent) | (Self::Platform, Direction::Received) => "edge",
            _ => "platform",
        }
    }
}

/// A frame to write.
struct Seen {
    connection: u64,
    from: &'static str,
    opcode: &'static str,
    bytes: Vec<u8>,
}

/// Writes recorded frames, on a separate thread.
pub(crate) struct Capture {
    side: Side,
    sender: SyncSender<Option<Seen>>,
    thread: JoinHandle<()>,
}

/// Passes frames to a [`Capture`].
#[derive(Clone)]
pub(crate) struct Recorder {
    side: Side,
    sender: SyncSender<Option<Seen>>,
}

impl Capture {
    /// Records the first connection to this file, and later ones to files beside it with
    /// their number in the name.
    pub(crate) fn to(path: PathBuf, side: Side) -> Result<Self, Failure> {
        begin(&path).map_err(|error| {
            Failure::Usage(format!("--capture: {}: cannot be written: {error}", path.display()))
        })?;
        let (sender, seen) = sync_channel(WAITING);
        let thread = std::thread::spawn(move || write_all(&path, &seen));
        Ok(Self { side, sender, thread })
    }

    pub(crate) fn recorder(&self) -> Recorder {
        Recorder { side: self.side, sender: self.sender.clone() }
    }

    /// Waits until all frames so far are written. Later frames are not recorded.
    pub(crate) fn finish(self) {
        let is_told = self.sender.send(None).is_ok();
        if self.thread.join().is_err() || !is_told {
            tracing::warn!("the capture is incomplete");
        }
    }
}

impl Recorder {
    /// Records a frame of a connection; connections are numbered from 1. Does not block.
    pub(crate) fn frame(&self, connection: u64, frame: &Frame<'_>) {
        let (opcode, bytes) = match &frame.kind {
            Kind::Message(bytes) => ("binary", bytes.to_vec()),
            Kind::Ping => ("ping", Vec::new()),
            Kind::Pong => ("pong", Vec::new()),
            Kind::Close(close) => ("close", close.map(close_bytes).unwrap_or_default()),
        };
        let from = self.side.sender(frame.direction);
        let seen = Seen { connection, from, opcode, bytes };
        if let Err(TrySendError::Full(_)) = self.sender.try_send(Some(seen)) {
            tracing::warn!(connection, "a frame is not in the capture: the disk is too slow");
        }
    }
}

/// Returns the payload of a close: code and reason.
fn close_bytes(close: &Close) -> Vec<u8> {
    [&close.code().to_be_bytes(), close.reason().as_bytes()].concat()
}

/// Writes frames until `None` is received.
fn write_all(path: &Path, seen: &Receiver<Option<Seen>>) {
    let mut records: HashMap<u64, Record> = HashMap::new();
    for seen in seen.iter().map_while(|seen| seen) {
        let connection = seen.connection;
        if connection > CONNECTIONS {
            continue;
        }
        let record = records.entry(connection).or_insert_with(|| {
            if connection == CONNECTIONS {
                tracing::warn!(connection, "last recorded connection: later ones are not recorded");
            }
            Record::new(path_of(path, connection))
        });
        record.take(seen);
    }
    for record in records.values_mut() {
        record.give_up();
    }
}

/// `plant.json`, `plant-2.json`, and so on.
fn path_of(path: &Path, connection: u64) -> PathBuf {
    if connection == 1 {
        return path.to_owned();
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().map(|extension| format!(".{}", extension.to_string_lossy()));
    path.with_file_name(format!("{stem}-{connection}{}", extension.unwrap_or_default()))
}

/// Creates a file without frames.
fn begin(path: &Path) -> io::Result<File> {
    let mut file = File::create(path)?;
    let comment = "secrets are masked by 2a";
    write!(file, "{{\n \"schema\": \"{SCHEMA}\",\n \"comment\": \"{comment}\",\n")?;
    file.write_all(b" \"frames\": [")?;
    file.write_all(TAIL)?;
    Ok(file)
}

/// The key of a message: its sender, its request id, and whether it is a response.
type Key = (&'static str, u32, bool);

/// A frame that is not written yet; a chunk waits until its message is complete.
struct Held {
    seen: Seen,
    waits_for: Option<Key>,
}

/// The record of one connection.
struct Record {
    path: PathBuf,
    has_frames: bool,
    is_broken: bool,
    held: VecDeque<Held>,
    joiners: HashMap<&'static str, Box<LongMessages>>,
}

fn key(from: &'static str, ids: Ids, chunk: &Chunk<'_>) -> Key {
    (from, ids.request, matches!(chunk.of, ChunkOf::Response(_)))
}

impl Record {
    fn new(path: PathBuf) -> Self {
        let held = VecDeque::new();
        let joiners = HashMap::new();
        let mut record = Self { path, has_frames: false, is_broken: false, held, joiners };
        let begun = begin(&record.path).map(drop);
        record.check(begun);
        record
    }

    fn check(&mut self, written: io::Result<()>) {
        if let Err(error) = written {
            let file = self.path.display();
            tracing::warn!(%file, %error, "cannot write the capture; it ends here");
            self.is_broken = true;
        }
    }

    fn take(&mut self, mut seen: Seen) {
        let from = seen.from;
        let chunk = match Message::decode(&seen.bytes) {
            Ok((Message { ids, body: Body::Chunk(chunk) }, _)) if seen.opcode == "binary" => {
                Some((ids, chunk))
            }
            _ => None,
        };
        let Some((ids, chunk)) = chunk else {
            if seen.opcode == "binary" {
                seen.bytes = mask::masked(&seen.bytes);
            }
            self.held.push_back(Held { seen, waits_for: None });
            return self.write();
        };
        let key = key(from, ids, &chunk);
        // There is no clock: nothing expires.
        let joined = self
            .joiners
            .entry(from)
            .or_insert_with(|| Box::new(long_messages::none()))
            .push(ids, &chunk, 0);
        let secrets = match joined {
            Ok(Joined::Incomplete) => None,
            Ok(Joined::Complete(whole)) => Some(Ok((whole.len(), mask::secrets(whole)))),
            Err(_) => Some(Err(())),
        };
        self.held.push_back(Held { seen, waits_for: Some(key) });
        match secrets {
            None if self.held.len() >= HELD => self.give_up(),
            None => {}
            Some(Ok((len, secrets))) => self.resolve(key, len, &secrets),
            Some(Err(())) => self.resolve_masked(|waits_for| waits_for == key),
        }
        self.write();
    }

    /// Masks the chunks of a complete message of this length, whose secrets are at these
    /// offsets.
    fn resolve(&mut self, key: Key, len: usize, secrets: &[std::ops::Range<usize>]) {
        let mut chunks = Vec::new();
        for (index, held) in self.held.iter().enumerate() {
            if held.waits_for != Some(key) {
                continue;
            }
            if let Ok((Message { body: Body::Chunk(chunk), .. }, end)) =
                Message::decode(&held.seen.bytes)
            {
                // The data are at the end of a chunk.
                chunks.push((chunk.id, index, end - chunk.data.len(), chunk.data.len()));
            }
        }
        chunks.sort_unstable();
        // A repeated chunk is joined only once.
        let mut unique = chunks.clone();
        unique.dedup_by_key(|(id, ..)| *id);
        let mut at = len - unique.iter().map(|(.., len)| len).sum::<usize>().min(len);
        for (id, .., data_len) in unique {
            for (_, index, start, _) in chunks.iter().filter(|(same, ..)| *same == id) {
                let Some(held) = self.held.get_mut(*index) else { continue };
                let places = secrets.iter().map(|secret| {
                    let within = |place: usize| place.clamp(at, at + data_len) - at + start;
                    within(secret.start)..within(secret.end)
                });
                mask::cover(&mut held.seen.bytes, places);
                held.waits_for = None;
            }
            at += data_len;
        }
    }

    /// Masks all that may be secret in messages that will not be completed.
    fn resolve_masked(&mut self, which: impl Fn(Key) -> bool) {
        for held in &mut self.held {
            if held.waits_for.take_if(|key| which(*key)).is_some() {
                held.seen.bytes = mask::masked(&held.seen.bytes);
            }
        }
    }

    /// Stops waiting for chunks and writes everything.
    fn give_up(&mut self) {
        self.resolve_masked(|_| true);
        self.joiners.clear();
        self.write();
    }

    /// Writes the frames at the front of the queue that do not wait.
    fn write(&mut self) {
        let mut text = Vec::new();
        while self.held.front().is_some_and(|held| held.waits_for.is_none()) {
            let Some(Held { seen, .. }) = self.held.pop_front() else { break };
            let hex = HEXLOWER.encode(&seen.bytes);
            let frame = json!({"from": seen.from, "opcode": seen.opcode, "hex": hex});
            let separator = if std::mem::replace(&mut self.has_frames, true) { "," } else { "" };
            text.extend_from_slice(format!("{separator}\n  {frame}").as_bytes());
        }
        if !text.is_empty() && !self.is_broken {
            let written = self.append(&text);
            self.check(written);
        }
    }

    fn append(&self, text: &[u8]) -> io::Result<()> {
        // Opened for each write: there may be more connections than allowed open files.
        let mut file = File::options().write(true).open(&self.path)?;
        let tail = i64::try_from(TAIL.len()).unwrap_or_default();
        file.seek(SeekFrom::End(-tail))?;
        // One write, so that a kill leaves either the old or the new complete file.
        file.write_all(&[text, TAIL].concat())
    }
}
