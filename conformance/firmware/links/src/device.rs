//! The calls that a device makes to the edge machine. Each call is in a separate
//! function, so that its stack can be measured.

use alwayson_codec::connection::edge::{Connection, Event, Pushed, Received, Settings};
use alwayson_codec::connection::{Fixed, InboundId, Join, Names, Requests, Transmit, Unanswered};
use alwayson_codec::{Auth, BaseType, Claim, DateTime, Request, Response, Status};

use crate::{input, now_ms, sent, text};

type Room = Fixed<&'static str, &'static mut [u8], Names<2>, Requests<2>, Unanswered<2>>;

/// Runs a device.
pub fn run(outbox: &'static mut [u8], buffer: &mut [u8], joiner: &mut impl Join) {
    let mut edge = Connection::<Room>::new(Settings::default(), outbox);
    let _ = edge.bind(text());
    loop {
        handle_opened(&mut edge, buffer);
        while poll_timeout(&edge).is_some_and(|until_ms| until_ms > now_ms()) {
            while poll_transmit(&mut edge, buffer) {}
            while poll_event(&mut edge) {}
            if let Received::Request { inbound, request } = handle_received(&mut edge, joiner) {
                answer(&mut edge, inbound, &request);
            }
            handle_timeout(&mut edge);
            handle_pong(&mut edge);
            push(&mut edge);
        }
        edge.leave(now_ms());
        handle_closed(&mut edge);
        let _ = edge.reopen();
    }
}

#[inline(never)]
fn handle_opened(edge: &mut Connection<Room>, buffer: &mut [u8]) {
    let claims = [Claim::new(Claim::APP_KEY, text())];
    let Ok(auth) = Auth::new(&claims) else { return };
    if let Ok(len) = edge.handle_opened(&auth, buffer, now_ms()) {
        sent(len);
    }
}

#[inline(never)]
fn handle_received<'a>(edge: &mut Connection<Room>, joiner: &'a mut impl Join) -> Received<'a> {
    edge.handle_received(input(), joiner, now_ms())
}

/// Answers a request that writes or reads a property.
#[inline(never)]
fn answer(edge: &mut Connection<Room>, inbound: InboundId, request: &Request<'_>) {
    let response = Response::new(Status::SUCCESS);
    let name = request.characteristic_name.as_str();
    let _ = match request.params.and_then(|table| table.value(name)) {
        Some(value) if value.as_f64().is_some() => edge.respond(inbound, &response),
        _ => edge.respond_with_table(
            inbound,
            &response,
            |shape| shape.field(name, BaseType::NUMBER),
            |rows| rows.row(|row| row.cell(1.5)),
        ),
    };
}

/// Pushes a property.
#[inline(never)]
fn push(edge: &mut Connection<Room>) {
    let pushed = Pushed::good(text(), 1.5, DateTime::from_millis(0));
    let _ = edge.push_properties(text(), [pushed], now_ms());
}

#[inline(never)]
fn poll_transmit(edge: &mut Connection<Room>, buffer: &mut [u8]) -> bool {
    match edge.poll_transmit(buffer, now_ms()) {
        Ok(Some(Transmit::Message(len))) => sent(len),
        Ok(Some(Transmit::Ping | Transmit::Close(_))) => sent(0),
        _ => return false,
    }
    true
}

#[inline(never)]
fn poll_event(edge: &mut Connection<Room>) -> bool {
    match edge.poll_event() {
        Some(Event::Bound { name } | Event::Refused { name, .. }) => sent(name.len()),
        Some(_) => {}
        None => return false,
    }
    true
}

#[inline(never)]
fn poll_timeout(edge: &Connection<Room>) -> Option<u64> {
    edge.poll_timeout()
}

#[inline(never)]
fn handle_timeout(edge: &mut Connection<Room>) {
    edge.handle_timeout(now_ms());
}

#[inline(never)]
fn handle_pong(edge: &mut Connection<Room>) {
    edge.handle_pong(now_ms());
}

#[inline(never)]
fn handle_closed(edge: &mut Connection<Room>) {
    edge.handle_closed(now_ms());
}
