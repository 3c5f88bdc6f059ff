//! Calls every method of both machines that returns information or sends, and the
//! transition tables.

#![no_std]
#![no_main]

use core::hint::black_box;

use alwayson_codec::connection::edge;
use alwayson_codec::connection::platform;
use alwayson_codec::connection::registry::{BindPolicy, FixedBindings, Registry};
use alwayson_codec::connection::{
    Fixed, FixedName, InboundId, Machine, Names, Requests, Unanswered,
};
use alwayson_codec::{BaseType, Joiner, Request, Response, RowsWriter, ShapeWriter, Status, Value};
use alwayson_links::{input, now_ms, program, text};

program!(run);

type Room = Fixed<FixedName<16>, [u8; 256], Names<2>, Requests<2>, Unanswered<2>>;

fn run() {
    tables();
    let mut joiner = Joiner::<[u8; 0], 0>::new([]);
    let mut device = edge::Connection::<Room>::new(edge::Settings::default(), [0; 256]);
    let inbound = match device.handle_received(input(), &mut joiner, now_ms()) {
        edge::Received::Request { inbound, .. } => Some(inbound),
        _ => None,
    };
    drive(&mut device, inbound);
    black_box((device.state(), device.end(), device.names().count_up()));

    let mut host =
        platform::Connection::<Room>::new(platform::Settings::default(), [0; 256], now_ms());
    let inbound = match host.handle_received(input(), &mut joiner, now_ms()) {
        platform::Received::Request { inbound, .. } => Some(inbound),
        _ => None,
    };
    drive(&mut host, inbound);
    black_box((host.state(), host.end(), host.session(), host.is_bound(text())));

    let registry = Registry::new(FixedBindings::<2, 16>::new(), black_box(BindPolicy::LastInWins));
    black_box(registry.bindings());
}

/// Makes the calls that both machines have.
fn drive(machine: &mut impl Machine<Outbox = [u8; 256]>, inbound: Option<InboundId>) {
    let request = Request::invoke_service(text(), text());
    let response = Response { reason: Some(text().into()), ..Response::new(Status::SUCCESS) };
    let value = Value::from(text());
    black_box(machine.request_with_table(&request, shape, rows, now_ms()).is_ok());
    black_box(machine.write_property(text(), text(), &value, now_ms()).is_ok());
    if let Some(inbound) = inbound {
        black_box(machine.respond_with_table(inbound, &response, shape, rows).is_ok());
        black_box(machine.respond_value(inbound, text(), &value).is_ok());
        black_box(inbound.to_u32());
    }
    black_box(machine.replace_outbox(black_box([0; 256])).is_ok());
    machine.handle_ping(now_ms());
    black_box((machine.counters(), machine.is_ended()));
    black_box((machine.requests().last(), machine.unanswered().last().is_some()));
}

/// Counts items without `Iterator::count`, which may panic if overflow is checked.
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
