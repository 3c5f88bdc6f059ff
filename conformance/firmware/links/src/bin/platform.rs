//! Makes the calls of a platform's connection and of its registry.

#![no_std]
#![no_main]

use core::hint::black_box;

use alwayson_codec::connection::platform::{Connection, Received, Settings};
use alwayson_codec::connection::registry::{
    AnyThing, BindPolicy, BindRefusal, Change, ConnectionId, FixedBindings, NameChange, Registry,
};
use alwayson_codec::connection::{CallError, Fixed, FixedName, Names, Requests, Unanswered};
use alwayson_codec::{Joiner, Request, Response, Status, memory_for};
use alwayson_links::{input, output, program};

program!(run);

type Room = Fixed<FixedName<16>, [u8; 256], Names<2>, Requests<2>, Unanswered<2>>;
const PLACE: usize = memory_for(256, 128, 16);

fn answer(
    connection: &mut Connection<Room>,
    decided: Result<(), BindRefusal<'_>>,
    now_ms: u64,
) -> Result<(), CallError> {
    match decided {
        Ok(()) => connection.accept_names(now_ms),
        Err(refusal) => {
            let name = refusal.name.as_str();
            let reason = refusal.kind.reason();
            connection.refuse_names(refusal.status(), name, reason)
        }
    }
}

fn run() {
    let now_ms = black_box(1_000);
    let mut connection = Connection::<Room>::new(Settings::default(), [0; 256], now_ms);
    let mut registry = Registry::new(FixedBindings::<2, 16>::new(), BindPolicy::LastInWins);
    let mut joiner = Joiner::new([[0; PLACE]]);
    let this = ConnectionId(black_box(1));
    let mut memory = [0; 256];
    let buffer = output(&mut memory);
    for _ in 0..black_box(3) {
        let decided = match connection.handle_received(input(), &mut joiner, now_ms) {
            Received::Auth(auth) if auth.claims.is_empty() => connection.refuse(now_ms),
            Received::Auth(_) => connection.accept(black_box(77), black_box(0), now_ms),
            Received::Bind(bind) => {
                let decided = registry.bind(&AnyThing, this, &bind, |change| {
                    let Change { wire_name, what, .. } = change;
                    black_box(connection.change_name(wire_name, what, now_ms).is_ok());
                });
                answer(&mut connection, decided, now_ms)
            }
            Received::Unbind(unbind) => {
                let decided = registry.unbind(this, &unbind, |change| {
                    let Change { wire_name, what, .. } = change;
                    black_box(connection.change_name(wire_name, what, now_ms).is_ok());
                });
                answer(&mut connection, decided, now_ms)
            }
            Received::Request { inbound, .. } => {
                connection.respond(inbound, &Response::new(Status::NOT_FOUND))
            }
            _ => Ok(()),
        };
        black_box(decided.is_ok());
        black_box(connection.request(&Request::read_property("a", black_box("p")), now_ms).is_ok());
        let moved = black_box(NameChange::Moved);
        black_box(connection.change_name(black_box("a"), moved, now_ms).is_ok());
        connection.handle_timeout(now_ms);
        connection.handle_pong(now_ms);
        black_box(connection.poll_timeout());
        while let Ok(Some(transmit)) = connection.poll_transmit(buffer, now_ms) {
            black_box(transmit);
        }
        while let Some(event) = connection.poll_event() {
            black_box(event);
        }
    }
    connection.shut_down(now_ms);
    connection.handle_closed(now_ms);
    registry.end(this, |_| {});
    black_box(connection.names().last());
}
