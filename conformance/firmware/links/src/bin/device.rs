//! What the flash budget of the edge machine is measured by: what a device
//! does with it, a function of its own for each call.

#![no_std]
#![no_main]

use core::hint::black_box;

use alwayson_codec::connection::Fixed;
use alwayson_codec::connection::edge::{Edge, Received, Settings};
use alwayson_codec::{Auth, BaseType, Claim, Joiner, Request, Response, Status, memory_for};
use alwayson_links::{input, output, program};

program!(run);

type Room = Fixed<&'static str, [u8; 256], 2, 2, 2>;
const PLACE: usize = memory_for(256, 128, 16);
type Memory = Joiner<[u8; PLACE], 1>;

fn run() {
    let mut edge = Edge::<Room>::new(Settings::default(), [0; 256]);
    let mut joiner = Joiner::new([[0; PLACE]]);
    let mut buffer = [0; 256];
    black_box(edge.bind(black_box("a")).is_ok());
    while black_box(true) {
        handle_opened(&mut edge, &mut buffer);
        while poll_transmit(&mut edge, output(&mut buffer)) {}
        while poll_event(&mut edge) {}
        black_box(poll_timeout(&edge));
        handle_received(&mut edge, &mut joiner);
        handle_timeout(&mut edge);
        handle_pong(&mut edge);
        push(&mut edge);
        edge.leave(black_box(1));
        handle_closed(&mut edge);
        black_box(edge.reopen().is_ok());
    }
}

#[unsafe(no_mangle)]
#[inline(never)]
fn handle_opened(edge: &mut Edge<Room>, buffer: &mut [u8]) {
    let claims = [Claim::new(Claim::APP_KEY, black_box("key"))];
    if let Ok(auth) = Auth::new(&claims) {
        black_box(edge.handle_opened(&auth, buffer, black_box(1)).is_ok());
    }
}

/// Takes a message, and answers it where it asks for something.
#[unsafe(no_mangle)]
#[inline(never)]
fn handle_received(edge: &mut Edge<Room>, joiner: &mut Memory) {
    match edge.handle_received(input(), joiner, black_box(1)) {
        Received::Request { inbound, request } => {
            let response = Response::new(Status::SUCCESS);
            let name = request.characteristic_name.as_str();
            let answered = match request.params.and_then(|table| table.value(name)) {
                Some(value) => {
                    black_box(value.as_f64());
                    edge.respond(inbound, &response)
                }
                None => edge.respond_with_table(
                    inbound,
                    &response,
                    |shape| shape.field(name, BaseType::Number),
                    |rows| rows.row(|row| row.cell(black_box(1.5))),
                ),
            };
            black_box(answered.is_ok());
        }
        other => {
            black_box(matches!(other, Received::Handled));
        }
    }
}

#[unsafe(no_mangle)]
#[inline(never)]
fn push(edge: &mut Edge<Room>) {
    let service = Request::invoke_service("a", black_box("UpdateSubscribedPropertyValues"));
    let pushed = edge.request_with_table(
        &service,
        |shape| shape.field("values", BaseType::InfoTable),
        |rows| {
            rows.row(|row| {
                row.table(
                    |shape| shape.field("value", BaseType::Variant),
                    |rows| rows.row(|row| row.variant(black_box(1.5))),
                );
            });
        },
        black_box(1),
    );
    black_box(pushed.is_ok());
}

#[unsafe(no_mangle)]
#[inline(never)]
fn poll_transmit(edge: &mut Edge<Room>, buffer: &mut [u8]) -> bool {
    matches!(edge.poll_transmit(buffer, black_box(1)), Ok(Some(_)))
}

#[unsafe(no_mangle)]
#[inline(never)]
fn poll_event(edge: &mut Edge<Room>) -> bool {
    black_box(edge.poll_event()).is_some()
}

#[unsafe(no_mangle)]
#[inline(never)]
fn poll_timeout(edge: &Edge<Room>) -> Option<u64> {
    edge.poll_timeout()
}

#[unsafe(no_mangle)]
#[inline(never)]
fn handle_timeout(edge: &mut Edge<Room>) {
    edge.handle_timeout(black_box(1));
}

#[unsafe(no_mangle)]
#[inline(never)]
fn handle_pong(edge: &mut Edge<Room>) {
    edge.handle_pong(black_box(1));
}

#[unsafe(no_mangle)]
#[inline(never)]
fn handle_closed(edge: &mut Edge<Room>) {
    edge.handle_closed(black_box(1));
}
