//! Owned values and messages to bytes and to views.

use alloc::vec::Vec;

use super::{Field, Table, Value};
use crate as view;
use crate::error::{Counted, EncodeError};
use crate::wire::codes::BaseType;
use crate::wire::table_writer::{self, RowsWriter, ShapeWriter, TableWriter};
use crate::wire::value::deeper;
use crate::wire::variant::Variant;
use crate::wire::writer::{Sink, Writer};

/// The bytes of what is written into a buffer: once to learn how long it is, once into a
/// buffer of that length.
fn to_vec(write: impl Fn(&mut [u8]) -> Result<usize, EncodeError>) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = Vec::new();
    if let Err(EncodeError::BufferTooSmall { needed }) = write(&mut bytes) {
        resize(&mut bytes, needed)?;
    }
    let len = write(&mut bytes)?;
    bytes.truncate(len);
    Ok(bytes)
}

/// Makes a buffer this long, or says that there is no memory for it.
fn resize(bytes: &mut Vec<u8>, needed: usize) -> Result<(), EncodeError> {
    bytes.clear();
    let reserved = bytes.try_reserve_exact(needed);
    reserved.map_err(|_| EncodeError::BufferTooSmall { needed })?;
    bytes.resize(needed, 0);
    Ok(())
}

impl view::Message<'_> {
    /// Encodes the message into a buffer of exactly its length (feature `alloc`).
    ///
    /// # Errors
    /// As [`encode`](Self::encode); [`EncodeError::BufferTooSmall`] if there is no memory
    /// for the message.
    pub fn encode_to_vec(&self) -> Result<Vec<u8>, EncodeError> {
        to_vec(|buffer| self.encode(buffer))
    }
}

/// Encodes a message with this table in its place.
pub(super) fn encode_with_table(
    message: &view::Message<'_>,
    table: &Table,
) -> Result<Vec<u8>, EncodeError> {
    to_vec(|buffer| message.encode_with_table(buffer, |s| table.shape(s), |r| table.rows_to(r)))
}

impl Value {
    /// Lends the value to the codec. A table or VARIANT is encoded for it first.
    ///
    /// # Errors
    /// What cannot be encoded: [`TooLong`](EncodeError::TooLong) a string or blob,
    /// [`TooMany`](EncodeError::TooMany) cells or aspects,
    /// [`NestingTooDeep`](EncodeError::NestingTooDeep).
    pub fn with_view<R>(&self, then: impl FnOnce(view::Value<'_>) -> R) -> Result<R, EncodeError> {
        match self {
            Self::InfoTable(table) => Ok(then(table.encode(&mut Vec::new())?.into())),
            Self::Variant(inner) => {
                let bytes = to_vec(|buffer| {
                    let mut writer = Writer::new(buffer);
                    inner.put(1, &mut writer);
                    writer.finish()
                })?;
                Ok(then(Variant::checked(&bytes).into()))
            }
            scalar => Ok(then(scalar.view())),
        }
    }

    /// Writes the value, which this many containers enclose. It calls itself once for each
    /// table, of which there are at most [`MAX_NESTING`](crate::limits::MAX_NESTING).
    fn put(&self, enclosing: u8, writer: &mut Writer<'_>) {
        let mut value = self;
        let mut enclosing = enclosing;
        while let Self::Variant(inner) = value {
            let Some(deeper) = deeper(enclosing, writer) else { return };
            writer.u8(BaseType::VARIANT.to_u8());
            enclosing = deeper;
            value = inner;
        }
        match value {
            Self::InfoTable(table) => {
                let Some(enclosing) = deeper(enclosing, writer) else { return };
                writer.u8(BaseType::INFOTABLE.to_u8());
                table_writer::table(writer, enclosing, |s| table.shape(s), |r| table.rows_to(r));
            }
            scalar => scalar.view().put_scalar(writer),
        }
    }
}

impl Table {
    /// Encodes the table into a buffer, which becomes as long as it is.
    ///
    /// # Errors
    /// As [`Value::with_view`]; [`EncodeError::BufferTooSmall`] if there is no memory for
    /// the table.
    pub fn encode<'b>(&self, buffer: &'b mut Vec<u8>) -> Result<view::InfoTable<'b>, EncodeError> {
        let measured = TableWriter::write(&mut [], |s| self.shape(s), |r| self.rows_to(r));
        match measured {
            Err(EncodeError::BufferTooSmall { needed }) => resize(buffer, needed)?,
            Err(error) => return Err(error),
            Ok(_) => buffer.clear(),
        }
        TableWriter::write(buffer, |s| self.shape(s), |r| self.rows_to(r))
    }

    /// Writes the shape of the table into a message.
    pub fn shape(&self, shape: &mut ShapeWriter<'_, '_>) {
        for field in &self.fields {
            field.put(shape);
        }
    }

    /// Writes the rows of the table into a message.
    pub fn rows_to(&self, rows: &mut RowsWriter<'_, '_>) {
        for cells in &self.rows {
            rows.row(|row| {
                for cell in cells {
                    row.count = row.count.saturating_add(1);
                    cell.put(row.enclosing, row.writer);
                }
            });
        }
    }
}

impl Field {
    fn put(&self, shape: &mut ShapeWriter<'_, '_>) {
        shape.start_field(&self.name, &self.description, self.base_type);
        let place = shape.writer.reserve_u16();
        for (name, value) in &self.aspects {
            shape.writer.text(name.as_bytes());
            value.put(shape.enclosing, shape.writer);
        }
        shape.writer.fill_in(place, self.aspects.len(), Counted::Aspects);
    }
}
