//! The one walk over values and tables: it checks each byte, and writes what
//! it reads on to a sink in canonical form. Into `Nowhere` it
//! only checks: that is decoding. Into a writer it encodes a decoded view.
//!
//! Tables in tables are walked with a stack of `MAX_NESTING` places, so that
//! the machine's stack does not grow with the peer's bytes.
//!
//! The layouts stand with the types: in `value.rs` and `table.rs`.

use super::codes::{BaseType, Layout};
use super::reader::{self, Parsed, fault};
use super::writer::Sink;
use crate::error::DecodeErrorKind;
use crate::limits::MAX_NESTING;

/// What a walk over a table learns of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Extent {
    /// How many bytes of input followed the shape.
    pub(crate) left_after_shape: usize,
    pub(crate) fields: u32,
    pub(crate) rows: u32,
}

/// A place in a table: in its shape or its rows, and how many aspects or cells
/// are still to come before the next marker.
#[derive(Clone, Copy, Debug)]
struct Place {
    in_rows: bool,
    values_left: u16,
    /// How many containers enclose the values here, this table among them.
    enclosing: u8,
}

/// Walks over one value that so many containers enclose.
pub(crate) fn value<'a, S: Sink>(input: &'a [u8], enclosing: u8, sink: &mut S) -> Parsed<'a, ()> {
    match scalar_or_table(input, enclosing, sink)? {
        (rest, None) => Ok((rest, ())),
        (rest, Some(enclosing)) => {
            let (rest, _) = table(rest, enclosing, sink)?;
            Ok((rest, ()))
        }
    }
}

/// Walks over one table, which counts among the containers that enclose its
/// values.
pub(crate) fn table<'a, S: Sink>(
    input: &'a [u8],
    enclosing: u8,
    sink: &mut S,
) -> Parsed<'a, Extent> {
    let mut extent = Extent::default();
    let mut outer = heapless::Vec::<Place, MAX_NESTING>::new();
    let mut here = Place { in_rows: false, values_left: 0, enclosing };
    let mut rest = input;
    loop {
        if let Some(left) = here.values_left.checked_sub(1) {
            here.values_left = left;
            if !here.in_rows {
                let (after, name) = reader::text(rest)?;
                sink.text(name.as_bytes());
                rest = after;
            }
            let (after, inner) = scalar_or_table(rest, here.enclosing, sink)?;
            rest = after;
            if let Some(enclosing) = inner {
                // Fails for none: a table that deep was refused at its type.
                if outer.push(here).is_err() {
                    return fault(DecodeErrorKind::NestingTooDeep, rest);
                }
                here = Place { in_rows: false, values_left: 0, enclosing };
            }
            continue;
        }
        let (after, more) = reader::marker(rest)?;
        sink.u8(u8::from(more));
        rest = after;
        match (here.in_rows, more) {
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
                here.in_rows = true;
                if outer.is_empty() {
                    extent.left_after_shape = rest.len();
                }
            }
        }
    }
}

/// The start of a row: how many cells follow.
#[cfg_attr(target_pointer_width = "64", inline(always))]
fn row<'a, S: Sink>(input: &'a [u8], sink: &mut S) -> Parsed<'a, u16> {
    let (rest, cells) = reader::u16(input)?;
    sink.array(cells.to_be_bytes());
    Ok((rest, cells))
}

/// The start of a field: how many aspects follow.
#[cfg_attr(target_pointer_width = "64", inline(always))]
fn field<'a, S: Sink>(input: &'a [u8], sink: &mut S) -> Parsed<'a, u16> {
    let (rest, name) = reader::text(input)?;
    let (rest, description) = reader::text(rest)?;
    let (rest, base_type) = base_type(rest)?;
    let (rest, aspects) = reader::u16(rest)?;
    sink.text(name.as_bytes());
    sink.text(description.as_bytes());
    sink.u8(base_type.to_u8());
    sink.array(aspects.to_be_bytes());
    Ok((rest, aspects))
}

#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) fn base_type(input: &[u8]) -> Parsed<'_, BaseType> {
    let (rest, number) = reader::u8(input)?;
    match BaseType::from_u8(number) {
        Some(base_type) => Ok((rest, base_type)),
        None => fault(DecodeErrorKind::UnknownBaseType, input),
    }
}

/// Walks over a value up to its end, or up to the start of a table: then it
/// says how many containers enclose the values of that table.
#[cfg_attr(target_pointer_width = "64", inline(always))]
fn scalar_or_table<'a, S: Sink>(
    input: &'a [u8],
    enclosing: u8,
    sink: &mut S,
) -> Parsed<'a, Option<u8>> {
    let (mut input, mut enclosing) = (input, enclosing);
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

/// Walks over what follows the type byte of a value that holds no other.
#[cfg_attr(target_pointer_width = "64", inline(always))]
fn scalar<'a, S: Sink>(
    input: &'a [u8],
    at_type: &'a [u8],
    layout: Layout,
    sink: &mut S,
) -> Parsed<'a, Option<u8>> {
    let rest = match layout {
        Layout::Text => {
            let (rest, text) = reader::text(input)?;
            sink.text(text.as_bytes());
            rest
        }
        Layout::Number | Layout::Long | Layout::DateTime => {
            let (rest, bytes) = reader::array::<8>(input)?;
            sink.array(*bytes);
            rest
        }
        Layout::Integer => {
            let (rest, bytes) = reader::array::<4>(input)?;
            sink.array(*bytes);
            rest
        }
        Layout::Boolean => {
            let (rest, byte) = reader::u8(input)?;
            sink.u8(u8::from(byte != 0));
            rest
        }
        Layout::Location => {
            let (rest, bytes) = reader::array::<24>(input)?;
            sink.array(*bytes);
            rest
        }
        Layout::Binary => {
            let (rest, bytes) = reader::binary(input)?;
            sink.binary(bytes);
            rest
        }
        Layout::Nothing | Layout::Variant | Layout::InfoTable => input,
        Layout::Unknown => return fault(DecodeErrorKind::UnsupportedBaseType, at_type),
    };
    Ok((rest, None))
}
