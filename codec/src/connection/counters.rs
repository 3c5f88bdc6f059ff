//! The counters of a machine.

/// Counters of a machine, over all its connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Counters {
    /// Responses that no request waited for: late, duplicate or foreign (PROTOCOL.md §7).
    pub responses_dropped: u32,
    /// Messages and chunks that the state of the connection does not allow and that are
    /// not answered, and chunks of messages that were refused before.
    pub messages_dropped: u32,
    /// Requests of the peer that were answered SERVICE_UNAVAILABLE because there was no
    /// room for another unanswered one.
    pub requests_refused: u32,
    /// Requests of the peer that were repeated before they were answered.
    pub requests_doubled: u32,
    /// Requests of the peer that were answered GATEWAY_TIMEOUT because the caller was late.
    pub requests_unanswered: u32,
    /// Messages whose chunks did not all arrive in time (PROTOCOL.md §5).
    pub messages_unfinished: u32,
    /// Messages that were followed by bytes that are ignored (PROTOCOL.md §1).
    pub messages_followed: u32,
    /// The number of these bytes.
    pub bytes_followed: u32,
}

/// Adds one, and stops at the largest number.
pub(crate) fn count(counter: &mut u32) {
    *counter = counter.saturating_add(1);
}
