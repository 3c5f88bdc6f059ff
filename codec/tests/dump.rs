//! A message as one line for people: its format, literally, and that it stays
//! one line of bounded length whatever the message holds.

mod common;

use alwayson_codec::{
    Auth, BaseType, Bind, Body, CellsWriter, Characteristic, Chunk, ChunkOf, Claim, Entity,
    Gateway, Ids, List, Message, Method, Request, RequestHeader, Response, ShapeWriter, Status,
    TableWriter, Value,
};
use common::{IDS, encode, for_each_message, part, response, sample_table};

fn dump(body: Body<'_>) -> String {
    Message { ids: IDS, body }.dump().to_string()
}

fn shown(value: Value<'_>) -> String {
    format!("{value:?}")
}

const NO_ASPECTS: [alwayson_codec::Aspect<'_>; 0] = [];

#[test]
fn every_body_has_its_line() {
    let expected = [
        "AUTH request=7 endpoint=3 session=77 {userid=***, password=***}",
        "BIND request=7 endpoint=3 session=77 gateway=Hall:Edge [Pump-1, *serial-0815, \
         nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn... +82 bytes]",
        "UNBIND request=7 endpoint=3 session=77 [Pump-1, *serial-0815, \
         nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn... +82 bytes]",
        "GET request=7 endpoint=3 session=77 Things/Pump-1/Properties/* \
         headers={Accept: \"json\", : \"\"}",
        "POST request=7 endpoint=3 session=77 Things/Pump-1/Services/Start 4 rows [\
         {name: \"Temperature\", value: 21.5, time: DATETIME 1700000000000 ms}, \
         {name: \"Alarms\", value: {code: -5}, time: NOTHING, ?: true}, \
         {name: \"short\"}, +1 more]",
        "SUCCESS request=7 endpoint=3 session=77 4 rows [\
         {name: \"Temperature\", value: 21.5, time: DATETIME 1700000000000 ms}, \
         {name: \"Alarms\", value: {code: -5}, time: NOTHING, ?: true}, \
         {name: \"short\"}, +1 more]",
        "NOT_FOUND request=7 endpoint=3 session=77 reason=\"because\" -0",
        "CREATED request=7 endpoint=3 session=77",
        "SUCCESS request=7 endpoint=3 session=77 chunk 2 of 3 (size 64, 9 bytes of data)",
        "PUT request=7 endpoint=3 session=77 Things/Pump-1 chunk 3 of 3 (size 64, 0 bytes of data)",
        "CLEARAUTH request=7 endpoint=3 session=77 {userid=***, password=***}",
        "BIND request=7 endpoint=3 session=77 chunk 1 of 2 (size 64, 1 bytes of data)",
        "UNBIND request=7 endpoint=3 session=77 chunk 2 of 2 (size 64, 0 bytes of data)",
        "KEEP_ALIVE request=7 endpoint=3 session=77",
    ];
    let mut lines = expected.into_iter();
    for_each_message(|name, message| {
        let line = lines.next().unwrap();
        assert_eq!(message.dump().to_string(), line, "{name}");
        let bytes = encode(message);
        let decoded = Message::decode_exact(&bytes).unwrap();
        assert_eq!(decoded.dump().to_string(), line, "{name} decoded");
    });
    assert_eq!(lines.next(), None);
}

#[test]
fn ids_that_stand_for_none_are_left_out() {
    let line = |request, endpoint, session| {
        let ids = Ids { request, endpoint, session };
        Message { ids, body: Body::KeepAlive }.dump().to_string()
    };
    assert_eq!(line(2, 0, Ids::NONE), "KEEP_ALIVE request=2");
    assert_eq!(line(0, Ids::NONE, 0), "KEEP_ALIVE request=0 session=0");
    assert_eq!(line(Ids::NONE, 1, 2), "KEEP_ALIVE request=none endpoint=1 session=2");
}

#[test]
fn numbers_without_a_name_are_shown_in_hex() {
    let status = Response::new(Status::from_u8(0x5F).unwrap());
    assert_eq!(dump(Body::Response(status)), "0x5f request=7 endpoint=3 session=77");
    let characteristic = Characteristic::from_u8(9);
    let entity = Entity { entity_type: alwayson_codec::EntityType::from_u8(1), name: "e".into() };
    let request = Request { entity, ..Request::new(Method::Delete, "", characteristic, "c") };
    let line = "DELETE request=7 endpoint=3 session=77 0x01/e/0x09/c";
    assert_eq!(dump(Body::Request(request)), line);
}

#[test]
fn a_table_without_rows_is_shown_by_its_fields() {
    let mut buffer = [0; 200];
    let shape = |shape: &mut ShapeWriter<'_, '_>| {
        for name in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"] {
            shape.field(name, BaseType::NUMBER);
        }
    };
    let table = TableWriter::write(&mut buffer, shape, |_| ()).unwrap();
    assert_eq!(shown(table.into()), "0 rows (a, b, c, d, e, f, g, h, +2 more)");
}

#[test]
fn tables_are_opened_two_levels_deep() {
    let mut buffers = [[0; 100]; 4];
    let mut value = Value::from("innermost");
    for buffer in &mut buffers {
        let shape = |shape: &mut ShapeWriter<'_, '_>| shape.field("t", BaseType::VARIANT);
        let row = |row: &mut CellsWriter<'_, '_>| row.cell(value);
        value = TableWriter::write(buffer, shape, |rows| rows.row(row)).unwrap().into();
    }
    assert_eq!(shown(value), "{t: {t: 1 rows (t)}}");
}

#[test]
fn long_lists_end_with_how_many_more_there_are() {
    let claims = [Claim::new("c", "v"); 9];
    let line = dump(Body::Auth(Auth::new(&claims).unwrap()));
    assert!(line.ends_with("{c=***, c=***, c=***, c=***, c=***, c=***, c=***, c=***, +1 more}"));
    let line = dump(Body::Auth(Auth::new(&claims[..8]).unwrap()));
    assert!(line.ends_with("{c=***, c=***, c=***, c=***, c=***, c=***, c=***, c=***}"));
    assert!(dump(Body::Auth(Auth::new(&[]).unwrap())).ends_with("session=77 {}"));
    assert!(dump(Body::Bind(Bind::new(&[]).unwrap())).ends_with("session=77 []"));
}

#[test]
fn numbers_are_shown_to_six_digits_after_the_point() {
    for (number, text) in [
        (0.0, "0"),
        (-0.0, "-0"),
        (21.5, "21.5"),
        (-1.25, "-1.25"),
        (0.05, "0.05"),
        (0.1, "0.1"),
        (1.0 / 3.0, "0.333333"),
        (2.0 / 3.0, "0.666667"),
        (0.999_999_9, "1"),
        (123_456_789.0, "123456789"),
        (1e15, "1e15"),
        (-2.5e300, "-2.5e300"),
        (1e-3, "0.001"),
        (2.5e-4, "2.5e-4"),
        (f64::INFINITY, "infinity"),
        (f64::NEG_INFINITY, "-infinity"),
        (f64::NAN, "NaN"),
    ] {
        assert_eq!(shown(number.into()), text);
    }
    // Nothing of this loops or overflows; digits of extremes may be rounded.
    assert!(shown(f64::MAX.into()).ends_with("e308"));
    assert!(shown(f64::from_bits(1).into()).contains("e-32"));
}

#[test]
fn numbers_that_round_up_to_ten_have_one_digit_before_the_point() {
    for (number, text) in [
        (9.999_999_99e20, "1e21"),
        (-9.999_999_99e15, "-1e16"),
        (9.999_999_99e-4, "1e-3"),
        (9.999_999e20, "9.999999e20"),
    ] {
        assert_eq!(shown(number.into()), text);
    }
}

/// What breaks lines, moves the cursor or ends a line elsewhere.
const NASTY: &str = "a\nb\rc\x1B[2Jd\u{2028}e\u{2029}f\u{85}g\0h\x7Fi\u{9B}j\tk\u{61C}\u{200E}\u{200F}\u{202A}\u{202E}\u{2066}\u{2069}\u{FEFF}\u{200B}";
const TAMED: &str = "a\\u{a}b\\u{d}c\\u{1b}[2Jd\\u{2028}e\\u{2029}f\\u{85}g\\u{0}h\\u{7f}i\\u{9b}j\\u{9}k\
     \\u{61c}\\u{200e}\\u{200f}\\u{202a}\\u{202e}\\u{2066}\\u{2069}\\u{feff}\\u{200b}";

#[test]
fn text_of_any_kind_stays_on_one_line() {
    let mut buffer = [0; 400];
    let shape = |shape: &mut ShapeWriter<'_, '_>| {
        shape.field_with(NASTY, NASTY, BaseType::STRING, NO_ASPECTS);
    };
    let table = TableWriter::write(&mut buffer, shape, |rows| rows.row(|row| row.cell(NASTY)));
    let headers = [RequestHeader::new(NASTY, NASTY)];
    let request = Request {
        params: Some(table.unwrap()),
        headers: List::new(&headers).unwrap(),
        ..Request::new(Method::Get, NASTY, Characteristic::SERVICES, NASTY)
    };
    let claims = [Claim::new(NASTY, NASTY)];
    let names = [NASTY];
    let bind = Bind { gateway: Some(Gateway::new(NASTY, NASTY)), ..Bind::new(&names).unwrap() };
    let of = ChunkOf::Request(Method::Get, Entity::thing(NASTY));
    let failed = Response { reason: Some(NASTY.into()), ..Response::new(Status::CONFLICT) };
    for (body, times) in [
        (Body::Auth(Auth::new(&claims).unwrap()), 1),
        (Body::Bind(bind), 3),
        (Body::Request(request), 6),
        (Body::Chunk(Chunk { of, ..part(1, 1, 0, &[]) }), 1),
        (Body::Response(failed), 1),
        (response(NASTY.into()).body, 1),
        (response(Value::text(BaseType::HTML, NASTY).unwrap()).body, 1),
    ] {
        let line = dump(body);
        assert_eq!(line.matches(TAMED).count(), times, "{line}");
        let breaks = |c: char| c.is_control() || NASTY.chars().any(|bad| bad == c && !c.is_ascii());
        assert!(!line.contains(breaks), "{line:?}");
    }
}

#[test]
fn claims_stay_on_one_line_in_debug_as_well() {
    let line = format!("{:?}", Claim::new(NASTY, "key"));
    assert!(!line.contains(char::is_control), "{line:?}");
}

#[test]
fn lines_of_huge_messages_are_short() {
    let long = "x".repeat(100_000);
    let names = vec![long.as_str(); 100];
    let claims = vec![Claim::new(&long, &long); 100];
    let headers = vec![RequestHeader::new(&long, &long); 100];
    let get = Request::new(Method::Get, &long, Characteristic::SERVICES, &long);
    let request = Request { headers: List::new(&headers).unwrap(), ..get };
    for body in [
        Body::Bind(Bind::new(&names).unwrap()),
        Body::Auth(Auth::new(&claims).unwrap()),
        Body::Request(request),
        response(long.as_str().into()).body,
        Body::Chunk(part(1, 1, 0, long.as_bytes())),
    ] {
        let line = dump(body);
        assert!(line.len() < 1500, "{} bytes", line.len());
    }
}

#[test]
fn a_line_of_a_large_table_is_short() {
    let mut buffer = vec![0; 2 << 20];
    let count = if cfg!(miri) { 10 } else { 1000 };
    let table = TableWriter::write(
        &mut buffer,
        |shape| (0..100).for_each(|_| shape.field("a field of this name", BaseType::STRING)),
        |rows| {
            let row = |row: &mut CellsWriter<'_, '_>| (0..100).for_each(|_| row.cell("cell"));
            (0..count).for_each(|_| rows.row(row));
        },
    );
    let line = response(table.unwrap().into()).dump().to_string();
    assert!(line.ends_with(&format!("+92 more}}, +{} more]", count - 3)), "{line}");
    assert!(line.len() < 1500, "{} bytes", line.len());
    // Of a table full of such tables as well: at worst, what is shown of one,
    // as often as one is shown.
    let inner = sample_table(&mut buffer);
    let mut outer = vec![0; 2 << 20];
    let table = TableWriter::write(
        &mut outer,
        |shape| shape.field("t", BaseType::INFOTABLE),
        |rows| {
            let row = |row: &mut CellsWriter<'_, '_>| (0..100).for_each(|_| row.cell(inner));
            (0..count / 10).for_each(|_| rows.row(row));
        },
    );
    let line = response(table.unwrap().into()).dump().to_string();
    assert!(line.len() < 3 * 8 * 250, "{} bytes", line.len());
}
