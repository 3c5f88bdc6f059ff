//! A program that does nothing: the baseline of the measurements.

#![no_std]
#![no_main]

use alwayson_links::program;

program!(run);

fn run() {}
