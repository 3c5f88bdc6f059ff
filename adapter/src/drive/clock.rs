//! The clock of the codec's machines, in milliseconds.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// The longest wait: 30 years. The timers of some systems do not accept times that are further
/// away.
const FARTHEST_MS: u64 = 30 * 365 * 24 * 60 * 60 * 1000;

/// A monotonic clock that starts at 0 ms. It knows the time of day at which it was started.
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

    /// Returns the instant of a machine's time, in ms, to wait for.
    pub(crate) fn instant(&self, at_ms: u64) -> Instant {
        self.start + Duration::from_millis(at_ms.min(FARTHEST_MS))
    }

    /// Returns the time of day at a machine's time, in ms.
    pub(crate) fn time_of_day(&self, at_ms: u64) -> SystemTime {
        self.started + Duration::from_millis(at_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_time_to_come_stays_one_after_months() {
        let clock = Clock::start();
        tokio::time::advance(Duration::from_secs(100 * 24 * 60 * 60)).await;
        let later = Duration::from_secs(5);
        assert_eq!(clock.instant(clock.now_ms() + 5_000), Instant::now() + later);
        assert!(clock.instant(u64::MAX) > Instant::now() + later);
    }
}
