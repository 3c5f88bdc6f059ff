//! The four messages that are measured, as bytes and from typed values.

#![expect(unreachable_pub, reason = "each bench is a crate of its own")]

use alwayson_codec::{
    Auth, BaseType, Body, Characteristic, Claim, DateTime, EncodeError, Ids, Message, Method,
    Request, RowsWriter, ShapeWriter,
};
use data_encoding::HEXLOWER;

/// The bytes of a message in `conformance/bench`.
pub fn bytes(name: &str) -> &'static [u8] {
    let path = format!("{}/../conformance/bench/{name}.hex", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    HEXLOWER.decode(text.trim().as_bytes()).unwrap().leak()
}

/// A pushed property, with the values of a column each.
pub struct Pushed {
    name: String,
    value: f64,
    time: i64,
}

/// The application key of the message `auth`.
pub const KEY: &str = "12345678-1234-1234-1234-123456789abc";

/// The pushed properties of the messages `push` and `push100`.
pub fn pushed(name: &str) -> Vec<Pushed> {
    let pushed = |name: &str, value, row: i64| Pushed {
        name: name.into(),
        value,
        time: 1_700_000_000_000 + row,
    };
    match name {
        "push" => vec![pushed("Temperature", 1.25, 0), pushed("Pressure", 2.5, 1)],
        _ => (0_i32..100)
            .map(|row| pushed(&format!("Prop{row:03}"), f64::from(row) * 1.5, row.into()))
            .collect(),
    }
}

/// The Thing of the messages.
pub const THING: &str = "SteamSensor1";
/// The ids of a message of theirs.
pub const fn session(request: u32) -> Ids {
    Ids { request, endpoint: 0, session: 77 }
}

/// Encodes the message `auth`.
pub fn encode_auth(key: &str, buffer: &mut [u8]) -> Result<usize, EncodeError> {
    let claims = [Claim::new(Claim::APP_KEY, key)];
    let auth = Body::Auth(Auth::new(&claims)?);
    Message { ids: Ids::unauthenticated(2), body: auth }.encode(buffer)
}

/// Encodes the message `get`.
pub fn encode_get(thing: &str, property: &str, buffer: &mut [u8]) -> Result<usize, EncodeError> {
    let request = Request::new(Method::Get, thing, Characteristic::PROPERTIES, property);
    Message { ids: session(1003), body: Body::Request(request) }.encode(buffer)
}

/// Encodes the message `push` or `push100`.
pub fn encode_push(rows: &[Pushed], buffer: &mut [u8]) -> Result<usize, EncodeError> {
    let service = "UpdateSubscribedPropertyValues";
    let request = Request::new(Method::Post, THING, Characteristic::SERVICES, service);
    Message { ids: session(6), body: Body::Request(request) }.encode_with_table(
        buffer,
        |params| params.field("values", BaseType::INFOTABLE),
        |params| params.row(|row| row.table(push_shape, |lines| push_rows(rows, lines))),
    )
}

fn push_shape(shape: &mut ShapeWriter<'_, '_>) {
    shape.field("name", BaseType::STRING);
    shape.field("value", BaseType::VARIANT);
    shape.field("time", BaseType::DATETIME);
    shape.field("quality", BaseType::STRING);
}

fn push_rows(rows: &[Pushed], lines: &mut RowsWriter<'_, '_>) {
    for Pushed { name, value, time } in rows {
        lines.row(|row| {
            row.cell(name.as_str());
            row.variant(*value);
            row.cell(DateTime::from_millis(*time));
            row.cell("GOOD");
        });
    }
}
