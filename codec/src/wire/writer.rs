//! The writing cursor. Single writes do not fail: missing bytes are counted, the first error is
//! stored, and [`Writer::finish`] reports both. So each layout has one piece of code for writing,
//! for measuring (a writer without a buffer) and for streaming (another [`Sink`]).

use core::fmt;
use core::mem::take;

use crate::error::{Counted, EncodeError};
use crate::limits::MAX_BYTES;

/// Returns the encoded length of a string of this length, in bytes (PROTOCOL.md §3).
pub(crate) const fn text_len(len: usize) -> usize {
    len.saturating_add(if len < 0x80 { 1 } else { 4 })
}

/// A destination of encoded bytes.
pub trait Sink {
    /// Writes bytes.
    fn bytes(&mut self, bytes: &[u8]);

    /// Writes a few bytes, which are copied without a call.
    fn array<const N: usize>(&mut self, bytes: [u8; N]);

    /// Writes a few bytes, and then others.
    fn prefixed<const N: usize>(&mut self, prefix: [u8; N], bytes: &[u8]);

    /// Stores an error, unless there is one already.
    fn fail(&mut self, error: EncodeError);

    /// Calls a function that is not inlined, so that the writer stays in registers before.
    fn apart(&mut self, write: impl FnOnce(&mut Self));

    #[cfg_attr(wide, inline(always))]
    fn u8(&mut self, value: u8) {
        self.array([value]);
    }

    /// Writes a string (PROTOCOL.md §3), with the shorter form of its length.
    #[inline]
    fn text(&mut self, text: &[u8]) {
        if let Ok(len @ 0..0x80) = u8::try_from(text.len()) {
            return self.prefixed([len], text);
        }
        self.length(text.len(), 0x8000_0000);
        self.bytes(text);
    }

    /// Writes a string of these parts.
    fn joined(&mut self, parts: [&str; 3]) {
        let len = parts.iter().fold(0_usize, |len, part| len.saturating_add(part.len()));
        match u8::try_from(len) {
            Ok(len @ 0..0x80) => self.u8(len),
            _ => self.length(len, 0x8000_0000),
        }
        for part in parts {
            self.bytes(part.as_bytes());
        }
    }

    /// Writes a string after a byte with its type.
    #[cfg_attr(wide, inline(always))]
    fn tagged_text(&mut self, tag: u8, text: &[u8]) {
        if let Ok(len @ 0..0x80) = u8::try_from(text.len()) {
            return self.prefixed([tag, len], text);
        }
        self.u8(tag);
        self.text(text);
    }

    /// Writes a BLOB or IMAGE (PROTOCOL.md §4), never with the top bit set.
    #[cfg_attr(wide, inline(always))]
    fn binary(&mut self, bytes: &[u8]) {
        self.length(bytes.len(), 0);
        self.bytes(bytes);
    }

    /// Writes a length in four bytes, with a flag.
    #[cfg_attr(wide, inline(always))]
    fn length(&mut self, len: usize, flag: u32) {
        if len > MAX_BYTES {
            self.fail(EncodeError::TooLong);
        }
        #[expect(clippy::cast_possible_truncation, reason = "longer ones are an error")]
        let len = len as u32;
        self.array((len | flag).to_be_bytes());
    }
}

/// The number of digits of the largest `u32`.
pub(crate) const MAX_DIGITS: usize = 10;

/// Writes a number as text to the end of the digits.
pub(crate) fn decimal(number: u32, digits: &mut [u8; MAX_DIGITS]) -> &str {
    let mut rest = number;
    let mut len = 0_usize;
    for digit in digits.iter_mut().rev() {
        let last = (rest % 10) as u8;
        *digit = b'0'.saturating_add(last);
        rest /= 10;
        len = len.saturating_add(1);
        if rest == 0 {
            break;
        }
    }
    let text = digits.get(MAX_DIGITS.saturating_sub(len)..).unwrap_or_default();
    // The error cannot occur, because digits are UTF-8.
    core::str::from_utf8(text).unwrap_or_default()
}

/// Writes into the caller's buffer, and counts missing bytes.
pub(crate) struct Writer<'b> {
    rest: &'b mut [u8],
    capacity: usize,
    /// The number of missing bytes; not 0 if there is an error.
    lacking: usize,
    error: Option<EncodeError>,
}

impl fmt::Debug for Writer<'_> {
    /// Shows no bytes of the buffer, which may contain secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} bytes", self.written(), self.capacity)
    }
}

impl<'b> Writer<'b> {
    #[cfg_attr(wide, inline(always))]
    pub(crate) fn new(buffer: &'b mut [u8]) -> Self {
        Self { capacity: buffer.len(), rest: buffer, lacking: 0, error: None }
    }

    /// Creates a writer without a buffer, which only counts.
    #[cfg_attr(wide, inline(always))]
    pub(crate) fn measure() -> Self {
        Self::new(&mut [])
    }

    /// Returns the number of written bytes.
    #[cfg_attr(wide, inline(always))]
    pub(crate) fn written(&self) -> usize {
        self.capacity.wrapping_sub(self.rest.len())
    }

    /// Reserves two bytes to be filled in later. Returns `None` if there is no room.
    #[cfg_attr(wide, inline(always))]
    pub(crate) fn reserve_u16(&mut self) -> Option<&'b mut [u8; 2]> {
        self.reserve()
    }

    /// Fills in the number of items at a reserved place.
    #[inline]
    pub(crate) fn fill_in(
        &mut self,
        place: Option<&'b mut [u8; 2]>,
        count: usize,
        counted: Counted,
    ) {
        if count > counted.limit() {
            self.fail(EncodeError::TooMany(counted));
        }
        if let Some(place) = place {
            *place = u16::try_from(count).unwrap_or(u16::MAX).to_be_bytes();
        }
    }

    /// Returns the number of written bytes.
    ///
    /// # Errors
    /// Returns the stored error, or else [`EncodeError::BufferTooSmall`].
    #[cfg_attr(wide, inline(always))]
    pub(crate) fn finish(self) -> Result<usize, EncodeError> {
        if self.lacking == 0 {
            return Ok(self.written());
        }
        Err(self.failure())
    }

    #[cold]
    fn failure(self) -> EncodeError {
        let needed = self.capacity.saturating_add(self.lacking);
        self.error.unwrap_or(EncodeError::BufferTooSmall { needed })
    }

    #[cfg_attr(wide, inline(always))]
    fn reserve<const N: usize>(&mut self) -> Option<&'b mut [u8; N]> {
        if self.rest.len() < N {
            self.lack(N);
            return None;
        }
        let (place, rest) = take(&mut self.rest).split_first_chunk_mut()?;
        self.rest = rest;
        Some(place)
    }

    /// Counts missing bytes. The rest of the buffer stays unused, so that no shorter item is
    /// written to it later.
    #[cfg_attr(wide, inline(always))]
    fn lack(&mut self, len: usize) {
        let unused = take(&mut self.rest).len();
        self.lacking = lacking(self.lacking, len, unused);
    }
}

/// Copies bytes to a place of the same length.
///
/// `copy_from_slice` panics if the lengths differ. Compilers remove that check if the lengths were
/// just compared, but not when they optimise for size. So small machines get a loop, which
/// becomes a `memcpy` with a few more instructions.
#[cfg_attr(wide, inline(always))]
pub(crate) fn copy(from: &[u8], to: &mut [u8]) {
    if !cfg!(wide) {
        to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    } else if from.len() == to.len() {
        to.copy_from_slice(from);
    }
}

/// Moves the bytes after a gap at the front to the front. `copy_within` can panic, and compilers
/// do not remove that when they optimise for size.
pub(crate) fn close_gap(window: &mut [u8], gap: usize) {
    if cfg!(wide) {
        if gap <= window.len() {
            window.copy_within(gap.., 0);
        }
        return;
    }
    let mut window = window;
    while let Some((free, rest)) = window.split_at_mut_checked(gap) {
        if gap == 0 || rest.is_empty() {
            return;
        }
        free.iter_mut().zip(rest.iter()).for_each(|(to, from)| *to = *from);
        window = rest;
    }
}

/// Returns the number of missing bytes. It is a call, so that the frequent case is short, and takes
/// numbers, so that the writer stays in registers.
#[cold]
#[cfg_attr(wide, inline(never))]
#[cfg_attr(not(wide), inline(always))]
fn lacking(before: usize, len: usize, unused: usize) -> usize {
    before.saturating_add(len.saturating_sub(unused))
}

impl Sink for Writer<'_> {
    #[cfg_attr(wide, inline(always))]
    #[cfg_attr(not(wide), inline(never))]
    fn bytes(&mut self, bytes: &[u8]) {
        if self.rest.len() < bytes.len() {
            return self.lack(bytes.len());
        }
        // Cannot be `None`: the length was checked.
        let Some((place, rest)) = take(&mut self.rest).split_at_mut_checked(bytes.len()) else {
            return;
        };
        copy(bytes, place);
        self.rest = rest;
    }

    #[inline(always)]
    fn array<const N: usize>(&mut self, bytes: [u8; N]) {
        if !cfg!(wide) {
            self.bytes(&bytes);
        } else if let Some(place) = self.reserve() {
            *place = bytes;
        }
    }

    #[inline(always)]
    fn prefixed<const N: usize>(&mut self, prefix: [u8; N], bytes: &[u8]) {
        if !cfg!(wide) {
            self.bytes(&prefix);
            return self.bytes(bytes);
        }
        let len = bytes.len().saturating_add(N);
        if self.rest.len() < len {
            return self.lack(len);
        }
        // Cannot be `None`: the length was checked.
        let Some((first, rest)) = take(&mut self.rest).split_first_chunk_mut() else { return };
        let Some((place, rest)) = rest.split_at_mut_checked(bytes.len()) else { return };
        *first = prefix;
        copy(bytes, place);
        self.rest = rest;
    }

    #[cfg_attr(wide, inline(always))]
    fn fail(&mut self, error: EncodeError) {
        self.error = self.error.or(Some(error));
        self.lack(usize::MAX);
    }

    #[cfg_attr(wide, inline(always))]
    fn apart(&mut self, write: impl FnOnce(&mut Self)) {
        let mut moved = core::mem::replace(self, Self::measure());
        write(&mut moved);
        *self = moved;
    }
}

/// The sink of a walk that only checks. It does nothing and costs nothing.
#[cfg(wide)]
pub(crate) struct Nowhere;

/// The sink of a walk that only checks. On small machines it is a writer that counts, so that each
/// walk exists once, for checking and for writing.
#[cfg(not(wide))]
pub(crate) type Nowhere = Writer<'static>;

/// Returns a sink that does nothing.
#[cfg(wide)]
#[inline(always)]
pub(crate) fn nowhere() -> Nowhere {
    Nowhere
}

/// Returns a sink that only counts.
#[cfg(not(wide))]
pub(crate) fn nowhere() -> Nowhere {
    Writer::measure()
}

#[cfg(wide)]
impl Sink for Nowhere {
    #[cfg_attr(wide, inline(always))]
    fn bytes(&mut self, _: &[u8]) {}

    #[cfg_attr(wide, inline(always))]
    fn array<const N: usize>(&mut self, _: [u8; N]) {}

    #[cfg_attr(wide, inline(always))]
    fn prefixed<const N: usize>(&mut self, _: [u8; N], _: &[u8]) {}

    #[cfg_attr(wide, inline(always))]
    fn fail(&mut self, _: EncodeError) {}

    #[cfg_attr(wide, inline(always))]
    fn apart(&mut self, write: impl FnOnce(&mut Self)) {
        write(self);
    }
}
