//! Encodes every kind of message, both constructed and decoded ones.

#![no_std]
#![no_main]

use core::hint::black_box;

use alwayson_codec::{
    Auth, Bind, Body, Characteristic, Claim, Ids, Message, Method, Request, Response, Status,
    Value, Variant,
};
use alwayson_links::{input, output, program};

program!(run);

fn run() {
    if let Ok((message, _)) = Message::decode(input()) {
        encode(&message);
    }
    let claims = [Claim::new(Claim::APP_KEY, black_box("key"))];
    let names = [black_box("Thing")];
    let inner = Value::from(black_box(1.5));
    let content = Value::Variant(Variant::new(&inner));
    let response = Response { content, ..Response::new(Status::SUCCESS) };
    let bodies = [
        Auth::new(&claims).map(Body::Auth),
        Bind::new(&names).map(Body::Bind),
        Ok(Body::Request(Request::new(Method::Get, "Thing", Characteristic::PROPERTIES, "*"))),
        Ok(Body::Response(response)),
        Auth::new(&claims).map(Body::ClearAuth),
        Ok(Body::KeepAlive),
    ];
    for body in bodies.into_iter().flatten() {
        encode(&Message { ids: Ids::unauthenticated(2), body });
    }
}

fn encode(message: &Message<'_>) {
    let mut buffer = [0; 128];
    black_box((message.encoded_len().is_ok(), message.encode(output(&mut buffer)).is_ok()));
}
