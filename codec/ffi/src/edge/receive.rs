//! Incoming messages.

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

/// The kind of result of a message.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlwaysonReceived {
    /// There is nothing to do.
    Handled = 0,
    /// The reply queue is full, so the message was not handled. Send what
    /// `alwayson_edge_poll_transmit` returns, then pass the same message again.
    NotNow = 1,
    /// A request of the platform for a bound Thing: `request`. Answer it with
    /// `alwayson_edge_respond` and `id`.
    Request = 2,
    /// The response to the request `id`, which has ended: `response`.
    Response = 3,
    /// The platform refused to bind a name, which the next event names: `response` has its status
    /// and reason.
    BindRefused = 4,
    /// The platform refused AUTH, and the connection ends: `response` has its status and reason.
    AuthRefused = 5,
}

/// The result of a message for the application. It borrows from the received bytes, or from the
/// joiner until the next call with that.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ReceivedMessage {
    /// The kind, an `ALWAYSON_RECEIVED_`.
    pub kind: u8,
    /// Identifies a request in its answer, or the request that a response answers.
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

/// Handles one binary WebSocket message. Chunks of long messages go to the joiner: pass the
/// same one each time. Without a joiner, NULL, they are refused.
///
/// Messages of a peer are never an error here: the machine answers them itself.
///
/// # Safety
/// `edge` and `joiner` are NULL or valid, and nothing else uses the memory of both;
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

/// Sets `rest` to the bytes that follow the message that was handled last: pass them to
/// `alwayson_edge_handle_received` next, like a WebSocket message. They are empty unless
/// `several_messages` is set and a whole header follows. Other bytes are counted and ignored.
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

/// Handles a ping of the platform: it counts as traffic. The transport answers it.
///
/// # Safety
/// `edge` is NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_handle_ping(edge: *mut EdgeMachine, now_ms: u64) -> Error {
    // SAFETY: as promised.
    unsafe { get(edge) }.map(|edge| edge.handle_ping(now_ms)).into()
}

/// Handles a pong of the platform, expected or not.
///
/// # Safety
/// `edge` is NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_handle_pong(edge: *mut EdgeMachine, now_ms: u64) -> Error {
    // SAFETY: as promised.
    unsafe { get(edge) }.map(|edge| edge.handle_pong(now_ms)).into()
}

/// Handles the end of the WebSocket, closed or lost.
///
/// # Safety
/// `edge` is NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_handle_closed(edge: *mut EdgeMachine, now_ms: u64) -> Error {
    // SAFETY: as promised.
    unsafe { get(edge) }.map(|edge| edge.handle_closed(now_ms)).into()
}

/// Handles everything that is due at this time. Call it at the time of
/// `alwayson_edge_poll_timeout`; other times do no harm.
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
