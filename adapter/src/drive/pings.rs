//! Pings for a side whose machine sends none, which is the platform.

use std::time::Duration;

/// The schedule of pings.
pub(super) struct Pings {
    /// The time without incoming traffic after which the peer is pinged; `None` for never.
    interval_ms: Option<u64>,
    /// When something was last received, or a ping was due.
    heard_ms: u64,
    is_due: bool,
}

impl Pings {
    pub(super) const fn none(now_ms: u64) -> Self {
        Self { interval_ms: None, heard_ms: now_ms, is_due: false }
    }

    /// Pings whenever nothing was received for this interval.
    pub(super) fn after(&mut self, interval: Duration) {
        self.interval_ms = Some(u64::try_from(interval.as_millis()).unwrap_or(u64::MAX));
    }

    /// Notes that something was received.
    pub(super) fn heard(&mut self, now_ms: u64) {
        self.heard_ms = now_ms;
    }

    /// Returns when the next ping is due.
    pub(super) fn next_at(&self) -> Option<u64> {
        self.interval_ms.map(|interval_ms| self.heard_ms.saturating_add(interval_ms))
    }

    /// Notes that a ping is due, if it is.
    pub(super) fn handle_timeout(&mut self, now_ms: u64) {
        if self.next_at().is_some_and(|at_ms| at_ms <= now_ms) {
            self.heard_ms = now_ms;
            self.is_due = true;
        }
    }

    /// Returns whether a ping is to be sent now, once for each.
    pub(super) fn take(&mut self) -> bool {
        std::mem::take(&mut self.is_due)
    }
}
