//! Events, and the state of the connection.

use alwayson_codec::connection::Failure;
use alwayson_codec::connection::edge::{End, Event, State};

use super::{EdgeMachine, get, see};
use crate::codes::AlwaysonStatus;
use crate::error::Error;
use crate::slice::{Slice, put};

/// The kind of an event.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlwaysonEvent {
    /// There is no event.
    Nothing = 0,
    /// AUTH has succeeded, with `session` and `endpoint`.
    Authenticated = 1,
    /// The platform may send requests for `name`.
    Bound = 2,
    /// `name` was unbound.
    Unbound = 3,
    /// The platform refused to bind `name`, with `status`, or did not answer.
    Refused = 4,
    /// The request `request` has failed, with `failure`.
    Failed = 5,
    /// The connection has ended, with `end`. The events of all open requests come before. Drop the
    /// WebSocket after the close, or when there is nothing left to send.
    Ended = 6,
    /// A value that this library does not know yet.
    Other = 255,
}

/// Why a request has failed.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlwaysonFailure {
    /// It has not failed.
    None = 0,
    /// The platform did not answer in time.
    Timeout = 1,
    /// The connection has ended.
    Ended = 2,
    /// The response cannot be decoded.
    Unreadable = 3,
    /// The chunks of the response cannot be joined.
    NotJoined = 4,
    /// The Thing was unbound before the request was sent.
    NotSent = 5,
    /// A value that this library does not know yet.
    Other = 255,
}

/// Why a connection has ended.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlwaysonEnd {
    /// It has not ended.
    None = 0,
    /// The application has left.
    Left = 1,
    /// The platform answered AUTH with UNAUTHORIZED.
    Unauthorized = 2,
    /// The platform answered AUTH with another error.
    Declined = 3,
    /// The platform did not answer AUTH in time.
    AuthTimeout = 4,
    /// The platform sent bytes without a valid header.
    Protocol = 5,
    /// No pong was received in time.
    Silent = 6,
    /// The platform closed the connection, or it was lost.
    Lost = 7,
    /// The platform does not know this session any more. Connect and authenticate again.
    InvalidSession = 8,
    /// A value that this library does not know yet.
    Other = 255,
}

/// The state of a connection.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlwaysonState {
    /// There is no edge.
    None = 0,
    /// The transport is connecting.
    Opening = 1,
    /// AUTH was sent.
    Authenticating = 2,
    /// AUTH has succeeded.
    Online = 3,
    /// The application leaves.
    Leaving = 4,
    /// The connection has ended. A close is sent, and that of the peer is awaited.
    Closing = 5,
    /// The connection has ended, and the transport can be dropped.
    Ended = 6,
}

/// An event.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct EdgeEvent {
    /// The kind of the event.
    pub kind: AlwaysonEvent,
    /// Why a request has failed.
    pub failure: AlwaysonFailure,
    /// Why the connection has ended.
    pub end: AlwaysonEnd,
    /// Why a name was refused, an `ALWAYSON_STATUS_`.
    pub status: u8,
    /// The id of this connection.
    pub session: u32,
    /// The id of this client, or 0 if none was granted.
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

/// Sets the next event, and returns whether there was one. Each event is returned once.
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

/// Sets when to call `alwayson_edge_handle_timeout`, and then `alwayson_edge_poll_transmit`, at the
/// latest, in milliseconds. Returns `false` if nothing is due at any time.
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

/// Returns the state of the connection.
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

/// Returns why the connection has ended, if it has.
///
/// # Safety
/// `edge` is NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_end(edge: *const EdgeMachine) -> AlwaysonEnd {
    // SAFETY: as promised.
    unsafe { see(edge) }.map_or(AlwaysonEnd::None, |edge| end_of(edge.end()))
}

/// The counters of an edge, over all its connections.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct EdgeCounters {
    /// Responses that no request waited for.
    pub responses_dropped: u32,
    /// Messages that the state of the connection does not allow and that are not answered.
    pub messages_dropped: u32,
    /// Requests that were refused because there was no room for another unanswered one.
    pub requests_refused: u32,
    /// Requests that were repeated before they were answered.
    pub requests_doubled: u32,
    /// Requests that the application did not answer in time.
    pub requests_unanswered: u32,
    /// Messages whose chunks did not all arrive in time.
    pub messages_unfinished: u32,
    /// Messages that were followed by bytes that are ignored.
    pub messages_followed: u32,
    /// The number of these bytes.
    pub bytes_followed: u32,
}

/// Sets the counters of an edge.
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

/// Prepares the edge for the next connection, on which it binds the same names again.
///
/// Errors: `WRONG_STATE` if the connection has not ended, or `alwayson_edge_poll_event` has not
/// returned its end yet.
///
/// # Safety
/// `edge` is NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_reopen(edge: *mut EdgeMachine) -> Error {
    // SAFETY: as promised.
    let reopen = || Ok(unsafe { get(edge) }?.reopen()?);
    reopen().into()
}
