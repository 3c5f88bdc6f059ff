//! Pushes that are held back until the platform has synchronised (section 3).

use std::collections::{BTreeSet, HashMap, VecDeque};

use super::task::Queued;

/// After how long subscriptions are asked for again.
const FETCH_AGAIN_MS: u64 = 5_000;

/// What is held back of all Things.
pub(super) struct Synchronisation {
    things: HashMap<String, State>,
    /// When there is something to do for a Thing, or was.
    due: BTreeSet<(u64, String)>,
    hold_ms: u64,
    held: usize,
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
    held: VecDeque<Queued>,
}

impl Synchronisation {
    /// Holds back for no longer than this after a Thing was bound.
    pub(super) fn new(hold_ms: u64) -> Self {
        Self { things: HashMap::new(), due: BTreeSet::new(), hold_ms, held: 0 }
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
    pub(super) fn hold(&mut self, thing: String, push: Queued) {
        self.held += 1;
        self.things.entry(thing).or_default().held.push_back(push);
    }

    /// A Thing is bound: the platform has some time to synchronise it.
    pub(super) fn bound(&mut self, thing: &str, now_ms: u64) {
        let open_at = now_ms + self.hold_ms;
        let state = self.things.entry(thing.to_owned()).or_default();
        (state.is_bound, state.is_open, state.open_at) = (true, false, Some(open_at));
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
    pub(super) fn open(&mut self, thing: &str) -> VecDeque<Queued> {
        let Some(state) = self.things.get_mut(thing).filter(|state| state.is_bound) else {
            return VecDeque::new();
        };
        (state.is_open, state.open_at) = (true, None);
        self.held -= state.held.len();
        std::mem::take(&mut state.held)
    }

    /// What is held back of a Thing that is gone, or of all.
    pub(super) fn give_up(&mut self, gone: Option<&str>) -> Vec<Queued> {
        let meant = |thing: &str| gone.is_none_or(|gone| gone == thing);
        let states = self.things.iter_mut().filter(|(thing, _)| meant(thing));
        let given_up: Vec<_> = states.flat_map(|(_, state)| state.held.drain(..)).collect();
        self.held -= given_up.len();
        given_up
    }

    /// Subscriptions of a Thing are to be asked for, at once.
    pub(super) fn fetch(&mut self, thing: &str, now_ms: u64) {
        if let Some(state) = self.things.get_mut(thing).filter(|state| state.is_bound) {
            state.fetch_at = Some(now_ms);
            self.due.insert((now_ms, thing.to_owned()));
        }
    }

    /// They could not be had: they are asked for again later.
    pub(super) fn fetch_again(&mut self, thing: &str, now_ms: u64) {
        self.fetch(thing, now_ms + FETCH_AGAIN_MS);
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
