//! The walk over values and tables. It checks each byte, and writes what it reads to a sink, in
//! canonical form. With the sink [`nowhere`](super::writer::nowhere) it only checks, which is
//! decoding; with a writer it encodes a decoded view.
//!
//! Nested tables are walked with an explicit stack of `MAX_NESTING` places, so that the stack of
//! the machine does not grow with the bytes of the peer.
//!
//! The layouts are documented with the types, in `value.rs` and `table.rs`.

use super::codes::{BaseType, Layout};
use super::reader::{self, Parsed, fault};
use super::writer::Sink;
use crate::error::DecodeErrorKind;
use crate::limits::MAX_NESTING;

/// What a walk finds out about a table.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Extent {
    /// The number of bytes after the shape.
    pub(crate) left_after_shape: usize,
    pub(crate) fields: u32,
    pub(crate) rows: u32,
}

/// A place in a table: in its shape or its rows, and the number of aspects or cells before the
/// next marker.
#[derive(Clone, Copy, Debug)]
struct Place {
    at: At,
    values_left: u16,
    /// The number of containers that enclose the values here, including this table.
    enclosing: u8,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum At {
    Shape,
    Rows,
    /// Not in a table: one single value.
    Value,
}

/// Walks over one value in `enclosing` containers.
#[cfg_attr(not(wide), inline(always))]
pub(crate) fn value<'a, S: Sink>(input: &'a [u8], enclosing: u8, sink: &mut S) -> Parsed<'a, ()> {
    if !cfg!(wide) {
        // Treated like the last cell of a row, so that small machines have one loop for both.
        let (rest, _) = values(input, Place { at: At::Value, values_left: 1, enclosing }, sink)?;
        return Ok((rest, ()));
    }
    match scalar_or_table(input, enclosing, sink)? {
        (rest, None) => Ok((rest, ())),
        (rest, Some(enclosing)) => {
            let (rest, _) = table(rest, enclosing, sink)?;
            Ok((rest, ()))
        }
    }
}

/// Walks over one table, which counts as one of the containers that enclose its values.
#[cfg_attr(not(wide), inline(always))]
pub(crate) fn table<'a, S: Sink>(
    input: &'a [u8],
    enclosing: u8,
    sink: &mut S,
) -> Parsed<'a, Extent> {
    values(input, Place { at: At::Shape, values_left: 0, enclosing }, sink)
}

/// Walks from a place to the end of its table or value.
#[cfg_attr(wide, inline(always))]
fn values<'a, S: Sink>(input: &'a [u8], start: Place, sink: &mut S) -> Parsed<'a, Extent> {
    let mut extent = Extent::default();
    let mut outer = heapless::Vec::<Place, MAX_NESTING>::new();
    let mut here = start;
    let mut rest = input;
    loop {
        if let Some(left) = here.values_left.checked_sub(1) {
            here.values_left = left;
            if here.at == At::Shape {
                (rest, ()) = text(rest, sink)?;
            }
            let (after, inner) = scalar_or_table(rest, here.enclosing, sink)?;
            rest = after;
            if let Some(enclosing) = inner {
                // Cannot fail: a table that is nested too deep was refused at its type.
                if outer.push(here).is_err() {
                    return fault(DecodeErrorKind::NestingTooDeep, rest);
                }
                here = Place { at: At::Shape, values_left: 0, enclosing };
            }
            continue;
        }
        if here.at == At::Value {
            return Ok((rest, extent));
        }
        let (after, more) = reader::marker(rest)?;
        sink.u8(u8::from(more));
        rest = after;
        match (here.at == At::Rows, more) {
            (true, true) => {
                (rest, here.values_left) = row(rest, sink)?;
                if outer.is_empty() {
                    extent.rows = extent.rows.saturating_add(1);
                }
            }
            (true, false) => match outer.pop() {
                Some(place) => here = place,
                None => return Ok((rest, extent)),
            },
            (false, true) => {
                (rest, here.values_left) = field(rest, sink)?;
                if outer.is_empty() {
                    extent.fields = extent.fields.saturating_add(1);
                }
            }
            (false, false) => {
                here.at = At::Rows;
                if outer.is_empty() {
                    extent.left_after_shape = rest.len();
                }
            }
        }
    }
}

/// Reads the start of a row, and returns the number of its cells.
#[cfg_attr(wide, inline(always))]
fn row<'a, S: Sink>(input: &'a [u8], sink: &mut S) -> Parsed<'a, u16> {
    let (rest, cells) = reader::u16(input)?;
    sink.array(cells.to_be_bytes());
    Ok((rest, cells))
}

/// Reads the start of a field, and returns the number of its aspects.
#[cfg_attr(wide, inline(always))]
#[cfg_attr(not(wide), inline(never))]
fn field<'a, S: Sink>(input: &'a [u8], sink: &mut S) -> Parsed<'a, u16> {
    let (rest, ()) = text(input, sink)?;
    let (rest, ()) = text(rest, sink)?;
    let (rest, base_type) = base_type(rest)?;
    sink.u8(base_type.to_u8());
    let (rest, aspects) = reader::u16(rest)?;
    sink.array(aspects.to_be_bytes());
    Ok((rest, aspects))
}

/// Reads a string: a name, a description or a value.
#[inline(always)]
fn text<'a, S: Sink>(input: &'a [u8], sink: &mut S) -> Parsed<'a, ()> {
    let (rest, text) = reader::text(input)?;
    sink.text(text.as_bytes());
    Ok((rest, ()))
}

#[cfg_attr(wide, inline(always))]
pub(crate) fn base_type(input: &[u8]) -> Parsed<'_, BaseType> {
    let (rest, number) = reader::u8(input)?;
    Ok((rest, BaseType::from_u8(number)))
}

/// Walks over a value to its end, or to the start of a table. Then it returns the number of
/// containers that enclose the values of that table.
#[cfg_attr(wide, inline(always))]
fn scalar_or_table<'a, S: Sink>(
    input: &'a [u8],
    enclosing: u8,
    sink: &mut S,
) -> Parsed<'a, Option<u8>> {
    let mut input = input;
    let mut enclosing = enclosing;
    loop {
        let (rest, base_type) = base_type(input)?;
        let layout = base_type.layout();
        if matches!(layout, Layout::Variant | Layout::InfoTable) {
            if usize::from(enclosing) >= MAX_NESTING {
                return fault(DecodeErrorKind::NestingTooDeep, input);
            }
            enclosing = enclosing.saturating_add(1);
        }
        sink.u8(base_type.to_u8());
        match layout {
            Layout::Variant => input = rest,
            Layout::InfoTable => return Ok((rest, Some(enclosing))),
            _ => return scalar(rest, input, layout, sink),
        }
    }
}

/// Walks over what follows the type byte of a value that contains no other.
#[cfg_attr(wide, inline(always))]
fn scalar<'a, S: Sink>(
    input: &'a [u8],
    at_type: &'a [u8],
    layout: Layout,
    sink: &mut S,
) -> Parsed<'a, Option<u8>> {
    let rest = match layout {
        Layout::Text => {
            let (rest, ()) = text(input, sink)?;
            rest
        }
        // Small machines have one path for all numbers, below.
        Layout::Number | Layout::Long | Layout::DateTime if cfg!(wide) => {
            let (rest, bytes) = reader::array::<8>(input)?;
            sink.array(*bytes);
            rest
        }
        Layout::Integer if cfg!(wide) => {
            let (rest, bytes) = reader::array::<4>(input)?;
            sink.array(*bytes);
            rest
        }
        Layout::Boolean => {
            let (rest, byte) = reader::u8(input)?;
            sink.u8(u8::from(byte != 0));
            rest
        }
        Layout::Nothing | Layout::Variant | Layout::InfoTable => input,
        Layout::Unknown => return fault(DecodeErrorKind::UnknownBaseType, at_type),
        Layout::Binary => {
            let (rest, bytes) = reader::binary(input)?;
            sink.binary(bytes);
            rest
        }
        numbers => {
            let (rest, bytes) = reader::take(input, numbers.numbers_len())?;
            sink.bytes(bytes);
            if numbers == Layout::TimeSpan { text(rest, sink)?.0 } else { rest }
        }
    };
    Ok((rest, None))
}
