//! The state of a Thing in memory.

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::super::metadata::Metadata;
use crate::value::Value;

/// A property: its value, time and quality.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Property {
    /// The value.
    pub value: Value,
    /// The time at which it was written or, if its edge sent a time, that time; as DATETIME.
    pub time: Value,
    /// The quality, one of the words of PROTOCOL.md §3: GOOD, BAD, UNKNOWN and others.
    pub quality: String,
    /// Whether its edge sent the time. Times that were set here come from another clock, and are
    /// not compared with those of an edge.
    pub(super) is_time_of_edge: bool,
}

impl Property {
    /// Creates a property with this value, the current time and the quality GOOD.
    pub(super) fn now(value: Value) -> Self {
        let quality = "GOOD".to_owned();
        Self { value, time: Value::now(), quality, is_time_of_edge: false }
    }

    /// Returns whether the edge sent an earlier time with this value than with another one.
    pub(super) fn is_older_than(&self, other: &Self) -> bool {
        let is_comparable = self.is_time_of_edge && other.is_time_of_edge;
        let times = self.time.as_datetime().zip(other.time.as_datetime());
        is_comparable && times.is_some_and(|(this, other)| this < other)
    }
}

/// The state of a Thing in memory.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ThingState {
    /// The identifier by which it is bound, if it has one.
    pub identifier: Option<String>,
    /// Whether it is bound.
    pub is_connected: bool,
    /// When it was last bound.
    pub last_connection: Option<SystemTime>,
    /// The number of requests that edges have made about it.
    pub messages: u64,
    /// The properties, by name.
    pub properties: BTreeMap<String, Property>,
    /// The property that was written last.
    pub last_changed: Option<String>,
    /// The metadata that its edge has sent.
    pub metadata: Option<Metadata>,
}
