//! Measures the flash of the edge machine for its budget: makes the calls of a
//! device, each in a separate function. It accepts no long messages;
//! `long_messages` does.

#![no_std]
#![no_main]

use alwayson_codec::Joiner;
use alwayson_links::{device, memory, program};

program!(run);

fn run() {
    let Some((outbox, buffer)) = memory().split_at_mut_checked(2048) else { return };
    device::run(outbox, buffer, &mut Joiner::<[u8; 0], 0>::new([]));
}
