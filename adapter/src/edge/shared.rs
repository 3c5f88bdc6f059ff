//! What the handles of an edge and its task share.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::watch;

use super::logged::Logged;
use super::state::{ConnectionState, Counters, EdgeState, EndReason, StateChange, ThingState};
use super::thing::Thing;
use super::wanted::Wanted;
use crate::message::MessageLimit;

/// Is told each step, in its order.
pub(super) type OnChange = Box<dyn Fn(&StateChange) + Send + Sync>;

/// What is shared. Locks are held for a moment, and never over an await.
pub(super) struct Shared {
    things: Mutex<Things>,
    counters: Mutex<Counters>,
    state: watch::Sender<EdgeState>,
    logged: Mutex<Logged>,
    on_change: Option<OnChange>,
    /// Why the first connection that failed did so.
    first_failure: OnceLock<EndReason>,
    /// The longest request.
    pub(super) message_limit: MessageLimit,
}

#[derive(Default)]
struct Things {
    /// By the names by which they are bound.
    all: BTreeMap<String, Arc<Thing>>,
    /// Stands for the gateway, where that is no Thing of its own.
    gateway: Option<Arc<Thing>>,
    /// What platforms want pushed, by Thing and property.
    subscriptions: BTreeMap<String, Wanted>,
}

impl Shared {
    pub(super) fn new(
        gateway: Option<&str>,
        message_limit: MessageLimit,
        on_change: Option<OnChange>,
    ) -> Self {
        let gateway = gateway.map(|name| Arc::new(Thing::new(name)));
        let things = BTreeMap::new();
        let state = EdgeState { connection: ConnectionState::Connecting, things };
        Self {
            things: Mutex::new(Things { gateway, ..Things::default() }),
            counters: Mutex::default(),
            state: watch::Sender::new(state),
            logged: Mutex::default(),
            on_change,
            first_failure: OnceLock::new(),
            message_limit,
        }
    }

    fn things(&self) -> MutexGuard<'_, Things> {
        self.things.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a Thing; false where one is bound by its name.
    pub(super) fn insert(&self, thing: Thing) -> bool {
        let name = thing.bound_as().to_owned();
        let mut things = self.things();
        let is_new = !things.all.contains_key(&name);
        if is_new {
            things.all.insert(name, Arc::new(thing));
        }
        is_new
    }

    pub(super) fn remove(&self, bound_as: &str) {
        let mut things = self.things();
        things.all.remove(bound_as);
        things.subscriptions.remove(bound_as);
    }

    /// The Thing that a platform means.
    pub(super) fn thing(&self, bound_as: &str) -> Option<Arc<Thing>> {
        let things = self.things();
        let gateway = things.gateway.as_ref().filter(|gateway| gateway.name() == bound_as);
        things.all.get(bound_as).or(gateway).map(Arc::clone)
    }

    /// The Thing that the application means: by the name by which it is bound, or
    /// by its own.
    pub(super) fn meant(&self, name: &str) -> Option<Arc<Thing>> {
        let things = self.things();
        let by_name = || things.all.values().find(|thing| thing.name() == name);
        things.all.get(name).or_else(by_name).map(Arc::clone)
    }

    /// What a platform has asked for, or that it has not said.
    pub(super) fn subscribe(&self, bound_as: &str, wanted: Option<Wanted>) {
        let mut things = self.things();
        match wanted {
            Some(wanted) => _ = things.subscriptions.insert(bound_as.to_owned(), wanted),
            None => _ = things.subscriptions.remove(bound_as),
        }
    }

    pub(super) fn subscriptions(&self, bound_as: &str) -> Option<Wanted> {
        self.things().subscriptions.get(bound_as).cloned()
    }

    /// Shows what a platform has asked for.
    pub(super) fn with_subscriptions<R>(
        &self,
        bound_as: &str,
        show: impl FnOnce(Option<&Wanted>) -> R,
    ) -> R {
        show(self.things().subscriptions.get(bound_as))
    }

    pub(super) fn count(&self, count: impl FnOnce(&mut Counters)) {
        count(&mut self.counters.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(super) fn counters(&self) -> Counters {
        *self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn state(&self) -> watch::Receiver<EdgeState> {
        self.state.subscribe()
    }

    /// Why the first connection that failed did so.
    pub(super) fn first_failure(&self) -> Option<&EndReason> {
        self.first_failure.get()
    }

    /// Tells that the connection has ended, and is made again after this time.
    pub(super) fn tell_waiting(
        &self,
        until: SystemTime,
        wait: Duration,
        reason: EndReason,
        repeated: u32,
    ) {
        // Of later ones nobody asks.
        let _ = self.first_failure.set(reason.clone());
        self.logged().waiting(wait, &reason, repeated);
        self.tell(ConnectionState::Waiting { until, reason, repeated });
    }

    /// Tells where the connection stands.
    pub(super) fn tell(&self, connection: ConnectionState) {
        // Before anybody sees the state: who has seen the end was told all.
        self.changed(&StateChange::Connection(connection.clone()));
        self.state.send_modify(|state| state.connection = connection);
    }

    /// Tells where the Things stand; returns whether that is new. `is_connected`: they
    /// got there step by step.
    pub(super) fn tell_things(
        &self,
        things: BTreeMap<String, ThingState>,
        is_connected: bool,
    ) -> bool {
        // One task tells, so nothing changes between.
        let steps = steps(&self.state.borrow().things, &things, is_connected);
        if steps.is_empty() {
            return false;
        }
        for step in &steps {
            self.changed(step);
        }
        self.state.send_modify(|state| state.things = things);
        true
    }

    fn logged(&self) -> MutexGuard<'_, Logged> {
        self.logged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Logs a step, and tells it who wants to know of each.
    fn changed(&self, change: &StateChange) {
        self.logged().log(change);
        if let Some(on_change) = &self.on_change {
            // It is called while a task that was stopped is dropped, too.
            if catch_unwind(AssertUnwindSafe(|| on_change(change))).is_err() {
                tracing::error!("what was to be told of a change of state has panicked");
            }
        }
    }
}

/// The steps from some states to others. Where they were not seen one by one, what must
/// have been between is told, too: no name is bound that was not asked for.
fn steps(
    before: &BTreeMap<String, ThingState>,
    after: &BTreeMap<String, ThingState>,
    is_connected: bool,
) -> Vec<StateChange> {
    let mut steps = Vec::new();
    for (name, state) in after {
        let was = before.get(name);
        if was == Some(state) {
            continue;
        }
        let between = match (was.unwrap_or(&ThingState::Unbound), state) {
            (
                ThingState::Unbound | ThingState::Refused { .. },
                ThingState::Bound { .. } | ThingState::Refused { .. },
            ) => Some(ThingState::Binding),
            (ThingState::Bound { .. }, ThingState::Unbound) if is_connected => {
                Some(ThingState::Unbinding)
            }
            _ => None,
        };
        for state in between.into_iter().chain([state.clone()]) {
            steps.push(StateChange::Thing { name: name.clone(), state });
        }
    }
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    steps.extend(gone.map(|name| StateChange::Removed { name: name.clone() }));
    steps
}
