//! How deep INFOTABLEs and VARIANTs may enclose a value, for decoding and for
//! each way of encoding: at the limit of 16, one below and one above.

mod common;

use alwayson_codec::limits::MAX_NESTING;
use alwayson_codec::{
    Aspect, BaseType, Body, CellsWriter, Characteristic, DecodeErrorKind, EncodeError, InfoTable,
    Message, Method, Request, RowsWriter, ShapeWriter, TableWriter, Value, Variant,
};
use common::{IDS, content, encode, error_of, nested_tables, response, success};

/// What encodes, and comes back as it was; or the error.
fn round_trip(message: &Message<'_>) -> Result<(), EncodeError> {
    message.encoded_len()?;
    let bytes = encode(message);
    let decoded = Message::decode_exact(&bytes).unwrap();
    assert_eq!(encode(&decoded), bytes);
    Ok(())
}

fn expected(enclosing: usize) -> Result<(), EncodeError> {
    if enclosing <= MAX_NESTING { Ok(()) } else { Err(EncodeError::NestingTooDeep) }
}

/// A response with so many VARIANTs around this value, typed ones.
fn typed_variants<'a, T>(
    count: usize,
    value: Value<'_>,
    then: impl FnOnce(&Message<'_>) -> T + 'a,
) -> T {
    match count.checked_sub(1) {
        None => then(&response(value)),
        Some(count) => typed_variants(count, Value::Variant(Variant::new(&value)), then),
    }
}

#[test]
fn variants_are_decoded_up_to_16_deep() {
    for count in [15, 16] {
        let bytes = success(&[&vec![0x12; count][..], &[2, 1]].concat());
        assert_eq!(content(&bytes).innermost(), true.into());
        assert_eq!(encode(&Message::decode_exact(&bytes).unwrap()), bytes);
    }
    let bytes = success(&[&[0x12; 17][..], &[2, 1]].concat());
    assert_eq!(error_of(&bytes), (DecodeErrorKind::NestingTooDeep, 32));
}

#[test]
fn tables_are_decoded_up_to_16_deep_and_each_can_be_reached() {
    for count in [15, 16] {
        let bytes = success(&nested_tables(count));
        let mut value = content(&bytes);
        for depth in 0..count {
            let table = value.as_table().unwrap_or_else(|| panic!("no table at {depth}"));
            assert_eq!(encode(&response(table.into())), success(&nested_tables(count - depth)));
            value = table.row(0).unwrap().cell(0).unwrap();
        }
        assert_eq!(value, Value::Nothing);
    }
    assert_eq!(error_of(&success(&nested_tables(17))), (DecodeErrorKind::NestingTooDeep, 96));
}

#[test]
fn variants_count_with_tables_and_aspects_with_cells() {
    // A VARIANT in each of 8 tables, or one more.
    let mixed = |tables: usize| [5, 0, 1, 0, 1, 0x12].repeat(tables);
    let end = [0; 9];
    let bytes = success(&[&mixed(8)[..], &[0xFF], &end[..8]].concat());
    assert_eq!(encode(&Message::decode_exact(&bytes).unwrap()), bytes);
    let bytes = success(&[&mixed(8)[..], &[0x12, 0xFF], &end[..8]].concat());
    assert_eq!(error_of(&bytes), (DecodeErrorKind::NestingTooDeep, 16 + 48));
    // Tables in aspects: marker, two texts, type, one aspect without a name.
    let aspects = |tables: usize| {
        let start = [5, 1, 0, 0, 0, 0, 1, 0].repeat(tables);
        success(&[&start[..], &[0xFF], &[0, 0].repeat(tables)[..]].concat())
    };
    for count in [15, 16] {
        assert_eq!(encode(&Message::decode_exact(&aspects(count)).unwrap()), aspects(count));
    }
    assert_eq!(error_of(&aspects(17)), (DecodeErrorKind::NestingTooDeep, 16 + 16 * 8));
}

#[test]
fn a_params_table_counts_as_one() {
    let params = |count: usize| {
        let head = common::whole(0x03, &[0x0A, 0, 2, 0, 0]);
        [head, nested_tables(count)].concat()
    };
    for count in [15, 16] {
        assert_eq!(encode(&Message::decode_exact(&params(count)).unwrap()), params(count));
    }
    assert_eq!(error_of(&params(17)), (DecodeErrorKind::NestingTooDeep, 20 + 80));
}

#[test]
fn typed_variants_are_encoded_up_to_16_deep() {
    for count in [15, 16, 17, 18, 100] {
        assert_eq!(typed_variants(count, 5.into(), round_trip), expected(count), "{count}");
    }
}

#[test]
fn typed_variants_around_a_decoded_table_count_with_what_is_in_it() {
    let bytes = success(&nested_tables(10));
    for count in [5, 6, 7] {
        let value = content(&bytes);
        assert_eq!(typed_variants(count, value, round_trip), expected(count + 10), "{count}");
    }
}

#[test]
fn typed_variants_around_a_decoded_variant_count_with_what_is_in_it() {
    let bytes = success(&[&[0x12; 10][..], &[0xFF]].concat());
    for count in [5, 6, 7] {
        let value = content(&bytes);
        assert_eq!(typed_variants(count, value, round_trip), expected(count + 10), "{count}");
    }
}

/// Rows with one cell, in which there are so many tables more.
fn nest(rows: &mut RowsWriter<'_, '_>, tables: usize) {
    rows.row(|row: &mut CellsWriter<'_, '_>| match tables.checked_sub(1) {
        None => row.cell(Value::Nothing),
        Some(tables) => row.table(|_| (), |rows| nest(rows, tables)),
    });
}

#[test]
fn tables_written_in_each_other_are_written_up_to_16_deep() {
    let get = Request::new(Method::Post, "t", Characteristic::SERVICES, "s");
    let request = Message { ids: IDS, body: Body::Request(get) };
    for count in [15, 16, 17, 18] {
        let mut buffer = [0; 200];
        let written = TableWriter::write(&mut buffer, |_| (), |rows| nest(rows, count - 1));
        assert_eq!(written.map(|_| ()), expected(count), "{count}");
        for message in [request, response(Value::Nothing)] {
            let mut buffer = [0; 200];
            let len = message.encode_with_table(&mut buffer, |_| (), |rows| nest(rows, count - 1));
            assert_eq!(len.map(|_| ()), expected(count), "{count}");
            if let Ok(len) = len {
                assert!(Message::decode_exact(&buffer[..len]).is_ok(), "{count}");
            }
        }
    }
}

/// A table of so many tables, written by a [`TableWriter`].
fn written(buffer: &mut [u8], count: usize) -> InfoTable<'_> {
    TableWriter::write(buffer, |_| (), |rows| nest(rows, count - 1)).unwrap()
}

#[test]
fn a_table_written_on_its_own_counts_where_it_is_put() {
    let mut buffer = [0; 200];
    for count in [14, 15, 16] {
        let table = written(&mut buffer, count);
        // As content: as it is.
        assert_eq!(round_trip(&response(table.into())), Ok(()));
        // As a cell of another table, and as the value of a VARIANT in one.
        let mut outer = [0; 200];
        let cell = TableWriter::write(&mut outer, |_| (), |rows| rows.row(|row| row.cell(table)));
        assert_eq!(cell.map(|_| ()), expected(count + 1), "cell of {count}");
        let variant =
            TableWriter::write(&mut outer, |_| (), |rows| rows.row(|row| row.variant(table)));
        assert_eq!(variant.map(|_| ()), expected(count + 2), "variant of {count}");
        let aspects = [Aspect::new("", table.into())];
        let shape = |shape: &mut ShapeWriter<'_, '_>| {
            shape.field_with("", "", BaseType::STRING, &aspects);
        };
        let aspect = TableWriter::write(&mut outer, shape, |_| ());
        assert_eq!(aspect.map(|_| ()), expected(count + 1), "aspect of {count}");
        if let Ok(table) = aspect {
            assert_eq!(round_trip(&response(table.into())), Ok(()));
        }
    }
}

#[test]
fn a_decoded_view_counts_where_it_is_put() {
    for count in [14, 15, 16] {
        let tables = success(&nested_tables(count));
        let variants = success(&[&vec![0x12; count][..], &[0xFF]].concat());
        for value in [content(&tables), content(&variants)] {
            let mut outer = [0; 200];
            let cell =
                TableWriter::write(&mut outer, |_| (), |rows| rows.row(|row| row.cell(value)));
            assert_eq!(cell.map(|_| ()), expected(count + 1), "cell of {count}");
            let variant =
                TableWriter::write(&mut outer, |_| (), |rows| rows.row(|row| row.variant(value)));
            assert_eq!(variant.map(|_| ()), expected(count + 2), "variant of {count}");
            assert_eq!(round_trip(&response(value)), Ok(()), "content of {count}");
        }
    }
}

#[test]
fn what_is_too_deep_is_reported_as_such_in_every_buffer() {
    let bytes = success(&nested_tables(16));
    let inner = content(&bytes);
    let message = response(Value::Variant(Variant::new(&inner)));
    for len in 0..200 {
        assert_eq!(message.encode(&mut vec![0; len]), Err(EncodeError::NestingTooDeep), "{len}");
    }
}
