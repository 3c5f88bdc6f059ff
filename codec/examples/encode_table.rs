//! Encodes a push of two properties, as an edge sends it, directly into a buffer: without
//! allocation, and without a table in memory.
//!
//! ```sh
//! cargo run -p alwayson-codec --example encode_table
//! ```
//!
//! You see the bytes in hex, and the decoded message.

use alwayson_codec::{
    BaseType, Body, DateTime, EncodeError, Ids, Location, Message, Request, TableWriter, Value,
};

fn main() -> Result<(), EncodeError> {
    let now = DateTime::from_millis(1_790_000_000_000);
    let place = Value::Location(Location { longitude: 8.68, latitude: 50.11, elevation: 112.0 });
    let mut memory = [0; 256];
    let values = TableWriter::write(
        &mut memory,
        |shape| {
            shape.field("name", BaseType::STRING);
            shape.field("value", BaseType::VARIANT);
            shape.field("time", BaseType::DATETIME);
            shape.field("quality", BaseType::STRING);
        },
        |rows| {
            for (name, value) in [("Temperature", Value::Number(21.5)), ("Place", place)] {
                rows.row(|row| {
                    row.cell(name);
                    row.variant(value);
                    row.cell(now);
                    row.cell("GOOD");
                });
            }
        },
    )?;
    // The parameters of the service: one row, which contains a table.
    let mut memory = [0; 512];
    let params = TableWriter::write(
        &mut memory,
        |shape| shape.field("values", BaseType::INFOTABLE),
        |rows| rows.row(|row| row.cell(values)),
    )?;
    let service = Request::invoke_service("SteamSensor1", "UpdateSubscribedPropertyValues");
    let body = Body::Request(Request { params: Some(params), ..service });
    let message = Message { ids: Ids { request: 7, endpoint: 0, session: 77 }, body };

    let mut frame = [0; 1024];
    let len = message.encode(&mut frame)?;
    assert_eq!(len, message.encoded_len()?);
    for byte in &frame[..len] {
        print!("{byte:02x}");
    }
    println!("\n{}", message.dump());
    Ok(())
}
