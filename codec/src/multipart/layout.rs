//! Where an unfinished message keeps what, in the memory of its place:
//!
//! ```text
//! | arrived: 1 bit a chunk | length: 4 bytes a chunk | head | data | data | ...
//! ```
//!
//! The head is what the whole message starts with: its header and, of a
//! request, its entity. Then each chunk has room for as much data as its
//! sender's size allows. So chunks go where they belong in whatever order they
//! come, each is copied once, and no more than once again at the end, where
//! chunks were shorter than they might have been.

use crate::error::JoinError;
use crate::limits::HEADER_LEN;
use crate::wire::chunk::Chunk;
use crate::wire::writer::text_len;

use super::assembly::{Assembly, OVERHEAD};

/// Bytes that keep the length of one chunk.
pub(super) const LENGTH: usize = 4;

/// How much memory one place of a [`Joiner`](super::Joiner) needs so that every message within
/// this limit fits, if it comes in chunks of this size, all but the last full,
/// and the entity's name is no longer than so many bytes; 0 for responses alone,
/// which have none. Short chunks with long names carry little data, so there are
/// many: `usize::MAX` if none at all.
pub const fn memory_for(message_limit: usize, chunk_size: u16, longest_name: usize) -> usize {
    let size = chunk_size as usize;
    // Of a request each chunk repeats the entity: type, length, name.
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

/// Where in its place a message keeps what.
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
    /// The layout of the message that a first chunk promises, whose count and
    /// size may promise more than there is in the world.
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
