//! Tables in C.

use core::mem::MaybeUninit;

use alwayson_codec as codec;
use codec::InfoTable;
use codec::wire::table::{Cells, Fields, Rows};

use crate::error::{AlwaysonError, Error};
use crate::list::{ASPECTS, Cursor, ItemList, next};
use crate::opaque::{expect, keep, kept};
use crate::slice::{Slice, put, read};
use crate::value::Value;

const TABLE: u32 = 0x7461_626C;
const ROW: u32 = 0x726F_7700;
const FIELDS: u32 = 0x666C_6473;
const ROWS: u32 = 0x726F_7773;
const CELLS: u32 = 0x6365_6C73;

/// A table, decoded or written by `alwayson_table_write`. It borrows its bytes. All zeros mean
/// no table.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Table {
    /// 0 if there is no table.
    pub tag: u32,
    /// The table.
    pub opaque: [MaybeUninit<usize>; 5],
}

/// A row of a table, which borrows from the bytes of the table.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct TableRow {
    /// 0 if there is no row.
    pub tag: u32,
    /// The row.
    pub opaque: [MaybeUninit<usize>; 8],
}

/// A field of the shape of a table.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct TableField {
    /// Its name. Names may repeat.
    pub name: Slice,
    /// Its description, which is often empty.
    pub description: Slice,
    /// The type that its cells should have, an `ALWAYSON_BASE_TYPE_`. Each cell has a type of its
    /// own.
    pub base_type: u8,
    /// Named values that describe the field.
    pub aspects: ItemList,
}

impl Table {
    pub(crate) const NONE: Self = Self { tag: 0, opaque: [MaybeUninit::uninit(); 5] };

    pub(crate) fn of(table: InfoTable<'_>) -> Self {
        Self { tag: TABLE, opaque: keep(table) }
    }

    pub(crate) fn is_none(&self) -> bool {
        self.tag == 0
    }

    /// # Safety
    /// Its bytes are unchanged for `'a`.
    pub(crate) unsafe fn get<'a>(&self) -> Result<InfoTable<'a>, Error> {
        expect(self.tag, TABLE)?;
        // SAFETY: the tag says that this is a table.
        Ok(unsafe { kept(&self.opaque) })
    }
}

impl TableRow {
    /// # Safety
    /// The table's bytes are unchanged for `'a`.
    unsafe fn get<'a>(&self) -> Result<codec::Row<'a>, Error> {
        expect(self.tag, ROW)?;
        // SAFETY: the tag says that this is a row.
        Ok(unsafe { kept(&self.opaque) })
    }
}

/// Returns the number of fields of a table, or 0 without a table.
///
/// # Safety
/// `table` is NULL, or points to a table whose bytes are unchanged, or zeros.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_field_count(table: *const Table) -> usize {
    // SAFETY: as promised.
    let table = unsafe { read(table).and_then(|table| table.get()) };
    table.map_or(0, |table| table.fields().len())
}

/// Returns the number of rows of a table, or 0 without a table.
///
/// # Safety
/// As `alwayson_field_count`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_row_count(table: *const Table) -> usize {
    // SAFETY: as promised.
    let table = unsafe { read(table).and_then(|table| table.get()) };
    table.map_or(0, |table| table.rows().len())
}

/// Returns a cursor over the fields of a table, which is empty without a table.
///
/// # Safety
/// As `alwayson_field_count`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_fields(table: *const Table) -> Cursor {
    // SAFETY: as promised.
    let table = unsafe { read(table).and_then(|table| table.get()) };
    table.map_or(Cursor::NOTHING, |table| Cursor::over(FIELDS, table.fields()))
}

/// Returns a cursor over the rows of a table, which is empty without a table.
///
/// # Safety
/// As `alwayson_field_count`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_rows(table: *const Table) -> Cursor {
    // SAFETY: as promised.
    let table = unsafe { read(table).and_then(|table| table.get()) };
    table.map_or(Cursor::NOTHING, |table| Cursor::over(ROWS, table.rows()))
}

/// Returns a cursor over the cells of a row, which is empty without a row.
///
/// # Safety
/// `row` is NULL, or points to a row whose table's bytes are unchanged, or zeros.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_cells(row: *const TableRow) -> Cursor {
    // SAFETY: as promised.
    let row = unsafe { read(row).and_then(|row| row.get()) };
    row.map_or(Cursor::NOTHING, |row| Cursor::over(CELLS, row.cells()))
}

/// Sets the next field, and returns whether there was one.
///
/// # Safety
/// `cursor` and `field` are NULL or valid; what the cursor iterates over is unchanged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_next_field(cursor: *mut Cursor, field: *mut TableField) -> bool {
    let turn = |field: codec::Field<'_>| TableField {
        name: Slice::of(field.name.as_bytes()),
        description: Slice::of(field.description.as_bytes()),
        base_type: field.base_type.to_u8(),
        aspects: ItemList::of(ASPECTS, field.aspects),
    };
    // SAFETY: as promised.
    unsafe { next::<Fields<'_>, _>(cursor, FIELDS, field, turn) }
}

/// Sets the next row, and returns whether there was one.
///
/// # Safety
/// `cursor` and `row` are NULL or valid; what the cursor iterates over is unchanged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_next_row(cursor: *mut Cursor, row: *mut TableRow) -> bool {
    let turn = |row: codec::Row<'_>| TableRow { tag: ROW, opaque: keep(row) };
    // SAFETY: as promised.
    unsafe { next::<Rows<'_>, _>(cursor, ROWS, row, turn) }
}

/// Sets the next cell, and returns whether there was one.
///
/// # Safety
/// `cursor` and `cell` are NULL or valid; what the cursor iterates over is unchanged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_next_cell(cursor: *mut Cursor, cell: *mut Value) -> bool {
    let turn = |value: codec::Value<'_>| Value::of(&value);
    // SAFETY: as promised.
    unsafe { next::<Cells<'_>, _>(cursor, CELLS, cell, turn) }
}

/// Sets the cell of a row in the first field with this name, and returns whether there is one.
///
/// # Safety
/// As `alwayson_cells`; `name` can be read; `cell` is NULL, or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_row_get(
    row: *const TableRow,
    name: Slice,
    cell: *mut Value,
) -> bool {
    let get = || {
        // SAFETY: as promised.
        let (row, name) = unsafe { (read(row)?.get()?, name.text()?) };
        let value = row.get(name).ok_or(AlwaysonError::UnknownName)?;
        // SAFETY: as promised.
        unsafe { put(cell, Value::of(&value)) }
    };
    get().is_ok()
}

/// Sets the cell of the first row of a table in the first field with this name: the value of a
/// property, a parameter, or the result of a service. Returns whether there is one.
///
/// # Safety
/// As `alwayson_field_count`; `name` can be read; `cell` is NULL, or can be
/// written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_table_value(
    table: *const Table,
    name: Slice,
    cell: *mut Value,
) -> bool {
    let get = || {
        // SAFETY: as promised.
        let (table, name) = unsafe { (read(table)?.get()?, name.text()?) };
        let value = table.value(name).ok_or(AlwaysonError::UnknownName)?;
        // SAFETY: as promised.
        unsafe { put(cell, Value::of(&value)) }
    };
    get().is_ok()
}
