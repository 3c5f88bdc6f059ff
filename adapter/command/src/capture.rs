//! Recording of connections as captures (schema alwayson-capture/1), one file for each
//! connection, with secrets masked by `*` unless they are asked for. The file is complete after each frame, even if
//! the process is killed.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use alwayson::frame::{Direction, Frame, Kind};
use alwayson::transport::Close;
use data_encoding::HEXLOWER;
use serde_json::json;

use crate::failure::Failure;
use crate::masking::{Masking, Part};

/// The schema of captures.
pub(crate) const SCHEMA: &str = "alwayson-capture/1";
/// The capacity of the queue of frames, large enough for short delays of the disk. Frames
/// that do not fit are left out, with a warning in the log.
const WAITING: usize = 65_536;
/// The maximum number of recorded connections, one file for each.
const CONNECTIONS: u64 = 1_000;
/// The capacity of this queue in bytes: many messages of the longest kind.
const WAITING_BYTES: usize = 128 << 20;
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

/// Whether secrets are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Secrets {
    Masked,
    Kept,
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
    recorder: Recorder,
    thread: JoinHandle<()>,
}

/// Passes frames to a [`Capture`].
#[derive(Clone)]
pub(crate) struct Recorder {
    side: Side,
    sender: SyncSender<Option<Seen>>,
    /// The bytes in the queue.
    waiting: Arc<AtomicUsize>,
}

impl Capture {
    /// Records the first connection to this file, and later ones to files beside it with
    /// their number in the name. The option is named in errors.
    pub(crate) fn to(
        path: PathBuf,
        side: Side,
        option: &str,
        secrets: Secrets,
    ) -> Result<Self, Failure> {
        begin(&path, secrets).map_err(|error| {
            Failure::Usage(format!("{option}: {}: cannot be written: {error}", path.display()))
        })?;
        let (sender, seen) = sync_channel(WAITING);
        let waiting = Arc::<AtomicUsize>::default();
        let recorder = Recorder { side, sender, waiting: Arc::clone(&waiting) };
        let thread = std::thread::spawn(move || write_all(&path, secrets, &seen, &waiting));
        Ok(Self { recorder, thread })
    }

    pub(crate) fn recorder(&self) -> Recorder {
        self.recorder.clone()
    }

    /// Waits until all frames so far are written. Later frames are not recorded.
    pub(crate) fn finish(self) {
        let is_told = self.recorder.sender.send(None).is_ok();
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
        self.record(connection, self.side.sender(frame.direction), opcode, bytes);
    }

    /// Records what a side sent: its opcode as captures name it, and its payload. Does not block.
    pub(crate) fn record(
        &self,
        connection: u64,
        from: &'static str,
        opcode: &'static str,
        bytes: Vec<u8>,
    ) {
        let len = bytes.len();
        let waiting = self.waiting.fetch_add(len, Ordering::Relaxed);
        let seen = Seen { connection, from, opcode, bytes };
        let is_taken = waiting.saturating_add(len) <= WAITING_BYTES
            && !matches!(self.sender.try_send(Some(seen)), Err(TrySendError::Full(_)));
        if !is_taken {
            self.waiting.fetch_sub(len, Ordering::Relaxed);
            tracing::warn!(connection, "a frame is not in the capture: the disk is too slow");
        }
    }
}

/// Returns the payload of a close: code and reason.
fn close_bytes(close: &Close) -> Vec<u8> {
    [&close.code().to_be_bytes(), close.reason().as_bytes()].concat()
}

/// Writes frames until `None` is received.
fn write_all(path: &Path, secrets: Secrets, seen: &Receiver<Option<Seen>>, waiting: &AtomicUsize) {
    let mut records: HashMap<u64, Record> = HashMap::new();
    for seen in seen.iter().map_while(|seen| seen) {
        waiting.fetch_sub(seen.bytes.len(), Ordering::Relaxed);
        let connection = seen.connection;
        if connection > CONNECTIONS {
            continue;
        }
        let record = records.entry(connection).or_insert_with(|| {
            if connection == CONNECTIONS {
                tracing::warn!(connection, "last recorded connection: later ones are not recorded");
            }
            Record::new(path_of(path, connection), secrets)
        });
        record.take(seen, secrets);
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
fn begin(path: &Path, secrets: Secrets) -> io::Result<File> {
    let mut file = File::create(path)?;
    let comment = match secrets {
        Secrets::Masked => "secrets are masked by 2a",
        Secrets::Kept => "with secrets",
    };
    write!(file, "{{\n \"schema\": \"{SCHEMA}\",\n \"comment\": \"{comment}\",\n")?;
    file.write_all(b" \"frames\": [")?;
    file.write_all(TAIL)?;
    Ok(file)
}

/// The record of one connection.
struct Record {
    path: PathBuf,
    has_frames: bool,
    is_broken: bool,
    masking: Masking<&'static str>,
}

impl Record {
    fn new(path: PathBuf, secrets: Secrets) -> Self {
        let masking = Masking::new();
        let mut record = Self { path, has_frames: false, is_broken: false, masking };
        let begun = begin(&record.path, secrets).map(drop);
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

    fn take(&mut self, seen: Seen, secrets: Secrets) {
        let Seen { from, opcode, bytes, .. } = seen;
        let is_message = opcode == "binary" && secrets == Secrets::Masked;
        self.masking.take(Part { from, is_message, bytes, tag: opcode });
        self.write();
    }

    /// Stops waiting for chunks and writes everything.
    fn give_up(&mut self) {
        self.masking.give_up();
        self.write();
    }

    /// Writes the frames that do not wait.
    fn write(&mut self) {
        let mut text = Vec::new();
        while let Some(Part { from, bytes, tag, .. }) = self.masking.next() {
            let hex = HEXLOWER.encode(&bytes);
            let frame = json!({"from": from, "opcode": tag, "hex": hex});
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
