//! Measures operations while they are made.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::Instant;

use crate::failure::Failure;

/// The maximum number of distinct failure causes: a platform may give each failure its
/// own text.
const MAX_CAUSES: usize = 16;
/// The cause under which all others are counted.
const OTHER_CAUSES: &str = "other causes";
/// The maximum number of seconds that are reported one by one: a day. What is later counts as of
/// the last one.
const MAX_SECONDS: usize = 86_400;

/// How latency is corrected for coordinated omission: a client that waits for a slow answer sends
/// less meanwhile, and so measures less of what is slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Correction {
    /// It is not.
    None,
    /// It counts from the time at which the operation was due.
    DueTime,
    /// A latency above this interval stands for the operations as well that would have been sent
    /// in the meantime.
    ExpectedInterval(Duration),
}

/// The measurements of connecting, or of operations.
#[derive(Clone)]
pub(super) struct Measured {
    /// Of the successful operations, in microseconds, from the time when they were sent.
    pub(super) latency: Histogram<u64>,
    /// The same, corrected; none without a correction.
    pub(super) corrected: Option<Histogram<u64>>,
    /// The number of failures by cause.
    pub(super) failed: BTreeMap<String, u64>,
}

/// A second of the operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Second {
    pub(super) succeeded: u64,
    pub(super) failed: u64,
    /// The longest latency of those that succeeded, corrected, in microseconds.
    pub(super) max_us: u64,
}

/// The measurements of all kinds.
pub(super) struct Report {
    pub(super) elapsed: Duration,
    pub(super) kinds: Vec<Measured>,
    /// All kinds together, and what was not sent.
    pub(super) total: Measured,
    pub(super) seconds: Vec<Second>,
}

/// When an operation was sent, and when it was due.
#[derive(Clone, Copy)]
pub(super) struct Times {
    pub(super) due: Option<Instant>,
    pub(super) sent: Instant,
}

impl Times {
    /// Returns the times of an operation that is sent now.
    pub(super) fn now(due: Option<Instant>) -> Self {
        Self { due, sent: Instant::now() }
    }
}

/// Collects measurements while they are made.
pub(super) struct Meter {
    start: Instant,
    progress: ProgressBar,
    correction: Correction,
    kinds: Vec<Mutex<Measured>>,
    /// The number of operations that were not sent, by cause. They are of no kind yet.
    not_sent: Mutex<BTreeMap<String, u64>>,
    /// None if seconds are not reported.
    seconds: Option<Mutex<Vec<Second>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Meter {
    /// Creates a meter that starts now, of this many kinds of operations, and of this many
    /// operations in total, if that is known.
    ///
    /// # Errors
    /// [`Failure::Failed`] if there is no memory for the histograms.
    pub(super) fn new(
        what: &'static str,
        total: Option<u64>,
        kinds: usize,
        correction: Correction,
    ) -> Result<Self, Failure> {
        let measured = (0..kinds).map(|_| Measured::new(correction).map(Mutex::new));
        let kinds = measured.collect::<Result<_, _>>()?;
        let progress = progress(what, total);
        Ok(Self {
            start: Instant::now(),
            progress,
            correction,
            kinds,
            not_sent: Mutex::default(),
            seconds: None,
        })
    }

    /// Measures each second as well.
    pub(super) fn with_seconds(self) -> Self {
        Self { seconds: Some(Mutex::default()), ..self }
    }

    /// Returns the time from which on it measures.
    pub(super) fn start(&self) -> Instant {
        self.start
    }

    /// Counts an operation that ends now.
    pub(super) fn count<T>(
        &self,
        kind: usize,
        times: Times,
        result: Result<T, String>,
    ) -> Option<T> {
        self.progress.inc(1);
        let latency = micros(times.sent.elapsed());
        let corrected = times.due.map_or(latency, |due| micros(due.elapsed()));
        self.count_second(corrected, result.is_ok());
        let mut measured = lock(self.kinds.get(kind)?);
        match result {
            Ok(value) => {
                measured.record(latency, corrected, self.correction);
                Some(value)
            }
            Err(cause) => {
                count_cause(&mut measured.failed, cause, 1);
                None
            }
        }
    }

    /// Counts an operation that has just ended in its second.
    fn count_second(&self, micros: u64, is_good: bool) {
        let Some(seconds) = &self.seconds else { return };
        let mut seconds = lock(seconds);
        let second = usize::try_from(self.start.elapsed().as_secs()).unwrap_or(usize::MAX);
        let second = second.min(MAX_SECONDS - 1);
        let len = seconds.len().max(second + 1);
        seconds.resize(len, Second::default());
        let Some(second) = seconds.get_mut(second) else { return };
        if is_good {
            second.succeeded += 1;
            second.max_us = second.max_us.max(micros);
        } else {
            second.failed += 1;
        }
    }

    /// Counts operations that were not sent.
    pub(super) fn not_sent(&self, count: u64, cause: &str) {
        self.progress.inc(count);
        count_cause(&mut lock(&self.not_sent), cause.to_owned(), count);
    }

    /// Returns the measurements since the start.
    ///
    /// # Errors
    /// [`Failure::Failed`] if there is no memory for the histograms.
    pub(super) fn finish(&self) -> Result<Report, Failure> {
        self.progress.finish_and_clear();
        let elapsed = self.start.elapsed();
        let kinds: Vec<Measured> = self.kinds.iter().map(|kind| lock(kind).clone()).collect();
        let mut total = Measured::new(self.correction)?;
        for kind in &kinds {
            total.add(kind);
        }
        for (cause, count) in lock(&self.not_sent).iter() {
            count_cause(&mut total.failed, cause.clone(), *count);
        }
        let seconds = self.seconds.as_ref().map(|seconds| lock(seconds).clone());
        Ok(Report { elapsed, kinds, total, seconds: seconds.unwrap_or_default() })
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1)
}

fn progress(what: &'static str, total: Option<u64>) -> ProgressBar {
    let template = match total {
        Some(_) => "{prefix:<9} {bar:40} {pos}/{len}  {per_sec}",
        None => "{prefix:<9} {spinner} {pos}  {per_sec}  {elapsed}",
    };
    let style = ProgressStyle::with_template(template);
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    // It is drawn only on a terminal.
    let progress = total.map_or_else(ProgressBar::no_length, ProgressBar::new);
    progress.with_style(style).with_prefix(what)
}

impl Measured {
    fn new(correction: Correction) -> Result<Self, Failure> {
        let histogram =
            || Histogram::new(3).map_err(|error| Failure::Failed(format!("no histogram: {error}")));
        let corrected = (correction != Correction::None).then(histogram).transpose()?;
        Ok(Self { latency: histogram()?, corrected, failed: BTreeMap::new() })
    }

    /// Records a success.
    fn record(&mut self, latency: u64, due: u64, correction: Correction) {
        // The histograms resize themselves, so they accept every value.
        let _ = self.latency.record(latency);
        if let Some(corrected) = &mut self.corrected {
            let _ = match correction {
                Correction::None | Correction::DueTime => corrected.record(due),
                Correction::ExpectedInterval(interval) => {
                    corrected.record_correct(latency, micros(interval))
                }
            };
        }
    }

    fn add(&mut self, other: &Self) {
        let _ = self.latency.add(&other.latency);
        if let Some((corrected, other)) = self.corrected.as_mut().zip(other.corrected.as_ref()) {
            let _ = corrected.add(other);
        }
        for (cause, count) in &other.failed {
            count_cause(&mut self.failed, cause.clone(), *count);
        }
    }

    /// Returns the number of failures.
    pub(super) fn failures(&self) -> u64 {
        self.failed.values().sum()
    }

    /// Returns the causes of failures with their counts, the most frequent first.
    pub(super) fn causes(&self) -> Vec<(&str, u64)> {
        let mut causes: Vec<_> =
            self.failed.iter().map(|(cause, count)| (cause.as_str(), *count)).collect();
        causes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        causes
    }
}

/// Adds failures to the count of their cause.
fn count_cause(failed: &mut BTreeMap<String, u64>, cause: String, count: u64) {
    if count == 0 {
        return;
    }
    let is_other = failed.len() >= MAX_CAUSES && !failed.contains_key(&cause);
    *failed.entry(if is_other { OTHER_CAUSES.to_owned() } else { cause }).or_default() += count;
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::sync::Arc;

    use super::super::profile::Profile;
    use super::super::read::read;
    use super::super::turns::{NotSent, Turn, Turns, drive};
    use super::*;

    #[test]
    fn causes_beyond_the_most_that_are_told_apart_are_counted_together() {
        let mut failed = BTreeMap::new();
        let cause = |number: usize| format!("cause {number}");
        for number in 1..MAX_CAUSES {
            count_cause(&mut failed, cause(number), 1);
        }
        assert_eq!(failed.len(), MAX_CAUSES - 1);
        count_cause(&mut failed, cause(MAX_CAUSES), 1);
        assert_eq!(failed.get(OTHER_CAUSES), None);
        for number in [MAX_CAUSES + 1, MAX_CAUSES + 2] {
            count_cause(&mut failed, cause(number), 1);
        }
        count_cause(&mut failed, cause(1), 1);
        assert_eq!((failed.get(OTHER_CAUSES), failed.get("cause 1")), (Some(&2), Some(&2)));
    }

    /// Measures a platform that answers within 1 ms, but stalls for a second in the middle.
    async fn stalled(profile: &str, correction: Correction) -> Report {
        let profile = Arc::new(Profile::of(read(profile).unwrap()).unwrap());
        let meter = Meter::new("requests", None, 1, correction).unwrap().with_seconds();
        let start = meter.start();
        let stall = start + Duration::from_secs(5);
        let meter = &meter;
        let left = drive(Turns::new(&profile, 0, 1, start), |turn: Turn| async move {
            let times = Times::now(turn.due);
            let back = stall + Duration::from_secs(1);
            let is_stalled = times.sent >= stall && times.sent < back;
            let answered = times.sent + Duration::from_millis(1);
            tokio::time::sleep_until(if is_stalled { back } else { answered }).await;
            meter.count(0, times, Ok(()));
            ControlFlow::Continue(())
        });
        assert_eq!(left.await, NotSent::Nothing);
        meter.finish().unwrap()
    }

    fn p99_ms(histogram: &Histogram<u64>) -> u64 {
        histogram.value_at_quantile(0.99) / 1_000
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_in_which_a_platform_stalls_is_seen_by_the_corrected_latency_of_a_rate() {
        let profile = r#"{ "edges": 1, "rate": 100, "durationSeconds": 10 }"#;
        let report = stalled(profile, Correction::DueTime).await;
        let Measured { latency, corrected, .. } = &report.total;
        let corrected = corrected.as_ref().unwrap();
        assert_eq!((latency.len(), corrected.len()), (1_000, 1_000));
        assert!(p99_ms(latency) <= 2, "{}", p99_ms(latency));
        assert!((850..=1_001).contains(&p99_ms(corrected)), "{}", p99_ms(corrected));
        // Nothing was answered in the sixth second, and what was due in it was later.
        let seconds = &report.seconds;
        assert_eq!(seconds.iter().map(|second| second.succeeded).sum::<u64>(), 1_000);
        assert!(seconds[5].succeeded <= 1 && seconds[6].succeeded >= 199, "{seconds:?}");
        assert!(seconds[4].max_us < 5_000 && seconds[6].max_us > 900_000, "{seconds:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_in_which_a_platform_stalls_is_seen_with_an_expected_interval() {
        let profile = r#"{ "edges": 1, "thinkMs": 9, "durationSeconds": 10 }"#;
        let interval = Correction::ExpectedInterval(Duration::from_millis(10));
        let report = stalled(profile, interval).await;
        let Measured { latency, corrected, .. } = &report.total;
        let corrected = corrected.as_ref().unwrap();
        assert!(p99_ms(latency) <= 2, "{}", p99_ms(latency));
        assert!((850..=1_001).contains(&p99_ms(corrected)), "{}", p99_ms(corrected));
        assert!(corrected.len() > latency.len() + 90);
        let report = stalled(profile, Correction::None).await;
        assert!(report.total.corrected.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn seconds_beyond_a_day_are_counted_together() {
        let meter = Meter::new("requests", None, 1, Correction::None).unwrap().with_seconds();
        let day = Duration::from_secs(86_400);
        let count = || meter.count(0, Times::now(None), Err::<(), _>("late".to_owned()));
        for (second, len) in [(86_398, 86_399), (86_399, 86_400), (86_400, 86_400)] {
            let at = meter.start() + Duration::from_secs(second);
            tokio::time::advance(at.duration_since(Instant::now())).await;
            count();
            assert_eq!(meter.finish().unwrap().seconds.len(), len);
        }
        assert_eq!(meter.start().elapsed(), day);
        assert_eq!(meter.finish().unwrap().seconds.last().unwrap().failed, 2);
    }
}
