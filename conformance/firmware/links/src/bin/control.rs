//! The negative control of the link proof: it can panic, so it must not link.

#![no_std]
#![no_main]

use core::hint::black_box;

use alwayson_links::{input, program};

program!(run);

fn run() {
    black_box(input()[black_box(3)]);
}
