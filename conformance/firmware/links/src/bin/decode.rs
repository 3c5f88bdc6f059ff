//! Decodes messages, and headers without their bodies.

#![no_std]
#![no_main]

use core::hint::black_box;

use alwayson_codec::{Header, Message};
use alwayson_links::{input, program};

program!(run);

fn run() {
    black_box(Header::decode(input()).is_ok());
    black_box(Message::decode(input()).is_ok());
    black_box(Message::decode_exact(input()).is_ok());
}
