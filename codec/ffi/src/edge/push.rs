//! Pushed properties: how an edge reports values that have changed.

use alwayson_codec::DateTime;
use alwayson_codec::connection::edge::Pushed;

use super::{EdgeMachine, get, send::number};
use crate::error::{AlwaysonError, Error};
use crate::slice::{Slice, read, wanted};
use crate::value::Value;

/// The value of a property at a time.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PushedValue {
    /// The name of the property.
    pub name: Slice,
    /// Its value: any but a new VARIANT.
    pub value: Value,
    /// When the property had this value, in milliseconds since 1970-01-01 UTC.
    pub time_ms: i64,
    /// GOOD, BAD, UNKNOWN, `OUT_OF_RANGE` or `UNVERIFIED_SOURCE`; GOOD if its `ptr`
    /// is NULL.
    pub quality: Slice,
}

/// Queues a request with values of properties of a Thing. Its answer or failure is returned
/// like that of any request.
///
/// Errors: as `alwayson_edge_request`.
///
/// # Safety
/// `edge` is NULL or valid; `count` values can be read at `values`, and what they
/// borrow; `thing` can be read; `id` is NULL, which is no error, or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_edge_push_properties(
    edge: *mut EdgeMachine,
    thing: Slice,
    values: *const PushedValue,
    count: usize,
    now_ms: u64,
    id: *mut u32,
) -> Error {
    // SAFETY: as promised.
    let push = || unsafe {
        let edge = get(edge)?;
        let thing = thing.text()?;
        let id = wanted(id)?;
        if isize::try_from(count.saturating_mul(size_of::<PushedValue>())).is_err() {
            return Err(AlwaysonError::TooLong.into());
        }
        let mut pushed: &[PushedValue] = &[];
        if count > 0 {
            read(values)?;
            pushed = core::slice::from_raw_parts(values, count);
        }
        // All are looked at before anything is written.
        for value in pushed {
            as_codec(value)?;
        }
        let values = pushed.iter().filter_map(|value| as_codec(value).ok());
        number(id, edge.push_properties(thing, values, now_ms))
    };
    push().into()
}

/// # Safety
/// What the value borrows from is unchanged.
unsafe fn as_codec(pushed: &PushedValue) -> Result<Pushed<'_>, Error> {
    // SAFETY: as promised.
    unsafe {
        let name = pushed.name.text()?;
        let value = pushed.value.plain()?;
        let good = Pushed::good(name, value, DateTime::from_millis(pushed.time_ms));
        let is_good = pushed.quality.is_none();
        Ok(if is_good { good } else { Pushed { quality: pushed.quality.text()?, ..good } })
    }
}
