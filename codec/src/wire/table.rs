//! Borrowed views of a table: its fields with their aspects, and its rows with their cells.
//! [`TableWriter`](super::table_writer::TableWriter) writes tables.
//!
//! | size | field (PROTOCOL.md §4) |
//! | --- | --- |
//! | 1 | per field: 1 |
//! | | name string, description string |
//! | 1 | base type |
//! | 2 | aspect count |
//! | | per aspect: name string, value |
//! | 1 | 0: no more fields |
//! | 1 | per row: 1 |
//! | 2 | cell count |
//! | | per cell: value |
//! | 1 | 0: no more rows |

use super::codes::BaseType;
use super::list::{List, sealed};
use super::reader::{self, Parsed};
use super::text::Text;
use super::value::{Value, put_checked};
use super::walk;
use super::writer::{Sink, nowhere};
use crate::error::Counted;

/// An INFOTABLE (PROTOCOL.md §4): a view of the bytes of a decoded or written table.
///
/// Two tables are equal if their bytes are. A table in a form that encoders never use differs
/// from the same table in canonical form.
#[derive(Clone, Copy, PartialEq)]
pub struct InfoTable<'a> {
    /// The whole table, already checked.
    bytes: &'a [u8],
    shape_len: usize,
    fields: u32,
    rows: u32,
}

impl<'a> InfoTable<'a> {
    #[cfg_attr(wide, inline)]
    #[cfg_attr(not(wide), inline(always))]
    pub(crate) fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let (rest, extent) = walk::table(input, 1, &mut nowhere())?;
        let len = input.len().saturating_sub(rest.len());
        let bytes = input.get(..len).unwrap_or_default();
        let shape_len = input.len().saturating_sub(extent.left_after_shape);
        Ok((rest, Self { bytes, shape_len, fields: extent.fields, rows: extent.rows }))
    }

    /// Returns a table that was just written, with its bytes, the length of its shape, and its
    /// numbers of fields and rows.
    pub(crate) const fn written(bytes: &'a [u8], shape_len: usize, counts: (u32, u32)) -> Self {
        Self { bytes, shape_len, fields: counts.0, rows: counts.1 }
    }

    /// Writes the table. It counts as one of the containers that enclose its values.
    #[inline(never)]
    pub(crate) fn put<S: Sink>(&self, enclosing: u8, sink: &mut S) {
        put_checked(&walk::table(self.bytes, enclosing, sink), sink);
    }

    /// Returns the length of the encoded table in bytes.
    pub const fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns the fields of its shape.
    pub fn fields(&self) -> Fields<'a> {
        let (shape, _) = self.bytes.split_at_checked(self.shape_len).unwrap_or_default();
        Fields { rest: shape, left: self.fields }
    }

    /// Returns its rows.
    pub fn rows(&self) -> Rows<'a> {
        let (_, rows) = self.bytes.split_at_checked(self.shape_len).unwrap_or_default();
        Rows { rest: rows, left: self.rows, table: *self }
    }

    /// Returns the row with this index, counted from 0. It passes over all rows before.
    pub fn row(&self, index: usize) -> Option<Row<'a>> {
        self.rows().nth(index)
    }

    /// Returns the index of the first field with this name.
    pub fn field_index(&self, name: &str) -> Option<usize> {
        // Not `position`, which may panic if overflow checks are on.
        let mut index = 0_usize;
        for field in self.fields() {
            if field.name == *name {
                return Some(index);
            }
            index = index.saturating_add(1);
        }
        None
    }

    /// Returns the cell of the first row in the field with this name: the value of a property, the
    /// result of a service, or a parameter.
    pub fn value(&self, name: &str) -> Option<Value<'a>> {
        self.row(0)?.get(name)
    }
}

/// A field of the shape of a table.
#[derive(Clone, Copy, PartialEq)]
pub struct Field<'a> {
    /// Its name. Names may repeat.
    pub name: Text<'a>,
    /// Its description, which is often empty.
    pub description: Text<'a>,
    /// The type that its cells should have. Each cell has a type of its own.
    pub base_type: BaseType,
    /// Named values that describe the field.
    pub aspects: List<'a, Aspect<'a>>,
}

/// An aspect of a field: a named value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aspect<'a> {
    /// Its name.
    pub name: Text<'a>,
    /// Its value.
    pub value: Value<'a>,
}

impl<'a> Aspect<'a> {
    /// Creates an aspect.
    pub const fn new(name: &'a str, value: Value<'a>) -> Self {
        Self { name: Text::new(name), value }
    }

    /// Writes the aspect. `enclosing` is the number of containers that enclose its value,
    /// including the table.
    #[inline]
    pub(crate) fn put_enclosed<S: Sink>(&self, enclosing: u8, sink: &mut S) {
        sink.text(self.name.as_bytes());
        self.value.put(enclosing, sink);
    }
}

impl<'a> sealed::Item<'a> for Aspect<'a> {
    const COUNTED: Counted = Counted::Aspects;

    fn copy<S: Sink>(input: &'a [u8], sink: &mut S) -> Parsed<'a, Self> {
        let (rest, name) = reader::text(input)?;
        let (rest, value) = Value::parse(rest)?;
        let aspect = Self { name, value };
        aspect.put(sink);
        Ok((rest, aspect))
    }

    fn put<S: Sink>(self, sink: &mut S) {
        self.put_enclosed(1, sink);
    }
}

/// An iterator over the fields of a table.
#[derive(Clone)]
pub struct Fields<'a> {
    rest: &'a [u8],
    left: u32,
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        self.left = self.left.checked_sub(1)?;
        let (rest, field) = Field::parse(self.rest).ok()?;
        self.rest = rest;
        Some(field)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        exactly(self.left)
    }
}

impl ExactSizeIterator for Fields<'_> {}
impl core::iter::FusedIterator for Fields<'_> {}

impl<'a> Field<'a> {
    /// Parses a field, which begins with its marker.
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let (rest, _) = reader::marker(input)?;
        let (rest, name) = reader::text(rest)?;
        let (rest, description) = reader::text(rest)?;
        let (rest, base_type) = walk::base_type(rest)?;
        let (rest, aspect_count) = reader::u16(rest)?;
        let (rest, aspects) = List::parse(rest, aspect_count)?;
        Ok((rest, Self { name, description, base_type, aspects }))
    }
}

/// An iterator over the rows of a table.
#[derive(Clone)]
pub struct Rows<'a> {
    rest: &'a [u8],
    left: u32,
    table: InfoTable<'a>,
}

impl<'a> Iterator for Rows<'a> {
    type Item = Row<'a>;

    fn next(&mut self) -> Option<Row<'a>> {
        self.left = self.left.checked_sub(1)?;
        let (start, _) = reader::marker(self.rest).ok()?;
        let (start, left) = reader::u16(start).ok()?;
        let mut rest = start;
        for _ in 0..left {
            (rest, ()) = walk::value(rest, 1, &mut nowhere()).ok()?;
        }
        self.rest = rest;
        Some(Row { cells: Cells { rest: start, left }, table: self.table })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        exactly(self.left)
    }
}

impl ExactSizeIterator for Rows<'_> {}
impl core::iter::FusedIterator for Rows<'_> {}

/// A row of a table. It may have less or more cells than the table has fields.
#[derive(Clone)]
pub struct Row<'a> {
    cells: Cells<'a>,
    table: InfoTable<'a>,
}

impl<'a> Row<'a> {
    /// Returns its cells, in the order of the fields.
    pub fn cells(&self) -> Cells<'a> {
        self.cells.clone()
    }

    pub(crate) const fn table(&self) -> InfoTable<'a> {
        self.table
    }

    /// Returns the cell with this index, counted from 0. It passes over all cells before.
    pub fn cell(&self, index: usize) -> Option<Value<'a>> {
        self.cells().nth(index)
    }

    /// Returns the cell in the first field with this name.
    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        self.cell(self.table.field_index(name)?)
    }
}

/// An iterator over the cells of a row.
#[derive(Clone)]
pub struct Cells<'a> {
    rest: &'a [u8],
    left: u16,
}

impl<'a> Iterator for Cells<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        self.left = self.left.checked_sub(1)?;
        let (rest, value) = Value::parse(self.rest).ok()?;
        self.rest = rest;
        Some(value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        exactly(u32::from(self.left))
    }
}

impl ExactSizeIterator for Cells<'_> {}
impl core::iter::FusedIterator for Cells<'_> {}

fn exactly(left: u32) -> (usize, Option<usize>) {
    let left = usize::try_from(left).unwrap_or(usize::MAX);
    (left, Some(left))
}

impl<'a> From<InfoTable<'a>> for Value<'a> {
    fn from(table: InfoTable<'a>) -> Self {
        Self::InfoTable(table)
    }
}
