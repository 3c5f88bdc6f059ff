//! Borrowed views of a table: its fields with their aspects, its rows and
//! their cells. [`TableWriter`](super::table_writer::TableWriter) writes tables.
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

/// An INFOTABLE (PROTOCOL.md §4), decoded or written, as a view of its bytes.
///
/// Two tables are equal when their bytes are: the same table in a form that no
/// encoder should use differs from its canonical form.
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

    /// A table that was just written: its bytes, the length of its shape, and
    /// how many fields and rows it has.
    pub(crate) const fn written(bytes: &'a [u8], shape_len: usize, counts: (u32, u32)) -> Self {
        Self { bytes, shape_len, fields: counts.0, rows: counts.1 }
    }

    /// Writes the table, which counts among the containers that enclose its
    /// values.
    #[inline(never)]
    pub(crate) fn put<S: Sink>(&self, enclosing: u8, sink: &mut S) {
        put_checked(&walk::table(self.bytes, enclosing, sink), sink);
    }

    /// How long the table is in the message, in bytes.
    pub const fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// The fields of its shape.
    pub fn fields(&self) -> Fields<'a> {
        let (shape, _) = self.bytes.split_at_checked(self.shape_len).unwrap_or_default();
        Fields { rest: shape, left: self.fields }
    }

    /// Its rows.
    pub fn rows(&self) -> Rows<'a> {
        let (_, rows) = self.bytes.split_at_checked(self.shape_len).unwrap_or_default();
        Rows { rest: rows, left: self.rows, table: *self }
    }

    /// The row at this index, counted from 0. Walks over those before it.
    pub fn row(&self, index: usize) -> Option<Row<'a>> {
        self.rows().nth(index)
    }

    /// The index of the first field of this name.
    pub fn field_index(&self, name: &str) -> Option<usize> {
        // Counted by hand: `position` may panic where overflow is checked.
        let mut index = 0_usize;
        for field in self.fields() {
            if field.name == *name {
                return Some(index);
            }
            index = index.saturating_add(1);
        }
        None
    }

    /// The cell of the first row under the field of this name: the one value
    /// of a property read, a service's result, a parameter.
    pub fn value(&self, name: &str) -> Option<Value<'a>> {
        self.row(0)?.get(name)
    }
}

/// A field of a table's shape.
#[derive(Clone, Copy, PartialEq)]
pub struct Field<'a> {
    /// Its name. Names may repeat.
    pub name: Text<'a>,
    /// What it is for, often empty.
    pub description: Text<'a>,
    /// The type that its cells should have. Each cell carries its own.
    pub base_type: BaseType,
    /// Named values that say more of the field.
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
    /// An aspect of this name and value.
    pub const fn new(name: &'a str, value: Value<'a>) -> Self {
        Self { name: Text::new(name), value }
    }

    /// Writes the aspect of a field, whose table is one of so many containers
    /// that enclose its value.
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

/// Iterates over the fields of a table.
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
    /// A field, from its marker on.
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

/// Iterates over the rows of a table.
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

/// A row of a table. It may have fewer or more cells than the table has
/// fields.
#[derive(Clone)]
pub struct Row<'a> {
    cells: Cells<'a>,
    table: InfoTable<'a>,
}

impl<'a> Row<'a> {
    /// Its cells, in the order of the fields.
    pub fn cells(&self) -> Cells<'a> {
        self.cells.clone()
    }

    pub(crate) const fn table(&self) -> InfoTable<'a> {
        self.table
    }

    /// The cell at this index, counted from 0. Walks over those before it.
    pub fn cell(&self, index: usize) -> Option<Value<'a>> {
        self.cells().nth(index)
    }

    /// The cell under the first field of this name.
    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        self.cell(self.table.field_index(name)?)
    }
}

/// Iterates over the cells of a row.
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
