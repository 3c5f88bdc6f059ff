//! What the flash budget of messages is measured by: AUTH, BIND, UNBIND, and
//! requests and responses with tables, both ways.
//!
//! Each entry is a function of its own here, so that its stack can be told
//! from that of the others.

#![no_std]
#![no_main]

use core::hint::black_box;

use alwayson_codec::{
    Auth, BaseType, Bind, Body, Characteristic, Claim, EncodeError, Ids, Message, Method, Request,
    Response, RowsWriter, ShapeWriter, Status,
};
use alwayson_links::{input, output, program};

program!(run);

fn run() {
    let mut buffer = [0; 128];
    decode(input());
    black_box((
        encode_auth(output(&mut buffer)).is_ok(),
        encode_bind(output(&mut buffer)).is_ok(),
        encode_request(output(&mut buffer)).is_ok(),
        encode_response(output(&mut buffer)).is_ok(),
    ));
}

const IDS: Ids = Ids { request: 7, endpoint: 0, session: 77 };

/// Any message, the value in it, and the same message again.
#[unsafe(no_mangle)]
#[inline(never)]
fn decode(input: &[u8]) {
    let Ok((message, _)) = Message::decode(input) else { return };
    match &message.body {
        Body::Request(Request { params: Some(table), .. }) => {
            black_box(table.value(black_box("value")));
        }
        Body::Bind(bind) => bind.names.iter().for_each(|name| {
            black_box(name.as_str());
        }),
        _ => {}
    }
    encode(&message);
}

#[unsafe(no_mangle)]
#[inline(never)]
fn encode(message: &Message<'_>) {
    let mut buffer = [0; 64];
    black_box(message.encode(output(&mut buffer)).is_ok());
}

#[unsafe(no_mangle)]
#[inline(never)]
fn encode_auth(buffer: &mut [u8]) -> Result<usize, EncodeError> {
    let claims = [Claim::new(Claim::APP_KEY, black_box("key"))];
    Message { ids: Ids::unauthenticated(1), body: Body::Auth(Auth::new(&claims)?) }.encode(buffer)
}

#[unsafe(no_mangle)]
#[inline(never)]
fn encode_bind(buffer: &mut [u8]) -> Result<usize, EncodeError> {
    let names = [black_box("Thing")];
    let bind = Bind::new(&names)?;
    let body = if black_box(true) { Body::Bind(bind) } else { Body::Unbind(bind) };
    Message { ids: IDS, body }.encode(buffer)
}

#[unsafe(no_mangle)]
#[inline(never)]
fn encode_request(buffer: &mut [u8]) -> Result<usize, EncodeError> {
    let body = Request::new(Method::Post, "Thing", Characteristic::SERVICES, black_box("Service"));
    Message { ids: IDS, body: Body::Request(body) }.encode_with_table(buffer, shape, rows)
}

#[unsafe(no_mangle)]
#[inline(never)]
fn encode_response(buffer: &mut [u8]) -> Result<usize, EncodeError> {
    let body = Response::new(black_box(Status::SUCCESS));
    Message { ids: IDS, body: Body::Response(body) }.encode_with_table(buffer, shape, rows)
}

fn shape(shape: &mut ShapeWriter<'_, '_>) {
    shape.field("name", BaseType::String);
    shape.field("value", BaseType::Number);
}

fn rows(rows: &mut RowsWriter<'_, '_>) {
    rows.row(|row| {
        row.cell(black_box("Temperature"));
        row.cell(black_box(21.5));
    });
}
