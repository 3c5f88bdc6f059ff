//! The writing cursor. Writes never fail on the way: what does not fit is
//! counted, what cannot be said is remembered, and [`Writer::finish`] tells.
//! So one piece of code per layout serves for writing, for measuring (a writer
//! without a buffer) and for streaming (another [`Sink`]).

#![expect(unreachable_pub, reason = "the sealed trait of lists names them")]

use core::mem::take;

use crate::error::EncodeError;
use crate::limits::MAX_BYTES;

/// Where encoded bytes go.
pub trait Sink {
    /// Takes the next bytes of the message.
    fn bytes(&mut self, bytes: &[u8]);

    /// Takes the next bytes of the message, so few that they are copied one by
    /// one rather than by a call.
    fn array<const N: usize>(&mut self, bytes: [u8; N]);

    /// Remembers that the message cannot be encoded; the first error counts.
    fn fail(&mut self, error: EncodeError);

    #[inline]
    fn u8(&mut self, value: u8) {
        self.array([value]);
    }

    /// A string (section 3), in the shorter form of its length.
    #[inline]
    fn text(&mut self, text: &[u8]) {
        match u8::try_from(text.len()) {
            Ok(len @ 0..0x80) => self.u8(len),
            _ => self.length(text.len(), 0x8000_0000),
        }
        self.bytes(text);
    }

    /// A BLOB or IMAGE (section 4): never with the top bit set.
    #[inline]
    fn binary(&mut self, bytes: &[u8]) {
        self.length(bytes.len(), 0);
        self.bytes(bytes);
    }

    /// A length in four bytes, with a flag where the wire wants one.
    #[inline]
    fn length(&mut self, len: usize, flag: u32) {
        if len > MAX_BYTES {
            self.fail(EncodeError::TooLong);
        }
        self.array((len as u32 | flag).to_be_bytes());
    }
}

/// Writes into the caller's buffer, and counts what it lacks.
#[derive(Debug)]
pub(crate) struct Writer<'b> {
    rest: &'b mut [u8],
    capacity: usize,
    /// By how much the buffer is too small, once it is.
    lacking: usize,
    error: Option<EncodeError>,
}

impl<'b> Writer<'b> {
    #[inline]
    pub(crate) fn new(buffer: &'b mut [u8]) -> Self {
        Self { capacity: buffer.len(), rest: buffer, lacking: 0, error: None }
    }

    /// A writer without a buffer, to learn a length from.
    pub(crate) fn measure() -> Self {
        Self::new(&mut [])
    }

    /// How many bytes were written so far.
    #[inline]
    pub(crate) fn written(&self) -> usize {
        self.capacity.saturating_sub(self.rest.len())
    }

    /// Two bytes to be filled in later; none where the buffer has no room.
    #[inline]
    pub(crate) fn reserve_u16(&mut self) -> Option<&'b mut [u8; 2]> {
        self.reserve()
    }

    /// How many bytes were written.
    ///
    /// # Errors
    /// What was remembered on the way; otherwise `BufferTooSmall`.
    #[inline]
    pub(crate) fn finish(self) -> Result<usize, EncodeError> {
        if self.lacking == 0 && self.error.is_none() {
            return Ok(self.written());
        }
        Err(self.failure())
    }

    /// How many bytes would have been written.
    ///
    /// # Errors
    /// What was remembered on the way.
    pub(crate) fn measured(self) -> Result<usize, EncodeError> {
        match self.finish() {
            Err(EncodeError::BufferTooSmall { needed }) => Ok(needed),
            other => other,
        }
    }

    #[cold]
    fn failure(self) -> EncodeError {
        let needed = self.capacity.saturating_add(self.lacking);
        self.error.unwrap_or(EncodeError::BufferTooSmall { needed })
    }

    #[inline]
    fn reserve<const N: usize>(&mut self) -> Option<&'b mut [u8; N]> {
        let rest = take(&mut self.rest);
        if rest.len() < N {
            self.lack(rest.len(), N);
            return None;
        }
        let (place, rest) = rest.split_first_chunk_mut()?;
        self.rest = rest;
        Some(place)
    }

    /// The buffer ended: what was left of it stays unused, and nothing shorter
    /// that comes later may fill it.
    #[cold]
    #[inline(never)]
    fn lack(&mut self, unused: usize, len: usize) {
        self.lacking = self.lacking.saturating_add(len.saturating_sub(unused));
    }
}

impl Sink for Writer<'_> {
    #[inline]
    fn bytes(&mut self, bytes: &[u8]) {
        let rest = take(&mut self.rest);
        let unused = rest.len();
        if let Some((place, rest)) = rest.split_at_mut_checked(bytes.len()) {
            place.copy_from_slice(bytes);
            self.rest = rest;
        } else {
            self.lack(unused, bytes.len());
        }
    }

    #[inline]
    fn array<const N: usize>(&mut self, bytes: [u8; N]) {
        if let Some(place) = self.reserve() {
            *place = bytes;
        }
    }

    #[cold]
    #[inline(never)]
    fn fail(&mut self, error: EncodeError) {
        self.error.get_or_insert(error);
    }
}

/// Takes nothing: a walk that only checks has this sink, and it costs nothing.
pub struct Nowhere;

impl Sink for Nowhere {
    #[inline]
    fn bytes(&mut self, _: &[u8]) {}

    #[inline]
    fn array<const N: usize>(&mut self, _: [u8; N]) {}

    #[inline]
    fn fail(&mut self, _: EncodeError) {}
}
