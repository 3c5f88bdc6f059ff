//! What goes out.

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

/// What is to be sent.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlwaysonTransmit {
    /// Nothing.
    Nothing = 0,
    /// One binary message: the first `len` bytes of the buffer.
    Message = 1,
    /// A ping.
    Ping = 2,
    /// A close with `close_code`. Nothing is sent after it.
    Close = 3,
}

/// The next thing to send over the WebSocket.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Transmission {
    /// What it is.
    pub kind: AlwaysonTransmit,
    /// The code of a close, as RFC 6455 counts them.
    pub close_code: u16,
    /// The length of a message.
    pub len: usize,
}

/// The WebSocket is open: writes AUTH into the buffer. Send it before anything
/// else. The key is read here, and kept nowhere.
///
/// Errors: `WRONG_STATE` but for the first call; `BUFFER_TOO_SMALL`, and then `at`
/// is what is needed. Then nothing has happened.
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

/// Writes what is to be sent next into the buffer. Call it again until that is
/// nothing.
///
/// Errors: `BUFFER_TOO_SMALL`, and nothing has changed; as long as the chunk size,
/// and as 512 bytes, it is always large enough.
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

/// Tells the caller the number of his request.
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

/// Sends a request. Its answer comes by `alwayson_edge_handle_received`, its
/// failure by `alwayson_edge_poll_event`, one of both and once, with the same
/// `id`.
///
/// Errors: `NOT_AUTHENTICATED`, `LEAVING`, `ENDED`; `TOO_MANY_REQUESTS`,
/// `OUTBOX_FULL`, `MESSAGE_TOO_LONG`; what `alwayson_encode` says. Then nothing is
/// sent.
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

/// Sends a request with parameters that are written on the spot. The functions of
/// the source do not call this edge.
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

/// Sends the request to write a property of a Thing: on the platform, that of the
/// Thing which the edge stands for.
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

/// Answers a request that was handed out.
///
/// Errors: `NOT_WAITING` where it was answered already, by the machine if it
/// waited too long; `ENDED`; `OUTBOX_FULL`, `MESSAGE_TOO_LONG`, what
/// `alwayson_encode` says: then it can still be answered.
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

/// Answers a request with one value: `SUCCESS`, and a table of one field of this name
/// and one row. The field is named as the property for a read of one, and `result`
/// for a service; a platform takes the bare value for neither. For what has no
/// result, such as a write, there is `alwayson_edge_respond`.
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

/// Answers a request with a table that is written on the spot. The functions of
/// the source do not call this edge.
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

/// Leaves: sends what was said before, unbinds the names, closes.
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

/// A request to read a property of a Thing; `*`: all of them.
/// The texts are looked at when it is sent.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_read_property(thing: Slice, property: Slice) -> RequestBody {
    request(thing, property, Request::read_property)
}

/// A request to call a service of a Thing.
/// The texts are looked at when it is sent.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_invoke_service(thing: Slice, service: Slice) -> RequestBody {
    request(thing, service, Request::invoke_service)
}

/// A request to fire an event of a Thing.
/// The texts are looked at when it is sent.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_fire_event(thing: Slice, event: Slice) -> RequestBody {
    request(thing, event, Request::fire_event)
}

/// A response of this status without reason and content. A number that is no
/// status, below 0x40, is `INTERNAL_SERVER_ERROR`.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_response(status: u8) -> ResponseBody {
    let status = Status::from_u8(status).unwrap_or(Status::INTERNAL_SERVER_ERROR);
    ResponseBody::of(&Response::new(status))
}
