//! Long messages: taken apart into chunks, and put together again
//! (section 5).

pub mod join;
pub mod split;

pub use join::{Joined, Joiner, memory_for};
pub use split::Split;
