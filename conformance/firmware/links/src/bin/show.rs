//! Formats every error and every code with `Display`. (`Debug` is not used:
//! its implementation in core can panic, so a device uses `Display` or defmt.)

#![no_std]
#![no_main]

use core::fmt::{Display, Write};
use core::hint::black_box;

use alwayson_codec::connection::{BufferTooSmall, CallError};
use alwayson_codec::{
    BaseType, Code, Counted, DecodeErrorKind, EncodeError, EntityType, JoinError, Message, Method,
    SplitError, Status,
};
use alwayson_links::{Formatted, input, program};

program!(run);

fn run() {
    let number = black_box(input().len()).to_le_bytes()[0];
    if let Err(error) = Message::decode(input()) {
        show(&error);
        show(&SplitError::NotAMessage(error));
    }
    show(&black_box(DecodeErrorKind::InvalidUtf8));
    for error in [EncodeError::TooMany(Counted::Names), EncodeError::BufferTooSmall { needed: 7 }] {
        show(&black_box(error));
        show(&CallError::Encode(black_box(error)));
    }
    show(&black_box(SplitError::TooManyChunks));
    show(&black_box(JoinError::TooLarge { limit: 7 }));
    show(&BufferTooSmall { needed: black_box(7) });
    show(&EntityType::from_u8(number));
    if let (Some(status), Some(code)) = (Status::from_u8(number), Code::from_u8(number)) {
        show(&status);
        show(&code);
    }
    show(&BaseType::from_u8(number));
    if let Some(method) = Method::from_u8(number) {
        show(&method);
    }
}

fn show(what: &impl Display) {
    black_box(write!(Formatted, "{what}").is_ok());
}
