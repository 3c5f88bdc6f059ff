//! Connections as packets for Wireshark, in one file, without TLS.
//!
//! With secrets, the bytes are those that passed. Without them, heads of HTTP and frames are
//! written anew with the same lengths, and masked: a message that is compressed is written as
//! if it was not, and one in fragments with all of them together. The file is complete after
//! each event, even if the process is killed.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::SystemTime;

use alwayson::mask;
use alwayson_conformance::capture::Side;
use alwayson_conformance::pcap::{Connection, Sender, Writer};
use alwayson_conformance::watch::{Event, Frame};

use super::{Ends, since_1970};
use crate::capture::Secrets;
use crate::failure::Failure;
use crate::masking::{Masking, Part};

/// The capacity of the queue of events.
const WAITING: usize = 65_536;
/// Its capacity in bytes: many messages of the longest kind.
const WAITING_BYTES: usize = 128 << 20;

/// Something that is written.
enum Packet {
    Open(Ends),
    /// Bytes as they passed, or masked.
    Bytes(Vec<u8>),
    /// A message of the protocol, with the frames in which it came.
    Message(Vec<u8>, Vec<Frame>),
    End,
    Reset,
    /// Nothing more comes.
    Close,
}

struct Queued {
    connection: u64,
    from: Side,
    at: SystemTime,
    packet: Packet,
}

/// Writes packets, on a separate thread.
pub(super) struct Packets {
    recorder: Recorder,
    thread: JoinHandle<()>,
}

/// Passes events to [`Packets`].
#[derive(Clone)]
pub(super) struct Recorder {
    secrets: Secrets,
    sender: SyncSender<Option<Queued>>,
    waiting: Arc<AtomicUsize>,
}

impl Packets {
    pub(super) fn to(path: PathBuf, secrets: Secrets) -> Result<Self, Failure> {
        let fault = |error: &dyn std::fmt::Display| {
            Failure::Usage(format!("--pcap: {}: cannot be written: {error}", path.display()))
        };
        let file = File::create(&path).map_err(|error| fault(&error))?;
        let mut writer = Writer::new(BufWriter::new(file)).map_err(|error| fault(&error))?;
        writer.get_mut().flush().map_err(|error| fault(&error))?;
        let (sender, queued) = sync_channel(WAITING);
        let waiting = Arc::<AtomicUsize>::default();
        let recorder = Recorder { secrets, sender, waiting: Arc::clone(&waiting) };
        let mut all = All { writer, path, lines: HashMap::new(), is_broken: false };
        let thread = std::thread::spawn(move || all.write(&queued, &waiting));
        Ok(Self { recorder, thread })
    }

    pub(super) fn recorder(&self) -> Recorder {
        self.recorder.clone()
    }

    /// Waits until everything so far is written.
    pub(super) fn finish(self) {
        let is_told = self.recorder.sender.send(None).is_ok();
        if self.thread.join().is_err() || !is_told {
            tracing::warn!("the file of --pcap is incomplete");
        }
    }
}

impl Recorder {
    pub(super) fn open(&self, connection: u64, ends: Ends, at: SystemTime) {
        self.queue(connection, Side::Edge, at, Packet::Open(ends));
    }

    /// Takes bytes as they pass.
    pub(super) fn raw(&self, connection: u64, from: Side, bytes: &[u8], at: SystemTime) {
        if self.secrets == Secrets::Kept {
            self.queue(connection, from, at, Packet::Bytes(bytes.to_vec()));
        }
    }

    pub(super) fn end(&self, connection: u64, from: Side, at: SystemTime) {
        self.queue(connection, from, at, Packet::End);
    }

    pub(super) fn reset(&self, connection: u64, from: Side, at: SystemTime) {
        self.queue(connection, from, at, Packet::Reset);
    }

    pub(super) fn close(&self, connection: u64) {
        self.queue(connection, Side::Edge, SystemTime::now(), Packet::Close);
    }

    /// Takes what was read of the bytes.
    pub(super) fn event(&self, connection: u64, event: &Event<'_>, at: SystemTime) {
        if self.secrets == Secrets::Kept {
            return;
        }
        let (from, packet) = match event {
            Event::Head { from, head, bytes } => {
                let mut bytes = bytes.to_vec();
                mask::cover(&mut bytes, head.secrets.iter().cloned());
                (*from, Packet::Bytes(bytes))
            }
            Event::Body { from, bytes } | Event::Unread { from, bytes } => {
                (*from, Packet::Bytes(vec![mask::MASK; bytes.len()]))
            }
            Event::Message { from, is_text: false, payload, frames } => {
                (*from, Packet::Message(payload.to_vec(), frames.to_vec()))
            }
            Event::Message { from, payload, frames, .. } => {
                let masked = vec![mask::MASK; payload.len()];
                (*from, Packet::Bytes(framed(&masked, frames)))
            }
            Event::Unreadable { from, frames } => {
                let mut bytes = Vec::new();
                for frame in *frames {
                    let masked = vec![mask::MASK; usize::try_from(frame.len).unwrap_or_default()];
                    Frame { rsv1: false, ..*frame }.write(&masked, &mut bytes);
                }
                (*from, Packet::Bytes(bytes))
            }
            Event::Control { from, frame, payload } => {
                let is_close = frame.opcode == Frame::CLOSE;
                let masked = vec![mask::MASK; payload.len()];
                let mut bytes = Vec::new();
                frame.write(if is_close { payload } else { &masked }, &mut bytes);
                (*from, Packet::Bytes(bytes))
            }
            Event::TooLong { from, frame } => {
                let mut bytes = Vec::new();
                Frame { rsv1: false, ..*frame }.write_header(frame.len, &mut bytes);
                (*from, Packet::Bytes(bytes))
            }
            _ => return,
        };
        self.queue(connection, from, at, packet);
    }

    fn queue(&self, connection: u64, from: Side, at: SystemTime, packet: Packet) {
        let len = packet.len();
        let waiting = self.waiting.fetch_add(len, Ordering::Relaxed);
        let queued = Queued { connection, from, at, packet };
        let is_taken = waiting.saturating_add(len) <= WAITING_BYTES
            && self.sender.try_send(Some(queued)).is_ok();
        if !is_taken {
            self.waiting.fetch_sub(len, Ordering::Relaxed);
            tracing::warn!(connection, "--pcap: bytes are left out: the disk is too slow");
        }
    }
}

impl Packet {
    fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) | Self::Message(bytes, _) => bytes.len(),
            _ => 0,
        }
    }
}

/// Returns a message in the frames in which it came. Of a compressed message it is one frame.
fn framed(payload: &[u8], frames: &[Frame]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(payload.len() + 14);
    let Some(first) = frames.first() else { return bytes };
    if first.rsv1 {
        Frame { rsv1: false, is_final: true, ..*first }.write(payload, &mut bytes);
        return bytes;
    }
    let mut rest = payload;
    for frame in frames {
        let len = usize::try_from(frame.len).unwrap_or(usize::MAX).min(rest.len());
        let (now, later) = rest.split_at(len);
        Frame { rsv1: false, ..*frame }.write(now, &mut bytes);
        rest = later;
    }
    bytes
}

/// What belongs to the bytes of a part.
struct Tag {
    at: SystemTime,
    frames: Vec<Frame>,
}

/// One connection.
struct Open {
    connection: Connection,
    masking: Masking<Tag>,
    has_ended: bool,
}

/// All connections.
struct All {
    writer: Writer<BufWriter<File>>,
    path: PathBuf,
    lines: HashMap<u64, Open>,
    is_broken: bool,
}

impl All {
    /// Writes packets until `None` is received.
    fn write(&mut self, queued: &Receiver<Option<Queued>>, waiting: &AtomicUsize) {
        for queued in queued.iter().map_while(|queued| queued) {
            waiting.fetch_sub(queued.packet.len(), Ordering::Relaxed);
            self.check(|all| all.take(queued));
        }
        for (_, mut open) in std::mem::take(&mut self.lines) {
            open.masking.give_up();
            self.check(|all| all.ready(&mut open));
        }
    }

    fn check(&mut self, write: impl FnOnce(&mut Self) -> Result<(), String>) {
        if self.is_broken {
            return;
        }
        let flush =
            |all: &mut Self| all.writer.get_mut().flush().map_err(|error| error.to_string());
        if let Err(error) = write(self).and_then(|()| flush(self)) {
            let file = self.path.display();
            tracing::warn!(%file, %error, "--pcap: cannot write; the file ends here");
            self.is_broken = true;
        }
    }

    fn take(&mut self, queued: Queued) -> Result<(), String> {
        let Queued { connection: number, from, at, packet } = queued;
        let time = since_1970(at);
        if let Packet::Open(Ends { device, platform }) = packet {
            let opened = self.writer.open(device, platform, time);
            let connection = opened.map_err(|error| error.to_string())?;
            let open = Open { connection, masking: Masking::new(), has_ended: false };
            self.lines.insert(number, open);
            return Ok(());
        }
        let Some(mut open) = self.lines.remove(&number) else { return Ok(()) };
        let tag = |frames| Tag { at, frames };
        let from_name = name(from);
        match packet {
            Packet::Open(_) => {}
            Packet::Bytes(bytes) => {
                let tag = tag(Vec::new());
                open.masking.take(Part { from: from_name, is_message: false, bytes, tag });
                self.ready(&mut open)?;
            }
            Packet::Message(bytes, frames) => {
                let tag = tag(frames);
                open.masking.take(Part { from: from_name, is_message: true, bytes, tag });
                self.ready(&mut open)?;
            }
            Packet::End | Packet::Reset => {
                open.masking.give_up();
                self.ready(&mut open)?;
                let is_first = !std::mem::replace(&mut open.has_ended, true);
                let connection = &mut open.connection;
                let written = match packet {
                    Packet::Reset => self.writer.reset(connection, sender(from), time),
                    // The other direction may go on: the writer ends both at once.
                    _ if is_first => Ok(()),
                    _ => self.writer.close(connection, sender(from), time),
                };
                written.map_err(|error| error.to_string())?;
            }
            Packet::Close => {
                open.masking.give_up();
                return self.ready(&mut open);
            }
        }
        self.lines.insert(number, open);
        Ok(())
    }

    /// Writes the parts that do not wait for chunks.
    fn ready(&mut self, open: &mut Open) -> Result<(), String> {
        while let Some(Part { from, is_message, bytes, tag }) = open.masking.next() {
            let bytes = if is_message { framed(&bytes, &tag.frames) } else { bytes };
            let from = if from == name(Side::Edge) { Sender::Client } else { Sender::Server };
            let written = self.writer.bytes(&mut open.connection, from, &bytes, since_1970(tag.at));
            written.map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

fn name(side: Side) -> &'static str {
    match side {
        Side::Edge => "edge",
        Side::Platform => "platform",
    }
}

fn sender(side: Side) -> Sender {
    match side {
        Side::Edge => Sender::Client,
        Side::Platform => Sender::Server,
    }
}
