//! Encoders for messages of the application, which run when the ids of the message are
//! known.

use crate::error::EncodeError;
use crate::wire::codes::Status;
use crate::wire::header::Ids;
use crate::wire::message::{Body, Message};
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::table_writer::{RowsWriter, ShapeWriter};
use crate::wire::value::Value;

/// The length of the encoded message in bytes.
pub(crate) type Encoded = Result<usize, EncodeError>;

/// Encodes a message with this body.
pub(crate) fn whole(body: Body<'_>) -> impl FnOnce(Ids, &mut [u8]) -> Encoded {
    move |ids, buffer| Message { ids, body }.encode(buffer)
}

/// Encodes a message with this body and a table that closures write.
pub(crate) fn with_table(
    body: Body<'_>,
    shape: impl FnOnce(&mut ShapeWriter<'_, '_>),
    rows: impl FnOnce(&mut RowsWriter<'_, '_>),
) -> impl FnOnce(Ids, &mut [u8]) -> Encoded {
    move |ids, buffer| Message { ids, body }.encode_with_table(buffer, shape, rows)
}

/// Encodes a request that writes a property (PROTOCOL.md §3).
pub(crate) fn write_property<'v>(
    thing: &'v str,
    property: &'v str,
    value: &'v Value<'v>,
) -> impl FnOnce(Ids, &mut [u8]) -> Encoded + use<'v> {
    let request = Request::write_property(thing, property);
    with_value(Body::Request(request), property, value)
}

/// Encodes a response with one value: SUCCESS (PROTOCOL.md §3).
pub(crate) fn response_value<'v>(
    name: &'v str,
    value: &'v Value<'v>,
) -> impl FnOnce(Ids, &mut [u8]) -> Encoded + use<'v> {
    with_value(Body::Response(Response::new(Status::SUCCESS)), name, value)
}

/// Encodes a message with a table that has one field of this name and one row.
fn with_value<'v>(
    body: Body<'v>,
    name: &'v str,
    value: &'v Value<'v>,
) -> impl FnOnce(Ids, &mut [u8]) -> Encoded + use<'v> {
    move |ids, buffer| {
        let shape = |shape: &mut ShapeWriter<'_, '_>| shape.field(name, value.base_type());
        let rows = |rows: &mut RowsWriter<'_, '_>| rows.row(|row| row.cell(*value));
        Message { ids, body }.encode_with_table(buffer, shape, rows)
    }
}
