//! TIMESPAN (section 4), owned.

use std::fmt;

use alwayson_codec::{self as codec, DateTime};

use super::shown::utc;

/// A span of time, open on a side that is `None`, with a period such as `1h`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimeSpan {
    /// When it starts.
    pub start: Option<DateTime>,
    /// When it ends.
    pub end: Option<DateTime>,
    /// Its period, as the peer writes it.
    pub period: String,
}

impl TimeSpan {
    /// The codec's view of it.
    pub(super) fn view(&self) -> codec::TimeSpan<'_> {
        codec::TimeSpan::new(self.start, self.end, &self.period)
    }
}

impl From<codec::TimeSpan<'_>> for TimeSpan {
    fn from(span: codec::TimeSpan<'_>) -> Self {
        Self { start: span.start(), end: span.end(), period: span.period.as_str().to_owned() }
    }
}

impl fmt::Display for TimeSpan {
    /// As an interval, `..` for a side that is open, and the period after it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |instant: Option<DateTime>| instant.map_or_else(|| "..".to_owned(), utc);
        write!(f, "{}/{}", side(self.start), side(self.end))?;
        if self.period.is_empty() { Ok(()) } else { write!(f, ", {}", self.period) }
    }
}
