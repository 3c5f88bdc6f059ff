//! Writes tables, both separately and into a message.

#![no_std]
#![no_main]

use core::hint::black_box;

use alwayson_codec::{
    Aspect, BaseType, Body, Characteristic, Ids, Message, Method, Request, RowsWriter, ShapeWriter,
    TableWriter,
};
use alwayson_links::{output, program};

program!(run);

fn run() {
    let mut buffer = [0; 256];
    black_box(TableWriter::write(output(&mut buffer), shape, rows).is_ok());
    let body = Request::new(Method::Post, "Thing", Characteristic::SERVICES, "Service");
    let message = Message { ids: Ids::unauthenticated(2), body: Body::Request(body) };
    black_box(message.encode_with_table(output(&mut buffer), shape, rows).is_ok());
}

fn shape(shape: &mut ShapeWriter<'_, '_>) {
    shape.field("name", BaseType::STRING);
    let aspects = [Aspect::new("isReadOnly", black_box(true).into())];
    shape.field_with("table", "of numbers", BaseType::INFOTABLE, aspects);
}

fn rows(rows: &mut RowsWriter<'_, '_>) {
    rows.row(|row| {
        row.cell(black_box("Temperature"));
        row.variant(black_box(21.5));
        row.cell([black_box(1.5), 2.5]);
        row.table(
            |shape| shape.field("n", BaseType::NUMBER),
            |rows| rows.row(|row| row.cell(black_box(2_i32))),
        );
        row.variant_table(
            |shape| shape.field("v", BaseType::NUMBER),
            |rows| rows.row(|row| row.cell(black_box(3_i32))),
        );
    });
}
