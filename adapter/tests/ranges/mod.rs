//! Whether an option is held to its range when it is set: at the ends of the range and beyond
//! them.

use std::time::Duration;

use alwayson::OptionError;

/// The longest time that the codec's machines count.
pub(crate) const MAX_MS: Duration = Duration::from_millis(u32::MAX as u64);

pub(crate) const NANOSECOND: Duration = Duration::from_nanos(1);

/// A setter of a group of options.
pub(crate) type Set<O, T> = fn(O, T) -> Result<O, OptionError>;

/// Whether the option is refused, under its name.
#[must_use]
pub(crate) fn refused<O: Default, T>(name: &str, set: Set<O, T>, value: T) -> bool {
    let error = set(O::default(), value).err();
    error.is_some_and(|error| {
        assert_eq!(error.name, name);
        assert!(error.to_string().contains(name), "{error}");
        true
    })
}

pub(crate) fn number_is_held_to<O: Default>(
    name: &str,
    set: Set<O, usize>,
    (least, most): (usize, usize),
) {
    for good in [least, least + 1, most - 1, most] {
        assert!(!refused(name, set, good), "{name} {good}");
    }
    assert!(refused(name, set, 0) && refused(name, set, least - 1), "{name}");
    if let Some(more) = most.checked_add(1) {
        assert!(refused(name, set, more) && refused(name, set, usize::MAX), "{name}");
    }
}

/// A time is at least 1 ms.
pub(crate) fn time_is_held_to<O: Default>(name: &str, set: Set<O, Duration>, most: Duration) {
    let least = Duration::from_millis(1);
    let just_below = |time: Duration| time.checked_sub(NANOSECOND).unwrap();
    for good in [least, least + NANOSECOND, just_below(most), most] {
        assert!(!refused(name, set, good), "{name} {good:?}");
    }
    for bad in [Some(Duration::ZERO), Some(just_below(least)), most.checked_add(NANOSECOND)] {
        assert!(bad.is_none_or(|bad| refused(name, set, bad)), "{name} {bad:?}");
    }
}

pub(crate) fn chunk_size_is_held_to_its_range<O: Default>(set: Set<O, u16>) {
    let most = u16::MAX;
    for (size, is_refused) in
        [(0, true), (63, true), (64, false), (65, false), (most - 1, false), (most, false)]
    {
        assert_eq!(refused("chunk_size", set, size), is_refused);
    }
}
