//! The reading cursor: leaf parsers in nom's form, over slice operations that
//! cannot panic. Combinators of nom compose them; no other code of the crate
//! reads bytes.

use nom::{Err, IResult};

use super::text::Text;
use crate::error::{DecodeError, DecodeErrorKind};

/// A parser's result: what is left of the input, and a value.
pub(crate) type Parsed<'a, T> = IResult<&'a [u8], T, Fault>;

/// A problem, placed by how much input was left there: parsers see the rest of
/// the input alone, and the whole length is known only at the top.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    kind: DecodeErrorKind,
    left: usize,
}

impl Fault {
    /// The error to report, for an input that was `len` bytes long.
    #[cold]
    pub(crate) fn at_top(error: Err<Self>, len: usize) -> DecodeError {
        match error {
            Err::Error(fault) | Err::Failure(fault) => {
                DecodeError::new(fault.kind, len.saturating_sub(fault.left))
            }
            Err::Incomplete(_) => DecodeError::new(DecodeErrorKind::UnexpectedEnd, len),
        }
    }
}

impl<'a> nom::error::ParseError<&'a [u8]> for Fault {
    fn from_error_kind(_: &'a [u8], _: nom::error::ErrorKind) -> Self {
        Self { kind: DecodeErrorKind::UnexpectedEnd, left: 0 }
    }

    fn append(_: &'a [u8], _: nom::error::ErrorKind, first: Self) -> Self {
        first
    }
}

/// A problem of this kind where `rest` begins.
#[cold]
pub(crate) fn fault<T>(kind: DecodeErrorKind, rest: &[u8]) -> Parsed<'_, T> {
    Err(Err::Failure(Fault { kind, left: rest.len() }))
}

/// The input ends too early: reported at its end.
#[cold]
fn end<'a, T>() -> Parsed<'a, T> {
    Err(Err::Failure(Fault { kind: DecodeErrorKind::UnexpectedEnd, left: 0 }))
}

/// So many bytes, as an array.
#[inline(always)]
pub(crate) fn array<const N: usize>(input: &[u8]) -> Parsed<'_, &[u8; N]> {
    match input.split_first_chunk::<N>() {
        Some((bytes, rest)) => Ok((rest, bytes)),
        None => end(),
    }
}

/// So many bytes, as a slice.
#[inline(always)]
pub(crate) fn take(input: &[u8], len: usize) -> Parsed<'_, &[u8]> {
    match input.split_at_checked(len) {
        Some((bytes, rest)) => Ok((rest, bytes)),
        None => end(),
    }
}

#[inline(always)]
pub(crate) fn u8(input: &[u8]) -> Parsed<'_, u8> {
    match input.split_first() {
        Some((byte, rest)) => Ok((rest, *byte)),
        None => end(),
    }
}

#[inline(always)]
pub(crate) fn u16(input: &[u8]) -> Parsed<'_, u16> {
    let (rest, bytes) = array(input)?;
    Ok((rest, u16::from_be_bytes(*bytes)))
}

#[inline(always)]
pub(crate) fn u32(input: &[u8]) -> Parsed<'_, u32> {
    let (rest, bytes) = array(input)?;
    Ok((rest, u32::from_be_bytes(*bytes)))
}

#[inline(always)]
pub(crate) fn i32(input: &[u8]) -> Parsed<'_, i32> {
    let (rest, bytes) = array(input)?;
    Ok((rest, i32::from_be_bytes(*bytes)))
}

#[inline(always)]
pub(crate) fn i64(input: &[u8]) -> Parsed<'_, i64> {
    let (rest, bytes) = array(input)?;
    Ok((rest, i64::from_be_bytes(*bytes)))
}

/// IEEE 754, bit for bit.
#[inline(always)]
pub(crate) fn f64(input: &[u8]) -> Parsed<'_, f64> {
    let (rest, bytes) = array(input)?;
    Ok((rest, f64::from_be_bytes(*bytes)))
}

/// A marker byte: 0 or 1.
#[inline(always)]
pub(crate) fn marker(input: &[u8]) -> Parsed<'_, bool> {
    match input.split_first() {
        Some((0, rest)) => Ok((rest, false)),
        Some((1, rest)) => Ok((rest, true)),
        Some(_) => fault(DecodeErrorKind::InvalidMarker, input),
        None => end(),
    }
}

/// A string (section 3): a length in one byte, or in four with the top bit
/// set; then UTF-8.
#[inline(always)]
pub(crate) fn text(input: &[u8]) -> Parsed<'_, Text<'_>> {
    let (rest, short) = u8(input)?;
    if short < 0x80 { text_of(rest, usize::from(short)) } else { long_text(input) }
}

/// Text of 128 bytes or more, or any in the form for that: kept apart, so that
/// what is frequent stays small.
#[inline(never)]
fn long_text(input: &[u8]) -> Parsed<'_, Text<'_>> {
    let (rest, len) = masked_length(input)?;
    text_of(rest, len)
}

#[inline(always)]
fn text_of(input: &[u8], len: usize) -> Parsed<'_, Text<'_>> {
    let (rest, bytes) = take(input, len)?;
    if starts_with_ascii(input, len) { Ok((rest, Text::checked(bytes))) } else { utf8(bytes, rest) }
}

/// Whether the first `len` bytes of the input are ASCII: eight at a time, the
/// last of them together with whatever follows, masked. `false` also where the
/// input is too short to tell that way.
#[inline(always)]
fn starts_with_ascii(input: &[u8], len: usize) -> bool {
    const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
    let (mut input, mut len) = (input, len);
    while let Some((eight, rest)) = input.split_first_chunk::<8>() {
        let high = u64::from_le_bytes(*eight) & HIGH_BITS;
        if len <= 8 {
            // The bits of the first `len` bytes come first in little endian.
            // No bytes: the shift would wrap, and the answer is known.
            let beyond = 64_usize.wrapping_sub(len.wrapping_mul(8));
            return len == 0 || high.wrapping_shl(beyond as u32 & 63) == 0;
        }
        if high != 0 {
            return false;
        }
        (input, len) = (rest, len.wrapping_sub(8));
    }
    len == 0
}

/// The whole check, for text that is not ASCII or stands at the very end.
#[inline(never)]
fn utf8<'a>(bytes: &'a [u8], rest: &'a [u8]) -> Parsed<'a, Text<'a>> {
    match core::str::from_utf8(bytes) {
        Ok(_) => Ok((rest, Text::checked(bytes))),
        Err(error) => {
            let wrong = bytes.len().saturating_sub(error.valid_up_to());
            let left = rest.len().saturating_add(wrong);
            Err(Err::Failure(Fault { kind: DecodeErrorKind::InvalidUtf8, left }))
        }
    }
}

/// A BLOB or IMAGE (section 4): a length in four bytes, whose top bit some
/// encoders set; then the bytes.
#[inline(always)]
pub(crate) fn binary(input: &[u8]) -> Parsed<'_, &[u8]> {
    let (rest, len) = masked_length(input)?;
    take(rest, len)
}

/// A length in four bytes without its top bit. One that does not fit the
/// machine is longer than any input.
#[inline(always)]
fn masked_length(input: &[u8]) -> Parsed<'_, usize> {
    let (rest, len) = u32(input)?;
    match usize::try_from(len & 0x7FFF_FFFF) {
        Ok(len) => Ok((rest, len)),
        Err(_) => end(),
    }
}
