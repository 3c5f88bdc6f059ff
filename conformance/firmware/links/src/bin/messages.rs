//! Measures the flash of messages for their budget: encodes and decodes AUTH, BIND,
//! UNBIND, and requests and responses with tables. Each call is in a separate
//! function, so that its stack can be measured.

#![no_std]
#![no_main]

use alwayson_codec::{
    Auth, BaseType, Bind, Body, Characteristic, Claim, DecodeError, EncodeError, Ids, Message,
    Method, Request, Response, RowsWriter, ShapeWriter, Status,
};
use alwayson_links::{input, memory, program, sent, text};

program!(run);

const IDS: Ids = Ids { request: 7, endpoint: 0, session: 77 };

fn run() {
    let buffer = memory();
    let written =
        [encode_auth(buffer), encode_bind(buffer), encode_request(buffer), encode_response(buffer)];
    written.into_iter().flatten().for_each(sent);
    if let Ok((message, used)) = decode(input()) {
        sent(used);
        read(&message);
        let encoded = encode(&message, buffer);
        encoded.into_iter().for_each(sent);
    }
}

#[inline(never)]
fn decode(input: &[u8]) -> Result<(Message<'_>, usize), DecodeError> {
    Message::decode(input)
}

#[inline(never)]
fn encode(message: &Message<'_>, buffer: &mut [u8]) -> Result<usize, EncodeError> {
    message.encode(buffer)
}

/// Reads the parts of a message that its receiver uses.
#[inline(never)]
fn read(message: &Message<'_>) {
    match &message.body {
        Body::Request(Request { params: Some(table), .. }) => {
            let value = table.value(text());
            sent(value.and_then(|value| value.as_str()).map_or(0, str::len));
        }
        Body::Bind(bind) | Body::Unbind(bind) => {
            bind.names.iter().for_each(|name| sent(name.as_str().len()));
        }
        _ => {}
    }
}

#[inline(never)]
fn encode_auth(buffer: &mut [u8]) -> Result<usize, EncodeError> {
    let claims = [Claim::new(Claim::APP_KEY, text())];
    Message { ids: Ids::unauthenticated(1), body: Body::Auth(Auth::new(&claims)?) }.encode(buffer)
}

#[inline(never)]
fn encode_bind(buffer: &mut [u8]) -> Result<usize, EncodeError> {
    let names = [text()];
    let bind = Bind::new(&names)?;
    let body = if names[0].is_empty() { Body::Unbind(bind) } else { Body::Bind(bind) };
    Message { ids: IDS, body }.encode(buffer)
}

#[inline(never)]
fn encode_request(buffer: &mut [u8]) -> Result<usize, EncodeError> {
    let body = Request::new(Method::Post, text(), Characteristic::SERVICES, "Service");
    Message { ids: IDS, body: Body::Request(body) }.encode_with_table(buffer, shape, rows)
}

#[inline(never)]
fn encode_response(buffer: &mut [u8]) -> Result<usize, EncodeError> {
    let body = Response::new(Status::SUCCESS);
    Message { ids: IDS, body: Body::Response(body) }.encode_with_table(buffer, shape, rows)
}

fn shape(shape: &mut ShapeWriter<'_, '_>) {
    shape.field("name", BaseType::STRING);
    shape.field("value", BaseType::NUMBER);
}

fn rows(rows: &mut RowsWriter<'_, '_>) {
    rows.row(|row| {
        row.cell(text());
        row.cell(21.5);
    });
}
