//! What comes in.

use alwayson_codec as codec;
use codec::connection::edge::Received;
use codec::{Joiner, Text};

use super::{EdgeMachine, Machine, get, see};
use crate::codes::{AlwaysonMethod, AlwaysonStatus};
use crate::error::Error;
use crate::list::{HEADERS, ItemList};
use crate::message::{RequestBody, ResponseBody};
use crate::multipart::ChunkJoiner;
use crate::slice::{Slice, change, put};
use crate::table::Table;

/// What came of a message.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlwaysonReceived {
    /// Nothing for the application.
    Handled = 0,
    /// The message was not taken: send first what `alwayson_edge_poll_transmit`
    /// has, then hand the same message in again.
    NotNow = 1,
    /// The platform asks something of a Thing that is bound: `request`. It must be
    /// answered, by `alwayson_edge_respond` and `id`.
    Request = 2,
    /// The answer to the request `id`, which has ended with it: `response`.
    Response = 3,
    /// The platform refuses to bind a name, the one that the next event tells:
    /// `response` has its status and reason.
    BindRefused = 4,
    /// The platform refuses AUTH, and the connection ends: `response` has its
    /// status and reason.
    AuthRefused = 5,
}

/// What came of a message, for the application. What it borrows is in the bytes
/// that came, or in the joiner until the next call with that.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ReceivedMessage {
    /// What came: an `ALWAYSON_RECEIVED_`.
    pub kind: u8,
    /// What to answer a request by; of a response, the request that it answers.
    pub id: u32,
    /// The request.
    pub request: RequestBody,
    /// The response.
    pub response: ResponseBody,
}

impl ReceivedMessage {
    fn new(kind: AlwaysonReceived) -> Self {
        Self {
            kind: kind as u8,
            id: 0,
            request: RequestBody {
                method: AlwaysonMethod::Get as u8,
                entity_type: 0,
                characteristic: 0,
                entity_name: Slice::NONE,
                characteristic_name: Slice::NONE,
                headers: ItemList::of(HEADERS, codec::List::<codec::RequestHeader<'_>>::empty()),
                params: Table::NONE,
            },
            response: ResponseBody {
                status: AlwaysonStatus::Success as u8,
                reason: Slice::NONE,
                content: crate::value::alwayson_nothing(),
            },
        }
    }

    fn of(received: &Received<'_>) -> Self {
        match received {
            // What cannot be read is answered; there is nothing more to do about it.
            Received::Handled | Received::Unreadable(_) => Self::new(AlwaysonReceived::Handled),
            Received::NotNow => Self::new(AlwaysonReceived::NotNow),
            Received::Request { inbound, request } => Self {
                id: inbound.to_u32(),
                request: RequestBody::of(request),
                ..Self::new(AlwaysonReceived::Request)
            },
            Received::Response { request, response } => Self {
                id: request.to_u32(),
                response: ResponseBody::of(response),
                ..Self::new(AlwaysonReceived::Response)
            },
            Received::BindRefused { status, reason } => {
                Self::refused(AlwaysonReceived::BindRefused, *status, *reason)
            }
            Received::AuthRefused { status, reason } => {
                Self::refused(AlwaysonReceived::AuthRefused, *status, *reason)
            }
        }
    }

    fn refused(kind: AlwaysonReceived, status: codec::Status, reason: Option<Text<'_>>) -> Self {
        let response = codec::Response { reason, ..codec::Response::new(status) };
        Self { response: ResponseBody::of(&response), ..Self::new(kind) }
    }
}

/// Takes one binary WebSocket message. Chunks of long ones go to the joiner,
/// always the same one; without one, a NULL, they are refused.
///
/// Whatever a peer sends is no error here: the machine has an answer to it.
///
/// # Safety
/// `edge` and `joiner` are NULL or valid, the memory of both used by nobody else;
/// `bytes` can be read, and is unchanged while what is received is used;
/// `received` is NULL, or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_handle_received(
    edge: *mut EdgeMachine,
    bytes: Slice,
    joiner: *mut ChunkJoiner,
    now_ms: u64,
    received: *mut ReceivedMessage,
) -> Error {
    // SAFETY: as promised.
    let handle = || unsafe {
        // A message that is lost since nobody wants to know of it would never be
        // answered: so this is looked at first.
        put(received, ReceivedMessage::new(AlwaysonReceived::Handled))?;
        let edge = get(edge)?;
        let bytes = bytes.bytes()?;
        let what = if joiner.is_null() {
            without_joiner(edge, bytes, now_ms)
        } else {
            let joiner = change(joiner)?.get()?;
            ReceivedMessage::of(&edge.handle_received(bytes, joiner, now_ms))
        };
        put(received, what)
    };
    handle().into()
}

fn without_joiner(edge: &mut Machine, bytes: &[u8], now_ms: u64) -> ReceivedMessage {
    let mut joiner = Joiner::<[u8; 0], 0>::new([]);
    ReceivedMessage::of(&edge.handle_received(bytes, &mut joiner, now_ms))
}

/// What follows the message that was taken last, in the bytes in which it came: to be
/// handed in next, as a WebSocket message of its own. Nothing, unless
/// `several_messages` is set and a whole header comes next; other bytes are counted,
/// and not read.
///
/// # Safety
/// `edge` is NULL or valid; `bytes` can be read, and is unchanged while the rest is
/// used; `rest` is NULL, or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_rest(
    edge: *const EdgeMachine,
    bytes: Slice,
    rest: *mut Slice,
) -> Error {
    // SAFETY: as promised.
    let rest = || unsafe { put(rest, Slice::of(see(edge)?.rest(bytes.bytes()?))) };
    rest().into()
}

/// A ping came; the transport answers it. It counts as traffic.
///
/// # Safety
/// `edge` is NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_handle_ping(edge: *mut EdgeMachine, now_ms: u64) -> Error {
    // SAFETY: as promised.
    unsafe { get(edge) }.map(|edge| edge.handle_ping(now_ms)).into()
}

/// A pong came, asked for or not.
///
/// # Safety
/// `edge` is NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_handle_pong(edge: *mut EdgeMachine, now_ms: u64) -> Error {
    // SAFETY: as promised.
    unsafe { get(edge) }.map(|edge| edge.handle_pong(now_ms)).into()
}

/// The WebSocket is closed, or lost.
///
/// # Safety
/// `edge` is NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_handle_closed(edge: *mut EdgeMachine, now_ms: u64) -> Error {
    // SAFETY: as promised.
    unsafe { get(edge) }.map(|edge| edge.handle_closed(now_ms)).into()
}

/// The time has come that `alwayson_edge_poll_timeout` told, or any other.
///
/// # Safety
/// `edge` is NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_handle_timeout(
    edge: *mut EdgeMachine,
    now_ms: u64,
) -> Error {
    // SAFETY: as promised.
    unsafe { get(edge) }.map(|edge| edge.handle_timeout(now_ms)).into()
}
