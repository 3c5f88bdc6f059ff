//! State that the handles of an edge and its task share.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::watch;

use super::logged::Logged;
use super::state::{ConnectionState, Counters, EdgeState, EndReason, StateChange, ThingState};
use super::thing::Thing;
use super::wanted::Wanted;
use crate::message::MessageLimit;

/// The callback for each change, in order.
pub(super) type OnChange = Box<dyn Fn(&StateChange) + Send + Sync>;

/// The shared state. Locks are held briefly, and never across an await.
pub(super) struct Shared {
    things: Mutex<Things>,
    counters: Mutex<Counters>,
    state: watch::Sender<EdgeState>,
    logged: Mutex<Logged>,
    on_change: Option<OnChange>,
    /// Why the first attempt that failed did so.
    first_failure: OnceLock<EndReason>,
    /// The longest request.
    pub(super) message_limit: MessageLimit,
    #[cfg(feature = "store")]
    pub(super) store: Option<Arc<super::store::Inner>>,
}

#[derive(Default)]
struct Things {
    /// The Things, by the names by which they are bound.
    all: BTreeMap<String, Arc<Thing>>,
    /// The names of the Things that are bound by an identifier, each with the latter.
    identified: BTreeSet<(String, String)>,
    /// The Thing that represents the gateway, if no Thing of its own has its name.
    gateway: Option<Arc<Thing>>,
    /// What the platform wants pushed, by Thing and property.
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
            #[cfg(feature = "store")]
            store: None,
        }
    }

    #[cfg(feature = "store")]
    pub(super) fn with_store(self, store: Option<Arc<super::store::Inner>>) -> Self {
        Self { store, ..self }
    }

    fn things(&self) -> MutexGuard<'_, Things> {
        self.things.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a Thing. Returns false if there is one that is bound by the same name.
    pub(super) fn insert(&self, thing: Thing) -> bool {
        let name = thing.bound_as().to_owned();
        let mut things = self.things();
        let is_new = !things.all.contains_key(&name);
        if is_new {
            if thing.name() != name {
                things.identified.insert((thing.name().to_owned(), name.clone()));
            }
            things.all.insert(name, Arc::new(thing));
        }
        is_new
    }

    pub(super) fn remove(&self, bound_as: &str) {
        let mut things = self.things();
        if let Some(thing) = things.all.remove(bound_as) {
            things.identified.remove(&(thing.name().to_owned(), bound_as.to_owned()));
        }
        things.subscriptions.remove(bound_as);
    }

    /// Returns the Thing that a platform addresses.
    pub(super) fn thing(&self, bound_as: &str) -> Option<Arc<Thing>> {
        let things = self.things();
        let gateway = things.gateway.as_ref().filter(|gateway| gateway.name() == bound_as);
        things.all.get(bound_as).or(gateway).map(Arc::clone)
    }

    /// Returns the Thing that the application addresses, by the name by which it is bound,
    /// or by its own name.
    pub(super) fn meant(&self, name: &str) -> Option<Arc<Thing>> {
        let things = self.things();
        let by_name = || {
            let from = (name.to_owned(), String::new());
            let (found, bound_as) = things.identified.range(from..).next()?;
            things.all.get(bound_as).filter(|_| found == name)
        };
        things.all.get(name).or_else(by_name).map(Arc::clone)
    }

    /// Sets what the platform has asked for; `None` if it has not asked for anything.
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

    /// Passes what the platform has asked for to a function.
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

    /// Returns why the first attempt that failed did so.
    pub(super) fn first_failure(&self) -> Option<&EndReason> {
        self.first_failure.get()
    }

    /// Reports that the connection has ended, and that the edge connects again after this
    /// time.
    pub(super) fn tell_waiting(
        &self,
        until: SystemTime,
        wait: Duration,
        reason: EndReason,
        repeated: u32,
    ) {
        // Only the first failure is kept.
        let _ = self.first_failure.set(reason.clone());
        self.logged().waiting(wait, &reason, repeated);
        self.tell(ConnectionState::Waiting { until, reason, repeated });
    }

    /// Reports the state of the connection.
    pub(super) fn tell(&self, connection: ConnectionState) {
        // The callback comes before the state: a task that sees the end in the state knows
        // that all changes were reported.
        self.changed(&StateChange::Connection(connection.clone()));
        self.state.send_modify(|state| state.connection = connection);
    }

    /// Reports the states of the Things. Returns whether one of them has changed. If
    /// `is_connected`, the Things reached their states step by step.
    pub(super) fn tell_things(
        &self,
        things: BTreeMap<String, ThingState>,
        is_connected: bool,
    ) -> bool {
        // Only one task changes the state, so nothing changes in between.
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

    /// Logs a change, and passes it to the callback.
    fn changed(&self, change: &StateChange) {
        self.logged().log(change);
        if let Some(on_change) = &self.on_change {
            // The callback also runs while a task that was stopped is dropped.
            if catch_unwind(AssertUnwindSafe(|| on_change(change))).is_err() {
                tracing::error!("the on_change callback has panicked");
            }
        }
    }
}

/// Returns the changes from one set of states to another. A state that must have been in
/// between, but was not seen, is added: a name is only bound after the edge has asked for
/// it.
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
