//! Outgoing messages.

use alwayson_codec as codec;
use codec::connection::{RequestId, Transmit};
use codec::{Auth, Claim, Request, Response, Status};

use super::{EdgeMachine, get, inbound};
use crate::error::Error;
use crate::list::{CLAIMS, ItemList};
use crate::message::{RequestBody, ResponseBody};
use crate::slice::{Slice, Wanted, buffer, put, read, wanted};
use crate::table_writer::{TableSource, write_with};
use crate::value::Value;

/// The kind of what is sent.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlwaysonTransmit {
    /// There is nothing to send.
    Nothing = 0,
    /// One binary message: the first `len` bytes of the buffer.
    Message = 1,
    /// A ping.
    Ping = 2,
    /// A close with `close_code`, which is the last thing to send.
    Close = 3,
}

/// The next thing to send over the WebSocket.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Transmission {
    /// The kind.
    pub kind: AlwaysonTransmit,
    /// The status code of a close (RFC 6455, section 7.4.1).
    pub close_code: u16,
    /// The length of a message in bytes.
    pub len: usize,
}

/// Handles an open WebSocket: writes AUTH into the buffer. Send it before anything else. The key is
/// not stored.
///
/// Errors: `WRONG_STATE` if it was called before on this connection; `BUFFER_TOO_SMALL`, where
/// `at` is the size that is needed. Nothing has changed then.
///
/// # Safety
/// `edge` is NULL or valid; `claims` is NULL, or a list of `alwayson_claims`;
/// `capacity` bytes can be written at `bytes`; `len` is NULL, or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_handle_opened(
    edge: *mut EdgeMachine,
    claims: *const ItemList,
    bytes: *mut u8,
    capacity: usize,
    now_ms: u64,
    len: *mut usize,
) -> Error {
    // SAFETY: as promised.
    let handle = || unsafe {
        let auth = Auth { claims: read(claims)?.get::<Claim<'_>, Claim<'_>>(CLAIMS)? };
        put(len, 0)?;
        put(len, get(edge)?.handle_opened(&auth, buffer(bytes, capacity)?, now_ms)?)
    };
    handle().into()
}

/// Writes the next message to send into the buffer. Call it until there is nothing to send.
///
/// Errors: `BUFFER_TOO_SMALL`; nothing has changed then. A buffer of the chunk size, and at
/// least 512 bytes, is always large enough.
///
/// # Safety
/// `edge` is NULL or valid; `capacity` bytes can be written at `bytes`; `transmit`
/// is NULL, or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_poll_transmit(
    edge: *mut EdgeMachine,
    bytes: *mut u8,
    capacity: usize,
    now_ms: u64,
    transmit: *mut Transmission,
) -> Error {
    let nothing = Transmission { kind: AlwaysonTransmit::Nothing, close_code: 0, len: 0 };
    // SAFETY: as promised.
    let poll = || unsafe {
        put(transmit, nothing)?;
        let polled = get(edge)?.poll_transmit(buffer(bytes, capacity)?, now_ms)?;
        let what = match polled {
            None => nothing,
            Some(Transmit::Message(len)) => {
                Transmission { kind: AlwaysonTransmit::Message, len, ..nothing }
            }
            Some(Transmit::Ping) => Transmission { kind: AlwaysonTransmit::Ping, ..nothing },
            Some(Transmit::Close(code)) => {
                let close_code = code.to_u16();
                Transmission { kind: AlwaysonTransmit::Close, close_code, ..nothing }
            }
        };
        put(transmit, what)
    };
    poll().into()
}

/// Passes the number of a request to the caller.
///
/// # Safety
/// The place can be written, if it is wanted.
pub(super) unsafe fn number(
    id: Wanted<u32>,
    sent: Result<RequestId, codec::connection::CallError>,
) -> Result<(), Error> {
    let sent = sent?;
    // SAFETY: as promised.
    unsafe { id.put(sent.to_u32()) };
    Ok(())
}

/// Queues a request. `alwayson_edge_handle_received` returns its response, or
/// `alwayson_edge_poll_event` its failure, with the same `id`: exactly one of the two, once.
///
/// Errors: `NOT_AUTHENTICATED`, `LEAVING`, `ENDED`; `TOO_MANY_REQUESTS`, `OUTBOX_FULL`,
/// `MESSAGE_TOO_LONG`; those of `alwayson_encode`. Nothing is sent then.
///
/// # Safety
/// `edge` is NULL or valid; `request` is NULL, or valid with all that it borrows;
/// `id` is NULL, which is no error, or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_request(
    edge: *mut EdgeMachine,
    request: *const RequestBody,
    now_ms: u64,
    id: *mut u32,
) -> Error {
    // SAFETY: as promised.
    let send = || unsafe {
        let request = read(request)?.get()?;
        let id = wanted(id)?;
        number(id, get(edge)?.request(&request, now_ms))
    };
    send().into()
}

/// Queues a request whose parameters are written by callbacks, which must not use this edge.
///
/// Errors: as `alwayson_edge_request` and `alwayson_encode_with_table`.
///
/// # Safety
/// As `alwayson_edge_request`; `source` is NULL, or valid as its type says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_request_with_table(
    edge: *mut EdgeMachine,
    request: *const RequestBody,
    source: *const TableSource,
    now_ms: u64,
    id: *mut u32,
) -> Error {
    // SAFETY: as promised.
    let send = || unsafe {
        let request = read(request)?.get()?;
        let edge = get(edge)?;
        let id = wanted(id)?;
        let sent = write_with(read(source)?, |shape, rows| {
            edge.request_with_table(&request, shape, rows, now_ms)
        })?;
        number(id, sent)
    };
    send().into()
}

/// Queues a request that writes a property of a Thing on the platform.
///
/// Errors: as `alwayson_edge_request`.
///
/// # Safety
/// `edge` is NULL or valid; `value` is NULL, or valid with all that it borrows; the
/// texts can be read; `id` is NULL, which is no error, or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_write_property(
    edge: *mut EdgeMachine,
    thing: Slice,
    property: Slice,
    value: *const Value,
    now_ms: u64,
    id: *mut u32,
) -> Error {
    // SAFETY: as promised.
    let send = || unsafe {
        let mut place = codec::Value::Nothing;
        let value = read(value)?.get(&mut place)?;
        let thing = thing.text()?;
        let property = property.text()?;
        let id = wanted(id)?;
        number(id, get(edge)?.write_property(thing, property, &value, now_ms))
    };
    send().into()
}

/// Queues the response to a request of the platform.
///
/// Errors: `NOT_WAITING` if the request was answered before, by the machine itself if it waited too
/// long; `ENDED`; `OUTBOX_FULL`, `MESSAGE_TOO_LONG` or those of `alwayson_encode`, after which the
/// request can still be answered.
///
/// # Safety
/// `edge` is NULL or valid; `response` is NULL, or valid with all that it borrows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_respond(
    edge: *mut EdgeMachine,
    id: u32,
    response: *const ResponseBody,
) -> Error {
    // SAFETY: as promised.
    let send = || unsafe {
        let mut place = codec::Value::Nothing;
        let response = read(response)?.get(&mut place)?;
        let edge = get(edge)?;
        Ok(edge.respond(inbound(edge, id)?, &response)?)
    };
    send().into()
}

/// Queues a response that carries one value: `SUCCESS`, and a table with one field of this name
/// and one row. The field has the name of the property if a property was read, and `result` if
/// a service was called. A platform does not accept a value without a table for either. If
/// there is no result, as after a write, use `alwayson_edge_respond`.
///
/// Errors: as `alwayson_edge_respond`.
///
/// # Safety
/// `edge` is NULL or valid; `name` can be read; `value` is NULL, or valid with all
/// that it borrows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_respond_value(
    edge: *mut EdgeMachine,
    id: u32,
    name: Slice,
    value: *const Value,
) -> Error {
    // SAFETY: as promised.
    let send = || unsafe {
        let mut place = codec::Value::Nothing;
        let value = read(value)?.get(&mut place)?;
        let name = name.text()?;
        let edge = get(edge)?;
        Ok(edge.respond_value(inbound(edge, id)?, name, &value)?)
    };
    send().into()
}

/// Queues a response whose table is written by callbacks, which must not use this edge.
///
/// Errors: as `alwayson_edge_respond` and `alwayson_encode_with_table`.
///
/// # Safety
/// As `alwayson_edge_respond`; `source` is NULL, or valid as its type says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_respond_with_table(
    edge: *mut EdgeMachine,
    id: u32,
    response: *const ResponseBody,
    source: *const TableSource,
) -> Error {
    // SAFETY: as promised.
    let send = || unsafe {
        let mut place = codec::Value::Nothing;
        let response = read(response)?.get(&mut place)?;
        let edge = get(edge)?;
        let inbound = inbound(edge, id)?;
        let sent = write_with(read(source)?, |shape, rows| {
            edge.respond_with_table(inbound, &response, shape, rows)
        })?;
        Ok(sent?)
    };
    send().into()
}

/// Leaves the platform: sends the queued messages, unbinds the names and closes.
///
/// # Safety
/// `edge` is NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_leave(edge: *mut EdgeMachine, now_ms: u64) -> Error {
    // SAFETY: as promised.
    unsafe { get(edge) }.map(|edge| edge.leave(now_ms)).into()
}

fn request(
    thing: Slice,
    name: Slice,
    new: impl FnOnce(&'static str, &'static str) -> Request<'static>,
) -> RequestBody {
    let mut request = RequestBody::of(&new("", ""));
    (request.entity_name, request.characteristic_name) = (thing, name);
    request
}

/// Returns a request to read a property of a Thing; `*` means all properties.
/// The texts are checked when it is sent.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_read_property(thing: Slice, property: Slice) -> RequestBody {
    request(thing, property, Request::read_property)
}

/// Returns a request to call a service of a Thing.
/// The texts are checked when it is sent.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_invoke_service(thing: Slice, service: Slice) -> RequestBody {
    request(thing, service, Request::invoke_service)
}

/// Returns a request to fire an event of a Thing.
/// The texts are checked when it is sent.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_fire_event(thing: Slice, event: Slice) -> RequestBody {
    request(thing, event, Request::fire_event)
}

/// Returns a response with this status, without reason and content. A number below 0x40, which is
/// not a status, becomes `INTERNAL_SERVER_ERROR`.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_response(status: u8) -> ResponseBody {
    let status = Status::from_u8(status).unwrap_or(Status::INTERNAL_SERVER_ERROR);
    ResponseBody::of(&Response::new(status))
}
