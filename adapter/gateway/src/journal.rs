//! The journal: counters and the last errors, for the status page, and the listener of events.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

use alwayson::Status;
use alwayson::edge::ConnectionState;
use alwayson::edge::store::StoreEvent;
use alwayson::message::Request;
use hyper::StatusCode;

use crate::event::Event;

/// The number of errors that are kept for the status page.
const ERRORS: usize = 20;

/// The maximum length of the text of an error that is kept, in characters.
const MAX_ERROR: usize = 500;

type Listener = Box<dyn Fn(&Event) + Send + Sync>;

/// The counters, the last errors, and the listener of events. No lock is held across an await.
pub(crate) struct Journal {
    listener: Listener,
    /// Whether there is an event for each single request.
    traces: AtomicBool,
    pub(crate) started: SystemTime,
    /// The time of the start, from which [`Minute`] counts.
    begin: Instant,
    /// The state of the connection, and when it changed last.
    connection: Mutex<(ConnectionState, SystemTime)>,
    /// The last errors and their times, the oldest first.
    errors: Mutex<VecDeque<(SystemTime, String)>>,
    minute: Mutex<Minute>,
    pub(crate) counters: Counters,
}

/// The counters since the start.
#[derive(Default)]
pub(crate) struct Counters {
    /// Requests of the platform that were forwarded to applications.
    pub(crate) forwarded: AtomicU64,
    /// Those of them whose response was not a success.
    pub(crate) forwarded_failed: AtomicU64,
    /// Requests of applications, by the first digit of the status of the answer.
    pub(crate) asked: [AtomicU64; 6],
    /// Requests that were refused because of their `Origin`, `Host`, password or token.
    pub(crate) refused: AtomicU64,
    /// Messages that were put into the store.
    pub(crate) stored: AtomicU64,
    /// Messages of the store that were delivered.
    pub(crate) delivered: AtomicU64,
    /// Messages of the store that became dead letters.
    pub(crate) dead_lettered: AtomicU64,
    /// Connections on which the platform has accepted the key.
    pub(crate) connections: AtomicU64,
}

/// The number of requests in each of the last 60 seconds, in both directions.
#[derive(Clone, Copy)]
struct Minute {
    counts: [u32; 60],
    /// The second of the newest count, in seconds since the start.
    second: u64,
}

impl Minute {
    /// Moves to a second, and resets the counts of the seconds in between.
    fn forward(&mut self, second: u64) {
        let passed = second.saturating_sub(self.second).min(60);
        for step in 1..=passed {
            self.count(self.second + step, |count| *count = 0);
        }
        self.second = self.second.max(second);
    }

    /// Changes the count of a second.
    fn count(&mut self, second: u64, count: impl FnOnce(&mut u32)) {
        if let Some(place) = self.counts.get_mut((second % 60) as usize) {
            count(place);
        }
    }

    /// Returns the number of requests in all 60 seconds.
    fn sum(&self) -> u64 {
        self.counts.iter().map(|count| u64::from(*count)).sum()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Adds one to a counter.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Journal {
    pub(crate) fn new(listener: Listener, traces: bool) -> Self {
        let now = SystemTime::now();
        Self {
            listener,
            traces: AtomicBool::new(traces),
            started: now,
            begin: Instant::now(),
            connection: Mutex::new((ConnectionState::Connecting, now)),
            errors: Mutex::default(),
            minute: Mutex::new(Minute { counts: [0; 60], second: 0 }),
            counters: Counters::default(),
        }
    }

    /// Records an event, and passes it to the listener.
    pub(crate) fn tell(&self, event: &Event) {
        if let Event::Connection(state) = event {
            if matches!(state, ConnectionState::Authenticated { .. }) {
                count(&self.counters.connections);
            }
            *lock(&self.connection) = (state.clone(), SystemTime::now());
        }
        let error = match event {
            Event::Connection(
                ConnectionState::Waiting { reason, .. } | ConnectionState::Ended { reason },
            ) => Some(format!("platform: {reason}")),
            Event::Thing { name, state: state @ alwayson::edge::ThingState::Refused { .. } } => {
                Some(format!("{name}: {}", crate::event::thing(state)))
            }
            Event::NotListening { name, application, reason } => {
                Some(format!("{name}: no application listens at {application}: {reason}"))
            }
            Event::DeadLettered { request, reason, .. } => Some(format!("{request}: {reason}")),
            Event::Problem(text) => Some(text.clone()),
            _ => None,
        };
        if let Some(error) = error {
            self.problem(error);
        }
        (self.listener)(event);
    }

    /// Passes an event of a single request to the listener, if tracing is on.
    pub(crate) fn trace(&self, event: impl FnOnce() -> Event) {
        if self.traces.load(Ordering::Relaxed) {
            (self.listener)(&event());
        }
    }

    /// Records an event of the store.
    pub(crate) fn store(&self, request: &Request, event: &StoreEvent) {
        let thing = request.entity.clone();
        let text = request.to_string();
        let (counter, event) = match event {
            StoreEvent::Stored => (&self.counters.stored, Event::Stored { thing, request: text }),
            StoreEvent::Delivered => {
                (&self.counters.delivered, Event::Delivered { thing, request: text })
            }
            StoreEvent::DeadLettered(reason) => {
                let event = Event::DeadLettered { thing, request: text, reason: reason.clone() };
                (&self.counters.dead_lettered, event)
            }
            StoreEvent::Failed(reason) => {
                return self.problem(format!("{text}: not delivered: {reason}"));
            }
            _ => return self.problem(format!("{text}: dropped from the store")),
        };
        count(counter);
        self.tell(&event);
    }

    /// Records an error for the status page.
    pub(crate) fn problem(&self, text: String) {
        tracing::debug!(text, "a problem");
        let text = match text.char_indices().nth(MAX_ERROR) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        };
        let mut errors = lock(&self.errors);
        if errors.len() == ERRORS {
            errors.pop_front();
        }
        errors.push_back((SystemTime::now(), text));
    }

    /// Returns the last errors and their times, the newest first.
    pub(crate) fn problems(&self) -> Vec<(SystemTime, String)> {
        lock(&self.errors).iter().rev().cloned().collect()
    }

    /// Returns the state of the connection, and when it changed last.
    pub(crate) fn connection(&self) -> (ConnectionState, SystemTime) {
        lock(&self.connection).clone()
    }

    /// Counts a request of the platform that was forwarded to an application.
    pub(crate) fn answered(&self, status: Status) {
        count(&self.counters.forwarded);
        if !status.is_success() {
            count(&self.counters.forwarded_failed);
        }
        self.tick();
    }

    /// Counts a request of an application.
    pub(crate) fn asked(&self, status: StatusCode) {
        if let Some(counter) = self.counters.asked.get(usize::from(status.as_u16() / 100)) {
            count(counter);
        }
        self.tick();
    }

    /// Counts a request in the last minute.
    fn tick(&self) {
        let second = self.begin.elapsed().as_secs();
        let mut minute = lock(&self.minute);
        minute.forward(second);
        minute.count(second, |count| *count = count.saturating_add(1));
    }

    /// Returns the number of requests in the last minute, in both directions.
    pub(crate) fn last_minute(&self) -> u64 {
        let mut minute = lock(&self.minute);
        minute.forward(self.begin.elapsed().as_secs());
        minute.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_count_for_sixty_seconds() {
        let mut minute = Minute { counts: [0; 60], second: 0 };
        minute.count(0, |count| *count = 3);
        minute.forward(59);
        assert_eq!(minute.sum(), 3);
        minute.count(59, |count| *count += 1);
        minute.forward(60);
        assert_eq!(minute.sum(), 1);
        minute.forward(1_000);
        assert_eq!(minute.sum(), 0);
    }

    #[test]
    fn the_last_errors_are_kept_and_long_ones_cut() {
        let journal = Journal::new(Box::new(|_| ()), false);
        for number in 0..=ERRORS {
            journal.problem(number.to_string());
        }
        journal.problem("ä".repeat(MAX_ERROR + 1));
        let problems = journal.problems();
        assert_eq!(problems.len(), ERRORS);
        assert_eq!(problems[0].1.chars().count(), MAX_ERROR + 1);
        assert_eq!(problems[1].1, ERRORS.to_string());
        assert_eq!(problems[ERRORS - 1].1, "2");
    }
}
