//! What the machines count.

/// What a machine has counted since it was made, over all its connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Counters {
    /// Responses that nobody waited for: late, doubled or foreign (section 7).
    pub responses_dropped: u32,
    /// Messages that had no place in the connection's state, and no answer; chunks of
    /// them; and chunks of messages that had been refused already.
    pub messages_dropped: u32,
    /// Requests of the peer that came while as many as there is room for were
    /// not answered yet: SERVICE_UNAVAILABLE.
    pub requests_refused: u32,
    /// Requests of the peer that came again before they were answered.
    pub requests_doubled: u32,
    /// Requests of the peer that nobody answered in time: GATEWAY_TIMEOUT.
    pub requests_unanswered: u32,
    /// Messages whose chunks did not all come in time (section 5).
    pub messages_unfinished: u32,
    /// Messages after which bytes followed that were not read (section 1).
    pub messages_followed: u32,
    /// How many bytes these were.
    pub bytes_followed: u32,
}

/// Adds one.
pub(crate) fn count(counter: &mut u32) {
    *counter = counter.saturating_add(1);
}
