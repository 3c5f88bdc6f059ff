//! Captures to dissect: the messages of both sides of connections, in every form in which a
//! network carries them.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use alwayson_codec::{Header, Message};
use alwayson_conformance::capture::{Frame, Opcode, Side};
use alwayson_conformance::pcap::{Connection, Sender, Writer};
use flate2::{Compress, Compression, FlushCompress};
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use crate::tls::Tls;

const UPGRADE: &str = "GET /Thingworx/WS HTTP/1.1\r\nHost: platform\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const SWITCHED: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
const DEFLATE: &str = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
const MASK: [u8; 4] = [0x11, 0x22, 0x33, 0x44];

/// How messages are carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// One frame for each.
    Plain,
    /// Three frames for each, and a ping between them.
    Fragments,
    /// Consecutive messages of one side together in one WebSocket message.
    Several,
    /// All frames of consecutive messages of one side in the same TCP segments.
    OneSegment,
    /// Compressed, with the context of earlier messages, and in the segments of `OneSegment`.
    Deflate,
    /// Over TLS, on a port that Wireshark does not know: 8443.
    Tls,
}

/// A capture being written.
pub(crate) struct Traffic {
    writer: Writer<Vec<u8>>,
    connections: u16,
    now: Duration,
    /// The time between two frames.
    pub(crate) step: Duration,
    key_log: String,
}

/// One connection in a capture.
struct Line<'t> {
    traffic: &'t mut Traffic,
    connection: Connection,
    tls: Option<Box<Tls>>,
    /// The compression of the edge and of the platform.
    compress: Option<[Compress; 2]>,
    /// Bytes that are not yet sent.
    held: Vec<u8>,
}

impl Traffic {
    pub(crate) fn new() -> Self {
        let writer = Writer::new(Vec::new()).unwrap();
        Self {
            writer,
            connections: 0,
            now: Duration::ZERO,
            step: Duration::from_millis(3),
            key_log: String::new(),
        }
    }

    /// Returns the capture and the key log.
    pub(crate) fn finish(self) -> (Vec<u8>, String) {
        (self.writer.into_inner(), self.key_log)
    }

    /// Adds a connection with these frames.
    pub(crate) fn add(&mut self, frames: &[Frame], form: Form) {
        let mut line = Line::open(self, form);
        let mut rest = frames;
        while let Some(first) = rest.first() {
            let together = match form {
                Form::Several => carried_together(rest),
                Form::OneSegment | Form::Deflate => {
                    rest.iter().take_while(|next| next.from == first.from).count()
                }
                _ => 1,
            };
            let (now, later) = rest.split_at(together);
            line.traffic.now += line.traffic.step;
            match form {
                Form::Several => {
                    let bytes: Vec<u8> = now.iter().flat_map(|frame| frame.bytes.clone()).collect();
                    line.message(&Frame { bytes, ..first.clone() }, form);
                }
                _ => now.iter().for_each(|frame| line.message(frame, form)),
            }
            line.flush(sender(first.from));
            rest = later;
        }
        let key_log = line.tls.map(|tls| tls.key_log()).unwrap_or_default();
        self.key_log.push_str(&key_log);
    }
}

/// Returns how many frames can be in one WebSocket message: those of one side, up to one that
/// takes the rest of it.
fn carried_together(frames: &[Frame]) -> usize {
    let first = &frames[0];
    let is_open = |frame: &Frame| {
        let is_chunk = Header::decode(&frame.bytes).is_ok_and(|header| header.multipart);
        frame.opcode == Opcode::Binary && !is_chunk && Message::decode_exact(&frame.bytes).is_ok()
    };
    let mut count = 1;
    while is_open(&frames[count - 1]) {
        match frames.get(count) {
            Some(next) if next.from == first.from && next.opcode == Opcode::Binary => count += 1,
            _ => break,
        }
    }
    count
}

fn sender(side: Side) -> Sender {
    match side {
        Side::Edge => Sender::Client,
        Side::Platform => Sender::Server,
    }
}

impl<'t> Line<'t> {
    fn open(traffic: &'t mut Traffic, form: Form) -> Self {
        let port = 10_000 + traffic.connections;
        traffic.connections += 1;
        let client = SocketAddrV4::new(Ipv4Addr::new(10, 0, 0, 1), port);
        let port = if form == Form::Tls { 8443 } else { 80 };
        let server = SocketAddrV4::new(Ipv4Addr::new(10, 0, 0, 2), port);
        let connection = traffic.writer.open(client, server, traffic.now).unwrap();
        let (tls, handshake) = match form {
            Form::Tls => {
                let (tls, handshake) = Tls::connect();
                (Some(Box::new(tls)), handshake)
            }
            _ => (None, Vec::new()),
        };
        let compressor = || Compress::new(Compression::default(), false);
        let compress = (form == Form::Deflate).then(|| [compressor(), compressor()]);
        let mut line = Self { traffic, connection, tls, compress, held: Vec::new() };
        for (from, bytes) in handshake {
            line.segment(from, &bytes);
        }
        let extension = if form == Form::Deflate { DEFLATE } else { "" };
        line.held = format!("{UPGRADE}{extension}\r\n").into_bytes();
        line.flush(Sender::Client);
        line.held = format!("{SWITCHED}{extension}\r\n").into_bytes();
        line.flush(Sender::Server);
        line
    }

    /// Holds the frames of a message.
    fn message(&mut self, frame: &Frame, form: Form) {
        let from = frame.from;
        let opcode = match frame.opcode {
            Opcode::Binary => OpCode::Data(Data::Binary),
            Opcode::Text => OpCode::Data(Data::Text),
            Opcode::Ping => OpCode::Control(Control::Ping),
            Opcode::Pong => OpCode::Control(Control::Pong),
            Opcode::Close => OpCode::Control(Control::Close),
        };
        let OpCode::Data(_) = opcode else { return self.frame(from, opcode, true, &frame.bytes) };
        if form != Form::Fragments {
            return self.frame(from, opcode, true, &frame.bytes);
        }
        let (first, rest) = frame.bytes.split_at(frame.bytes.len() / 3);
        let (second, third) = rest.split_at(rest.len() / 2);
        self.frame(from, opcode, false, first);
        self.frame(from, OpCode::Control(Control::Ping), true, b"inside");
        self.frame(from, OpCode::Data(Data::Continue), false, second);
        self.frame(from, OpCode::Data(Data::Continue), true, third);
    }

    fn frame(&mut self, from: Side, opcode: OpCode, is_final: bool, payload: &[u8]) {
        let is_data = matches!(opcode, OpCode::Data(_));
        let (payload, rsv1) = match &mut self.compress {
            Some([edge, platform]) if is_data => {
                let side = if from == Side::Edge { edge } else { platform };
                (compressed(side, payload), true)
            }
            _ => (payload.to_vec(), false),
        };
        let mask = (from == Side::Edge).then_some(MASK);
        let header = FrameHeader { is_final, rsv1, rsv2: false, rsv3: false, opcode, mask };
        header.format(payload.len() as u64, &mut self.held).unwrap();
        let key = mask.unwrap_or_default();
        self.held.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
    }

    /// Sends what is held.
    fn flush(&mut self, from: Sender) {
        let held = std::mem::take(&mut self.held);
        let bytes = match &mut self.tls {
            Some(tls) => tls.encrypt(from, &held),
            None => held,
        };
        self.segment(from, &bytes);
    }

    fn segment(&mut self, from: Sender, bytes: &[u8]) {
        let now = self.traffic.now;
        self.traffic.writer.bytes(&mut self.connection, from, bytes, now).unwrap();
    }
}

/// Compresses a message with the context of earlier ones (RFC 7692).
fn compressed(compressor: &mut Compress, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 100);
    compressor.compress_vec(bytes, &mut out, FlushCompress::Sync).unwrap();
    assert!(out.ends_with(&[0, 0, 0xFF, 0xFF]));
    out.truncate(out.len() - 4);
    out
}
