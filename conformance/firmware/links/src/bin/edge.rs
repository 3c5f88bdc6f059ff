//! Makes every call of an edge's connection.

#![no_std]
#![no_main]

use core::hint::black_box;

use alwayson_codec::connection::edge::{Connection, Received, Reconnect, Settings};
use alwayson_codec::connection::{Fixed, Names, Requests, Unanswered};
use alwayson_codec::{Auth, BaseType, Claim, Joiner, Request, Response, Status, memory_for};
use alwayson_links::{input, output, program};

program!(run);

type Room = Fixed<&'static str, [u8; 256], Names<2>, Requests<2>, Unanswered<2>>;
const PLACE: usize = memory_for(256, 128, 16);

fn run() {
    let mut edge = Connection::<Room>::new(Settings::default(), [0; 256]);
    let mut behind =
        Connection::<Room>::gateway(Settings::default(), "g", black_box("t"), [0; 256]);
    let mut joiner = Joiner::new([[0; PLACE]]);
    drive(&mut edge, &mut joiner);
    drive(&mut behind, &mut joiner);
    let mut reconnect = Reconnect::default();
    if let Some(end) = edge.end() {
        black_box(reconnect.after(end, black_box(1), black_box(2)));
    }
    reconnect.succeeded();
}

fn drive(edge: &mut Connection<Room>, joiner: &mut Joiner<[u8; PLACE], 1>) {
    let mut memory = [0; 256];
    let buffer = output(&mut memory);
    let now_ms = black_box(1_000);
    let claims = [Claim::new(Claim::APP_KEY, black_box("key"))];
    if let Ok(auth) = Auth::new(&claims) {
        black_box(edge.handle_opened(&auth, buffer, now_ms).is_ok());
    }
    black_box((edge.bind(black_box("a")).is_ok(), edge.unbind(black_box("a")).is_ok()));
    match edge.handle_received(input(), joiner, now_ms) {
        Received::Request { inbound, request } => {
            let response = Response::new(Status::SUCCESS);
            let name = request.characteristic_name.as_str();
            let answered = edge.respond_with_table(
                inbound,
                &response,
                |shape| shape.field(name, BaseType::NUMBER),
                |rows| rows.row(|row| row.cell(black_box(1.5))),
            );
            black_box((answered.is_ok(), edge.respond(inbound, &response).is_ok()));
        }
        other => {
            black_box(matches!(other, Received::Handled));
        }
    }
    edge.handle_timeout(now_ms);
    edge.handle_ping(now_ms);
    edge.handle_pong(now_ms);
    black_box(edge.poll_timeout());
    black_box(edge.request(&Request::read_property("a", black_box("p")), now_ms).is_ok());
    black_box(edge.write_property("a", black_box("p"), &black_box(1.5).into(), now_ms).is_ok());
    edge.leave(now_ms);
    while let Ok(Some(transmit)) = edge.poll_transmit(buffer, now_ms) {
        black_box(transmit);
    }
    while let Some(event) = edge.poll_event() {
        black_box(event);
    }
    edge.handle_closed(now_ms);
    black_box((
        edge.remove(black_box("a")).is_ok(),
        edge.reopen().is_ok(),
        edge.names().last().is_some(),
    ));
}
