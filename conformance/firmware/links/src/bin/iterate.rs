//! Iterates over all parts of a decoded message.

#![no_std]
#![no_main]

use core::hint::black_box;

use alwayson_codec::{Body, InfoTable, Message, Value};
use alwayson_links::{input, program};

program!(run);

fn run() {
    let Ok((message, _)) = Message::decode(input()) else { return };
    match message.body {
        Body::Auth(auth) | Body::ClearAuth(auth) => auth.claims.iter().for_each(|claim| {
            black_box((claim.name.as_str(), claim.value.expose().as_str()));
        }),
        Body::Bind(bind) | Body::Unbind(bind) => bind.names.iter().for_each(|name| {
            black_box(name.as_str());
        }),
        Body::Request(request) => {
            request.headers.iter().for_each(|header| {
                black_box((header.name.as_str(), header.value.as_str()));
            });
            if let Some(table) = request.params {
                walk(&table);
            }
        }
        Body::Response(response) => value(&response.content),
        Body::Chunk(_) | Body::KeepAlive => {}
    }
}

fn walk(table: &InfoTable<'_>) {
    for field in table.fields() {
        black_box(field.name.as_str());
        field.aspects.iter().for_each(|aspect| value(&aspect.value));
    }
    for row in table.rows() {
        row.cells().for_each(|cell| value(&cell));
        black_box((row.get("value"), row.cell(black_box(3))));
    }
    black_box((table.value("result"), table.row(black_box(7))));
}

fn value(value: &Value<'_>) {
    black_box((value.base_type(), value.is_nothing(), value.innermost()));
    black_box((value.as_str(), value.as_f64(), value.as_i32(), value.as_i64(), value.as_bool()));
    black_box((value.as_datetime(), value.as_location(), value.as_bytes(), value.as_table()));
    black_box(*value == value.innermost());
}
