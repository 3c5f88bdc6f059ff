//! Writes every message to a byte stream.

#![no_std]
#![no_main]

use core::hint::black_box;

use alwayson_codec::Message;
use alwayson_links::{input, program};

program!(run);

struct Wire;

impl embedded_io::ErrorType for Wire {
    type Error = embedded_io::ErrorKind;
}

impl embedded_io::Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        // This proof does not cover a driver that returns more bytes than it was given.
        Ok(black_box(bytes).len())
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

fn run() {
    if let Ok((message, _)) = Message::decode(input()) {
        black_box(message.write_to(&mut Wire).is_ok());
    }
}
