//! S10: the work that a message makes grows as its length does, whatever is in it.

use std::time::{Duration, Instant};

use alwayson_codec::{Body, Message};

/// Twice as much takes twice the time; work that grows with the square takes four
/// times. The rest is for a machine that does other things as well.
const MOST: u32 = 3;

/// How long a message is, about; four times that is compared with it.
const LEN: usize = if cfg!(miri) { 512 } else { 16 * 1024 };

/// A header with this code.
fn header(code: u8) -> Vec<u8> {
    vec![1, code, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 77, 0]
}

/// A SUCCESS whose content is a table that begins so, goes on with so many
/// repetitions, and ends so.
fn table(begin: &[u8], repeated: &[u8], end: &[u8], len: usize) -> Vec<u8> {
    let mut bytes = header(0x40);
    bytes.extend([0, 5]);
    bytes.extend(begin);
    bytes.extend(repeated.repeat(len / repeated.len()));
    bytes.extend(end);
    bytes
}

/// A BIND of as many names.
fn names(name: &[u8], len: usize) -> Vec<u8> {
    let count = len / name.len();
    let mut bytes = header(0x0A);
    bytes.push(0);
    bytes.extend(u16::try_from(count).unwrap().to_be_bytes());
    bytes.extend(name.repeat(count));
    bytes
}

/// Sixteen containers, one in the other, as a cell.
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

/// The least time that it takes to decode a message, walk through it and show it.
fn time(bytes: &[u8]) -> Duration {
    let runs = if cfg!(miri) { 1 } else { 15 };
    (0..runs).map(|_| once(bytes)).min().unwrap()
}

fn once(bytes: &[u8]) -> Duration {
    let begin = Instant::now();
    let message = Message::decode_exact(bytes).unwrap();
    let mut seen = 0;
    match message.body {
        Body::Response(response) => {
            let table = response.content.as_table().unwrap();
            seen += table.fields().map(|field| field.aspects.iter().count()).sum::<usize>();
            seen += table.rows().map(|row| row.cells().count()).sum::<usize>();
        }
        Body::Bind(bind) => seen += bind.names.iter().count(),
        other => panic!("{other:?}"),
    }
    seen += message.dump().to_string().len();
    assert!(seen > 0);
    begin.elapsed()
}

/// Makes a message of a shape, about so long.
type Make<'m> = Box<dyn Fn(usize) -> Vec<u8> + 'm>;

#[test]
fn s10_work_grows_with_the_length_of_a_message_and_no_faster() {
    let nested = nested();
    let shapes: [(&str, Make<'_>); 7] = [
        ("rows without cells", Box::new(|len| table(&[0], &[1, 0, 0], &[0], len))),
        ("fields", Box::new(|len| table(&[], &[1, 1, b'f', 0, 0, 0, 0], &[0, 0], len))),
        (
            "cells of one row",
            Box::new(|len| {
                let count = u16::try_from(len).unwrap().to_be_bytes();
                table(&[0, 1, count[0], count[1]], &[0xFF], &[0], len)
            }),
        ),
        ("nested tables and variants", Box::new(|len| table(&[0], &nested, &[0], len))),
        ("empty strings", Box::new(|len| table(&[0], &[1, 0, 2, 0, 0, 0, 0], &[0], len))),
        ("names", Box::new(|len| names(&[1, b'n'], len))),
        ("empty names", Box::new(|len| names(&[0], len))),
    ];
    for (shape, make) in shapes {
        // The shortest of several times is that of the work alone. A machine that was
        // busy elsewhere all the while gets another chance.
        let shortest = |len| {
            let message = make(len);
            let times = if cfg!(miri) { 1 } else { 3 };
            (0..times).map(|_| time(&message)).min().unwrap_or_default()
        };
        let is_linear = (0..6).any(|_| shortest(LEN * 2) < shortest(LEN) * MOST);
        assert!(is_linear, "{shape}");
    }
}
