//! Binds and unbinds names, and ends connections, in a registry with bounded storage.

#![no_std]
#![no_main]

use core::fmt::Write;
use core::hint::black_box;

use alwayson_codec::connection::registry::{
    AnyThing, BindPolicy, ConnectionId, FixedBindings, Registry,
};
use alwayson_codec::{Body, Message};
use alwayson_links::{Formatted, input, program};

program!(run);

fn run() {
    let policy = black_box(BindPolicy::LastInWins);
    let mut registry = Registry::new(FixedBindings::<8, 32>::new(), policy);
    let connection = black_box(ConnectionId(1));
    let Ok((message, _)) = Message::decode(input()) else { return };
    let refused = match message.body {
        Body::Bind(bind) => registry.bind(&AnyThing, connection, &bind, |change| {
            black_box(change);
        }),
        Body::Unbind(unbind) => registry.unbind(connection, &unbind, |change| {
            black_box(change);
        }),
        _ => Ok(()),
    };
    if let Err(refusal) = refused {
        black_box(write!(Formatted, "{refusal}").is_ok());
    }
    for held in registry.held_by(connection) {
        black_box(held);
    }
    registry.end(connection, |change| {
        black_box(change);
    });
    black_box(registry.holder(black_box("Pump")).is_some());
}
