//! Points in time.

use std::time::Duration;

/// A point in time of this machine: the time since it was started, **including suspend**.
///
/// The caller must read a clock that goes on while the machine is suspended: on Linux
/// `CLOCK_BOOTTIME`. `std::time::Instant` is not such a clock there: it reads `CLOCK_MONOTONIC`,
/// which stands still in suspend. A virtual machine that was suspended for a minute would go on
/// serving for the rest of its lease, while others own its Things. The wall clock is no such
/// clock either, because it can be set back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BootTime(Duration);

impl BootTime {
    /// A point in time, as the time since the machine was started.
    pub const fn since_boot(elapsed: Duration) -> Self {
        Self(elapsed)
    }

    /// Returns the time since the machine was started.
    pub const fn elapsed(self) -> Duration {
        self.0
    }

    /// Returns the point in time that is later by `duration`, or the last possible one.
    #[must_use]
    pub const fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }
}
