//! Splits a message into chunks.

#![no_std]
#![no_main]

use core::hint::black_box;

use alwayson_codec::Split;
use alwayson_links::{input, output, program};

program!(run);

fn run() {
    let mut buffer = [0; 64];
    let Ok(mut split) = Split::new(input(), black_box(40)) else { return };
    black_box(split.count());
    while let Ok(Some(len)) = split.next_chunk(output(&mut buffer)) {
        black_box(len);
    }
}
