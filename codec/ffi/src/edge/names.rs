//! The names of an edge: bound, and to be bound.

use alwayson_codec::connection::edge::NameState;

use super::{EdgeMachine, get, see};
use crate::error::Error;
use crate::slice::Slice;

/// Where a name stands.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlwaysonName {
    /// It is not known.
    Unknown = 0,
    /// It is not bound.
    Unbound = 1,
    /// A BIND waits for its answer.
    Binding = 2,
    /// The platform may send requests to it.
    Bound = 3,
    /// The platform refuses it; it is tried again later.
    Refused = 4,
    /// An UNBIND waits for its answer.
    Unbinding = 5,
}

/// Wants a name bound: at once, or when AUTH has succeeded. A name that is refused
/// is tried again.
///
/// Errors: `TOO_MANY_NAMES`; `NAME_TOO_LONG` for a BIND within the chunk size;
/// `INVALID_UTF8`.
///
/// # Safety
/// `edge` is NULL or valid. `name` can be read, and is unchanged as long as the
/// edge is used: only the pointer is kept.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_bind(edge: *mut EdgeMachine, name: Slice) -> Error {
    // SAFETY: as promised.
    let bind = || unsafe { Ok(get(edge)?.bind(name.text()?)?) };
    bind().into()
}

/// Wants a name unbound; it stays known. `alwayson_edge_bind` binds it again.
///
/// Errors: `UNKNOWN_NAME`.
///
/// # Safety
/// `edge` is NULL or valid; `name` can be read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_unbind(edge: *mut EdgeMachine, name: Slice) -> Error {
    // SAFETY: as promised.
    let unbind = || unsafe { Ok(get(edge)?.unbind(name.text()?)?) };
    unbind().into()
}

/// Wants a name unbound and forgotten; its place is free once that was answered
/// and told.
///
/// Errors: `UNKNOWN_NAME`.
///
/// # Safety
/// `edge` is NULL or valid; `name` can be read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_remove(edge: *mut EdgeMachine, name: Slice) -> Error {
    // SAFETY: as promised.
    let remove = || unsafe { Ok(get(edge)?.remove(name.text()?)?) };
    remove().into()
}

/// Where a name stands.
///
/// # Safety
/// `edge` is NULL or valid; `name` can be read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_name(edge: *const EdgeMachine, name: Slice) -> AlwaysonName {
    // SAFETY: as promised.
    let (Ok(edge), Ok(name)) = (unsafe { (see(edge), name.text()) }) else {
        return AlwaysonName::Unknown;
    };
    let state = edge.names().find(|(known, _, _)| *known == name).map(|(_, state, _)| state);
    match state {
        None => AlwaysonName::Unknown,
        Some(NameState::Unbound) => AlwaysonName::Unbound,
        Some(NameState::Binding) => AlwaysonName::Binding,
        Some(NameState::Bound) => AlwaysonName::Bound,
        Some(NameState::Refused) => AlwaysonName::Refused,
        Some(NameState::Unbinding) => AlwaysonName::Unbinding,
    }
}
