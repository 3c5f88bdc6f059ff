//! Tables of any size and depth that C writes by callbacks, directly into the buffer.
//!
//! As in the codec, one callback writes the shape and another one the rows, and each row has a
//! callback for its cells, so that a wrong order is not possible.

use core::ffi::c_void;

use alwayson_codec as codec;
use codec::limits::{HEADER_LEN, MAX_NESTING};
use codec::{Aspect, BaseType, CellsWriter, RowsWriter, TableWriter};

use crate::error::Error;
use crate::list::{ASPECTS, AspectItem, ItemList};
use crate::slice::{Slice, buffer, change, put, read, wanted};
use crate::table::{Table, TableField};
use crate::value::Value;

/// Writes the shape of a table. It is an argument of a callback.
pub struct ShapeSink {
    _private: [u8; 0],
}

/// Writes the rows of a table. It is an argument of a callback.
pub struct RowsSink {
    _private: [u8; 0],
}

/// Writes the cells of a row. It is an argument of a callback.
pub struct CellsSink {
    _private: [u8; 0],
}

/// A table that callbacks write. Each is called once, during the call, with `context`. It must
/// return, and may use its writer only until then, with the functions whose names begin with
/// `alwayson_write_`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct TableSource {
    /// Writes the fields; NULL if there are none.
    pub shape: Option<unsafe extern "C" fn(shape: *mut ShapeSink, context: *mut c_void)>,
    /// Writes the rows; NULL if there are none.
    pub rows: Option<unsafe extern "C" fn(rows: *mut RowsSink, context: *mut c_void)>,
    /// An argument for the callbacks.
    pub context: *mut c_void,
}

/// A writer of the codec's, and what the caller did wrong first.
struct Sink<'s, W> {
    writer: &'s mut W,
    failed: &'s mut Option<Error>,
}

type Shape<'s> = Sink<'s, codec::ShapeWriter<'s, 's>>;
type Rows<'s> = Sink<'s, RowsWriter<'s, 's>>;
type Cells<'s> = Sink<'s, CellsWriter<'s, 's>>;

impl<W> Sink<'_, W> {
    fn note(&mut self, result: Result<(), Error>) {
        if let Err(error) = result {
            self.failed.get_or_insert(error);
        }
    }
}

/// A response whose content is as many VARIANTs as may enclose a value.
const DEEP: [u8; HEADER_LEN + MAX_NESTING + 2] = {
    let mut bytes = [BaseType::VARIANT.to_u8(); HEADER_LEN + MAX_NESTING + 2];
    let mut at = 0;
    while at <= HEADER_LEN {
        bytes[at] = 0;
        at += 1;
    }
    bytes[0] = 1;
    bytes[1] = codec::Status::SUCCESS.to_u8();
    bytes[HEADER_LEN + MAX_NESTING + 1] = BaseType::NOTHING.to_u8();
    bytes
};

/// A value that no table can hold.
fn too_deep() -> codec::Value<'static> {
    match codec::Message::decode_exact(&DEEP).map(|message| message.body) {
        Ok(codec::Body::Response(response)) => response.content,
        // Cannot be.
        _ => codec::Value::Nothing,
    }
}

/// Hands a writer to a function of the caller's. What that got wrong must not be
/// sent: it is followed by what the codec refuses.
///
/// # Safety
/// The source is valid, as its description says.
unsafe fn shape_of(
    source: &TableSource,
    writer: &mut codec::ShapeWriter<'_, '_>,
    failed: &mut Option<Error>,
) {
    if let Some(write) = source.shape {
        let mut sink = Sink { writer, failed };
        // SAFETY: as promised.
        unsafe { write((&raw mut sink).cast(), source.context) };
        if sink.failed.is_some() {
            let aspect = Aspect::new("", too_deep());
            sink.writer.field_with("", "", BaseType::NOTHING, [aspect]);
        }
    }
}

/// As [`shape_of`].
///
/// # Safety
/// As there.
unsafe fn rows_of(
    source: &TableSource,
    writer: &mut RowsWriter<'_, '_>,
    failed: &mut Option<Error>,
) {
    if let Some(write) = source.rows {
        let mut sink = Sink { writer, failed };
        // SAFETY: as promised.
        unsafe { write((&raw mut sink).cast(), source.context) };
        if sink.failed.is_some() {
            sink.writer.row(|row| row.cell(too_deep()));
        }
    }
}

/// Writes a table of the caller's by a function of the codec's, which takes one
/// closure for the shape and one for the rows.
///
/// # Safety
/// The source is valid, as its description says.
pub(crate) unsafe fn write_with<T>(
    source: &TableSource,
    write: impl FnOnce(
        &mut dyn FnMut(&mut codec::ShapeWriter<'_, '_>),
        &mut dyn FnMut(&mut RowsWriter<'_, '_>),
    ) -> T,
) -> Result<T, Error> {
    let mut in_shape = None;
    let mut in_rows = None;
    let written = write(
        // SAFETY: as promised.
        &mut |shape| unsafe { shape_of(source, shape, &mut in_shape) },
        // SAFETY: as promised.
        &mut |rows| unsafe { rows_of(source, rows, &mut in_rows) },
    );
    in_shape.or(in_rows).map_or(Ok(written), Err)
}

/// Writes a table into a buffer, for use as a value or as parameters, and sets `len` to the
/// length of its bytes.
///
/// Errors: `BUFFER_TOO_SMALL` if it does not fit, where `at` and `len` are the exact length of
/// the table; `TOO_MANY` if there are too many cells or aspects; `TOO_LONG`;
/// `NESTING_TOO_DEEP`; otherwise the first error of writing.
///
/// # Safety
/// `source` is NULL, or valid as its type says; `capacity` bytes can be written
/// at `bytes`, which are unchanged while the table is used; `table` and `len` are
/// NULL, which is no error of `len`, or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_table_write(
    source: *const TableSource,
    bytes: *mut u8,
    capacity: usize,
    table: *mut Table,
    len: *mut usize,
) -> Error {
    // SAFETY: as promised.
    let write = || unsafe {
        let memory = buffer(bytes, capacity)?;
        let len = wanted(len)?;
        let written =
            write_with(read(source)?, |shape, rows| TableWriter::write(memory, shape, rows))?;
        let table_len = written.map(|table| table.byte_len());
        crate::encode::length(table_len, len)?;
        put(table, Table::of(written?))
    };
    write().into()
}

/// Writes a field with this name and base type.
///
/// # Safety
/// `shape` is the argument of a callback, during its call; `name` can be read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_write_field(shape: *mut ShapeSink, name: Slice, base_type: u8) {
    // SAFETY: as promised.
    let Ok(sink) = (unsafe { change(shape.cast::<Shape<'_>>()) }) else { return };
    let mut write = || {
        let base_type = BaseType::from_u8(base_type);
        // SAFETY: as promised.
        sink.writer.field(unsafe { name.text() }?, base_type);
        Ok(())
    };
    let result = write();
    sink.note(result);
}

/// Writes a field with its description and aspects: those of a decoded field, or none.
///
/// # Safety
/// `shape` is the argument of a callback, during its call; `field` is NULL, or valid
/// with all that it borrows from.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_write_field_like(
    shape: *mut ShapeSink,
    field: *const TableField,
) {
    // SAFETY: as promised.
    let Ok(sink) = (unsafe { change(shape.cast::<Shape<'_>>()) }) else { return };
    // SAFETY: as promised.
    let mut write = || unsafe {
        let field = read(field)?;
        let base_type = BaseType::from_u8(field.base_type);
        let aspects = ItemList::get::<Aspect<'_>, Aspect<'_>>(&field.aspects, ASPECTS)?;
        sink.writer.field_with(field.name.text()?, field.description.text()?, base_type, aspects);
        Ok(())
    };
    let result = write();
    sink.note(result);
}

/// Writes a field with a description and aspects of the caller, none of which may be a new VARIANT.
///
/// # Safety
/// `shape` is the argument of a callback, during its call; `count` aspects can be
/// read at `aspects`, and the texts and values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_write_field_with(
    shape: *mut ShapeSink,
    name: Slice,
    description: Slice,
    base_type: u8,
    aspects: *const AspectItem,
    count: usize,
) {
    // SAFETY: as promised.
    let Ok(sink) = (unsafe { change(shape.cast::<Shape<'_>>()) }) else { return };
    let mut wrong = Ok(());
    // SAFETY: as promised.
    let mut write = || unsafe {
        let base_type = BaseType::from_u8(base_type);
        if count > 0 {
            read(aspects)?;
        }
        let items = (0..count).map(|index| {
            let item = aspects.wrapping_add(index).read();
            Ok(Aspect::new(item.name.text()?, item.value.plain()?))
        });
        let good = items.filter_map(|item| item.map_err(|error| wrong = Err(error)).ok());
        sink.writer.field_with(name.text()?, description.text()?, base_type, good);
        Ok(())
    };
    let result = write().and(wrong);
    sink.note(result);
}

/// Writes a row with the cells that the callback writes.
///
/// # Safety
/// `rows` is the argument of a callback, during its call; `write` is NULL, or valid
/// as a function of `alwayson_table_source_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_write_row(
    rows: *mut RowsSink,
    write: Option<unsafe extern "C" fn(cells: *mut CellsSink, context: *mut c_void)>,
    context: *mut c_void,
) {
    // SAFETY: as promised.
    let Ok(Sink { writer, failed }) = (unsafe { change(rows.cast::<Rows<'_>>()) }) else { return };
    writer.row(|cells| {
        let mut sink = Sink { writer: cells, failed };
        if let Some(write) = write {
            // SAFETY: as promised.
            unsafe { write((&raw mut sink).cast(), context) };
        }
    });
}

/// Writes a row with these cells.
///
/// # Safety
/// `rows` is the argument of a callback, during its call; `count` values can be read
/// at `cells`, with the members for their base types, and what these borrow.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_write_row_of(
    rows: *mut RowsSink,
    cells: *const Value,
    count: usize,
) {
    // SAFETY: as promised.
    let Ok(Sink { writer, failed }) = (unsafe { change(rows.cast::<Rows<'_>>()) }) else { return };
    writer.row(|writer| {
        let mut sink = Sink { writer, failed };
        for index in 0..count {
            // SAFETY: as promised.
            let result = unsafe { cell(sink.writer, cells.wrapping_add(index)) };
            let is_wrong = result.is_err();
            sink.note(result);
            if is_wrong {
                return;
            }
        }
    });
}

/// # Safety
/// The value is NULL, or valid with all that it borrows from.
unsafe fn cell(writer: &mut CellsWriter<'_, '_>, value: *const Value) -> Result<(), Error> {
    let mut place = codec::Value::Nothing;
    // SAFETY: as promised.
    writer.cell(unsafe { read(value)?.get(&mut place) }?);
    Ok(())
}

/// Writes a cell with this value.
///
/// # Safety
/// `cells` is the argument of a callback, during its call; `value` is NULL, or valid
/// with the member for its base type, and what that borrows from.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_write_cell(cells: *mut CellsSink, value: *const Value) {
    // SAFETY: as promised.
    let Ok(sink) = (unsafe { change(cells.cast::<Cells<'_>>()) }) else { return };
    // SAFETY: as promised.
    let result = unsafe { cell(sink.writer, value) };
    sink.note(result);
}

/// Writes a cell with a VARIANT of this value.
///
/// # Safety
/// As `alwayson_write_cell`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_write_variant(cells: *mut CellsSink, value: *const Value) {
    // SAFETY: as promised.
    let Ok(sink) = (unsafe { change(cells.cast::<Cells<'_>>()) }) else { return };
    let mut place = codec::Value::Nothing;
    // SAFETY: as promised.
    let got = unsafe { read(value).and_then(|value| value.get(&mut place)) };
    let result = got.map(|value| sink.writer.variant(value));
    sink.note(result);
}

/// Writes a cell with a table that callbacks write.
///
/// # Safety
/// `cells` is the argument of a callback, during its call; `source` is NULL, or valid
/// as its type says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_write_table(cells: *mut CellsSink, source: *const TableSource) {
    // SAFETY: as promised.
    let Ok(sink) = (unsafe { change(cells.cast::<Cells<'_>>()) }) else { return };
    // SAFETY: as promised.
    let result = unsafe {
        read(source)
            .and_then(|source| write_with(source, |shape, rows| sink.writer.table(shape, rows)))
    };
    sink.note(result);
}
