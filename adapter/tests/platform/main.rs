//! A platform over real sockets, tested with raw edges.

mod admission;
mod after_bind;
mod batches;
mod bindings;
mod content;
mod endings;
mod faults;
mod hosts;
mod limits;
mod moves;
mod not_upgraded;
mod options;
mod peer;
mod pings;
#[path = "../ranges/mod.rs"]
mod ranges;
mod refusals;
mod replay;
mod serving;
mod shutdown;
mod stalls;
mod support;
mod together;
