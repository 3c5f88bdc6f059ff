//! Creates values of every kind, and calls the methods of values and codes.

#![no_std]
#![no_main]

use core::hint::black_box;

use alwayson_codec::connection::Failure;
use alwayson_codec::connection::edge::End;
use alwayson_codec::{
    BaseType, BinaryValue, Characteristic, Code, Counted, DateTime, EntityType, Gateway, Header,
    InfoTable, List, Location, Message, Method, Request, RequestHeader, Status, Text, TextValue,
    ThingCode, TimeSpan, Value, Variant,
};
use alwayson_links::{input, program, text};

program!(run);

fn run() {
    let inner = Value::from(Location { longitude: black_box(1.0), ..Location::default() });
    let values = [
        Value::json(text()),
        Value::password(text()),
        Value::blob(input()),
        Value::text(BaseType::XML, text()).unwrap_or_default(),
        Value::binary(BaseType::IMAGE, input()).unwrap_or_default(),
        Value::Variant(Variant::new(&inner)),
        Value::from(DateTime::from_millis(black_box(1))),
        Value::from(TimeSpan::new(None, Some(DateTime::from_millis(black_box(1))), text())),
        Value::from(ThingCode { domain: black_box(7), instance: black_box(9) }),
        Value::from([black_box(1.5), 2.5]),
        Value::from([black_box(1.5), 2.5, 3.5]),
        Value::from([black_box(1.5), 2.5, 3.5, 4.5]),
        TextValue::new(black_box(BaseType::HTML), text()).map_or(inner, Value::from),
        BinaryValue::new(black_box(BaseType::BLOB), input()).map_or(inner, Value::from),
    ];
    for value in &values {
        black_box((value.base_type(), value.as_bytes(), value.as_str(), *value == inner));
        black_box(value.as_datetime().map(DateTime::to_millis));
        black_box(value.as_timespan().map(|span| (span.start(), span.end(), span.period.len())));
        black_box((value.as_vec2(), value.as_vec3(), value.as_vec4(), value.as_thing_code()));
    }
    requests();
    codes(black_box(input().len()).to_le_bytes()[0]);
    if let Ok((message, _)) = Message::decode(input()) {
        let Header { code, .. } = message.header();
        black_box((message.code() == code, code.to_u8(), code.is_chunkable(), code.name()));
        if let Some(table) = values[0].as_table() {
            measure(&table);
        }
    }
}

fn requests() {
    let headers = [RequestHeader { name: Text::new(text()), value: Text::new(text()) }];
    let listed = List::<RequestHeader<'_>>::new(&headers).unwrap_or_default();
    let fired = Request { headers: listed, ..Request::fire_event(text(), text()) };
    let called = Request::invoke_service(text(), text());
    black_box((listed.len(), listed.is_empty(), listed == fired.headers, called == fired));
    black_box((Request::read_property(text(), text()), Request::write_property(text(), text())));
    black_box(Gateway::new(text(), text()));
}

fn codes(number: u8) {
    let of = BaseType::from_u8(number);
    let types = (of.name(), of.is_text(), of.is_binary(), BaseType::from_name(text()));
    let status = Status::from_u8(number).map(|of| (of.name(), of.is_success(), of.to_u8()));
    black_box((types, status, Code::from_u8(number), Method::from_u8(number).map(Method::name)));
    black_box((EntityType::from_u8(number).name(), Characteristic::from_u8(number).name()));
    black_box((Counted::Cells.limit(), black_box(End::Lost).is_final()));
    black_box(black_box(Failure::Timeout).status());
}

fn measure(table: &InfoTable<'_>) {
    black_box((table.byte_len(), table.field_index(text()), table.rows().len()));
    black_box(table.fields().map(|field| field.name.len()).max());
}
