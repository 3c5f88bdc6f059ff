//! What an option cannot be set to.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use tokio::sync::Semaphore;

/// As many can be counted at a time.
pub(crate) const MOST_AT_A_TIME: usize = Semaphore::MAX_PERMITS;

/// The shortest chunks: their header, the numbers of a chunk and the name of a Thing
/// have room in them, and some data (section 5).
pub(crate) const MIN_CHUNK_SIZE: u16 = 64;

/// An option that is set to what it cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the option {name} cannot be {value}: it is from {least} to {most}")]
#[non_exhaustive]
pub struct OptionError {
    /// The option, by the name of its field.
    pub name: &'static str,
    /// What it was set to.
    pub value: String,
    /// The least that it can be.
    pub least: String,
    /// The most that it can be.
    pub most: String,
}

/// Holds a number to its range.
pub(crate) fn check<T: Copy + PartialOrd + fmt::Display>(
    name: &'static str,
    value: T,
    range: RangeInclusive<T>,
) -> Result<(), OptionError> {
    if range.contains(&value) {
        return Ok(());
    }
    let (least, most) = range.into_inner();
    Err(OptionError {
        name,
        value: value.to_string(),
        least: least.to_string(),
        most: most.to_string(),
    })
}

/// Holds times in milliseconds to what they can be: not 0, since then nothing could
/// be in time.
pub(crate) fn check_ms<const N: usize>(times: [(&'static str, u32); N]) -> Result<(), OptionError> {
    times.into_iter().try_for_each(|(name, ms)| check(name, ms, 1..=u32::MAX))
}

/// Likewise times of any length.
pub(crate) fn check_times<const N: usize>(
    times: [(&'static str, Duration); N],
) -> Result<(), OptionError> {
    times.into_iter().try_for_each(|(name, time)| check_time(name, time, Duration::MAX))
}

/// Likewise one that has an end.
pub(crate) fn check_time(
    name: &'static str,
    time: Duration,
    most: Duration,
) -> Result<(), OptionError> {
    let range = Duration::from_millis(1)..=most;
    if range.contains(&time) {
        return Ok(());
    }
    Err(OptionError {
        name,
        value: format!("{time:?}"),
        least: format!("{:?}", range.start()),
        most: format!("{:?}", range.end()),
    })
}
