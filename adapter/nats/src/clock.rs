//! The clock of leases.

use crate::time::BootTime;

/// Returns the time since this machine was started, including suspend.
#[cfg(target_os = "linux")]
pub(crate) fn now() -> BootTime {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
    BootTime::since_boot(std::time::Duration::new(seconds, nanos))
}

/// Returns the time since the process has first asked: `Instant` goes on in suspend on macOS and
/// Windows.
#[cfg(not(target_os = "linux"))]
pub(crate) fn now() -> BootTime {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    BootTime::since_boot(START.get_or_init(Instant::now).elapsed())
}

/// Returns the time of tokio at a time of this clock.
pub(crate) fn instant(at: BootTime) -> tokio::time::Instant {
    tokio::time::Instant::now() + at.elapsed().saturating_sub(now().elapsed())
}
