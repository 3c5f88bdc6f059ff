//! Messages that are encoded in advance, or in memory.

use alwayson_codec::{BaseType, Body, DateTime, Ids, Message, Request, TableWriter, Value};
use bytes::Bytes;

/// The property that is pushed.
pub(crate) const PROPERTY: &str = "Temperature";

/// Returns the name of the Thing of an edge. All names have the same length.
pub(crate) fn name(edge: usize) -> String {
    format!("Thing{edge:06}")
}

/// Encodes a message.
pub(crate) fn encode(ids: Ids, body: Body<'_>) -> Bytes {
    Message { ids, body }.encode_to_vec().expect("a short message").into()
}

/// Encodes a push of the property.
pub(crate) fn push(ids: Ids, thing: &str) -> Bytes {
    let mut memory = [0; 128];
    let values = TableWriter::write(
        &mut memory,
        |shape| {
            shape.field("name", BaseType::STRING);
            shape.field("value", BaseType::VARIANT);
            shape.field("time", BaseType::DATETIME);
            shape.field("quality", BaseType::STRING);
        },
        |rows| {
            rows.row(|row| {
                row.cell(PROPERTY);
                row.variant(Value::Number(21.5));
                row.cell(DateTime::from_millis(1_790_000_000_000));
                row.cell("GOOD");
            });
        },
    );
    let values = values.expect("room");
    let mut memory = [0; 192];
    let params = TableWriter::write(
        &mut memory,
        |shape| shape.field("values", BaseType::INFOTABLE),
        |rows| rows.row(|row| row.cell(values)),
    );
    let params = Some(params.expect("room"));
    let service = Request::invoke_service(thing, "UpdateSubscribedPropertyValues");
    encode(ids, Body::Request(Request { params, ..service }))
}
