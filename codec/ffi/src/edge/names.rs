//! The names of an edge, bound and to be bound.

use alwayson_codec::connection::edge::NameState;

use super::{EdgeMachine, get, see};
use crate::error::Error;
use crate::slice::Slice;

/// The state of a name.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlwaysonName {
    /// It is not known.
    Unknown = 0,
    /// It is not bound.
    Unbound = 1,
    /// A BIND waits for its answer.
    Binding = 2,
    /// The platform may send requests for it.
    Bound = 3,
    /// The platform refused it. It is tried again later.
    Refused = 4,
    /// An UNBIND waits for its answer.
    Unbinding = 5,
}

/// Adds a name, which is bound as soon as AUTH has succeeded. A refused name is tried again now.
///
/// Errors: `TOO_MANY_NAMES`; `NAME_TOO_LONG` if a BIND of the name exceeds the chunk size;
/// `INVALID_UTF8`.
///
/// # Safety
/// `edge` is NULL or valid. `name` can be read, and is unchanged as long as the edge is used, which
/// stores only the pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_bind(edge: *mut EdgeMachine, name: Slice) -> Error {
    // SAFETY: as promised.
    let bind = || unsafe { Ok(get(edge)?.bind(name.text()?)?) };
    bind().into()
}

/// Unbinds a name. It keeps its place, and `alwayson_edge_bind` binds it again.
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

/// Unbinds a name and removes it. Its place is free when the platform has answered and the
/// event was returned.
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

/// Returns the state of a name.
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
