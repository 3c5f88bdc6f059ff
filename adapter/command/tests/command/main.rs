//! Tests of the command as a process.

mod decode;
mod demo;
mod edge;
mod endings;
mod frames;
mod gateway;
mod keylog;
mod load;
mod load_profile;
#[cfg(feature = "test-nats")]
mod nodes;
mod peer;
mod platform;
mod process;
mod recipe;
mod reload;
mod secrets;
mod suite;
mod tap;
mod unread;
mod usage;
