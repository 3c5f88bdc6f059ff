//! Times at which something has to have happened, in milliseconds.

/// A time that does not come. Deadlines are plain numbers, of which the earlier
/// is the smaller one: shorter code than that of numbers that may be none.
pub(crate) const NEVER: u64 = u64::MAX;

/// A time so many milliseconds later.
#[cfg_attr(not(wide), inline(never))]
pub(crate) fn later(now_ms: u64, by_ms: u32) -> u64 {
    now_ms.saturating_add(u64::from(by_ms))
}
