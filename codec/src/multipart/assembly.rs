//! What the chunks of one message are held to, wherever their bytes are kept.

use crate::error::JoinError;
use crate::limits::{CHUNK_FIELDS_LEN, HEADER_LEN};
use crate::wire::chunk::{Chunk, ChunkOf};
use crate::wire::codes::Code;
use crate::wire::header::{Header, Ids};
use crate::wire::request::Entity;
use crate::wire::writer::Writer;

use super::split::entity_len;

/// What every chunk has before its data, but for the entity of a request.
pub(super) const OVERHEAD: usize = HEADER_LEN.saturating_add(CHUNK_FIELDS_LEN);

/// A message of which not all chunks have come: what its chunks have in common, and
/// how much has come of it (PROTOCOL.md §5). It has no memory for their bytes, and
/// decides nothing about time: [`Joiner`](super::Joiner) does both, in memory of one
/// size; whoever has an allocator can keep what has come, and nothing more.
///
/// The whole message is its head, and the data of all chunks in the order of their
/// ids.
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
    /// The message that this chunk is the first of that has come; the chunk itself
    /// is not counted by this.
    ///
    /// # Errors
    /// `ChunkMismatch`: the chunk's id is 0 or above the count. `TooLarge`: its count
    /// and size promise more than so many bytes.
    pub fn begin(ids: Ids, chunk: &Chunk<'_>, message_limit: usize) -> Result<Self, JoinError> {
        if !chunk.is_within_count() {
            return Err(JoinError::ChunkMismatch);
        }
        let Chunk { count, size, .. } = *chunk;
        let len = Self::head_len(&chunk.of);
        // A sender that fills its chunks sends at least this much in each.
        let filled = usize::from(size).saturating_sub(OVERHEAD);
        let filled = filled.saturating_sub(entity_len(&chunk.of));
        let least = usize::from(count).saturating_sub(1).checked_mul(filled);
        if least.and_then(|least| least.checked_add(len)).is_none_or(|all| all > message_limit) {
            return Err(JoinError::TooLarge { limit: message_limit });
        }
        Ok(Self { code: chunk.of.code(), ids, count, size, arrived: 0, len })
    }

    /// Whether a chunk is of this message: the request id ties chunks together. A
    /// side counts its requests, BINDs and UNBINDs together, and its responses carry
    /// the ids of the other side.
    pub fn holds(&self, ids: Ids, chunk: &Chunk<'_>) -> bool {
        self.ids.request == ids.request && self.is_response() == is_response(chunk.of.code())
    }

    /// Whether it is the request, BIND or UNBIND with this request id.
    pub fn is_request(&self, request: u32) -> bool {
        self.ids.request == request && !self.is_response()
    }

    const fn is_response(&self) -> bool {
        is_response(self.code)
    }

    /// How long the head is that the whole message starts with, in bytes: its header
    /// and, of a request, its entity.
    pub fn head_len(of: &ChunkOf<'_>) -> usize {
        HEADER_LEN.saturating_add(entity_len(of))
    }

    /// Writes the head into so many bytes.
    pub fn put_head(ids: Ids, of: &ChunkOf<'_>, head: &mut [u8]) {
        let mut writer = Writer::new(head);
        Header { code: of.code(), ids, multipart: false }.put(&mut writer);
        if let ChunkOf::Request(_, entity) = of {
            entity.put(&mut writer);
        }
    }

    /// Holds a chunk to what the first one said, of which the head is.
    ///
    /// # Errors
    /// `ChunkMismatch`: the code, an id, the entity, the count or the size is
    /// another, or the chunk contradicts itself.
    pub fn check(&self, ids: Ids, chunk: &Chunk<'_>, head: &[u8]) -> Result<(), JoinError> {
        let is_of = chunk.is_within_count()
            && (self.code, self.ids, self.count, self.size)
                == (chunk.of.code(), ids, chunk.count, chunk.size);
        if is_of && has_entity(head, &chunk.of) { Ok(()) } else { Err(JoinError::ChunkMismatch) }
    }

    /// Counts a chunk whose id has not come before, which was checked; says whether
    /// the message is complete.
    ///
    /// # Errors
    /// `ChunkMismatch`: its data is longer than the size. `TooLarge`: with it the
    /// message is longer than so many bytes.
    pub fn count(&mut self, chunk: &Chunk<'_>, message_limit: usize) -> Result<bool, JoinError> {
        // Some senders count the entity in the size of a chunk, some do not; and
        // were one to count data alone, that would fit as well.
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

    /// How many chunks have not come.
    pub const fn missing(&self) -> u16 {
        self.count.saturating_sub(self.arrived)
    }

    /// How long the message can become at most, in bytes, as its chunks promise.
    pub const fn promised(&self, head_len: usize) -> usize {
        let data = (self.count as usize).saturating_mul(self.size as usize);
        data.saturating_add(head_len)
    }
}

const fn is_response(code: Code) -> bool {
    matches!(code, Code::Response(_))
}

/// Whether the head has the entity of this chunk.
fn has_entity(head: &[u8], of: &ChunkOf<'_>) -> bool {
    let ChunkOf::Request(_, entity) = of else { return true };
    let first = Entity::parse(head.get(HEADER_LEN..).unwrap_or_default());
    first.is_ok_and(|(_, first)| first == *entity)
}
