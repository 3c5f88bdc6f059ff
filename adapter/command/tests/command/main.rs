//! The command, as a process: what it prints, what it takes, how it ends.

mod decode;
mod demo;
mod edge;
mod endings;
mod frames;
mod load;
mod peer;
mod platform;
mod process;
mod recipe;
mod reload;
mod secrets;
mod usage;
