//! What the flash budget of the edge machine is measured by: what a device
//! does with it, a function of its own for each call. It takes no long
//! messages; `long_messages` does.

#![no_std]
#![no_main]

use alwayson_codec::Joiner;
use alwayson_links::{device, memory, program};

program!(run);

fn run() {
    let Some((outbox, buffer)) = memory().split_at_mut_checked(2048) else { return };
    device::run(outbox, buffer, &mut Joiner::<[u8; 0], 0>::new([]));
}
