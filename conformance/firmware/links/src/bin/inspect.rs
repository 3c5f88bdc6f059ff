//! Asks both machines for all that they know, and sends by every call that there
//! is; and the tables of transitions, alone.

#![no_std]
#![no_main]

use core::hint::black_box;

use alwayson_codec::connection::edge;
use alwayson_codec::connection::platform;
use alwayson_codec::connection::registry::{BindPolicy, FixedBindings, Registry};
use alwayson_codec::connection::{Fixed, FixedName, Names, Requests, Unanswered};
use alwayson_codec::{BaseType, Joiner, Request, Response, RowsWriter, ShapeWriter, Status, Value};
use alwayson_links::{input, now_ms, program, text};

program!(run);

type Room = Fixed<FixedName<16>, [u8; 256], Names<2>, Requests<2>, Unanswered<2>>;

fn run() {
    tables();
    let mut joiner = Joiner::<[u8; 0], 0>::new([]);
    let mut device = edge::Connection::<Room>::new(edge::Settings::default(), [0; 256]);
    let request = Request::invoke_service(text(), text());
    let response = Response { reason: Some(text().into()), ..Response::new(Status::SUCCESS) };
    let value = Value::from(text());
    black_box(device.request_with_table(&request, shape, rows, now_ms()).is_ok());
    black_box(device.write_property(text(), text(), &value, now_ms()).is_ok());
    if let edge::Received::Request { inbound, .. } =
        device.handle_received(input(), &mut joiner, now_ms())
    {
        black_box(device.respond_with_table(inbound, &response, shape, rows).is_ok());
        black_box(device.respond_value(inbound, text(), &value).is_ok());
        black_box(inbound.to_u32());
    }
    black_box(device.replace_outbox(black_box([0; 256])).is_ok());
    black_box((device.state(), device.end(), device.counters(), device.names().count_up()));
    black_box((device.requests().last(), device.unanswered().last()));

    let mut host =
        platform::Connection::<Room>::new(platform::Settings::default(), [0; 256], now_ms());
    black_box(host.request_with_table(&request, shape, rows, now_ms()).is_ok());
    black_box(host.write_property(text(), text(), &value, now_ms()).is_ok());
    if let platform::Received::Request { inbound, .. } =
        host.handle_received(input(), &mut joiner, now_ms())
    {
        black_box(host.respond_with_table(inbound, &response, shape, rows).is_ok());
        black_box(host.respond_value(inbound, text(), &value).is_ok());
    }
    black_box(host.replace_outbox(black_box([0; 256])).is_ok());
    host.handle_ping(now_ms());
    black_box((host.state(), host.end(), host.counters(), host.session(), host.is_bound(text())));
    black_box((host.requests().last(), host.unanswered().last().is_some()));

    let registry = Registry::new(FixedBindings::<2, 16>::new(), black_box(BindPolicy::LastInWins));
    black_box(registry.bindings());
}

/// Counts without `count`, which may panic where overflow is checked.
trait CountUp: Iterator + Sized {
    fn count_up(self) -> usize {
        self.fold(0_usize, |count, _| count.saturating_add(1))
    }
}

impl<I: Iterator> CountUp for I {}

fn shape(shape: &mut ShapeWriter<'_, '_>) {
    shape.field(text(), BaseType::STRING);
}

fn rows(rows: &mut RowsWriter<'_, '_>) {
    rows.row(|row| row.cell(text()));
}

fn tables() {
    for state in black_box(edge::State::ALL) {
        for input in black_box(edge::Input::ALL) {
            black_box(edge::transition(*state, *input));
        }
    }
    for state in black_box(platform::State::ALL) {
        for input in black_box(platform::Input::ALL) {
            black_box(platform::transition(*state, *input));
        }
    }
    for state in black_box(edge::NameState::ALL) {
        for input in black_box(edge::NameInput::ALL) {
            black_box(edge::name_transition(*state, *input));
        }
    }
}
