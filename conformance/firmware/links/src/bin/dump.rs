//! Formats every message and every error of decoding.

#![no_std]
#![no_main]

use core::fmt::Write;
use core::hint::black_box;

use alwayson_codec::Message;
use alwayson_links::{Formatted, input, program};

program!(run);

fn run() {
    let shown = match Message::decode(input()) {
        Ok((message, _)) => write!(Formatted, "{}", message.dump()),
        Err(error) => write!(Formatted, "{error}"),
    };
    black_box(shown.is_ok());
}
