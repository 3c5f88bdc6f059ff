//! Admission: how many edges are let in per second, and how many authenticate at a time, so that
//! edges that all come back together delay neither those that are connected nor each other beyond
//! the time that an edge waits.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};

use super::options::Options;
use crate::transport::Close;

/// The time whose unused turns are kept, so that a few edges that come together do not wait.
const CREDIT: Duration = Duration::from_millis(100);

/// Those who wait get turns together, at multiples of this time: a turn at a time would cost twice
/// the CPU, since the process would sleep and wake up for each. Twenty edges need 3 ms.
const TOGETHER: Duration = Duration::from_millis(20);

/// The code of the close: "try again later" (registry of RFC 6455, section 11.7).
const TRY_AGAIN_LATER: u16 = 1013;

/// Gives turns in the order of arrival.
pub(super) struct Admission {
    /// The time between two turns.
    interval: Duration,
    /// The longest time until a turn.
    wait: Duration,
    /// From which multiples of [`TOGETHER`] count.
    start: Instant,
    /// The next turn that nobody has.
    next: Mutex<Instant>,
    /// Places of those that authenticate.
    places: Semaphore,
}

impl Admission {
    pub(super) fn new(options: &Options) -> Self {
        let interval = Duration::from_secs(1) / options.admissions_per_second;
        let start = Instant::now();
        Self {
            interval,
            wait: options.admission_wait,
            start,
            next: Mutex::new(start),
            places: Semaphore::new(options.authentications),
        }
    }

    /// Takes the next turn, and returns when it is. Returns `None` if that is too late, and then no
    /// turn is taken.
    pub(super) fn turn(&self) -> Option<Instant> {
        let now = Instant::now();
        let oldest = now.checked_sub(CREDIT).unwrap_or(now);
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = (*next).max(oldest);
        let with_others = if turn > now { self.together(turn) } else { turn };
        if with_others.saturating_duration_since(now) > self.wait {
            return None;
        }
        *next = turn + self.interval;
        Some(with_others)
    }

    /// Returns the first multiple of [`TOGETHER`] from this time on.
    fn together(&self, turn: Instant) -> Instant {
        let beyond = turn.saturating_duration_since(self.start).as_nanos() % TOGETHER.as_nanos();
        let beyond = Duration::from_nanos(u64::try_from(beyond).unwrap_or_default());
        if beyond.is_zero() { turn } else { turn + TOGETHER.saturating_sub(beyond) }
    }

    /// Waits for a place among those that authenticate. Returns `None` if there is none in time.
    ///
    /// # Cancel safety
    /// If the future is dropped, no place is taken.
    pub(super) async fn place(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed.
        timeout(self.wait, self.places.acquire()).await.ok()?.ok()
    }
}

/// Returns the close of a connection that was not let in.
pub(super) fn busy() -> Close {
    Close::new(TRY_AGAIN_LATER, "too many edges connect at a time; try again later")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Returns how long each of the next edges waits.
    fn waits(admission: &Admission, count: usize) -> Vec<Option<Duration>> {
        let now = Instant::now();
        let wait = |turn: Instant| turn.saturating_duration_since(now);
        (0..count).map(|_| admission.turn().map(wait)).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn turns_come_in_order_up_to_the_longest_wait_and_no_later() {
        for (wait, admitted) in [(ms(299), 3), (ms(300), 4), (ms(301), 4)] {
            let options = Options::default().with_admissions_per_second(10).unwrap();
            let admission = Admission::new(&options.with_admission_wait(wait).unwrap());
            let mut expected: Vec<_> = (0..admitted).map(|turn| Some(ms(turn * 100))).collect();
            expected.extend([None, None]);
            assert_eq!(waits(&admission, expected.len()), expected);
            // Those that were refused have taken no turn.
            tokio::time::sleep(ms(100)).await;
            assert_eq!(waits(&admission, 2), [Some(ms((admitted - 1) * 100)), None]);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn unused_turns_of_a_tenth_of_a_second_are_kept() {
        let options = Options::default().with_admissions_per_second(100).unwrap();
        let admission = Admission::new(&options);
        tokio::time::sleep(Duration::from_secs(60)).await;
        let waits = waits(&admission, 13);
        let at_once = waits.iter().filter(|wait| **wait == Some(Duration::ZERO)).count();
        assert_eq!(at_once, 11);
        assert_eq!(waits.last(), Some(&Some(ms(20))));
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_wait_get_turns_together_and_no_more_of_them() {
        let options = Options::default().with_admissions_per_second(1_000).unwrap();
        let admission = Admission::new(&options);
        let waits = waits(&admission, 10_000);
        let at = |wait| waits.iter().filter(|other| **other == Some(ms(wait))).count();
        assert_eq!([at(0), at(20), at(40), at(5_000), at(8_000)], [1, 20, 20, 20, 20]);
        assert_eq!(waits.iter().flatten().max(), Some(&ms(8_000)));
        // Later by less than the common time.
        for (place, wait) in waits.iter().flatten().enumerate() {
            let alone = ms(place as u64);
            assert!((alone..alone + TOGETHER).contains(wait), "{place}: {wait:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_of_all_waits_has_no_end() {
        let options = Options::default().with_admissions_per_second(1).unwrap();
        let admission = Admission::new(&options.with_admission_wait(Duration::MAX).unwrap());
        assert_eq!(waits(&admission, 100_000).last(), Some(&Some(Duration::from_secs(99_999))));
    }
}
