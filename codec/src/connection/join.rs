//! How the machines join chunks.

use crate::error::JoinError;
use crate::multipart::{Joined, Joiner};
use crate::wire::chunk::Chunk;
use crate::wire::header::Ids;

/// Joins chunks into messages: a [`Joiner`] with any memory.
///
/// It is not part of the machine, because joined messages borrow their bytes from it.
pub trait Join {
    /// See [`Joiner::push`].
    ///
    /// # Errors
    /// As [`Joiner::push`].
    fn push(&mut self, ids: Ids, chunk: &Chunk<'_>, now_ms: u64) -> Result<Joined<'_>, JoinError>;

    /// See [`Joiner::missing`].
    fn missing(&self, request: u32) -> Option<u16>;

    /// See [`Joiner::expire`].
    fn expire(&mut self, now_ms: u64) -> usize;

    /// See [`Joiner::clear`].
    fn clear(&mut self);
}

impl<M: AsMut<[u8]>, const N: usize> Join for Joiner<M, N> {
    fn push(&mut self, ids: Ids, chunk: &Chunk<'_>, now_ms: u64) -> Result<Joined<'_>, JoinError> {
        Self::push(self, ids, chunk, now_ms)
    }

    fn missing(&self, request: u32) -> Option<u16> {
        Self::missing(self, request)
    }

    fn expire(&mut self, now_ms: u64) -> usize {
        Self::expire(self, now_ms)
    }

    fn clear(&mut self) {
        Self::clear(self);
    }
}
