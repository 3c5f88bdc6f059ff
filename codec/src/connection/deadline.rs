//! Deadlines, in milliseconds.

/// A deadline that is never reached. Deadlines are plain numbers, so that the earliest
/// is the minimum: this needs less code than `Option`.
pub(crate) const NEVER: u64 = u64::MAX;

/// Returns the time that is `by_ms` later.
#[cfg_attr(not(wide), inline(never))]
pub(crate) fn later(now_ms: u64, by_ms: u32) -> u64 {
    now_ms.saturating_add(u64::from(by_ms))
}
