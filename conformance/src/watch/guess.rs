//! Where a frame begins, in a connection whose upgrade was not seen.

use std::io::Cursor;

use alwayson_codec::Header;
use alwayson_codec::limits::HEADER_LEN;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Data, OpCode};

use super::frames;
use crate::capture::Side;

/// Longer frames are not believed, in bytes: the longest message of the protocol that this project
/// takes.
const LONGEST: u64 = 64 << 20;

/// Returns who has sent bytes that begin with a frame that begins with a header of the protocol
/// (PROTOCOL.md §2), or `None` if they do not.
pub fn begins_with_message(bytes: &[u8]) -> Option<Side> {
    let (header, _, payload) = frame(bytes)?;
    let from = if header.mask.is_some() { Side::Edge } else { Side::Platform };
    let is_binary = header.opcode == OpCode::Data(Data::Binary) && !header.rsv1;
    let is_known = payload.len() >= HEADER_LEN && Header::decode(&payload).is_ok();
    (is_binary && is_known).then_some(from)
}

/// Returns whether bytes of one side may begin with a frame.
pub fn may_begin_with_frame(from: Side, bytes: &[u8]) -> bool {
    let Some((header, len, payload)) = frame(bytes) else { return false };
    let is_binary = header.opcode == OpCode::Data(Data::Binary) && !header.rsv1;
    let is_other = is_binary && payload.len() >= HEADER_LEN && Header::decode(&payload).is_err();
    len <= LONGEST && !is_other && frames::faults(&header, len, from, true).next().is_none()
}

/// Returns the header of a frame, its length, and as much of its payload as is there.
fn frame(bytes: &[u8]) -> Option<(FrameHeader, u64, Vec<u8>)> {
    let mut cursor = Cursor::new(bytes);
    let (header, len) = FrameHeader::parse(&mut cursor).ok()??;
    let there = bytes.get(usize::try_from(cursor.position()).ok()?..)?;
    let there = there.get(..usize::try_from(len).ok()?).unwrap_or(there);
    let key = header.mask.unwrap_or_default();
    let payload = there.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key);
    Some((header, len, payload.take(HEADER_LEN).collect()))
}
