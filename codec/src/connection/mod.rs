//! One connection, from either side, without I/O, clock, randomness or
//! allocation (section 7).
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`edge`] | the side that opens: [`Edge`](edge::Edge) |
//! | [`platform`] | the side that accepts: [`Connection`](platform::Connection) |
//! | [`registry`] | which connection of a platform holds which Thing |
//!
//! Each side is a small enum of states and one function from state and input to
//! state and action, which reads as a table; around it a machine that is told
//! what happened (`handle_*`) and says what to do (`poll_*`). Times are
//! milliseconds of any clock that the caller has.

pub mod edge;
mod error;
mod inbound;
mod incoming;
mod link;
mod outbox;
mod pending;
pub mod platform;
mod refused;
pub mod registry;
mod replies;
mod storage;
mod transmit;
mod unreadable;

pub use error::{BufferTooSmall, CallError};
pub use inbound::{Inbound, InboundId};
pub use link::Counters;
pub use pending::{Failure, Pending, RequestId};
pub use storage::{Fixed, FixedName, Join, Slots, Storage};
pub use transmit::{CloseCode, Transmit};
pub use unreadable::{Fault, Unreadable};
