//! The queue of pushes whose Things the platform has not synchronised yet (PROTOCOL.md §3).

use std::collections::{BTreeSet, HashMap, VecDeque};

use super::command::Queued;

/// The delay before subscriptions are requested again, in milliseconds. It doubles with
/// each failure after the first.
const FETCH_AGAIN_MS: u64 = 5_000;
/// The longest delay, in milliseconds. A Thing whose restart takes longer is asked every
/// minute.
const LONGEST_FETCH_AGAIN_MS: u64 = 60_000;
/// The number of answers "there are no subscriptions" before the edge believes them: a
/// Thing that restarts may give this answer for some seconds (PROTOCOL.md §3).
const MISSING_ANSWERS: u32 = 3;

/// The queued pushes of all Things, and the times at which something is due.
pub(super) struct Synchronisation {
    things: HashMap<String, State>,
    /// The times at which something may be due for a Thing, in milliseconds. Some entries
    /// are outdated.
    due: BTreeSet<(u64, String)>,
    /// When queued pushes expire, in milliseconds, in the order in which they were pushed:
    /// all have the same timeout. Some may have been sent meanwhile.
    expiries: VecDeque<(u64, String)>,
    hold_ms: u64,
    timeout_ms: u64,
    held: usize,
}

/// A queued push, and when it expires.
struct Held {
    push: Queued,
    until_ms: u64,
}

#[derive(Default)]
struct State {
    is_bound: bool,
    /// Whether pushes are sent without being queued.
    is_open: bool,
    /// When `is_open` becomes true, even if the platform does not synchronise the Thing.
    open_at: Option<u64>,
    /// When subscriptions are requested.
    fetch_at: Option<u64>,
    /// How often the request for subscriptions failed, for any reason.
    failures: u32,
    /// How often the platform answered that there are none.
    missing: u32,
    held: VecDeque<Held>,
}

impl Synchronisation {
    /// Creates a queue that holds pushes for at most `hold_ms` after their Thing was bound,
    /// and each push for at most `timeout_ms`.
    pub(super) fn new(hold_ms: u64, timeout_ms: u64) -> Self {
        Self {
            things: HashMap::new(),
            due: BTreeSet::new(),
            expiries: VecDeque::new(),
            hold_ms,
            timeout_ms,
            held: 0,
        }
    }

    /// Returns whether pushes of a Thing are sent without being queued.
    pub(super) fn is_open(&self, thing: &str) -> bool {
        self.things.get(thing).is_some_and(|state| state.is_open)
    }

    /// Returns the number of queued pushes.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// Queues a push of a Thing.
    pub(super) fn hold(&mut self, thing: String, push: Queued, now_ms: u64) {
        let until_ms = now_ms.saturating_add(self.timeout_ms);
        self.held += 1;
        self.expiries.push_back((until_ms, thing.clone()));
        self.things.entry(thing).or_default().held.push_back(Held { push, until_ms });
    }

    /// Removes and returns the pushes whose timeout is over.
    pub(super) fn expired(&mut self, now_ms: u64) -> Vec<Queued> {
        let mut expired = Vec::new();
        while self.next_expiry().is_some_and(|at_ms| at_ms <= now_ms) {
            let Some((_, thing)) = self.expiries.pop_front() else { break };
            let Some(state) = self.things.get_mut(&thing) else { continue };
            while state.held.front().is_some_and(|held| held.until_ms <= now_ms) {
                expired.extend(state.held.pop_front().map(|held| held.push));
            }
            if !state.is_bound && state.held.is_empty() {
                self.things.remove(&thing);
            }
        }
        self.release(expired.len());
        expired
    }

    /// Returns when the next push expires, in milliseconds.
    pub(super) fn next_expiry(&self) -> Option<u64> {
        self.expiries.front().map(|(at_ms, _)| *at_ms)
    }

    /// Counts pushes that were removed from the queue.
    fn release(&mut self, count: usize) {
        self.held -= count;
        if self.held == 0 {
            self.expiries.clear();
        }
    }

    /// Records that a Thing is bound. The platform has `hold_ms` to synchronise it.
    pub(super) fn bound(&mut self, thing: &str, now_ms: u64) {
        let open_at = now_ms.saturating_add(self.hold_ms);
        let state = self.things.entry(thing.to_owned()).or_default();
        let held = std::mem::take(&mut state.held);
        *state = State { is_bound: true, open_at: Some(open_at), held, ..State::default() };
        self.due.insert((open_at, thing.to_owned()));
    }

    /// Records that a Thing is no longer bound.
    pub(super) fn unbound(&mut self, thing: &str) {
        let Some(state) = self.things.get_mut(thing) else { return };
        *state = State { held: std::mem::take(&mut state.held), ..State::default() };
        if state.held.is_empty() {
            self.things.remove(thing);
        }
    }

    /// Records that the connection has ended.
    pub(super) fn end(&mut self) {
        self.due.clear();
        for state in self.things.values_mut() {
            *state = State { held: std::mem::take(&mut state.held), ..State::default() };
        }
        self.things.retain(|_, state| !state.held.is_empty());
    }

    /// Records that a Thing is synchronised. Removes and returns its queued pushes.
    pub(super) fn open(&mut self, thing: &str) -> Vec<Queued> {
        let Some(state) = self.things.get_mut(thing).filter(|state| state.is_bound) else {
            return Vec::new();
        };
        state.is_open = true;
        state.open_at = None;
        let held: Vec<_> = state.held.drain(..).map(|held| held.push).collect();
        self.release(held.len());
        held
    }

    /// Removes and returns the queued pushes of a Thing that was removed, or of all Things.
    pub(super) fn give_up(&mut self, gone: Option<&str>) -> Vec<Queued> {
        let held: Vec<Held> = match gone {
            Some(thing) => {
                let state = self.things.get_mut(thing);
                let held = state.map(|state| state.held.drain(..).collect());
                if self.things.get(thing).is_some_and(|state| !state.is_bound) {
                    self.things.remove(thing);
                }
                held.unwrap_or_default()
            }
            None => self.things.values_mut().flat_map(|state| state.held.drain(..)).collect(),
        };
        let given_up: Vec<_> = held.into_iter().map(|held| held.push).collect();
        self.release(given_up.len());
        given_up
    }

    /// Schedules a request for the subscriptions of a Thing, now.
    pub(super) fn fetch(&mut self, thing: &str, now_ms: u64) {
        if let Some(state) = self.things.get_mut(thing).filter(|state| state.is_bound) {
            state.fetch_at = Some(now_ms);
            state.failures = 0;
            state.missing = 0;
            self.due.insert((now_ms, thing.to_owned()));
        }
    }

    /// Schedules the next request for the subscriptions, after one that failed.
    pub(super) fn fetch_again(&mut self, thing: &str, now_ms: u64) {
        if let Some(state) = self.things.get_mut(thing).filter(|state| state.is_bound) {
            let doubled = FETCH_AGAIN_MS << state.failures.min(16);
            let at_ms = now_ms + doubled.min(LONGEST_FETCH_AGAIN_MS);
            state.failures += 1;
            state.fetch_at = Some(at_ms);
            self.due.insert((at_ms, thing.to_owned()));
        }
    }

    /// Records the platform's answer that there are no subscriptions. Returns whether there
    /// were [`MISSING_ANSWERS`] of them, so that the platform is not asked again.
    pub(super) fn are_missing(&mut self, thing: &str) -> bool {
        self.things.get_mut(thing).is_some_and(|state| {
            state.missing += 1;
            state.missing >= MISSING_ANSWERS
        })
    }

    /// Returns the next time at which something may be due, in milliseconds.
    pub(super) fn next_due(&self) -> Option<u64> {
        self.due.first().map(|(at_ms, _)| *at_ms)
    }

    /// Returns what is due next: opening a Thing, or requesting its subscriptions.
    pub(super) fn poll(&mut self, now_ms: u64) -> Option<Due> {
        while self.next_due().is_some_and(|at_ms| at_ms <= now_ms) {
            let (_, thing) = self.due.pop_first()?;
            let Some(state) = self.things.get_mut(&thing) else { continue };
            if state.fetch_at.take_if(|at_ms| *at_ms <= now_ms).is_some() {
                // Opening the Thing may be due at the same time.
                self.due.extend(state.open_at.map(|at_ms| (at_ms, thing.clone())));
                return Some(Due::Fetch(thing));
            }
            if state.open_at.take_if(|at_ms| *at_ms <= now_ms).is_some() {
                return Some(Due::Open(thing));
            }
        }
        None
    }
}

/// Something that is due for a Thing.
pub(super) enum Due {
    Open(String),
    Fetch(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscriptions_are_asked_for_again_after_a_minute_at_most() {
        let mut synchronisation = Synchronisation::new(0, 0);
        synchronisation.bound("Pump", 0);
        let mut times = Vec::new();
        let mut now_ms = 0;
        for _ in 0..70 {
            synchronisation.fetch_again("Pump", now_ms);
            while !matches!(synchronisation.poll(now_ms), Some(Due::Fetch(_))) {
                now_ms = synchronisation.next_due().unwrap();
            }
            times.push(now_ms);
        }
        let waits: Vec<_> = times.windows(2).map(|times| times[1] - times[0]).collect();
        assert_eq!(times[0], 5_000);
        assert_eq!(waits[..4], [10_000, 20_000, 40_000, 60_000]);
        assert!(waits[4..].iter().all(|wait| *wait == 60_000), "{waits:?}");
    }
}
