//! The clock of the operating system (feature `std`).

use core::time::Duration;
use std::time::{SystemTime, UNIX_EPOCH};

use super::Value;
use crate::wire::scalar::DateTime;

impl Value {
    /// Returns the current time, as DATETIME.
    pub fn now() -> Self {
        SystemTime::now().into()
    }
}

impl From<SystemTime> for Value {
    /// In milliseconds, as [`DateTime::from`].
    fn from(time: SystemTime) -> Self {
        Self::DateTime(time.into())
    }
}

impl From<SystemTime> for DateTime {
    /// In milliseconds; a time that does not fit is the nearest that does.
    fn from(time: SystemTime) -> Self {
        let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        Self::from_millis(match time.duration_since(UNIX_EPOCH) {
            Ok(since) => millis(since),
            Err(before) => millis(before.duration()).saturating_neg(),
        })
    }
}
