//! The functions of the library, called as C calls them. Miri runs this.

#![expect(
    clippy::undocumented_unsafe_blocks,
    reason = "each call here keeps to the contract of its function, or is there to break it"
)]

mod common;
mod edge;
mod edge_memory;
mod header;
mod messages;
mod misuse;
