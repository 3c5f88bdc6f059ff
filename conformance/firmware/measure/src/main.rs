//! Measures the flash and stack of the link proof's programs, prints them as tables,
//! and fails if a budget is exceeded or if a size cannot be determined.
//!
//! Run from anywhere: `cargo run -p alwayson-measure`.

mod build;
mod calls;
mod flash;
mod image;
mod registers;
mod stack;

use std::error::Error;

/// The targets of all measurements.
const TARGETS: [&str; 3] =
    ["thumbv6m-none-eabi", "thumbv7em-none-eabihf", "riscv32imc-unknown-none-elf"];

/// The measured programs, without the empty one.
const PROGRAMS: [&str; 3] = ["messages", "device", "long_messages"];

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let flash = flash::measure()?;
    let stack = stack::measure()?;
    let exceeded = flash.into_iter().chain(stack).collect::<Vec<_>>();
    for what in &exceeded {
        eprintln!("budget exceeded: {what}");
    }
    if exceeded.is_empty() { Ok(()) } else { Err("a budget is exceeded, see above".into()) }
}
