//! Pushed properties: the service by which an edge tells values that changed.

use alwayson_codec as codec;
use codec::{BaseType, DateTime, Request, RowsWriter, ShapeWriter, Text};

use super::{EdgeMachine, get, send::number};
use crate::error::{AlwaysonError, Error};
use crate::slice::{Slice, read};
use crate::value::Value;

const SERVICE: &str = "UpdateSubscribedPropertyValues";

/// The value that a property had at a time.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PushedValue {
    /// The property.
    pub name: Slice,
    /// Its value; anything but a VARIANT that was made by hand.
    pub value: Value,
    /// When it had it: milliseconds since 1970-01-01 UTC.
    pub time_ms: i64,
    /// GOOD, BAD, UNKNOWN, `OUT_OF_RANGE` or `UNVERIFIED_SOURCE`; GOOD if its `ptr`
    /// is NULL.
    pub quality: Slice,
}

/// Sends values of properties of a Thing, in one request. Its answer, or failure,
/// comes as that of any request.
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
        let (edge, thing) = (get(edge)?, thing.text()?);
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
            Pushed::of(value)?;
        }
        let request = Request::invoke_service(thing, SERVICE);
        let shape = |shape: &mut ShapeWriter<'_, '_>| shape.field("values", BaseType::INFOTABLE);
        let rows = |rows: &mut RowsWriter<'_, '_>| {
            rows.row(|row| {
                row.table(fields, |rows| pushed.iter().for_each(|value| line(rows, value)));
            });
        };
        number(id, edge.request_with_table(&request, shape, rows, now_ms))
    };
    push().into()
}

fn fields(shape: &mut ShapeWriter<'_, '_>) {
    shape.field("name", BaseType::STRING);
    shape.field("value", BaseType::VARIANT);
    shape.field("time", BaseType::DATETIME);
    shape.field("quality", BaseType::STRING);
}

/// A pushed value as the codec has it.
struct Pushed<'a> {
    name: &'a str,
    value: codec::Value<'a>,
    time: DateTime,
    quality: &'a str,
}

impl Pushed<'_> {
    /// # Safety
    /// What it borrows from is unchanged.
    unsafe fn of(pushed: &PushedValue) -> Result<Self, Error> {
        // SAFETY: as promised.
        unsafe {
            let is_good = pushed.quality.is_none();
            Ok(Self {
                name: pushed.name.text()?,
                value: pushed.value.plain()?,
                time: DateTime::from_millis(pushed.time_ms),
                quality: if is_good { "GOOD" } else { pushed.quality.text()? },
            })
        }
    }
}

/// # Safety
/// What the value borrows from is unchanged.
unsafe fn line(rows: &mut RowsWriter<'_, '_>, pushed: &PushedValue) {
    // SAFETY: as promised. It was looked at before, so there is no error.
    let Ok(Pushed { name, value, time, quality }) = (unsafe { Pushed::of(pushed) }) else { return };
    rows.row(|row| {
        row.cell(Text::new(name));
        row.variant(value);
        row.cell(time);
        row.cell(quality);
    });
}
