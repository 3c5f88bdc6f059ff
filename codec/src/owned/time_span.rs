//! TIMESPAN (PROTOCOL.md §4).

use alloc::string::String;

use crate as view;
use crate::wire::scalar::DateTime;

/// A span of time, open on a side that is `None`, with a period such as `1h`.
///
/// ```
/// use alwayson_codec::DateTime;
/// use alwayson_codec::owned::TimeSpan;
///
/// let start = Some(DateTime::from_millis(0));
/// let span = TimeSpan { start, end: None, period: "1h".to_owned() };
/// assert_eq!(span.to_string(), "1970-01-01T00:00:00.000Z/.., 1h");
/// ```
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
    pub(super) fn view(&self) -> view::TimeSpan<'_> {
        view::TimeSpan::new(self.start, self.end, &self.period)
    }
}

impl From<view::TimeSpan<'_>> for TimeSpan {
    fn from(span: view::TimeSpan<'_>) -> Self {
        Self { start: span.start(), end: span.end(), period: span.period.into() }
    }
}
