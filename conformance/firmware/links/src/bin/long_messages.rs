//! The same device as `device`, but with a joiner, so that it accepts long messages.

#![no_std]
#![no_main]

use alwayson_codec::Joiner;
use alwayson_links::{device, memory, program};

program!(run);

fn run() {
    let Some((outbox, rest)) = memory().split_at_mut_checked(1024) else { return };
    let Some((buffer, place)) = rest.split_at_mut_checked(1024) else { return };
    device::run(outbox, buffer, &mut Joiner::new([place]));
}
