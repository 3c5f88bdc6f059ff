//! One connection, from either side, without I/O, clock, randomness or
//! allocation (section 7).
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`edge`] | the side that opens: [`Connection`](edge::Connection) |
//! | [`platform`] | the side that accepts: [`Connection`](platform::Connection) |
//! | [`Machine`] | the calls that both sides have |
//! | [`registry`] | which connection of a platform holds which Thing |
//!
//! Each side is a small enum of states and one function from state and input to
//! state and action, which reads as a table; around it a machine that is told
//! what happened (`handle_*`) and says what to do (`poll_*`). Times are
//! milliseconds of any clock that the caller has.

#[macro_use]
mod calls;

mod counters;
mod deadline;
pub mod edge;
mod encode;
mod error;
mod inbound;
mod incoming;
mod join;
mod link;
mod machine;
mod name;
mod outbox;
mod pending;
pub mod platform;
mod refused;
pub mod registry;
mod replies;
mod slots;
mod storage;
mod transmit;
mod unreadable;

pub use counters::Counters;
pub use error::{BufferTooSmall, CallError};
pub use inbound::{Inbound, InboundId};
pub use join::Join;
pub use machine::Machine;
pub use name::FixedName;
pub use pending::{Failure, Pending, RequestId};
pub use slots::Slots;
pub use storage::{Fixed, Names, Requests, Storage, Unanswered};
pub use transmit::{CloseCode, Transmit};
pub use unreadable::{Fault, Unreadable};
