//! Tables: what a writer makes of them, byte for byte, and what their views
//! give back.

mod common;

use alwayson_codec::{
    Aspect, BaseType, Body, CellsWriter, Characteristic, EncodeError, InfoTable, Message, Method,
    Request, Response, RowsWriter, ShapeWriter, Status, TableWriter, Value,
};
use common::{IDS, content, encode, hex, part, response, sample_table, success, whole};

const SAMPLE: &str = "
    01 04 6E616D65 0A 776861742069742069 73 00 0002
       0C 69735072696D6172794B6579 02 01
       04 6E6F7465 00 03 6B6579
    01 05 76616C7565 00 12 0000
    01 04 74696D65 00 03 0000
    00
    01 0003 00 0B 54656D7065726174757265
            12 01 4035800000000000
            03 0000018BCFE56800
    01 0004 00 06 416C61726D73
            05 01 04 636F6465 00 16 0000 00  01 0001 16 FFFFFFFB  00
            FF
            02 01
    01 0001 00 05 73686F7274
    01 0000
    00";

fn shape(shape: &mut ShapeWriter<'_, '_>) {
    shape.field("a", BaseType::INTEGER);
    shape.field("b", BaseType::STRING);
}

fn rows(rows: &mut RowsWriter<'_, '_>) {
    rows.row(|row| {
        row.cell(5);
        row.cell("x");
    });
}

/// What [`shape`] and [`rows`] write.
const SMALL: &str = "01 01 61 00 16 0000  01 01 62 00 00 0000  00
    01 0002 16 00000005 00 01 78  00";

/// A request for parameters.
fn post<'a>() -> Request<'a> {
    Request::new(Method::Post, "t", Characteristic::SERVICES, "s")
}

#[test]
fn a_table_is_written_as_if_by_hand() {
    let mut buffer = [0xEE; 256];
    let table = sample_table(&mut buffer);
    assert_eq!(table.byte_len(), hex(SAMPLE).len());
    assert_eq!(encode(&response(table.into())), success(&[&[5], &hex(SAMPLE)[..]].concat()));
}

#[test]
fn a_table_as_written_equals_itself_decoded() {
    let mut buffer = [0; 256];
    let written = sample_table(&mut buffer);
    let bytes = success(&[&[5], &hex(SAMPLE)[..]].concat());
    let decoded = content(&bytes).as_table().unwrap();
    assert_eq!(written, decoded);
    assert!(written.fields().eq(decoded.fields()));
    for (left, right) in written.rows().zip(decoded.rows()) {
        assert!(left.cells().eq(right.cells()));
    }
    let mut buffer = [0; 64];
    let other = TableWriter::write(&mut buffer, shape, rows).unwrap();
    assert_ne!(other, decoded);
}

#[test]
fn counts_of_fields_rows_and_cells_are_those_that_were_written() {
    let mut buffer = [0; 8000];
    for (fields, lines, cells) in [(0, 0, 0), (1, 0, 0), (0, 1, 0), (3, 2, 255), (300, 5, 256)] {
        let shape = |shape: &mut ShapeWriter<'_, '_>| {
            (0..fields).for_each(|_| shape.field("f", BaseType::NUMBER));
        };
        let row = |row: &mut CellsWriter<'_, '_>| (0..cells).for_each(|_| row.cell(true));
        let rows = |rows: &mut RowsWriter<'_, '_>| (0..lines).for_each(|_| rows.row(row));
        let table = TableWriter::write(&mut buffer, shape, rows).unwrap();
        let bytes = encode(&response(table.into()));
        for table in [table, content(&bytes).as_table().unwrap()] {
            assert_eq!((table.fields().len(), table.fields().count()), (fields, fields));
            assert_eq!((table.rows().len(), table.rows().count()), (lines, lines));
            assert!(table.rows().all(|row| row.cells().count() == cells));
        }
    }
}

#[test]
fn cells_are_found_by_index_and_by_name() {
    let mut buffer = [0; 256];
    let table = sample_table(&mut buffer);
    assert_eq!(table.field_index("time"), Some(2));
    assert_eq!(table.field_index("Time"), None);
    let row = table.row(1).unwrap();
    assert_eq!(row.cell(0), Some("Alarms".into()));
    assert_eq!(row.get("name"), row.cell(0));
    assert_eq!(row.get("time"), Some(Value::Nothing));
    assert_eq!(row.get("quality"), None);
    assert_eq!(table.value("name"), Some("Temperature".into()));
    assert_eq!(table.value("value").map(Value::innermost), Some(21.5.into()));
    let inner = row.get("value").and_then(|value| value.as_table()).unwrap();
    assert_eq!(inner.value("code"), Some((-5).into()));
    assert_eq!(table.row(3).unwrap().cell(0), None);
    assert!(table.row(4).is_none());
}

#[test]
fn a_table_without_rows_has_fields_and_no_values() {
    let mut buffer = [0; 64];
    let table = TableWriter::write(&mut buffer, shape, |_| ()).unwrap();
    assert_eq!(table.field_index("b"), Some(1));
    assert_eq!(table.value("a"), None);
    assert!(table.row(0).is_none());
}

#[test]
fn of_fields_with_the_same_name_the_first_wins() {
    let mut buffer = [0; 64];
    let twice = |shape: &mut ShapeWriter<'_, '_>| {
        shape.field("a", BaseType::INTEGER);
        shape.field("a", BaseType::STRING);
    };
    let table = TableWriter::write(&mut buffer, twice, rows).unwrap();
    assert_eq!(table.field_index("a"), Some(0));
    assert_eq!(table.value("a"), Some(5.into()));
    assert_eq!(table.row(0).unwrap().cell(1), Some("x".into()));
}

#[test]
fn short_rows_lack_their_last_cells_and_long_rows_have_more_by_index() {
    let mut buffer = [0; 256];
    let table = sample_table(&mut buffer);
    let long = table.row(1).unwrap();
    let short = table.row(2).unwrap();
    assert_eq!((long.cells().len(), short.cells().len()), (4, 1));
    assert_eq!(long.cell(3), Some(true.into()));
    assert_eq!(long.cell(4), None);
    assert_eq!(short.get("name"), Some("short".into()));
    assert_eq!(short.get("value"), None);
}

#[test]
fn fields_give_name_description_type_and_aspects() {
    let mut buffer = [0; 256];
    let table = sample_table(&mut buffer);
    let field = table.fields().next().unwrap();
    assert_eq!((field.name.as_str(), field.description.as_str()), ("name", "what it is"));
    assert_eq!(field.base_type, BaseType::STRING);
    let aspects: Vec<Aspect<'_>> = field.aspects.iter().collect();
    assert_eq!(
        aspects,
        [Aspect::new("isPrimaryKey", true.into()), Aspect::new("note", "key".into())]
    );
    assert!(table.fields().skip(1).all(|field| field.aspects.is_empty()));
}

#[test]
fn a_table_is_written_into_requests_without_parameters_and_responses_without_content() {
    let mut alone = [0; 64];
    let table = TableWriter::write(&mut alone, shape, rows).unwrap();
    let post = Message { ids: IDS, body: Body::Request(post()) };
    for message in [post, response(Value::Nothing)] {
        let expected = match message.body {
            Body::Request(request) => Body::Request(Request { params: Some(table), ..request }),
            Body::Response(response) => {
                Body::Response(Response { content: table.into(), ..response })
            }
            _ => unreachable!(),
        };
        let expected = encode(&Message { ids: IDS, body: expected });
        assert!(expected.ends_with(&[&[5], &hex(SMALL)[..]].concat()));
        let mut buffer = [0; 128];
        let len = message.encode_with_table(&mut buffer, shape, rows).unwrap();
        assert_eq!(buffer[..len], expected);
    }
}

#[test]
fn a_table_is_written_after_a_reason_and_headers() {
    let headers = [alwayson_codec::RequestHeader::new("h", "v")];
    let request = Request { headers: alwayson_codec::List::new(&headers).unwrap(), ..post() };
    let mut buffer = [0; 128];
    let message = Message { ids: IDS, body: Body::Request(request) };
    let len = message.encode_with_table(&mut buffer, shape, rows).unwrap();
    let head = hex("0A 01 74 02 01 73 01 01 68 01 76 05");
    assert_eq!(buffer[..len], whole(0x03, &[head, hex(SMALL)].concat()));
    let failed = Response { reason: Some("no".into()), ..Response::new(Status::CONFLICT) };
    let message = Message { ids: IDS, body: Body::Response(failed) };
    let len = message.encode_with_table(&mut buffer, shape, rows).unwrap();
    assert_eq!(buffer[..len], whole(0x89, &[hex("01 02 6E6F 05"), hex(SMALL)].concat()));
}

#[test]
fn a_message_with_another_body_or_a_table_already_has_no_place_for_one() {
    let mut alone = [0; 64];
    let table: InfoTable<'_> = TableWriter::write(&mut alone, shape, rows).unwrap();
    let bodies = [
        Body::KeepAlive,
        Body::Auth(alwayson_codec::Auth::new(&[]).unwrap()),
        Body::Bind(alwayson_codec::Bind::new(&["t"]).unwrap()),
        Body::Unbind(alwayson_codec::Bind::new(&["t"]).unwrap()),
        Body::Chunk(part(1, 2, 64, b"data")),
        Body::Request(Request { params: Some(table), ..post() }),
        response(table.into()).body,
        response(5.into()).body,
    ];
    for body in bodies {
        let message = Message { ids: IDS, body };
        for buffer in [&mut [0; 256][..], &mut []] {
            let written = message.encode_with_table(buffer, shape, rows);
            assert_eq!(written, Err(EncodeError::NoPlaceForTable), "{}", message.dump());
        }
    }
}

#[test]
fn a_table_that_does_not_fit_is_told_its_exact_length_whatever_the_buffer() {
    let message = response(Value::Nothing);
    let needed = 17 + hex(SMALL).len();
    for len in 0..=needed {
        let mut buffer = vec![0; len];
        let written = message.encode_with_table(&mut buffer, shape, rows);
        let too_small = Err(EncodeError::BufferTooSmall { needed });
        assert_eq!(written, if len == needed { Ok(needed) } else { too_small }, "{len}");
    }
    let needed = hex(SAMPLE).len();
    let mut enough = [0; 256];
    let table = sample_table(&mut enough);
    for len in 0..=needed {
        let mut buffer = vec![0; len];
        let copy = TableWriter::write(&mut buffer, |_| (), |rows| rows.row(|row| row.cell(table)));
        let too_small = EncodeError::BufferTooSmall { needed: needed + 6 };
        assert_eq!(copy.map(|_| ()), Err(too_small), "{len}");
    }
}

#[test]
fn views_of_a_table_can_be_written_into_another() {
    let bytes = success(&[&[5], &hex(SAMPLE)[..]].concat());
    let source = content(&bytes).as_table().unwrap();
    let mut buffer = [0; 256];
    let copy = TableWriter::write(
        &mut buffer,
        |shape| {
            for field in source.fields() {
                let aspects: Vec<Aspect<'_>> = field.aspects.iter().collect();
                let name = field.name.as_str();
                let description = field.description.as_str();
                shape.field_with(name, description, field.base_type, &aspects);
            }
        },
        |rows| {
            for source in source.rows() {
                rows.row(|row| source.cells().for_each(|cell| row.cell(cell)));
            }
        },
    );
    assert_eq!(copy, Ok(source));
}

#[test]
fn aspects_are_counted_as_they_come_whatever_an_iterator_says() {
    struct Says3Gives1(bool);
    impl Iterator for Says3Gives1 {
        type Item = Aspect<'static>;
        fn next(&mut self) -> Option<Aspect<'static>> {
            std::mem::take(&mut self.0).then(|| Aspect::new("a", Value::Nothing))
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            (3, Some(3))
        }
    }
    impl ExactSizeIterator for Says3Gives1 {}
    let mut buffer = [0; 64];
    let shape = |shape: &mut ShapeWriter<'_, '_>| {
        shape.field_with("f", "", BaseType::STRING, Says3Gives1(true));
    };
    let table = TableWriter::write(&mut buffer, shape, |_| ()).unwrap();
    assert_eq!(table.fields().next().unwrap().aspects.len(), 1);
}

#[test]
fn a_variant_of_a_table_is_written_on_the_spot_as_it_is_from_a_table() {
    let mut inner = [0; 64];
    let mut from_table = [0; 128];
    let mut on_the_spot = [0; 128];
    let shape = |shape: &mut ShapeWriter<'_, '_>| shape.field("n", BaseType::NUMBER);
    let rows = |rows: &mut RowsWriter<'_, '_>| rows.row(|row| row.cell(1.5));
    let cell = |shape: &mut ShapeWriter<'_, '_>| shape.field("v", BaseType::VARIANT);
    let table = TableWriter::write(&mut inner, shape, rows).unwrap();
    let from_table =
        TableWriter::write(&mut from_table, cell, |rows| rows.row(|row| row.variant(table)));
    let on_the_spot = TableWriter::write(&mut on_the_spot, cell, |to| {
        to.row(|row| row.variant_table(shape, rows));
    });
    assert_eq!(on_the_spot.unwrap(), from_table.unwrap());
}
