//! WebSocket frames in a stream of bytes (RFC 6455, section 5.2).

use std::io::Cursor;

use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use super::rules::{self, Rule};
use crate::capture::Side;

/// The longest payload of a control frame, in bytes.
const LONGEST_CONTROL: u64 = 125;

/// A frame, without its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Whether it is the last of its message.
    pub is_final: bool,
    /// The first reserved bit: the message is compressed (RFC 7692).
    pub rsv1: bool,
    /// Its opcode.
    pub opcode: u8,
    /// The key with which its payload is masked.
    pub mask: Option<[u8; 4]>,
    /// The length of its payload, in bytes.
    pub len: u64,
}

impl Frame {
    /// The opcode of a continuation.
    pub const CONTINUATION: u8 = 0;
    /// The opcode of a text message.
    pub const TEXT: u8 = 1;
    /// The opcode of a binary message.
    pub const BINARY: u8 = 2;
    /// The opcode of a close.
    pub const CLOSE: u8 = 8;
    /// The opcode of a ping.
    pub const PING: u8 = 9;
    /// The opcode of a pong.
    pub const PONG: u8 = 10;

    /// Returns whether it is a close, a ping or a pong.
    pub const fn is_control(&self) -> bool {
        self.opcode >= Self::CLOSE
    }

    /// Writes the frame with this payload, masked with the key of the frame. The length is
    /// that of the payload.
    pub fn write(&self, payload: &[u8], out: &mut Vec<u8>) {
        self.write_header(payload.len() as u64, out);
        let key = self.mask.unwrap_or_default();
        out.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
    }

    /// Writes the header of the frame, with this length of the payload.
    pub fn write_header(&self, len: u64, out: &mut Vec<u8>) {
        let header = FrameHeader {
            is_final: self.is_final,
            rsv1: self.rsv1,
            rsv2: false,
            rsv3: false,
            opcode: OpCode::from(self.opcode),
            mask: self.mask,
        };
        // Writing to a vector cannot fail.
        let _ = header.format(len, out);
    }
}

/// Returns the rules that the header of a frame breaks. `is_compressed` says whether
/// permessage-deflate was agreed on.
pub(crate) fn faults(
    header: &FrameHeader,
    len: u64,
    from: Side,
    is_compressed: bool,
) -> impl Iterator<Item = &'static Rule> {
    let is_control = matches!(header.opcode, OpCode::Control(_));
    let is_continuation = header.opcode == OpCode::Data(Data::Continue);
    let is_masked = header.mask.is_some();
    let rsv1_is_wrong = header.rsv1 && (!is_compressed || is_control);
    [
        (!is_masked && from == Side::Edge, rules::UNMASKED),
        (is_masked && from == Side::Platform, rules::MASKED),
        (header.rsv2 || header.rsv3 || rsv1_is_wrong, rules::RESERVED_BIT),
        (header.rsv1 && is_compressed && is_continuation, rules::RSV1_AGAIN),
        (is_control && (!header.is_final || len > LONGEST_CONTROL), rules::CONTROL),
    ]
    .into_iter()
    .filter_map(|(is_broken, rule)| is_broken.then_some(rule))
}

/// Returns whether the payload of a close is valid (RFC 6455, sections 5.5.1 and 7.4).
pub(super) fn is_valid_close(payload: &[u8]) -> bool {
    let [high, low, reason @ ..] = payload else { return payload.is_empty() };
    let code = u16::from_be_bytes([*high, *low]);
    let is_sent = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
    is_sent && std::str::from_utf8(reason).is_ok()
}

/// What was read.
pub(super) enum Read {
    /// A frame, and its payload without its mask.
    Frame(FrameHeader, Frame, Vec<u8>),
    /// The header of a frame that is longer than the limit. Its payload follows as
    /// [`Skipped`](Self::Skipped).
    TooLong(FrameHeader, Frame),
    /// A part of the payload of a frame that is too long.
    Skipped(Vec<u8>),
    /// A frame that cannot be read. Nothing after it can be.
    Damaged { opcode: u8, offset: u64 },
}

/// Reads the frames of one direction.
#[derive(Debug)]
pub(super) struct Reader {
    buffer: Vec<u8>,
    start: usize,
    /// How much of a frame that is too long is still to come.
    skip: u64,
    /// The bytes before those in the buffer.
    offset: u64,
    limit: u64,
}

impl Reader {
    pub(super) fn new(limit: usize) -> Self {
        let limit = limit as u64;
        Self { buffer: Vec::new(), start: 0, skip: 0, offset: 0, limit }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.start);
        self.offset += self.start as u64;
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
        // A long frame needs a long buffer only once.
        if self.buffer.len() * 4 < self.buffer.capacity() {
            self.buffer.shrink_to(self.buffer.len().max(4096));
        }
    }

    /// Returns the bytes that were not read.
    pub(super) fn take_rest(&mut self) -> Vec<u8> {
        let mut rest = std::mem::take(&mut self.buffer);
        rest.drain(..std::mem::take(&mut self.start));
        rest
    }

    /// Returns whether a frame was begun and is not complete.
    pub(super) fn is_within_frame(&self) -> bool {
        self.skip > 0 || self.start < self.buffer.len()
    }

    pub(super) fn next(&mut self) -> Option<Read> {
        let there = self.buffer.get(self.start..).unwrap_or_default();
        if there.is_empty() {
            return None;
        }
        if self.skip > 0 {
            let len = there.len().min(usize::try_from(self.skip).unwrap_or(usize::MAX));
            let bytes = there.get(..len).unwrap_or_default().to_vec();
            self.start += len;
            self.skip -= len as u64;
            return Some(Read::Skipped(bytes));
        }
        let mut cursor = Cursor::new(there);
        let (header, len) = match FrameHeader::parse(&mut cursor) {
            Ok(Some(parsed)) => parsed,
            Ok(None) => return None,
            Err(_) => {
                let opcode = there.first().copied().unwrap_or_default() & 0x0F;
                return Some(Read::Damaged { opcode, offset: self.offset + self.start as u64 });
            }
        };
        let at = usize::try_from(cursor.position()).unwrap_or(usize::MAX);
        let frame = Frame {
            is_final: header.is_final,
            rsv1: header.rsv1,
            opcode: u8::from(header.opcode),
            mask: header.mask,
            len,
        };
        if len > self.limit {
            self.start += at;
            self.skip = len;
            return Some(Read::TooLong(header, frame));
        }
        let end = at.checked_add(usize::try_from(len).ok()?)?;
        let mut payload = there.get(at..end)?.to_vec();
        if let Some(key) = header.mask {
            payload.iter_mut().zip(key.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
        }
        self.start += end;
        Some(Read::Frame(header, frame, payload))
    }

    /// Returns whether the header that was just read is longer than it has to be.
    pub(super) fn is_long_form(
        header: &FrameHeader,
        frame: &Frame,
        before: u64,
        after: u64,
    ) -> bool {
        after - before > header.len(frame.len) as u64 + frame.len
    }

    /// Returns the number of bytes that were read.
    pub(super) fn position(&self) -> u64 {
        self.offset + self.start as u64
    }
}

/// Returns whether an opcode is that of a close.
pub(super) fn is_close(opcode: OpCode) -> bool {
    opcode == OpCode::Control(Control::Close)
}
