//! What went over the wire in a case: shown as lines, with secrets masked, and written as a
//! capture.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use alwayson_codec::{Body, Message};
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use super::net::{ANEW, Frame};
use crate::pcap::{self, Sender};
use crate::sessions;

/// The longest exchange that is kept of one case, in entries. A case of the suite has some
/// hundred; a peer that sends without end must not fill the memory.
const ENTRIES: usize = 5_000;

/// Who sent something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Edge,
    Platform,
}

#[derive(Clone, Debug)]
enum Entry {
    /// A frame of a WebSocket.
    Frame(Who, Frame),
    /// Bytes that are no frame, such as an upgrade, with its secrets masked.
    Bytes(Who, Vec<u8>),
    /// Anything else, in words.
    Note(String),
}

#[derive(Debug)]
struct At {
    time: Duration,
    connection: usize,
    entry: Entry,
}

/// The exchange of one case. Clones record into the same list.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    began: Instant,
    entries: Arc<Mutex<Vec<At>>>,
}

impl Exchange {
    pub(crate) fn new() -> Self {
        Self { began: Instant::now(), entries: Arc::default() }
    }

    /// Records a frame. What is secret in it is masked here, so that nothing shows it later.
    pub(crate) fn frame(&self, connection: usize, who: Who, frame: &Frame) {
        let mut frame = frame.clone();
        match frame.opcode {
            OpCode::Data(Data::Binary) if frame.fin => mask(&mut frame.payload),
            // What a fragment holds is not known without the others.
            OpCode::Data(_) => frame.payload.fill(b'*'),
            OpCode::Control(_) => {}
        }
        self.add(connection, Entry::Frame(who, frame));
    }

    pub(crate) fn bytes(&self, connection: usize, who: Who, bytes: Vec<u8>) {
        self.add(connection, Entry::Bytes(who, bytes));
    }

    pub(crate) fn note(&self, connection: usize, text: impl Into<String>) {
        self.add(connection, Entry::Note(text.into()));
    }

    fn add(&self, connection: usize, entry: Entry) {
        let time = self.began.elapsed();
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() < ENTRIES {
            entries.push(At { time, connection, entry });
        }
    }

    /// Returns the exchange as lines: the time in seconds, the connection, the direction, and
    /// the message or frame.
    pub(crate) fn lines(&self) -> Vec<String> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.iter().map(line).collect()
    }

    /// Writes the exchange as a capture in the format pcapng.
    pub(crate) fn write_pcap(&self, out: impl io::Write) -> io::Result<()> {
        let failed = |error: pcap_file::PcapError| io::Error::other(error.to_string());
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let mut writer = pcap::Writer::new(out).map_err(failed)?;
        let mut open: Vec<Option<pcap::Connection>> = Vec::new();
        for At { time, connection, entry } in entries.iter() {
            let (who, bytes) = match entry {
                Entry::Note(_) => continue,
                Entry::Bytes(who, bytes) => (*who, bytes.clone()),
                Entry::Frame(who, frame) => (*who, frame.to_bytes(*who == Who::Edge)?),
            };
            if open.len() <= *connection {
                open.resize(connection + 1, None);
            }
            let Some(slot) = open.get_mut(*connection) else { continue };
            if slot.is_none() {
                let port = u16::try_from(40_000 + connection).unwrap_or(u16::MAX);
                let client = SocketAddrV4::new(Ipv4Addr::new(10, 0, 0, 1), port);
                let server = SocketAddrV4::new(Ipv4Addr::new(10, 0, 0, 2), 80);
                *slot = Some(writer.open(client, server, *time).map_err(failed)?);
            }
            let Some(of) = slot else { continue };
            let sender = if who == Who::Edge { Sender::Client } else { Sender::Server };
            writer.bytes(of, sender, &bytes, *time).map_err(failed)?;
        }
        Ok(())
    }
}

fn line(At { time, connection, entry }: &At) -> String {
    let arrow = |who| if who == Who::Edge { "edge     ->" } else { "platform ->" };
    let (direction, text) = match entry {
        Entry::Note(text) => ("          --", text.clone()),
        Entry::Bytes(who, bytes) => (arrow(*who), first_line(bytes)),
        Entry::Frame(who, frame) => (arrow(*who), shown(frame)),
    };
    let number = connection % ANEW;
    format!("{:>9.3} s  {number}  {direction:<11} {text}", time.as_secs_f64())
}

fn first_line(bytes: &[u8]) -> String {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    String::from_utf8_lossy(line).trim().chars().filter(|c| !c.is_control()).take(120).collect()
}

/// Returns a frame as a line.
pub(crate) fn shown(frame: &Frame) -> String {
    let part = if frame.fin { "" } else { " (not the last frame of its message)" };
    match frame.opcode {
        OpCode::Data(Data::Binary) if frame.fin => sessions::dump(&frame.payload),
        OpCode::Data(Data::Binary) => format!("binary, {} bytes{part}", frame.payload.len()),
        OpCode::Data(Data::Text) => format!("text, {} bytes{part}", frame.payload.len()),
        OpCode::Data(_) => format!("continuation, {} bytes{part}", frame.payload.len()),
        OpCode::Control(Control::Ping) => "ping".to_owned(),
        OpCode::Control(Control::Pong) => "pong".to_owned(),
        OpCode::Control(Control::Close) => match frame.close_code() {
            Some(code) => format!("close {code}"),
            None => "close".to_owned(),
        },
        OpCode::Control(_) => "a control frame without a name".to_owned(),
    }
}

/// Overwrites the values of the claims of an AUTH. A message that does not decode and is an
/// AUTH loses all of its body.
fn mask(payload: &mut [u8]) {
    let start = payload.as_ptr() as usize;
    let values: Vec<(usize, usize)> = match Message::decode(payload) {
        Ok((Message { body: Body::Auth(auth) | Body::ClearAuth(auth), .. }, _)) => auth
            .claims
            .iter()
            .map(|claim| {
                let value = claim.value.expose().as_str();
                ((value.as_ptr() as usize).wrapping_sub(start), value.len())
            })
            .collect(),
        Err(_) if matches!(payload.get(1), Some(0x14 | 0x15)) => {
            vec![(15, payload.len().saturating_sub(15))]
        }
        Ok(_) | Err(_) => return,
    };
    for (at, len) in values {
        if let Some(secret) = payload.get_mut(at..).and_then(|rest| rest.get_mut(..len)) {
            secret.fill(b'*');
        }
    }
}

impl Frame {
    /// Returns the frame as bytes; those of a client are masked, with a mask of zeros.
    pub(crate) fn to_bytes(&self, is_client: bool) -> io::Result<Vec<u8>> {
        let header = FrameHeader {
            is_final: self.fin,
            rsv1: self.rsv1,
            opcode: self.opcode,
            mask: is_client.then_some([0; 4]),
            ..FrameHeader::default()
        };
        let mut bytes = Vec::with_capacity(self.payload.len() + 14);
        let len = self.payload.len() as u64;
        header.format(len, &mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
        bytes.extend_from_slice(&self.payload);
        Ok(bytes)
    }
}
