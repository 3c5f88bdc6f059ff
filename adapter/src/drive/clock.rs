//! Milliseconds for the machines.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// A clock that starts at 0 and does not go back; it knows what time it was
/// then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    start: Instant,
    started: SystemTime,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { start: Instant::now(), started: SystemTime::now() }
    }

    pub(crate) fn now_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// When a machine's time comes, to be waited for.
    pub(crate) fn instant(&self, at_ms: u64) -> Instant {
        // Timers take no time that is too far away to be meant.
        self.start + Duration::from_millis(at_ms.min(u64::from(u32::MAX)))
    }

    /// The time of day of a machine's time.
    pub(crate) fn time_of_day(&self, at_ms: u64) -> SystemTime {
        self.started + Duration::from_millis(at_ms)
    }
}
