//! Tables of any size and depth, written directly into the caller's buffer.
//!
//! One closure writes the shape and another one the rows, and each row has a closure for its
//! cells. So a field after the rows, a cell outside of a row, or a table without an end does not
//! compile. The writer itself writes all counts.

use core::borrow::Borrow;

use super::codes::BaseType;
use super::table::{Aspect, InfoTable};
use super::value::{Value, deeper};
use super::writer::{Sink, Writer};
use crate::error::{Counted, EncodeError};

/// Writes tables into buffers.
///
/// Single calls do not fail. An error, such as a buffer that is too small, is reported at the
/// end, where the exact length is known.
///
/// ```
/// use alwayson_codec::{BaseType, TableWriter};
///
/// let mut buffer = [0; 100];
/// let table = TableWriter::write(
///     &mut buffer,
///     |shape| {
///         shape.field("name", BaseType::STRING);
///         shape.field("value", BaseType::VARIANT);
///     },
///     |rows| {
///         rows.row(|row| {
///             row.cell("Temperature");
///             row.variant(21.5);
///         });
///     },
/// )?;
/// let value = table.value("value").unwrap();
/// assert_eq!(value.innermost().as_f64(), Some(21.5));
/// # Ok::<(), alwayson_codec::EncodeError>(())
/// ```
#[derive(Debug)]
pub enum TableWriter {}

impl TableWriter {
    /// Writes a table into a buffer, and returns it for use as a value or as parameters.
    ///
    /// # Errors
    /// - [`BufferTooSmall`](EncodeError::BufferTooSmall), with the exact length of the table, if
    ///   it does not fit
    /// - [`TooMany`](EncodeError::TooMany) if a row has too many cells, or a field too many aspects
    /// - [`TooLong`](EncodeError::TooLong) if a string or blob is too long
    /// - [`NestingTooDeep`](EncodeError::NestingTooDeep) if a value is nested too deep
    pub fn write<'b>(
        buffer: &'b mut [u8],
        shape: impl FnOnce(&mut ShapeWriter<'_, '_>),
        rows: impl FnOnce(&mut RowsWriter<'_, '_>),
    ) -> Result<InfoTable<'b>, EncodeError> {
        let mut writer = Writer::new(buffer);
        let (shape_len, counts) = table(&mut writer, 1, shape, rows);
        let len = writer.finish()?;
        let bytes: &'b [u8] = buffer.get(..len).unwrap_or_default();
        Ok(InfoTable::written(bytes, shape_len, counts))
    }
}

/// Writes the shape of a table, field by field.
#[derive(Debug)]
pub struct ShapeWriter<'w, 'b> {
    pub(crate) writer: &'w mut Writer<'b>,
    pub(crate) enclosing: u8,
    count: u32,
}

impl ShapeWriter<'_, '_> {
    /// Writes a field with this name and base type.
    #[inline]
    pub fn field(&mut self, name: &str, base_type: BaseType) {
        self.start_field(name, "", base_type);
        self.writer.array([0, 0]);
    }

    /// Writes a field with a description and aspects: a slice of them, or the list of a decoded
    /// field. More than 65,535 aspects are an error, which is reported at the end.
    #[inline]
    pub fn field_with<'a>(
        &mut self,
        name: &str,
        description: &str,
        base_type: BaseType,
        aspects: impl IntoIterator<Item: Borrow<Aspect<'a>>>,
    ) {
        self.start_field(name, description, base_type);
        let place = self.writer.reserve_u16();
        let mut count = 0_usize;
        for aspect in aspects {
            count = count.saturating_add(1);
            aspect.borrow().put_enclosed(self.enclosing, self.writer);
        }
        self.writer.fill_in(place, count, Counted::Aspects);
    }

    /// Writes a field up to the number of its aspects.
    #[inline]
    pub(crate) fn start_field(&mut self, name: &str, description: &str, base_type: BaseType) {
        self.count = self.count.saturating_add(1);
        self.writer.u8(1);
        self.writer.text(name.as_bytes());
        self.writer.text(description.as_bytes());
        self.writer.u8(base_type.to_u8());
    }
}

/// Writes the shape and the rows of a table. Returns the length of the shape, and the numbers of
/// fields and rows.
#[inline]
pub(crate) fn table<'b>(
    writer: &mut Writer<'b>,
    enclosing: u8,
    shape: impl FnOnce(&mut ShapeWriter<'_, 'b>),
    rows: impl FnOnce(&mut RowsWriter<'_, 'b>),
) -> (usize, (u32, u32)) {
    let start = writer.written();
    let mut fields = ShapeWriter { writer, enclosing, count: 0 };
    shape(&mut fields);
    let field_count = fields.count;
    writer.u8(0);
    let shape_len = writer.written().saturating_sub(start);
    let mut lines = RowsWriter { writer, enclosing, count: 0 };
    rows(&mut lines);
    let row_count = lines.count;
    writer.u8(0);
    (shape_len, (field_count, row_count))
}

/// Writes the rows of a table.
#[derive(Debug)]
pub struct RowsWriter<'w, 'b> {
    writer: &'w mut Writer<'b>,
    enclosing: u8,
    count: u32,
}

impl<'b> RowsWriter<'_, 'b> {
    /// Writes a row with the cells that the closure writes. More than 65,535 cells are an error,
    /// which is reported at the end.
    #[inline]
    pub fn row(&mut self, cells: impl FnOnce(&mut CellsWriter<'_, 'b>)) {
        self.count = self.count.saturating_add(1);
        self.writer.u8(1);
        let place = self.writer.reserve_u16();
        let mut row = CellsWriter { writer: self.writer, enclosing: self.enclosing, count: 0 };
        cells(&mut row);
        let count = row.count;
        self.writer.fill_in(place, count, Counted::Cells);
    }
}

/// Writes the cells of a row.
#[derive(Debug)]
pub struct CellsWriter<'w, 'b> {
    pub(crate) writer: &'w mut Writer<'b>,
    pub(crate) enclosing: u8,
    pub(crate) count: usize,
}

impl<'b> CellsWriter<'_, 'b> {
    /// Writes a cell with this value.
    #[cfg_attr(wide, inline(always))]
    pub fn cell<'v>(&mut self, value: impl Into<Value<'v>>) {
        self.count = self.count.saturating_add(1);
        value.into().put(self.enclosing, self.writer);
    }

    /// Writes a cell with a VARIANT of this value.
    #[cfg_attr(wide, inline(always))]
    pub fn variant<'v>(&mut self, value: impl Into<Value<'v>>) {
        self.count = self.count.saturating_add(1);
        if let Some(enclosing) = deeper(self.enclosing, self.writer) {
            self.writer.u8(BaseType::VARIANT.to_u8());
            value.into().put(enclosing, self.writer);
        }
    }

    /// Writes a cell with a table.
    #[inline]
    pub fn table(
        &mut self,
        shape: impl FnOnce(&mut ShapeWriter<'_, 'b>),
        rows: impl FnOnce(&mut RowsWriter<'_, 'b>),
    ) {
        self.count = self.count.saturating_add(1);
        if let Some(enclosing) = deeper(self.enclosing, self.writer) {
            self.writer.u8(BaseType::INFOTABLE.to_u8());
            table(self.writer, enclosing, shape, rows);
        }
    }

    /// Writes a cell with a VARIANT of a table.
    #[inline]
    pub fn variant_table(
        &mut self,
        shape: impl FnOnce(&mut ShapeWriter<'_, 'b>),
        rows: impl FnOnce(&mut RowsWriter<'_, 'b>),
    ) {
        self.count = self.count.saturating_add(1);
        let Some(enclosing) = deeper(self.enclosing, self.writer) else { return };
        self.writer.u8(BaseType::VARIANT.to_u8());
        if let Some(enclosing) = deeper(enclosing, self.writer) {
            self.writer.u8(BaseType::INFOTABLE.to_u8());
            table(self.writer, enclosing, shape, rows);
        }
    }
}
