//! The edge's side of a connection.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `settings.rs` | times and sizes; when to connect again |
//! | `names.rs` | the names: bound, and to be bound |
//! | `receive.rs` | what comes in |
//! | `send.rs` | what goes out |
//! | `push.rs` | pushed properties |
//! | `events.rs` | what has happened; where the connection stands |

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

/// How many names an edge can have.
pub const ALWAYSON_EDGE_NAMES: usize = 16;
/// How many of its requests can wait for their answers.
pub const ALWAYSON_EDGE_REQUESTS: usize = 8;
/// How many requests of the platform can wait for their answers.
pub const ALWAYSON_EDGE_INBOUND: usize = 8;

/// The size of an edge, in words of eight bytes, its outbox not counted.
#[cfg(target_pointer_width = "64")]
pub const ALWAYSON_EDGE_WORDS: usize = 184;
/// The size of an edge, in words of eight bytes, its outbox not counted.
#[cfg(target_pointer_width = "32")]
pub const ALWAYSON_EDGE_WORDS: usize = 152;

/// The edge's side of a connection, without I/O and clock. It lives as long as the
/// device: after the end of one connection `alwayson_edge_reopen` makes it ready
/// for the next. Made in its place, it can be moved afterwards.
///
/// Calls come in this order; what does not fit into it does no harm, and is told.
///
/// 1. The WebSocket is open: `alwayson_edge_handle_opened` writes the AUTH. Send
///    it.
/// 2. Until nothing is left: send what `alwayson_edge_poll_transmit` writes, then
///    act on what `alwayson_edge_poll_event` tells.
/// 3. Wait for the WebSocket, and no longer than `alwayson_edge_poll_timeout`
///    says.
/// 4. Tell what came: `alwayson_edge_handle_received`, and answer the request that
///    it hands out; `_handle_ping`, `_handle_pong`, `_handle_closed`; nothing in
///    time: `_handle_timeout`.
/// 5. Calls of the application, whenever they come. Back to 2.
#[repr(C)]
pub struct EdgeMachine {
    /// 0: there is none.
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

/// The size of an edge, as `sizeof(alwayson_edge_t)`: for a check that header and
/// library are of one build.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_edge_size() -> usize {
    size_of::<EdgeMachine>()
}

/// How an edge has to be aligned, in bytes.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_edge_align() -> usize {
    align_of::<EdgeMachine>()
}

/// Makes an edge that is not connected, with memory for messages that wait to be
/// sent: the longest of the application's, and six bytes for each.
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

/// Makes an edge that stands before its Things as a gateway of this name and type.
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
