//! An edge, driven as C does it.

use crate::common::{decode, from_hex, out, slice, some, text};
use alwayson_ffi::codes::AlwaysonStatus;
use alwayson_ffi::edge::events::{
    AlwaysonEnd, AlwaysonEvent, AlwaysonFailure, AlwaysonState, EdgeEvent, alwayson_edge_counters,
    alwayson_edge_end, alwayson_edge_poll_event, alwayson_edge_poll_timeout, alwayson_edge_reopen,
    alwayson_edge_state,
};
use alwayson_ffi::edge::names::{
    AlwaysonName, alwayson_edge_bind, alwayson_edge_name, alwayson_edge_remove,
    alwayson_edge_unbind,
};
use alwayson_ffi::edge::push::{PushedValue, alwayson_edge_push_properties};
use alwayson_ffi::edge::receive::{
    AlwaysonReceived, ReceivedMessage, alwayson_edge_handle_closed, alwayson_edge_handle_ping,
    alwayson_edge_handle_pong, alwayson_edge_handle_received, alwayson_edge_handle_timeout,
};
use alwayson_ffi::edge::send::{
    AlwaysonTransmit, alwayson_edge_handle_opened, alwayson_edge_leave,
    alwayson_edge_poll_transmit, alwayson_edge_request, alwayson_edge_request_with_table,
    alwayson_edge_respond, alwayson_edge_respond_value, alwayson_edge_write_property,
    alwayson_read_property, alwayson_response,
};
use alwayson_ffi::edge::settings::{
    EdgeSettings, alwayson_reconnect, alwayson_reconnect_after, alwayson_settings,
};
use alwayson_ffi::edge::{EdgeMachine, alwayson_edge_init, alwayson_edge_init_gateway};
use alwayson_ffi::encode::{ItemPlace, alwayson_claims};
use alwayson_ffi::error::AlwaysonError;
use alwayson_ffi::list::ClaimItem;
use alwayson_ffi::multipart::ChunkJoiner;
use alwayson_ffi::slice::Slice;
use alwayson_ffi::table_writer::{
    CellsSink, RowsSink, TableSource, alwayson_write_cell, alwayson_write_row,
};
use alwayson_ffi::value::{alwayson_number, alwayson_string};
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr::null_mut;

pub(crate) const AUTH_ACCEPTED: &str = "014000000001000000000000004d0000ff";
pub(crate) const BIND_ACCEPTED: &str = "014000000002000000000000004d0000ff";
pub(crate) const GET: &str =
    "0101000003eb000000000000004d000a0c537465616d53656e736f72310104546d707400ff";
pub(crate) const KEEP_ALIVE: [u8; 15] = [1, 0x1F, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
pub(crate) const NAME: &[u8] = b"SteamSensor1";

/// An edge in memory that was nobody's, with its outbox.
pub(crate) struct Side {
    edge: *mut EdgeMachine,
    pub(crate) joiner: *mut ChunkJoiner,
    buffer: Vec<u8>,
}

impl Side {
    pub(crate) fn new(outbox: &mut [u8]) -> Self {
        Self::set(outbox, alwayson_settings())
    }

    pub(crate) fn set(outbox: &mut [u8], settings: EdgeSettings) -> Self {
        let edge = Box::into_raw(Box::new(MaybeUninit::<EdgeMachine>::uninit())).cast();
        let error = unsafe {
            let settings = &raw const settings;
            alwayson_edge_init(edge, settings, outbox.as_mut_ptr(), outbox.len())
        };
        assert_eq!(error.kind, AlwaysonError::Ok);
        Self { edge, joiner: null_mut(), buffer: vec![0; 512] }
    }

    pub(crate) fn online(outbox: &mut [u8]) -> Self {
        let mut side = Self::new(outbox);
        side.bind_and_open();
        assert_eq!(side.receive(&from_hex(BIND_ACCEPTED)).kind, 0);
        assert_eq!(text(side.event().name), "SteamSensor1");
        side
    }

    /// Up to a BIND that waits for its answer.
    pub(crate) fn bind_and_open(&mut self) {
        assert_eq!(unsafe { alwayson_edge_bind(self.edge(), slice(NAME)) }.kind, AlwaysonError::Ok);
        self.open();
        assert_eq!(self.receive(&from_hex(AUTH_ACCEPTED)).kind, 0);
        assert_eq!(self.event().kind, AlwaysonEvent::Authenticated);
        assert_eq!(self.transmit()[1], 0x0A);
    }

    pub(crate) fn edge(&self) -> *mut EdgeMachine {
        self.edge
    }

    pub(crate) fn open(&mut self) {
        let claim = ClaimItem { name: slice(b"appKey"), value: slice(b"key") };
        let mut place = MaybeUninit::<ItemPlace>::uninit();
        let len = unsafe {
            let list = out(|list| alwayson_claims(&raw const claim, place.as_mut_ptr(), 1, list));
            let list = list.unwrap();
            let edge = self.edge();
            let buffer = self.buffer.as_mut_ptr();
            out(|len| alwayson_edge_handle_opened(edge, &raw const list, buffer, 512, 1_000, len))
        };
        assert_eq!(decode(&self.buffer[..len.unwrap()]).kind, 1);
    }

    pub(crate) fn transmit(&mut self) -> Vec<u8> {
        let edge = self.edge();
        let buffer = self.buffer.as_mut_ptr();
        let sent =
            out(|sent| unsafe { alwayson_edge_poll_transmit(edge, buffer, 512, 1_000, sent) });
        self.buffer[..sent.unwrap().len].to_vec()
    }

    pub(crate) fn receive(&mut self, bytes: &[u8]) -> ReceivedMessage {
        let edge = self.edge();
        out(|received| unsafe {
            alwayson_edge_handle_received(edge, slice(bytes), self.joiner, 1_000, received)
        })
        .unwrap()
    }

    pub(crate) fn event(&mut self) -> EdgeEvent {
        let edge = self.edge();
        some(|event| unsafe { alwayson_edge_poll_event(edge, event) }).unwrap()
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        // It comes from a box.
        drop(unsafe { Box::from_raw(self.edge.cast::<MaybeUninit<EdgeMachine>>()) });
    }
}

#[test]
fn a_request_of_the_platform_is_handed_out_and_answered_once() {
    let mut outbox = [0; 256];
    let mut side = Side::online(&mut outbox);
    let bytes = from_hex(GET);
    let received = side.receive(&bytes);
    assert_eq!(received.kind, AlwaysonReceived::Request as u8);
    assert_eq!(text(received.request.characteristic_name), "Tmpt");
    let mut response = alwayson_response(AlwaysonStatus::Success as u8);
    response.content = alwayson_number(21.5);
    let edge = side.edge();
    let respond = || unsafe { alwayson_edge_respond(edge, received.id, &raw const response) };
    assert_eq!(respond().kind, AlwaysonError::Ok);
    assert_eq!(respond().kind, AlwaysonError::NotWaiting);
    let sent = decode(&side.transmit());
    assert_eq!((sent.kind, sent.ids.request), (5, 1003));
}

#[test]
fn an_answer_of_one_value_is_a_table_of_one_field_that_is_named() {
    let mut outbox = [0; 256];
    let mut side = Side::online(&mut outbox);
    let bytes = from_hex(GET);
    let received = side.receive(&bytes);
    let edge = side.edge();
    let value = alwayson_number(21.5);
    let respond = |name: &[u8], value| unsafe {
        alwayson_edge_respond_value(edge, received.id, slice(name), value)
    };
    assert_eq!(respond(b"Tmpt", std::ptr::null()).kind, AlwaysonError::Null);
    assert_eq!(respond(&[0xFF], &raw const value).kind, AlwaysonError::InvalidUtf8);
    assert_eq!(respond(b"Tmpt", &raw const value).kind, AlwaysonError::Ok);
    assert_eq!(respond(b"Tmpt", &raw const value).kind, AlwaysonError::NotWaiting);
    let sent = side.transmit();
    let (message, _) = alwayson_codec::Message::decode(&sent).unwrap();
    assert_eq!(message.dump().to_string(), "SUCCESS request=1003 session=77 {Tmpt: 21.5}");
}

#[test]
fn requests_go_out_with_ids_and_end_with_their_answers_or_with_the_connection() {
    let mut outbox = [0; 512];
    let mut side = Side::online(&mut outbox);
    let edge = side.edge();
    let thing = slice(NAME);
    let value = alwayson_number(1.5);
    unsafe {
        let read = alwayson_read_property(thing, slice(b"Tmpt"));
        let first = out(|id| alwayson_edge_request(edge, &raw const read, 1_000, id));
        let second = out(|id| {
            alwayson_edge_write_property(edge, thing, slice(b"Tmpt"), &raw const value, 1_000, id)
        });
        let name = slice(b"Tmpt");
        let quality = Slice { ptr: std::ptr::null(), len: 0 };
        let pushed = PushedValue { name, value, time_ms: 1_700_000_000_000, quality };
        let third =
            out(|id| alwayson_edge_push_properties(edge, thing, &raw const pushed, 1, 1_000, id));
        assert_eq!((first, second, third), (Ok(3), Ok(4), Ok(5)));
    }
    assert_eq!([side.transmit()[1], side.transmit()[1], side.transmit()[1]], [1, 2, 3]);
    let answer = from_hex("014000000003000000000000004d0000ff");
    let received = side.receive(&answer);
    assert_eq!((received.kind, received.id), (AlwaysonReceived::Response as u8, 3));
    unsafe { alwayson_edge_handle_closed(edge, 1_001) };
    for request in [4, 5] {
        let event = side.event();
        assert_eq!((event.request, event.failure), (request, AlwaysonFailure::Ended));
    }
    assert_eq!(side.event().end, AlwaysonEnd::Lost);
    assert_eq!(unsafe { alwayson_edge_end(edge) }, AlwaysonEnd::Lost);
    assert_eq!(unsafe { alwayson_edge_reopen(edge) }.kind, AlwaysonError::Ok);
    assert_eq!(unsafe { alwayson_edge_state(edge) }, AlwaysonState::Opening);
    let mut policy = alwayson_reconnect();
    let again = |at: *mut u64| unsafe {
        alwayson_reconnect_after(&raw mut policy, AlwaysonEnd::Lost as u8, 1_000, 0, at)
    };
    assert_eq!(some(again), Some(6_000));
}

unsafe extern "C" fn wrong_rows(rows: *mut RowsSink, context: *mut c_void) {
    unsafe { alwayson_write_row(rows, Some(wrong_cell), context) };
}

unsafe extern "C" fn wrong_cell(cells: *mut CellsSink, _: *mut c_void) {
    let value = alwayson_string(slice(&[0xFF]));
    unsafe { alwayson_write_cell(cells, &raw const value) };
}

#[test]
fn a_request_whose_table_is_written_wrong_is_not_sent() {
    let mut outbox = vec![0; 200_000];
    let mut side = Side::online(&mut outbox);
    let edge = side.edge();
    let source = TableSource { shape: None, rows: Some(wrong_rows), context: null_mut() };
    let request = alwayson_read_property(slice(NAME), slice(b"x"));
    let sent = out(|id| unsafe {
        let request = &raw const request;
        let source = &raw const source;
        alwayson_edge_request_with_table(edge, request, source, 1_000, id)
    });
    assert_eq!(sent.err().unwrap().kind, AlwaysonError::InvalidUtf8);
    assert_eq!(side.transmit(), []);
}

#[test]
fn names_are_bound_unbound_and_removed() {
    let mut outbox = [0; 64];
    let mut side = Side::online(&mut outbox);
    let edge = side.edge();
    unsafe {
        let name = slice(NAME);
        assert_eq!(alwayson_edge_name(edge, name), AlwaysonName::Bound);
        assert_eq!(alwayson_edge_unbind(edge, name).kind, AlwaysonError::Ok);
        assert_eq!(side.transmit()[1], 0x0B);
        assert_eq!(alwayson_edge_name(edge, name), AlwaysonName::Unbinding);
        assert_eq!(alwayson_edge_remove(edge, name).kind, AlwaysonError::Ok);
        assert_eq!(alwayson_edge_remove(edge, slice(b"x")).kind, AlwaysonError::UnknownName);
        let latin1 = alwayson_edge_bind(edge, slice(&[0xFC]));
        assert_eq!(latin1.kind, AlwaysonError::InvalidUtf8);
    }
}

#[test]
fn time_makes_a_ping_and_silence_ends_the_connection() {
    let mut outbox = [0; 64];
    let mut side = Side::online(&mut outbox);
    let edge = side.edge();
    let buffer = side.buffer.as_mut_ptr();
    unsafe {
        alwayson_edge_handle_ping(edge, 2_000);
        let at = some(|at| alwayson_edge_poll_timeout(edge, at)).unwrap();
        assert_eq!(at, 56_000);
        alwayson_edge_handle_timeout(edge, at);
        let sent = out(|sent| alwayson_edge_poll_transmit(edge, buffer, 512, at, sent)).unwrap();
        assert_eq!(sent.kind, AlwaysonTransmit::Ping);
        alwayson_edge_handle_pong(edge, at);
        alwayson_edge_handle_timeout(edge, at + 55_000);
        alwayson_edge_handle_timeout(edge, at + 65_000);
        assert_eq!(side.event().end, AlwaysonEnd::Silent);
        let counters = out(|counters| alwayson_edge_counters(edge, counters)).unwrap();
        assert_eq!(counters.requests_unanswered, 0);
    }
}

#[test]
fn who_leaves_unbinds_and_a_gateway_is_named_in_its_bind() {
    let mut outbox = [0; 64];
    let mut side = Side::online(&mut outbox);
    let edge = side.edge();
    assert_eq!(unsafe { alwayson_edge_leave(edge, 1_000) }.kind, AlwaysonError::Ok);
    assert_eq!(side.transmit()[1], 0x0B);
    unsafe {
        let name = slice(b"gate");
        let kind = slice(b"EMSGateway");
        let memory = outbox.as_mut_ptr();
        let error = alwayson_edge_init_gateway(edge, std::ptr::null(), name, kind, memory, 64);
        assert_eq!(error.kind, AlwaysonError::Ok);
        alwayson_edge_bind(edge, slice(b"behind"));
    }
    side.open();
    side.receive(&from_hex(AUTH_ACCEPTED));
    let bytes = side.transmit();
    let bind = decode(&bytes);
    assert_eq!(text(unsafe { bind.body.bind.gateway_name }), "gate");
}
