//! The outbox: encoded messages of the application that are not sent yet, in order. Before
//! each are its length, in four bytes, and its chunk size, in two.

use crate::error::{EncodeError, SplitError};
use crate::multipart::Split;
use crate::wire::writer;

const PREFIX: usize = 6;

/// Why a message is not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// There is no room until others are sent.
    Full,
    /// It is larger than the outbox, or cannot be split into chunks of this size.
    TooLong,
    /// It cannot be encoded.
    Encode(EncodeError),
}

#[derive(Clone)]
pub(crate) struct Outbox<M> {
    memory: M,
    /// Where the first message begins, and where the next one is stored.
    start: usize,
    end: usize,
    /// The number of chunks of the first message that were sent.
    sent: u16,
}

impl<M> core::fmt::Debug for Outbox<M> {
    /// Shows no bytes of messages, which may contain secrets.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Outbox")
            .field("len", &self.end.saturating_sub(self.start))
            .field("sent", &self.sent)
            .finish_non_exhaustive()
    }
}

impl<M: AsRef<[u8]> + AsMut<[u8]>> Outbox<M> {
    pub(crate) fn new(memory: M) -> Self {
        Self { memory, start: 0, end: 0, sent: 0 }
    }

    /// Queues a message, which is encoded in place.
    pub(crate) fn push(
        &mut self,
        chunk_size: u16,
        encode: impl FnOnce(&mut [u8]) -> Result<usize, EncodeError>,
    ) -> Result<(), NotTaken> {
        let result = encode(self.free());
        self.took(chunk_size, result)
    }

    /// Returns the free memory for the next message, which is empty if not even its prefix
    /// fits.
    #[inline(never)]
    fn free(&mut self) -> &mut [u8] {
        self.compact();
        let start = self.end.saturating_add(PREFIX);
        self.memory.as_mut().get_mut(start..).unwrap_or_default()
    }

    /// Queues the message that was encoded there.
    #[inline(never)]
    fn took(
        &mut self,
        chunk_size: u16,
        result: Result<usize, EncodeError>,
    ) -> Result<(), NotTaken> {
        let memory = self.memory.as_mut();
        let capacity = memory.len();
        let len = match result {
            Ok(len) => len,
            Err(EncodeError::BufferTooSmall { needed })
                if self.end > 0 && needed.saturating_add(PREFIX) <= capacity =>
            {
                return Err(NotTaken::Full);
            }
            Err(EncodeError::BufferTooSmall { .. }) => return Err(NotTaken::TooLong),
            Err(error) => return Err(NotTaken::Encode(error)),
        };
        let (_, free) = memory.split_at_mut_checked(self.end).unwrap_or_default();
        let Some((prefix, place)) = free.split_first_chunk_mut::<PREFIX>() else {
            return Err(NotTaken::TooLong);
        };
        let message = place.get(..len).unwrap_or_default();
        if len > usize::from(chunk_size) && Split::new(message, chunk_size).is_err() {
            return Err(NotTaken::TooLong);
        }
        let Ok(length) = u32::try_from(len) else { return Err(NotTaken::TooLong) };
        let [l0, l1, l2, l3] = length.to_be_bytes();
        let [c0, c1] = chunk_size.to_be_bytes();
        *prefix = [l0, l1, l2, l3, c0, c1];
        self.end = self.end.saturating_add(PREFIX).saturating_add(len);
        Ok(())
    }

    /// Returns the first message and its chunk size.
    pub(crate) fn first(&self) -> Option<(&[u8], u16)> {
        let waiting = self.memory.as_ref().get(self.start..self.end)?;
        let ([l0, l1, l2, l3, c0, c1], rest) = waiting.split_first_chunk::<PREFIX>()?;
        let len = usize::try_from(u32::from_be_bytes([*l0, *l1, *l2, *l3])).ok()?;
        Some((rest.get(..len)?, u16::from_be_bytes([*c0, *c1])))
    }

    /// Returns whether the outbox is empty.
    pub(crate) const fn is_empty(&self) -> bool {
        self.start >= self.end
    }

    /// Removes the first message.
    pub(crate) fn drop_first(&mut self) {
        let len = self.first().map_or(self.end, |(message, _)| message.len());
        self.start = self.start.saturating_add(PREFIX).saturating_add(len).min(self.end);
        self.sent = 0;
    }

    /// Removes all messages.
    pub(crate) fn clear(&mut self) {
        (self.start, self.end, self.sent) = (0, 0, 0);
    }

    /// Writes the first message, or its next chunk, into the buffer. Returns its length, or
    /// `None` if the outbox is empty. The error is the length that the buffer needs.
    pub(crate) fn poll(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, usize> {
        let Some((message, chunk_size)) = self.first() else { return Ok(None) };
        // It could be split when it was queued, so no other error can occur.
        let Ok(mut split) = Split::new(message, chunk_size) else { return Ok(None) };
        let is_last = self.sent.saturating_add(1) >= split.count();
        split.skip(self.sent);
        match split.next_chunk(buffer) {
            Ok(written) => {
                self.sent = self.sent.saturating_add(1);
                if is_last {
                    self.drop_first();
                }
                Ok(written)
            }
            Err(SplitError::BufferTooSmall { needed }) => Err(needed),
            Err(_) => Ok(None),
        }
    }

    /// Moves the messages into another memory and returns the old one. Returns the new memory
    /// as an error, and changes nothing, if it is too small.
    pub(crate) fn replace(&mut self, mut memory: M) -> Result<M, M> {
        self.compact();
        let waiting = self.memory.as_ref().get(..self.end).unwrap_or_default();
        let Some(place) = memory.as_mut().get_mut(..self.end) else { return Err(memory) };
        for (to, from) in place.iter_mut().zip(waiting) {
            *to = *from;
        }
        Ok(core::mem::replace(&mut self.memory, memory))
    }

    /// Moves the messages to the front of the memory.
    fn compact(&mut self) {
        if self.start == 0 {
            return;
        }
        let len = self.end.saturating_sub(self.start);
        if let Some(waiting) = self.memory.as_mut().get_mut(..self.end) {
            writer::close_gap(waiting, self.start);
        }
        (self.start, self.end) = (0, len);
    }
}
