//! Measures what the link proof's programs take of flash and stack, prints it
//! as tables, and fails where a budget is exceeded or cannot be told.
//!
//! Run from anywhere: `cargo run -p alwayson-measure`.

mod build;
mod calls;
mod flash;
mod image;
mod registers;
mod stack;

use std::error::Error;

/// The machines that everything is measured for.
const TARGETS: [&str; 3] =
    ["thumbv6m-none-eabi", "thumbv7em-none-eabihf", "riscv32imc-unknown-none-elf"];

/// The programs that are measured, beside the empty one.
const PROGRAMS: [&str; 3] = ["messages", "device", "long_messages"];

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let flash = flash::measure()?;
    let stack = stack::measure()?;
    let exceeded = flash.into_iter().chain(stack).collect::<Vec<_>>();
    for what in &exceeded {
        eprintln!("budget exceeded: {what}");
    }
    if exceeded.is_empty() { Ok(()) } else { Err("see above".into()) }
}
