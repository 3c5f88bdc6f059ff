//! The reading cursor: leaf parsers in the form of nom, with slice operations that cannot panic.
//! Combinators of nom compose them. No other code of the crate reads bytes.

#![expect(unreachable_pub, reason = "the sealed trait of lists names them")]

use nom::{Err, IResult};

use super::text::Text;
use crate::error::{DecodeError, DecodeErrorKind};

/// The result of a parser: the rest of the input, and a value.
pub type Parsed<'a, T> = IResult<&'a [u8], T, Fault>;

/// A problem and the length of the input that was left there. Parsers only see the rest of the
/// input; the whole length is known only to the first caller.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    kind: DecodeErrorKind,
    left: usize,
}

impl Fault {
    /// Returns the error to report for an input of `len` bytes.
    #[cold]
    pub(crate) fn at_top(error: &Err<Self>, len: usize) -> DecodeError {
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

/// Returns a problem of this kind at the start of `rest`.
#[cold]
pub(crate) fn fault<T>(kind: DecodeErrorKind, rest: &[u8]) -> Parsed<'_, T> {
    Err(Err::Failure(Fault { kind, left: rest.len() }))
}

/// Returns the problem that the input ends too early, at its end.
#[cold]
fn end<'a, T>() -> Parsed<'a, T> {
    Err(Err::Failure(Fault { kind: DecodeErrorKind::UnexpectedEnd, left: 0 }))
}

/// Reads `N` bytes as an array.
#[cfg_attr(wide, inline(always))]
pub(crate) fn array<const N: usize>(input: &[u8]) -> Parsed<'_, &[u8; N]> {
    match input.split_first_chunk::<N>() {
        Some((bytes, rest)) => Ok((rest, bytes)),
        None => end(),
    }
}

/// Reads `len` bytes as a slice.
#[cfg_attr(wide, inline(always))]
pub(crate) fn take(input: &[u8], len: usize) -> Parsed<'_, &[u8]> {
    match input.split_at_checked(len) {
        Some((bytes, rest)) => Ok((rest, bytes)),
        None => end(),
    }
}

#[cfg_attr(wide, inline(always))]
pub(crate) fn u8(input: &[u8]) -> Parsed<'_, u8> {
    match input.split_first() {
        Some((byte, rest)) => Ok((rest, *byte)),
        None => end(),
    }
}

#[cfg_attr(wide, inline(always))]
pub(crate) fn u16(input: &[u8]) -> Parsed<'_, u16> {
    let (rest, bytes) = array(input)?;
    Ok((rest, u16::from_be_bytes(*bytes)))
}

#[cfg_attr(wide, inline(always))]
pub(crate) fn u32(input: &[u8]) -> Parsed<'_, u32> {
    let (rest, bytes) = array(input)?;
    Ok((rest, u32::from_be_bytes(*bytes)))
}

#[cfg_attr(wide, inline(always))]
pub(crate) fn i32(input: &[u8]) -> Parsed<'_, i32> {
    let (rest, bytes) = array(input)?;
    Ok((rest, i32::from_be_bytes(*bytes)))
}

#[cfg_attr(wide, inline(always))]
pub(crate) fn i64(input: &[u8]) -> Parsed<'_, i64> {
    let (rest, bytes) = array(input)?;
    Ok((rest, i64::from_be_bytes(*bytes)))
}

/// Reads an IEEE 754 double.
#[cfg_attr(wide, inline(always))]
pub(crate) fn f64(input: &[u8]) -> Parsed<'_, f64> {
    let (rest, bytes) = array(input)?;
    Ok((rest, f64::from_be_bytes(*bytes)))
}

/// Reads a marker byte, 0 or 1.
#[cfg_attr(wide, inline(always))]
pub(crate) fn marker(input: &[u8]) -> Parsed<'_, bool> {
    match input.split_first() {
        Some((0, rest)) => Ok((rest, false)),
        Some((1, rest)) => Ok((rest, true)),
        Some(_) => fault(DecodeErrorKind::InvalidMarker, input),
        None => end(),
    }
}

/// Reads a string (PROTOCOL.md §3): a length in one byte, or in four with the top bit set, then
/// UTF-8.
#[cfg_attr(wide, inline(always))]
pub(crate) fn text(input: &[u8]) -> Parsed<'_, Text<'_>> {
    let (rest, short) = u8(input)?;
    let (start, len) =
        if short < 0x80 { (rest, usize::from(short)) } else { masked_length(input)? };
    let (rest, bytes) = take(start, len)?;
    // ASCII is checked in registers, because it is frequent. The whole check is a call that
    // returns a number; small machines have only that.
    if !cfg!(wide) || !is_ascii(bytes, start) {
        if let Some(wrong) = not_utf8(bytes) {
            let left = rest.len().saturating_add(wrong);
            return Err(Err::Failure(Fault { kind: DecodeErrorKind::InvalidUtf8, left }));
        }
    }
    Ok((rest, Text::checked(bytes)))
}

/// Returns the number of bytes from the first invalid one on, or `None` if all are UTF-8.
#[cfg_attr(wide, inline(never))]
#[cfg_attr(not(wide), inline(always))]
fn not_utf8(bytes: &[u8]) -> Option<usize> {
    let error = core::str::from_utf8(bytes).err()?;
    Some(bytes.len().saturating_sub(error.valid_up_to()))
}

/// Returns whether the bytes at the start of the input are ASCII, by their top bits: eight bytes
/// at a time, where the last eight may overlap the others; less than eight are read together
/// with the bytes that follow them in the input, which are masked.
#[cfg_attr(wide, inline(always))]
fn is_ascii(bytes: &[u8], input: &[u8]) -> bool {
    const TOP_BITS: u64 = 0x8080_8080_8080_8080;
    let seen = match (bytes.last_chunk::<8>(), input.first_chunk::<8>()) {
        (Some(last), _) => {
            if bytes.len() > 16 {
                return is_long_ascii(bytes);
            }
            let first = bytes.first_chunk::<8>().map_or(0, |first| u64::from_le_bytes(*first));
            first | u64::from_le_bytes(*last)
        }
        // In little endian the first bytes are the low ones.
        (None, Some(eight)) => {
            #[expect(clippy::cast_possible_truncation, reason = "fewer than eight")]
            let bits = (bytes.len() as u32).wrapping_mul(8);
            u64::from_le_bytes(*eight) & !u64::MAX.wrapping_shl(bits)
        }
        (None, None) => bytes.iter().fold(0, |seen, byte| seen | u64::from(*byte)),
    };
    seen & TOP_BITS == 0
}

/// Returns whether 16 or more bytes are ASCII, 16 at a time.
#[cfg_attr(wide, inline(always))]
fn is_long_ascii(bytes: &[u8]) -> bool {
    const TOP_BITS: u128 = 0x8080_8080_8080_8080_8080_8080_8080_8080;
    let mut rest = bytes;
    while let Some((sixteen, after)) = rest.split_first_chunk::<16>() {
        if u128::from_le_bytes(*sixteen) & TOP_BITS != 0 {
            return false;
        }
        rest = after;
    }
    bytes.last_chunk::<16>().is_some_and(|last| u128::from_le_bytes(*last) & TOP_BITS == 0)
}

/// Reads a BLOB or IMAGE (PROTOCOL.md §4): a length in four bytes, whose top bit some encoders
/// set, then the bytes.
#[cfg_attr(wide, inline(always))]
pub(crate) fn binary(input: &[u8]) -> Parsed<'_, &[u8]> {
    let (rest, len) = masked_length(input)?;
    take(rest, len)
}

/// Reads a length in four bytes, without its top bit. A length that does not fit into `usize` is
/// longer than any input.
#[cfg_attr(wide, inline(always))]
fn masked_length(input: &[u8]) -> Parsed<'_, usize> {
    let (rest, len) = u32(input)?;
    match usize::try_from(len & 0x7FFF_FFFF) {
        Ok(len) => Ok((rest, len)),
        Err(_) => end(),
    }
}
