//! Messages, taken apart and made again as C does it.

use crate::common::{decode, from_hex, out, slice, some, text};
use alwayson_ffi::decode::alwayson_decode_header;
use alwayson_ffi::encode::{
    ItemPlace, alwayson_claims, alwayson_encode, alwayson_encode_with_table, alwayson_names,
};
use alwayson_ffi::error::{AlwaysonError, Error};
use alwayson_ffi::list::{
    AspectItem, ClaimItem, alwayson_items, alwayson_next_aspect, alwayson_next_claim,
    alwayson_next_name,
};
use alwayson_ffi::slice::alwayson_str;
use alwayson_ffi::table::{
    Table, alwayson_cells, alwayson_field_count, alwayson_fields, alwayson_next_cell,
    alwayson_next_field, alwayson_next_row, alwayson_row_count, alwayson_rows,
    alwayson_table_value,
};
use alwayson_ffi::table_writer::{
    CellsSink, RowsSink, ShapeSink, TableSource, alwayson_table_write, alwayson_write_cell,
    alwayson_write_field, alwayson_write_field_like, alwayson_write_field_with, alwayson_write_row,
    alwayson_write_row_of, alwayson_write_table, alwayson_write_variant,
};
use alwayson_ffi::value::{
    Value, alwayson_infotable, alwayson_nothing, alwayson_number, alwayson_string,
    alwayson_value_inner, alwayson_variant,
};
use std::ffi::c_void;
use std::ptr::null_mut;

const PUSH: &str = include_str!("../../../../conformance/bench/push.hex");
const GET: &str = include_str!("../../../../conformance/bench/get.hex");
const AUTH: &str = include_str!("../../../../conformance/bench/auth.hex");
const VARIANT: u8 = alwayson_ffi::codes::AlwaysonBaseType::Variant as u8;
const INFOTABLE: u8 = alwayson_ffi::codes::AlwaysonBaseType::Infotable as u8;
const NUMBER: u8 = alwayson_ffi::codes::AlwaysonBaseType::Number as u8;

unsafe extern "C" fn write_shape(shape: *mut ShapeSink, context: *mut c_void) {
    unsafe {
        let mut fields = alwayson_fields(context.cast());
        while let Some(field) = some(|field| alwayson_next_field(&raw mut fields, field)) {
            alwayson_write_field_like(shape, &raw const field);
        }
    }
}

unsafe extern "C" fn write_rows(rows: *mut RowsSink, context: *mut c_void) {
    unsafe {
        let mut cursor = alwayson_rows(context.cast());
        while let Some(mut row) = some(|row| alwayson_next_row(&raw mut cursor, row)) {
            alwayson_write_row(rows, Some(write_cells), (&raw mut row).cast());
        }
    }
}

unsafe extern "C" fn write_cells(cells: *mut CellsSink, context: *mut c_void) {
    unsafe {
        let mut cursor = alwayson_cells(context.cast());
        while let Some(mut value) = some(|cell| alwayson_next_cell(&raw mut cursor, cell)) {
            match value.base_type {
                VARIANT => {
                    let inner = out(|inner| alwayson_value_inner(&raw const value, inner));
                    alwayson_write_variant(cells, &inner.unwrap());
                }
                INFOTABLE => {
                    alwayson_write_table(cells, &source(&mut value.r#as.table));
                }
                _ => alwayson_write_cell(cells, &raw const value),
            }
        }
    }
}

fn source(table: &mut Table) -> TableSource {
    let context = (&raw mut *table).cast();
    TableSource { shape: Some(write_shape), rows: Some(write_rows), context }
}

#[test]
fn a_push_is_taken_apart_and_written_again_to_the_same_bytes() {
    let bytes = from_hex(PUSH);
    let mut message = decode(&bytes);
    let mut buffer = [0; 300];
    unsafe {
        let mut params = message.body.request.params;
        assert_eq!(alwayson_field_count(&raw const params), 1);
        assert_eq!(alwayson_row_count(&raw const params), 1);
        message.body.request.params.tag = 0;
        let len = out(|len| {
            let message = &raw const message;
            let source = &source(&mut params);
            alwayson_encode_with_table(message, source, buffer.as_mut_ptr(), buffer.len(), len)
        });
        assert_eq!(buffer[..len.unwrap()], bytes);
    }
}

#[test]
fn each_message_is_encoded_as_it_was_decoded_and_a_short_buffer_is_told_the_length() {
    for hex in [PUSH, GET, AUTH] {
        let bytes = from_hex(hex);
        let message = decode(&bytes);
        let mut buffer = vec![0; bytes.len()];
        let start = buffer.as_mut_ptr();
        let mut len = 0;
        let mut encode = |capacity| unsafe {
            alwayson_encode(&raw const message, start, capacity, &raw mut len)
        };
        let short = Error { kind: AlwaysonError::BufferTooSmall, at: bytes.len() };
        assert_eq!(encode(bytes.len() - 1), short);
        assert_eq!(encode(bytes.len()).kind, AlwaysonError::Ok);
        assert_eq!((len, &buffer), (bytes.len(), &bytes));
    }
}

#[test]
fn lists_are_made_of_items_in_places_and_read_by_cursors() {
    let mut places = [ItemPlace { opaque: [std::mem::MaybeUninit::uninit(); 4] }; 2];
    let claims = [("userid", "ada"), ("password", "secret")].map(|(name, value)| ClaimItem {
        name: slice(name.as_bytes()),
        value: slice(value.as_bytes()),
    });
    let mut auth = decode(&from_hex(AUTH));
    let mut buffer = [0; 100];
    unsafe {
        auth.body.auth.claims =
            out(|list| alwayson_claims(claims.as_ptr(), places.as_mut_ptr(), 2, list)).unwrap();
        let encoded = out(|len| alwayson_encode(&raw const auth, buffer.as_mut_ptr(), 100, len));
        let auth = decode(&buffer[..encoded.unwrap()]);
        let mut cursor = alwayson_items(&raw const auth.body.auth.claims);
        let mut next = || some(|claim| alwayson_next_claim(&raw mut cursor, claim));
        assert_eq!(next().map(|claim| text(claim.value)), Some("ada"));
        assert_eq!(next().map(|claim| text(claim.name)), Some("password"));
        assert!(next().is_none() && next().is_none());

        let names = ["a", "b"].map(|name| slice(name.as_bytes()));
        let list =
            out(|list| alwayson_names(names.as_ptr(), places.as_mut_ptr(), 2, list)).unwrap();
        let mut cursor = alwayson_items(&raw const list);
        let mut next = || some(|name| alwayson_next_name(&raw mut cursor, name));
        assert_eq!((next().map(text), next().map(text)), (Some("a"), Some("b")));
        assert!(next().is_none());
        // A cursor over names has no claims.
        assert!(some(|claim| alwayson_next_claim(&raw mut cursor, claim)).is_none());
        let too_many = out(|list| {
            let many = vec![claims[0]; 256];
            let mut places = vec![places[0]; 256];
            alwayson_claims(many.as_ptr(), places.as_mut_ptr(), 256, list)
        });
        assert_eq!(too_many.err(), Some(Error { kind: AlwaysonError::TooMany, at: 255 }));
    }
}

unsafe extern "C" fn one_field(shape: *mut ShapeSink, context: *mut c_void) {
    let unit = AspectItem { name: slice(b"unit"), value: alwayson_string(slice("°C".as_bytes())) };
    unsafe {
        let name = alwayson_str(c"t".as_ptr());
        let description = slice(b"of the steam");
        alwayson_write_field_with(shape, name, description, NUMBER, &raw const unit, 1);
        // A field of an unnamed base type is kept, an aspect of one is an error.
        if !context.is_null() {
            alwayson_write_field(shape, name, 200);
            let wrong = Value { base_type: 200, ..alwayson_nothing() };
            let wrong = AspectItem { name, value: wrong };
            alwayson_write_field_with(shape, name, description, NUMBER, &raw const wrong, 1);
        }
    }
}

unsafe extern "C" fn two_rows(rows: *mut RowsSink, _: *mut c_void) {
    let number = alwayson_number(21.5);
    let cells = [number, alwayson_variant(&raw const number)];
    unsafe {
        alwayson_write_row_of(rows, cells.as_ptr(), 2);
        alwayson_write_row(rows, None, null_mut());
    }
}

#[test]
fn a_table_is_written_with_aspects_variants_and_an_empty_row() {
    let mut memory = [0; 100];
    let source = TableSource { shape: Some(one_field), rows: Some(two_rows), context: null_mut() };
    let mut len = 0;
    let write = |table| unsafe {
        alwayson_table_write(&raw const source, memory.as_mut_ptr(), 100, table, &raw mut len)
    };
    let table = out(write).unwrap();
    assert!(len > 0 && unsafe { alwayson_row_count(&raw const table) } == 2);
    let value = some(|cell| unsafe { alwayson_table_value(&raw const table, slice(b"t"), cell) });
    assert_eq!(unsafe { value.unwrap().r#as.number }.to_bits(), 21.5_f64.to_bits());
    unsafe {
        let mut fields = alwayson_fields(&raw const table);
        let field = some(|field| alwayson_next_field(&raw mut fields, field)).unwrap();
        assert_eq!(text(field.description), "of the steam");
        let mut aspects = alwayson_items(&raw const field.aspects);
        let aspect = some(|aspect| alwayson_next_aspect(&raw mut aspects, aspect)).unwrap();
        assert_eq!((text(aspect.name), text(aspect.value.r#as.text)), ("unit", "°C"));
    }
    // A table is a value, too.
    let value = alwayson_infotable(table);
    let variant = alwayson_variant(&raw const value);
    let inner = out(|inner| unsafe { alwayson_value_inner(&raw const variant, inner) }).unwrap();
    assert_eq!(unsafe { alwayson_row_count(&raw const inner.r#as.table) }, 2);
}

#[test]
fn what_the_writer_of_a_table_gets_wrong_is_told_in_the_end() {
    let mut memory = [0; 100];
    let mut wrong = 1;
    let context = (&raw mut wrong).cast();
    let source = TableSource { shape: Some(one_field), rows: Some(two_rows), context };
    let write = |table| unsafe {
        alwayson_table_write(&raw const source, memory.as_mut_ptr(), 100, table, null_mut())
    };
    assert_eq!(out(write).err().unwrap().kind, AlwaysonError::UnknownBaseType);
}

#[test]
fn errors_say_where_the_bytes_are_wrong() {
    let mut bytes = from_hex(GET);
    bytes.push(0);
    let exact = |bytes: &[u8]| {
        out(|message| unsafe { alwayson_ffi::decode::alwayson_decode_exact(slice(bytes), message) })
            .err()
            .unwrap()
    };
    let len = bytes.len();
    assert_eq!(exact(&bytes), Error { kind: AlwaysonError::TrailingBytes, at: len - 1 });
    assert_eq!(exact(&bytes[..20]), Error { kind: AlwaysonError::UnexpectedEnd, at: 20 });
    let header = out(|header| unsafe { alwayson_decode_header(slice(&bytes[..20]), header) });
    assert_eq!(header.unwrap().code, 1);
}
