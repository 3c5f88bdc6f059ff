//! The numbers on the wire and their names: methods, statuses, entity types,
//! characteristics and base types (PROTOCOL.md §2, §3 and §4).
//!
//! Closed tables are enums, because a number that is not in them has no layout. Types of open
//! tables also hold numbers without a name.

#[macro_use]
mod table;

mod base_type;
mod entity;
mod message;

pub use base_type::BaseType;
pub(crate) use base_type::Layout;
pub use entity::{Characteristic, EntityType};
pub use message::{Code, Method, Status};
