//! Long messages: taken apart into chunks, and put together again
//! (PROTOCOL.md §5).

pub mod assembly;
pub mod join;
mod layout;
pub mod split;

pub use assembly::Assembly;
pub use join::{Joined, Joiner};
pub use layout::memory_for;
pub use split::Split;
