//! Long messages: splitting them into chunks, and joining them (PROTOCOL.md §5).

pub mod assembly;
pub mod join;
mod layout;
pub mod split;

pub use assembly::Assembly;
pub use join::{Joined, Joiner};
pub use layout::memory_for;
pub use split::Split;
