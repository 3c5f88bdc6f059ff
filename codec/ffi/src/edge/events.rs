//! What has happened, and where the connection stands.

use alwayson_codec::connection::Failure;
use alwayson_codec::connection::edge::{End, Event, State};

use super::{EdgeMachine, get, see};
use crate::codes::AlwaysonStatus;
use crate::error::Error;
use crate::slice::{Slice, put};

/// What has happened.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlwaysonEvent {
    /// Nothing.
    Nothing = 0,
    /// AUTH has succeeded: `session`, `endpoint`.
    Authenticated = 1,
    /// The platform may send requests to `name`.
    Bound = 2,
    /// The platform no longer has `name`.
    Unbound = 3,
    /// The platform refuses to bind `name`, or has not answered: `status`.
    Refused = 4,
    /// The request `request` ended without an answer: `failure`.
    Failed = 5,
    /// The connection has ended, after all requests that were in flight: `end`.
    /// Once there is nothing more to send, or after the close, drop the WebSocket.
    Ended = 6,
    /// Something that this library does not know yet.
    Other = 255,
}

/// Why a request ended without an answer.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlwaysonFailure {
    /// It has not failed.
    None = 0,
    /// No answer in time.
    Timeout = 1,
    /// The connection has ended.
    Ended = 2,
    /// An answer came, and its bytes are no message.
    Unreadable = 3,
    /// An answer came in chunks that cannot be joined.
    NotJoined = 4,
    /// The Thing was unbound before the request was sent.
    NotSent = 5,
    /// Something that this library does not know yet.
    Other = 255,
}

/// Why a connection has ended.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlwaysonEnd {
    /// It has not.
    None = 0,
    /// The application has left.
    Left = 1,
    /// The platform answered AUTH with UNAUTHORIZED.
    Unauthorized = 2,
    /// The platform answered AUTH with another failure.
    Declined = 3,
    /// The platform did not answer AUTH in time.
    AuthTimeout = 4,
    /// The platform sent what has no header of a message.
    Protocol = 5,
    /// No pong came in time.
    Silent = 6,
    /// The platform closed the connection, or it broke.
    Lost = 7,
    /// The platform does not know this session any more: connect and authenticate
    /// again.
    InvalidSession = 8,
    /// Something that this library does not know yet.
    Other = 255,
}

/// Where a connection stands.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlwaysonState {
    /// There is no edge.
    None = 0,
    /// The transport connects.
    Opening = 1,
    /// AUTH was sent.
    Authenticating = 2,
    /// AUTH has succeeded.
    Online = 3,
    /// The application leaves.
    Leaving = 4,
    /// It is over; a close is to be sent, and that of the peer awaited.
    Closing = 5,
    /// It is over, and the transport can be dropped.
    Ended = 6,
}

/// What has happened, and to what.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct EdgeEvent {
    /// What.
    pub kind: AlwaysonEvent,
    /// Why a request ended.
    pub failure: AlwaysonFailure,
    /// Why the connection ended.
    pub end: AlwaysonEnd,
    /// Why a name is refused, an `ALWAYSON_STATUS_`.
    pub status: u8,
    /// The id of this connection.
    pub session: u32,
    /// The id of this client; 0: none was granted.
    pub endpoint: u32,
    /// The request.
    pub request: u32,
    /// The name.
    pub name: Slice,
}

const NOTHING: EdgeEvent = EdgeEvent {
    kind: AlwaysonEvent::Nothing,
    failure: AlwaysonFailure::None,
    end: AlwaysonEnd::None,
    status: AlwaysonStatus::Success as u8,
    session: 0,
    endpoint: 0,
    request: 0,
    name: Slice::NONE,
};

impl EdgeEvent {
    fn of(event: &Event<'_>) -> Self {
        let named = |kind, name: &str| Self { kind, name: Slice::of(name.as_bytes()), ..NOTHING };
        match event {
            Event::Authenticated { session, endpoint } => Self {
                kind: AlwaysonEvent::Authenticated,
                session: *session,
                endpoint: *endpoint,
                ..NOTHING
            },
            Event::Bound { name } => named(AlwaysonEvent::Bound, name),
            Event::Unbound { name } => named(AlwaysonEvent::Unbound, name),
            Event::Refused { name, status } => {
                Self { status: status.to_u8(), ..named(AlwaysonEvent::Refused, name) }
            }
            Event::Failed { request, failure } => Self {
                kind: AlwaysonEvent::Failed,
                request: request.to_u32(),
                failure: failure_of(*failure),
                ..NOTHING
            },
            Event::Ended(end) => {
                Self { kind: AlwaysonEvent::Ended, end: end_of(Some(*end)), ..NOTHING }
            }
            _ => Self { kind: AlwaysonEvent::Other, ..NOTHING },
        }
    }
}

fn failure_of(failure: Failure) -> AlwaysonFailure {
    match failure {
        Failure::Timeout => AlwaysonFailure::Timeout,
        Failure::Ended => AlwaysonFailure::Ended,
        Failure::Unreadable => AlwaysonFailure::Unreadable,
        Failure::NotJoined => AlwaysonFailure::NotJoined,
        Failure::NotSent => AlwaysonFailure::NotSent,
        _ => AlwaysonFailure::Other,
    }
}

fn end_of(end: Option<End>) -> AlwaysonEnd {
    match end {
        None => AlwaysonEnd::None,
        Some(End::Left) => AlwaysonEnd::Left,
        Some(End::Unauthorized) => AlwaysonEnd::Unauthorized,
        Some(End::Declined) => AlwaysonEnd::Declined,
        Some(End::AuthTimeout) => AlwaysonEnd::AuthTimeout,
        Some(End::Protocol) => AlwaysonEnd::Protocol,
        Some(End::Silent) => AlwaysonEnd::Silent,
        Some(End::Lost) => AlwaysonEnd::Lost,
        Some(End::InvalidSession) => AlwaysonEnd::InvalidSession,
        Some(_) => AlwaysonEnd::Other,
    }
}

/// Tells what has happened since the last call, one event at a time; says whether
/// there was one. Each is told once.
///
/// # Safety
/// `edge` is NULL or valid; `event` is NULL, or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_poll_event(
    edge: *mut EdgeMachine,
    event: *mut EdgeEvent,
) -> bool {
    // SAFETY: as promised.
    let (Ok(()), Ok(edge)) = (unsafe { (put(event, NOTHING), get(edge)) }) else { return false };
    // SAFETY: as promised.
    edge.poll_event().is_some_and(|told| unsafe { put(event, EdgeEvent::of(&told)) }.is_ok())
}

/// When the machine wants to be called at the latest, by
/// `alwayson_edge_handle_timeout` and then `alwayson_edge_poll_transmit`; says
/// whether it waits for anything.
///
/// # Safety
/// `edge` is NULL or valid; `at_ms` is NULL, or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_poll_timeout(
    edge: *const EdgeMachine,
    at_ms: *mut u64,
) -> bool {
    // SAFETY: as promised.
    let Ok(edge) = (unsafe { see(edge) }) else { return false };
    // SAFETY: as promised.
    edge.poll_timeout().is_some_and(|at| unsafe { put(at_ms, at) }.is_ok())
}

/// Where the connection stands.
///
/// # Safety
/// `edge` is NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_state(edge: *const EdgeMachine) -> AlwaysonState {
    // SAFETY: as promised.
    let Ok(edge) = (unsafe { see(edge) }) else { return AlwaysonState::None };
    match edge.state() {
        State::Opening => AlwaysonState::Opening,
        State::Authenticating => AlwaysonState::Authenticating,
        State::Online => AlwaysonState::Online,
        State::Leaving => AlwaysonState::Leaving,
        State::Closing => AlwaysonState::Closing,
        State::Ended => AlwaysonState::Ended,
    }
}

/// Why the connection has ended, if it has.
///
/// # Safety
/// `edge` is NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_end(edge: *const EdgeMachine) -> AlwaysonEnd {
    // SAFETY: as promised.
    unsafe { see(edge) }.map_or(AlwaysonEnd::None, |edge| end_of(edge.end()))
}

/// What an edge has counted since it was made, over all its connections.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct EdgeCounters {
    /// Responses that nobody waited for.
    pub responses_dropped: u32,
    /// Messages that had no place in the connection's state, and no answer.
    pub messages_dropped: u32,
    /// Requests that came while as many as there is room for were not answered.
    pub requests_refused: u32,
    /// Requests that came again before they were answered.
    pub requests_doubled: u32,
    /// Requests that nobody answered in time.
    pub requests_unanswered: u32,
    /// Messages whose chunks did not all come in time.
    pub messages_unfinished: u32,
    /// Messages after which bytes followed that were not read.
    pub messages_followed: u32,
    /// How many bytes these were.
    pub bytes_followed: u32,
}

/// Gives the counters of an edge.
///
/// # Safety
/// `edge` is NULL or valid; `counters` is NULL, or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_counters(
    edge: *const EdgeMachine,
    counters: *mut EdgeCounters,
) -> Error {
    // SAFETY: as promised.
    let count = || unsafe {
        let counted = see(edge)?.counters();
        let all = EdgeCounters {
            responses_dropped: counted.responses_dropped,
            messages_dropped: counted.messages_dropped,
            requests_refused: counted.requests_refused,
            requests_doubled: counted.requests_doubled,
            requests_unanswered: counted.requests_unanswered,
            messages_unfinished: counted.messages_unfinished,
            messages_followed: counted.messages_followed,
            bytes_followed: counted.bytes_followed,
        };
        put(counters, all)
    };
    count().into()
}

/// Makes the edge ready for the next connection: all names will be bound again
/// that were to be bound.
///
/// Errors: `WRONG_STATE` before the connection has ended, and before its end was
/// told by `alwayson_edge_poll_event`.
///
/// # Safety
/// `edge` is NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_reopen(edge: *mut EdgeMachine) -> Error {
    // SAFETY: as promised.
    let reopen = || Ok(unsafe { get(edge) }?.reopen()?);
    reopen().into()
}
