//! Messages whose work could grow faster than their length: each shape in two lengths.

#![expect(unreachable_pub, reason = "each bench is a crate of its own")]

use alwayson_codec::{Body, Message};

/// The shorter length, about, in bytes; the longer one is twice that.
const LEN: usize = 16 * 1024;

/// A header with this code.
fn header(code: u8) -> Vec<u8> {
    vec![1, code, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 77, 0]
}

/// A SUCCESS whose content is a table of these parts, the middle one repeated.
fn table(begin: &[u8], repeated: &[u8], end: &[u8], len: usize) -> Vec<u8> {
    let mut bytes = header(0x40);
    bytes.extend([0, 5]);
    bytes.extend(begin);
    bytes.extend(repeated.repeat(len / repeated.len()));
    bytes.extend(end);
    bytes
}

/// A BIND of this name, repeated.
fn names(name: &[u8], len: usize) -> Vec<u8> {
    let count = len / name.len();
    let mut bytes = header(0x0A);
    bytes.push(0);
    bytes.extend(u16::try_from(count).unwrap().to_be_bytes());
    bytes.extend(name.repeat(count));
    bytes
}

/// A row whose cell is sixteen containers, one in the other.
fn nested() -> Vec<u8> {
    let mut cell = vec![0xFF];
    for level in 0..15 {
        cell = match level % 2 {
            0 => [&[18][..], &cell].concat(),
            _ => [&[5, 0, 1, 0, 1][..], &cell, &[0]].concat(),
        };
    }
    [&[1, 0, 1][..], &cell].concat()
}

/// Returns the message of this shape, `times` as long as the shorter one.
pub fn shape(name: &str, times: usize) -> &'static [u8] {
    let len = LEN * times;
    let bytes = match name {
        "rows without cells" => table(&[0], &[1, 0, 0], &[0], len),
        "fields" => table(&[], &[1, 1, b'f', 0, 0, 0, 0], &[0, 0], len),
        "cells of one row" => {
            let [high, low] = u16::try_from(len).unwrap().to_be_bytes();
            table(&[0, 1, high, low], &[0xFF], &[0], len)
        }
        "nested tables and variants" => table(&[0], &nested(), &[0], len),
        "empty strings" => table(&[0], &[1, 0, 2, 0, 0, 0, 0], &[0], len),
        "names" => names(&[1, b'n'], len),
        "empty names" => names(&[0], len),
        other => panic!("no shape {other}"),
    };
    bytes.leak()
}

/// Decodes a message, walks through it and shows it. Returns how much was seen.
pub fn walk(bytes: &[u8]) -> usize {
    let message = Message::decode_exact(bytes).unwrap();
    let seen = match message.body {
        Body::Response(response) => {
            let table = response.content.as_table().unwrap();
            let aspects = table.fields().map(|field| field.aspects.iter().count());
            let cells = table.rows().map(|row| row.cells().count());
            aspects.sum::<usize>() + cells.sum::<usize>()
        }
        Body::Bind(bind) => bind.names.iter().count(),
        other => panic!("{other:?}"),
    };
    seen + message.dump().to_string().len()
}
