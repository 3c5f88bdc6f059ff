//! Joins chunks into messages.

#![no_std]
#![no_main]

use core::hint::black_box;

use alwayson_codec::{Body, Joined, Joiner, Message};
use alwayson_links::{input, program};

program!(run);

fn run() {
    let mut joiner = Joiner::<[u8; 512], 2>::with_limits([[0; 512]; 2], black_box(400), 50_000);
    while let Ok((Message { ids, body: Body::Chunk(chunk) }, _)) = Message::decode(input()) {
        match joiner.push(ids, &chunk, black_box(5)) {
            Ok(Joined::Complete(whole)) => black_box(whole.len()),
            Ok(Joined::Incomplete) | Err(_) => joiner.unfinished(),
        };
        black_box((joiner.expire(black_box(7)), joiner.next_expiry()));
    }
    joiner.clear();
    black_box(joiner.into_memory());
}
