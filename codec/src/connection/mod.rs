//! One connection, from either side, without I/O, clock, randomness or
//! allocation (PROTOCOL.md §7).
//!
//! | item | contents |
//! | --- | --- |
//! | [`edge`] | the side that opens the connection: [`Connection`](edge::Connection) |
//! | [`platform`] | the side that accepts it: [`Connection`](platform::Connection) |
//! | [`Machine`] | the calls that both sides have in common |
//! | [`registry`] | decides which connection of a platform holds which Thing |
//!
//! Each side has an enum of states and one function that maps a state and an input to
//! the next state and an action; it reads as a table. A state machine around it takes
//! what happened (`handle_*`) and returns what to do (`poll_*`). All times are
//! milliseconds of any monotonic clock of the caller.

#[macro_use]
mod calls;

mod counters;
mod deadline;
pub mod edge;
mod encode;
mod error;
#[cfg(feature = "alloc")]
mod growing;
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
mod setters;
mod slots;
mod storage;
mod transmit;
mod unreadable;

pub use counters::Counters;
pub use error::{BufferTooSmall, CallError};
#[cfg(feature = "alloc")]
pub use growing::{Growing, GrowingSlots};
pub use inbound::{Inbound, InboundId};
pub use join::Join;
pub use machine::Machine;
pub use name::FixedName;
pub use pending::{Failure, Pending, RequestId};
pub use slots::{By, Keys, Slots};
pub use storage::{Fixed, Names, Requests, Storage, Unanswered};
pub use transmit::{CloseCode, Transmit};
pub use unreadable::{Fault, Unreadable};
