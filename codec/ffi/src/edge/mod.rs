//! The edge's side of a connection.
//!
//! | file | contents |
//! | --- | --- |
//! | `settings.rs` | timeouts and sizes; when to connect again |
//! | `names.rs` | the names, bound and to be bound |
//! | `receive.rs` | incoming messages |
//! | `send.rs` | outgoing messages |
//! | `push.rs` | pushed properties |
//! | `events.rs` | events, and the state of the connection |

pub mod events;
pub mod names;
pub mod push;
pub mod receive;
pub mod send;
pub mod settings;

use core::mem::MaybeUninit;

use alwayson_codec::connection::{Fixed, InboundId, Names, Requests, Unanswered, edge};

use crate::error::{AlwaysonError, Error};
use crate::opaque::{expect, keep_in, kept_mut, kept_ref};
use crate::slice::{Slice, buffer, change, read};
use settings::EdgeSettings;

const EDGE: u32 = 0x6564_6765;

/// The largest number of names of an edge.
pub const ALWAYSON_EDGE_NAMES: usize = 16;
/// The largest number of its requests that are not answered yet.
pub const ALWAYSON_EDGE_REQUESTS: usize = 8;
/// The largest number of requests of the platform that are not answered yet.
pub const ALWAYSON_EDGE_INBOUND: usize = 8;

/// The size of an edge without its outbox, in words of eight bytes.
#[cfg(target_pointer_width = "64")]
pub const ALWAYSON_EDGE_WORDS: usize = 184;
/// The size of an edge without its outbox, in words of eight bytes.
#[cfg(target_pointer_width = "32")]
pub const ALWAYSON_EDGE_WORDS: usize = 152;

/// The edge's side of a connection, without I/O and clock. It serves as long as the device runs:
/// after the end of a connection, `alwayson_edge_reopen` prepares it for the next one. It is
/// initialised in place, and can be moved afterwards.
///
/// Calls out of order are safe: they return an error and change nothing. The order is:
///
/// 1. When the WebSocket is open, call `alwayson_edge_handle_opened`, which writes AUTH, and send
///    that.
/// 2. Send what `alwayson_edge_poll_transmit` writes until there is nothing, then handle the events
///    of `alwayson_edge_poll_event` until there is none.
/// 3. Wait for the WebSocket, but at most until the time of `alwayson_edge_poll_timeout`.
/// 4. Pass a message to `alwayson_edge_handle_received`, and answer the request that it returns.
///    Otherwise call `_handle_ping`, `_handle_pong` or `_handle_closed`, and after a timeout
///    `_handle_timeout`.
/// 5. Other calls of the application are allowed at any time. Continue with step 2.
#[repr(C)]
pub struct EdgeMachine {
    /// 0 if there is none.
    pub tag: u32,
    /// The machine.
    pub opaque: [MaybeUninit<u64>; ALWAYSON_EDGE_WORDS],
}

type Room = Fixed<
    &'static str,
    &'static mut [u8],
    Names<ALWAYSON_EDGE_NAMES>,
    Requests<ALWAYSON_EDGE_REQUESTS>,
    Unanswered<ALWAYSON_EDGE_INBOUND>,
>;
pub(crate) type Machine = edge::Connection<Room>;

/// The edge that a pointer points to.
///
/// # Safety
/// It is NULL or points to an edge that nobody else uses for `'a`, or to zeros.
pub(crate) unsafe fn get<'a>(edge: *mut EdgeMachine) -> Result<&'a mut Machine, Error> {
    // SAFETY: as promised.
    let edge = unsafe { change(edge) }?;
    expect(edge.tag, EDGE)?;
    // SAFETY: the tag says that this is one.
    Ok(unsafe { kept_mut(&mut edge.opaque) })
}

/// The edge that a pointer points to, to be looked at.
///
/// # Safety
/// It is NULL or points to an edge that nobody changes for `'a`, or to zeros.
pub(crate) unsafe fn see<'a>(edge: *const EdgeMachine) -> Result<&'a Machine, Error> {
    // SAFETY: as promised.
    let edge = unsafe { read(edge) }?;
    expect(edge.tag, EDGE)?;
    // SAFETY: the tag says that this is one.
    Ok(unsafe { kept_ref(&edge.opaque) })
}

/// The request of the platform with this number.
pub(crate) fn inbound(edge: &Machine, number: u32) -> Result<InboundId, Error> {
    let mut unanswered = edge.unanswered();
    let found = unanswered.find(|inbound| inbound.to_u32() == number);
    found.ok_or(AlwaysonError::NotWaiting.into())
}

/// Returns the size of an edge, as `sizeof(alwayson_edge_t)`, to check that header and library
/// match.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_edge_size() -> usize {
    size_of::<EdgeMachine>()
}

/// Returns the alignment of an edge in bytes.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_edge_align() -> usize {
    align_of::<EdgeMachine>()
}

/// Initialises an edge that is not connected. `outbox` is the memory for messages that wait to be
/// sent: the messages of the application, and six bytes for each.
///
/// # Safety
/// `edge` is NULL, or can be written; `settings` is NULL for the defaults, or
/// valid. `len` bytes can be read and written at `outbox`, and nobody else uses
/// them while the edge is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_init(
    edge: *mut EdgeMachine,
    settings: *const EdgeSettings,
    outbox: *mut u8,
    len: usize,
) -> Error {
    // SAFETY: as promised.
    let init = || unsafe {
        let machine = Machine::new(settings_of(settings)?, buffer(outbox, len)?);
        start(edge, machine)
    };
    init().into()
}

/// Initialises an edge that is a gateway of this name and type for its Things.
///
/// Errors: `INVALID_UTF8`, `NULL`.
///
/// # Safety
/// As `alwayson_edge_init`; the texts can be read, and are unchanged while the
/// edge is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_init_gateway(
    edge: *mut EdgeMachine,
    settings: *const EdgeSettings,
    name: Slice,
    gateway_type: Slice,
    outbox: *mut u8,
    len: usize,
) -> Error {
    // SAFETY: as promised.
    let init = || unsafe {
        let settings = settings_of(settings)?;
        let outbox = buffer(outbox, len)?;
        start(edge, Machine::gateway(settings, name.text()?, gateway_type.text()?, outbox))
    };
    init().into()
}

/// # Safety
/// The settings are NULL, or valid.
unsafe fn settings_of(settings: *const EdgeSettings) -> Result<edge::Settings, Error> {
    if settings.is_null() {
        return Ok(edge::Settings::default());
    }
    // SAFETY: as promised.
    Ok(unsafe { read(settings) }?.get())
}

/// # Safety
/// The place is NULL, or can be written.
unsafe fn start(place: *mut EdgeMachine, edge: Machine) -> Result<(), Error> {
    // SAFETY: as promised.
    let place = unsafe { change(place) }?;
    keep_in(&mut place.opaque, edge);
    place.tag = EDGE;
    Ok(())
}
