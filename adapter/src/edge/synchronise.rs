//! Pushes that are held back until the platform has synchronised (section 3).

use std::collections::{BTreeSet, HashMap, VecDeque};

use super::task::Queued;

/// After how long subscriptions are asked for again, in milliseconds. It doubles with
/// each failure after the first.
const FETCH_AGAIN_MS: u64 = 5_000;
/// What it grows to. A Thing that restarts for longer is asked every minute.
const LONGEST_FETCH_AGAIN_MS: u64 = 60_000;
/// How many answers that there are no subscriptions are needed to believe it: a Thing
/// that restarts may fail so for some seconds (section 3).
const MISSING_ANSWERS: u32 = 3;

/// What is held back of all Things.
pub(super) struct Synchronisation {
    things: HashMap<String, State>,
    /// When there is something to do for a Thing, or was.
    due: BTreeSet<(u64, String)>,
    /// When pushes that are held back fail, in the order in which they were pushed: all
    /// have the same time. Some may have gone out meanwhile.
    expiries: VecDeque<(u64, String)>,
    hold_ms: u64,
    timeout_ms: u64,
    held: usize,
}

/// A push that is held back, and until when.
struct Held {
    push: Queued,
    until_ms: u64,
}

#[derive(Default)]
struct State {
    is_bound: bool,
    /// Pushes go out at once.
    is_open: bool,
    /// They do so from then on.
    open_at: Option<u64>,
    /// Subscriptions are to be asked for then.
    fetch_at: Option<u64>,
    /// How often they could not be had, and how often because there are none.
    failures: u32,
    missing: u32,
    held: VecDeque<Held>,
}

impl Synchronisation {
    /// Holds back for no longer than `hold_ms` after a Thing was bound; no push longer
    /// than `timeout_ms`.
    pub(super) fn new(hold_ms: u64, timeout_ms: u64) -> Self {
        let (things, due, expiries) = (HashMap::new(), BTreeSet::new(), VecDeque::new());
        Self { things, due, expiries, hold_ms, timeout_ms, held: 0 }
    }

    /// Whether pushes of a Thing go out at once.
    pub(super) fn is_open(&self, thing: &str) -> bool {
        self.things.get(thing).is_some_and(|state| state.is_open)
    }

    /// How many pushes are held back.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// Holds back a push of a Thing.
    pub(super) fn hold(&mut self, thing: String, push: Queued, now_ms: u64) {
        let until_ms = now_ms.saturating_add(self.timeout_ms);
        self.held += 1;
        self.expiries.push_back((until_ms, thing.clone()));
        self.things.entry(thing).or_default().held.push_back(Held { push, until_ms });
    }

    /// Returns the pushes that are held back for too long now.
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

    /// When the next push is held back for too long.
    pub(super) fn next_expiry(&self) -> Option<u64> {
        self.expiries.front().map(|(at_ms, _)| *at_ms)
    }

    /// So many pushes are not held back any more.
    fn release(&mut self, count: usize) {
        self.held -= count;
        if self.held == 0 {
            self.expiries.clear();
        }
    }

    /// A Thing is bound: the platform has some time to synchronise it.
    pub(super) fn bound(&mut self, thing: &str, now_ms: u64) {
        let open_at = now_ms.saturating_add(self.hold_ms);
        let state = self.things.entry(thing.to_owned()).or_default();
        let held = std::mem::take(&mut state.held);
        *state = State { is_bound: true, open_at: Some(open_at), held, ..State::default() };
        self.due.insert((open_at, thing.to_owned()));
    }

    /// A Thing is not bound any more.
    pub(super) fn unbound(&mut self, thing: &str) {
        if let Some(state) = self.things.get_mut(thing) {
            *state = State { held: std::mem::take(&mut state.held), ..State::default() };
        }
        self.things.retain(|_, state| state.is_bound || !state.held.is_empty());
    }

    /// The connection has ended.
    pub(super) fn end(&mut self) {
        self.due.clear();
        for state in self.things.values_mut() {
            *state = State { held: std::mem::take(&mut state.held), ..State::default() };
        }
        self.things.retain(|_, state| !state.held.is_empty());
    }

    /// A Thing is synchronised: what was held back of it may go out.
    pub(super) fn open(&mut self, thing: &str) -> Vec<Queued> {
        let Some(state) = self.things.get_mut(thing).filter(|state| state.is_bound) else {
            return Vec::new();
        };
        (state.is_open, state.open_at) = (true, None);
        let held: Vec<_> = state.held.drain(..).map(|held| held.push).collect();
        self.release(held.len());
        held
    }

    /// What is held back of a Thing that is gone, or of all.
    pub(super) fn give_up(&mut self, gone: Option<&str>) -> Vec<Queued> {
        let meant = |thing: &str| gone.is_none_or(|gone| gone == thing);
        let states = self.things.iter_mut().filter(|(thing, _)| meant(thing));
        let given_up: Vec<_> =
            states.flat_map(|(_, state)| state.held.drain(..)).map(|held| held.push).collect();
        self.release(given_up.len());
        given_up
    }

    /// Subscriptions of a Thing are to be asked for, at once.
    pub(super) fn fetch(&mut self, thing: &str, now_ms: u64) {
        if let Some(state) = self.things.get_mut(thing).filter(|state| state.is_bound) {
            (state.fetch_at, state.failures, state.missing) = (Some(now_ms), 0, 0);
            self.due.insert((now_ms, thing.to_owned()));
        }
    }

    /// They could not be had: they are asked for again later.
    pub(super) fn fetch_again(&mut self, thing: &str, now_ms: u64) {
        if let Some(state) = self.things.get_mut(thing).filter(|state| state.is_bound) {
            let doubled = FETCH_AGAIN_MS << state.failures.min(16);
            let at_ms = now_ms + doubled.min(LONGEST_FETCH_AGAIN_MS);
            state.failures += 1;
            state.fetch_at = Some(at_ms);
            self.due.insert((at_ms, thing.to_owned()));
        }
    }

    /// The platform answers that it has none. Returns whether it has said so often
    /// enough, and is not to be asked again.
    pub(super) fn are_missing(&mut self, thing: &str) -> bool {
        self.things.get_mut(thing).is_some_and(|state| {
            state.missing += 1;
            state.missing >= MISSING_ANSWERS
        })
    }

    /// When there is something to do.
    pub(super) fn next_due(&self) -> Option<u64> {
        self.due.first().map(|(at_ms, _)| *at_ms)
    }

    /// What is to be done next: open a Thing, or ask for its subscriptions.
    pub(super) fn poll(&mut self, now_ms: u64) -> Option<Due> {
        while self.next_due().is_some_and(|at_ms| at_ms <= now_ms) {
            let (_, thing) = self.due.pop_first()?;
            let Some(state) = self.things.get_mut(&thing) else { continue };
            if state.fetch_at.take_if(|at_ms| *at_ms <= now_ms).is_some() {
                // There may be the other thing to do at the same time.
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

/// Something to do for a Thing.
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
