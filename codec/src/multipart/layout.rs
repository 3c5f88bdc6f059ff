//! The layout of an unfinished message in the memory of its place:
//!
//! ```text
//! | arrived: 1 bit a chunk | length: 4 bytes a chunk | head | data | data | ...
//! ```
//!
//! The head is the start of the whole message: its header and, for a request, its entity. Each
//! chunk then has room for as much data as the size of its sender allows. So chunks are stored
//! in place, in any order, and each is copied once, and once more at the end if chunks were
//! shorter than they could have been.

use crate::error::JoinError;
use crate::limits::HEADER_LEN;
use crate::wire::chunk::Chunk;
use crate::wire::writer::text_len;

use super::assembly::{Assembly, OVERHEAD};

/// The number of bytes for the length of one chunk.
pub(super) const LENGTH: usize = 4;

/// Returns the memory in bytes that one place of a [`Joiner`](super::Joiner) needs, so that every
/// message within the limit fits.
///
/// The chunks have this size, and all but the last one are full. The name of the entity has at
/// most `name_len` bytes; use 0 for responses only, which have no entity. Short chunks with long
/// names carry little data, so there are many of them; if they carry no data at all, the result
/// is `usize::MAX`.
pub const fn memory_for(message_limit: usize, chunk_size: u16, longest_name: usize) -> usize {
    let size = chunk_size as usize;
    // Each chunk of a request repeats the entity: type, length and name.
    let entity = match longest_name {
        0 => 0,
        _ => text_len(longest_name).saturating_add(1),
    };
    let filled = size.saturating_sub(OVERHEAD).saturating_sub(entity);
    if filled == 0 {
        return usize::MAX;
    }
    let head = HEADER_LEN.saturating_add(entity);
    let count = message_limit.div_ceil(filled);
    let tables = count.div_ceil(8).saturating_add(count.saturating_mul(LENGTH));
    count.saturating_mul(size).saturating_add(tables).saturating_add(head)
}

/// The layout of a message in its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) lengths_at: usize,
    pub(super) head_at: usize,
    pub(super) data_at: usize,
    /// Room for the data of each chunk.
    pub(super) data_per_chunk: usize,
    pub(super) end: usize,
}

impl Layout {
    /// Returns the layout of the message that a first chunk promises. Its count and size may
    /// promise any length.
    pub(super) fn promised(chunk: &Chunk<'_>) -> Result<Self, JoinError> {
        let count = usize::from(chunk.count);
        let data_per_chunk = usize::from(chunk.size);
        let lengths_at = count.div_ceil(8);
        let layout = || {
            let head_at = lengths_at.checked_add(count.checked_mul(LENGTH)?)?;
            let data_at = head_at.checked_add(Assembly::head_len(&chunk.of))?;
            let end = data_at.checked_add(count.checked_mul(data_per_chunk)?)?;
            Some(Self { lengths_at, head_at, data_at, data_per_chunk, end })
        };
        layout().ok_or(JoinError::OutOfMemory { needed: usize::MAX })
    }
}
