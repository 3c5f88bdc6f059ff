//! What the others are measured against: a program that does nothing.

#![no_std]
#![no_main]

use alwayson_links::program;

program!(run);

fn run() {}
