//! The checks of the chunks of one message, independent of where their bytes are stored.

use crate::error::JoinError;
use crate::limits::{CHUNK_FIELDS_LEN, HEADER_LEN};
use crate::wire::chunk::{Chunk, ChunkOf};
use crate::wire::codes::Code;
use crate::wire::header::{Header, Ids};
use crate::wire::request::Entity;
use crate::wire::writer::Writer;

use super::split::entity_len;

/// The length of what every chunk has before its data, without the entity of a request.
pub(super) const OVERHEAD: usize = HEADER_LEN.saturating_add(CHUNK_FIELDS_LEN);

/// An unfinished message: what its chunks have in common, and how much of it was received
/// (PROTOCOL.md §5).
///
/// It stores no bytes and no times. [`Joiner`](super::Joiner) does both, in memory of a fixed
/// size; a host with an allocator can store only what was received.
///
/// The whole message is its head, followed by the data of all chunks in the order of their ids.
#[derive(Clone, Copy, Debug)]
pub struct Assembly {
    code: Code,
    ids: Ids,
    count: u16,
    size: u16,
    arrived: u16,
    len: usize,
}

impl Assembly {
    /// Begins a message with its first received chunk. This does not count the chunk itself.
    ///
    /// # Errors
    /// - [`ChunkMismatch`](JoinError::ChunkMismatch) if the id of the chunk is 0 or above the count
    /// - [`TooLarge`](JoinError::TooLarge) if its count and size promise more than the limit
    pub fn begin(ids: Ids, chunk: &Chunk<'_>, message_limit: usize) -> Result<Self, JoinError> {
        if !chunk.is_within_count() {
            return Err(JoinError::ChunkMismatch);
        }
        let Chunk { count, size, .. } = *chunk;
        let len = Self::head_len(&chunk.of);
        // A sender that fills its chunks sends at least this many bytes in each.
        let filled = usize::from(size).saturating_sub(OVERHEAD);
        let filled = filled.saturating_sub(entity_len(&chunk.of));
        let least = usize::from(count).saturating_sub(1).checked_mul(filled);
        if least.and_then(|least| least.checked_add(len)).is_none_or(|all| all > message_limit) {
            return Err(JoinError::TooLarge { limit: message_limit });
        }
        Ok(Self { code: chunk.of.code(), ids, count, size, arrived: 0, len })
    }

    /// Returns whether a chunk belongs to this message, by its request id. A side counts its
    /// requests, BINDs and UNBINDs together, and its responses have the ids of the other side.
    pub fn holds(&self, ids: Ids, chunk: &Chunk<'_>) -> bool {
        self.ids.request == ids.request && self.is_response() == is_response(chunk.of.code())
    }

    /// Returns whether it is the request, BIND or UNBIND with this request id.
    pub fn is_request(&self, request: u32) -> bool {
        self.ids.request == request && !self.is_response()
    }

    const fn is_response(&self) -> bool {
        is_response(self.code)
    }

    /// Returns the length of the head of the whole message, in bytes: its header and, for a
    /// request, its entity.
    pub fn head_len(of: &ChunkOf<'_>) -> usize {
        HEADER_LEN.saturating_add(entity_len(of))
    }

    /// Writes the head into a buffer of that length.
    pub fn put_head(ids: Ids, of: &ChunkOf<'_>, head: &mut [u8]) {
        let mut writer = Writer::new(head);
        Header { code: of.code(), ids, multipart: false }.put(&mut writer);
        if let ChunkOf::Request(_, entity) = of {
            entity.put(&mut writer);
        }
    }

    /// Checks a chunk against the first one, from which the head was written.
    ///
    /// # Errors
    /// - [`ChunkMismatch`](JoinError::ChunkMismatch) if the code, an id, the entity, the count or
    ///   the size differs, or the chunk contradicts itself
    pub fn check(&self, ids: Ids, chunk: &Chunk<'_>, head: &[u8]) -> Result<(), JoinError> {
        let is_of = chunk.is_within_count()
            && (self.code, self.ids, self.count, self.size)
                == (chunk.of.code(), ids, chunk.count, chunk.size);
        if is_of && has_entity(head, &chunk.of) { Ok(()) } else { Err(JoinError::ChunkMismatch) }
    }

    /// Counts a checked chunk whose id is new, and returns whether the message is complete.
    ///
    /// # Errors
    /// - [`ChunkMismatch`](JoinError::ChunkMismatch) if its data is longer than the size
    /// - [`TooLarge`](JoinError::TooLarge) if the message exceeds the limit with it
    pub fn count(&mut self, chunk: &Chunk<'_>, message_limit: usize) -> Result<bool, JoinError> {
        // Some senders include the entity in the size of a chunk, others do not. A sender that
        // counts only the data is accepted as well.
        if chunk.data.len() > usize::from(self.size) {
            return Err(JoinError::ChunkMismatch);
        }
        self.len = self.len.saturating_add(chunk.data.len());
        if self.len > message_limit {
            return Err(JoinError::TooLarge { limit: message_limit });
        }
        self.arrived = self.arrived.saturating_add(1);
        Ok(self.arrived == self.count)
    }

    /// Returns the number of chunks that are still to come.
    pub const fn missing(&self) -> u16 {
        self.count.saturating_sub(self.arrived)
    }

    /// Returns the largest length of the message that its chunks promise, in bytes.
    pub const fn promised(&self, head_len: usize) -> usize {
        let data = (self.count as usize).saturating_mul(self.size as usize);
        data.saturating_add(head_len)
    }
}

const fn is_response(code: Code) -> bool {
    matches!(code, Code::Response(_))
}

/// Returns whether the head has the entity of this chunk.
fn has_entity(head: &[u8], of: &ChunkOf<'_>) -> bool {
    let ChunkOf::Request(_, entity) = of else { return true };
    let first = Entity::parse(head.get(HEADER_LEN..).unwrap_or_default());
    first.is_ok_and(|(_, first)| first == *entity)
}
