//! Frames that break a rule of WebSockets, after which a connection ends (RFC 6455).

use std::io;

use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use crate::suite::net::Frame;

/// A broken rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// A reserved bit is set, and nothing was negotiated (section 5.2).
    ReservedBit,
    /// An opcode without a meaning (section 5.2).
    Opcode,
    /// An edge does not mask a frame, or a platform does (section 5.1).
    Mask,
    /// A ping in two fragments (section 5.4).
    PingInFragments,
    /// A ping of more than 125 bytes (section 5.5).
    LongPing,
    /// A continuation of no message (section 5.4).
    Continuation,
    /// A message begins within another one (section 5.4).
    WithinAnother,
}

impl Broken {
    /// All of them, with the ends of the ids of their cases, and what they are in words.
    pub(crate) const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::ReservedBit, "reserved-bit", "A frame has a reserved bit set."),
        (Self::Opcode, "unknown-opcode", "A frame has an opcode without a meaning."),
        (Self::Mask, "wrong-mask", "A frame of an edge is not masked, or one of a platform is."),
        (Self::PingInFragments, "ping-in-fragments", "A ping comes in two fragments."),
        (Self::LongPing, "long-ping", "A ping has 126 bytes."),
        (Self::Continuation, "continuation", "A continuation comes without a beginning."),
        (Self::WithinAnother, "message-within-another", "A message begins within another one."),
    ];

    /// Returns the bytes, sent by an edge or by a platform.
    pub(super) fn bytes(self, is_edge: bool) -> io::Result<Vec<u8>> {
        let binary = OpCode::Data(Data::Binary);
        let frame = |opcode, payload: &[u8]| Frame::new(opcode, payload);
        let part = |opcode| Frame { fin: false, ..frame(opcode, b"part") };
        let is_masked = if self == Self::Mask { !is_edge } else { is_edge };
        let frames = match self {
            Self::ReservedBit | Self::Opcode | Self::Mask => vec![frame(binary, b"whole")],
            Self::PingInFragments => vec![part(OpCode::Control(Control::Ping))],
            Self::LongPing => vec![Frame::ping(&[0; 126])],
            Self::Continuation => vec![frame(OpCode::Data(Data::Continue), b"rest")],
            Self::WithinAnother => vec![part(binary), frame(binary, b"whole")],
        };
        let mut bytes = Vec::new();
        for frame in frames {
            bytes.extend(frame.to_bytes(is_masked)?);
        }
        if let Some(first) = bytes.first_mut() {
            match self {
                Self::ReservedBit => *first |= 0x20,
                Self::Opcode => *first = 0x83,
                _ => {}
            }
        }
        Ok(bytes)
    }
}
