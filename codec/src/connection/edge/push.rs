//! Pushed properties: how an edge reports values that have changed (PROTOCOL.md §3).

use super::Connection;
use crate::connection::error::CallError;
use crate::connection::pending::RequestId;
use crate::connection::storage::Storage;
use crate::wire::codes::BaseType;
use crate::wire::request::Request;
use crate::wire::scalar::DateTime;
use crate::wire::table_writer::{RowsWriter, ShapeWriter};
use crate::wire::text::Text;
use crate::wire::value::Value;

/// The value of a property at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pushed<'v> {
    /// The name of the property.
    pub name: &'v str,
    /// Its value.
    pub value: Value<'v>,
    /// When the property had this value.
    pub time: DateTime,
    /// The quality: GOOD, BAD, UNKNOWN, `OUT_OF_RANGE` or `UNVERIFIED_SOURCE`.
    pub quality: &'v str,
}

impl<'v> Pushed<'v> {
    /// Creates a value of the quality GOOD.
    pub fn good(name: &'v str, value: impl Into<Value<'v>>, time: DateTime) -> Self {
        Self { name, value: value.into(), time, quality: "GOOD" }
    }
}

impl<S: Storage> Connection<S> {
    /// Queues a request with values of properties of a Thing:
    /// `UpdateSubscribedPropertyValues`. Its answer or failure is returned like that of any
    /// [`request`](Self::request).
    ///
    /// ```
    /// use alwayson_codec::DateTime;
    /// use alwayson_codec::connection::edge::{Connection, Pushed};
    /// use alwayson_codec::connection::{CallError, Storage};
    ///
    /// fn push<S: Storage>(
    ///     edge: &mut Connection<S>,
    ///     utc_ms: i64,
    ///     now_ms: u64,
    /// ) -> Result<(), CallError> {
    ///     let time = DateTime::from_millis(utc_ms);
    ///     let values = [
    ///         Pushed::good("Temperature", 21.5, time),
    ///         Pushed { quality: "BAD", ..Pushed::good("Pressure", 0.0, time) },
    ///     ];
    ///     edge.push_properties("SteamSensor1", values, now_ms)?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// Values that are pushed before the platform has synchronised its subscriptions may be
    /// lost (PROTOCOL.md §3).
    ///
    /// # Errors
    /// As [`request`](Self::request).
    pub fn push_properties<'v>(
        &mut self,
        thing: &str,
        values: impl IntoIterator<Item = Pushed<'v>>,
        now_ms: u64,
    ) -> Result<RequestId, CallError> {
        let request = Request::invoke_service(thing, "UpdateSubscribedPropertyValues");
        let shape = |shape: &mut ShapeWriter<'_, '_>| shape.field("values", BaseType::INFOTABLE);
        let lines = |rows: &mut RowsWriter<'_, '_>| {
            for value in values {
                line(rows, &value);
            }
        };
        let rows = |rows: &mut RowsWriter<'_, '_>| rows.row(|row| row.table(fields, lines));
        self.request_with_table(&request, shape, rows, now_ms)
    }
}

fn fields(shape: &mut ShapeWriter<'_, '_>) {
    shape.field("name", BaseType::STRING);
    shape.field("value", BaseType::VARIANT);
    shape.field("time", BaseType::DATETIME);
    shape.field("quality", BaseType::STRING);
}

fn line(rows: &mut RowsWriter<'_, '_>, pushed: &Pushed<'_>) {
    rows.row(|row| {
        row.cell(Text::new(pushed.name));
        row.variant(pushed.value);
        row.cell(pushed.time);
        row.cell(Text::new(pushed.quality));
    });
}
