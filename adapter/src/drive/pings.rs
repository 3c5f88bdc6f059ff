//! Pings of a side whose machine sends none: a platform's.

use std::time::Duration;

/// When the peer is pinged.
pub(super) struct Pings {
    /// After how long without anything from it; never where there is none.
    interval_ms: Option<u64>,
    /// When something came last, or a ping was due.
    heard_ms: u64,
    is_due: bool,
}

impl Pings {
    pub(super) const fn none(now_ms: u64) -> Self {
        Self { interval_ms: None, heard_ms: now_ms, is_due: false }
    }

    /// Pings when nothing has come for so long.
    pub(super) fn after(&mut self, interval: Duration) {
        self.interval_ms = Some(u64::try_from(interval.as_millis()).unwrap_or(u64::MAX));
    }

    /// Something has come.
    pub(super) fn heard(&mut self, now_ms: u64) {
        self.heard_ms = now_ms;
    }

    /// When the next one is due.
    pub(super) fn next_at(&self) -> Option<u64> {
        self.interval_ms.map(|interval_ms| self.heard_ms.saturating_add(interval_ms))
    }

    /// The time has come, if it has.
    pub(super) fn handle_timeout(&mut self, now_ms: u64) {
        if self.next_at().is_some_and(|at_ms| at_ms <= now_ms) {
            (self.heard_ms, self.is_due) = (now_ms, true);
        }
    }

    /// Whether one is to be sent now.
    pub(super) fn take(&mut self) -> bool {
        std::mem::take(&mut self.is_due)
    }
}
