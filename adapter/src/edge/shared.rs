//! What the handles of an edge and its task share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::property::PushType;
use super::state::{ConnectionState, Counters, EdgeState, ThingState};
use super::thing::Thing;
use crate::message::MessageLimit;

/// What is shared. Locks are held for a moment, and never over an await.
pub(super) struct Shared {
    things: Mutex<Things>,
    counters: Mutex<Counters>,
    state: watch::Sender<EdgeState>,
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
    subscriptions: BTreeMap<String, BTreeMap<String, PushType>>,
}

impl Shared {
    pub(super) fn new(gateway: Option<&str>, message_limit: MessageLimit) -> Self {
        let gateway = gateway.map(|name| Arc::new(Thing::new(name)));
        let things = BTreeMap::new();
        let state = EdgeState { connection: ConnectionState::Connecting, things };
        Self {
            things: Mutex::new(Things { gateway, ..Things::default() }),
            counters: Mutex::default(),
            state: watch::Sender::new(state),
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

    pub(super) fn subscribe(&self, bound_as: &str, wanted: BTreeMap<String, PushType>) {
        self.things().subscriptions.insert(bound_as.to_owned(), wanted);
    }

    pub(super) fn subscriptions(&self, bound_as: &str) -> Option<BTreeMap<String, PushType>> {
        self.things().subscriptions.get(bound_as).cloned()
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

    /// Tells where the connection stands.
    pub(super) fn tell(&self, connection: ConnectionState) {
        tracing::debug!(state = ?connection, "connection");
        self.state.send_modify(|state| state.connection = connection);
    }

    /// Tells where the Things stand; says whether that is new.
    pub(super) fn tell_things(&self, things: BTreeMap<String, ThingState>) -> bool {
        self.state.send_if_modified(|state| {
            let has_changed = state.things != things;
            if has_changed {
                tracing::debug!(?things, "Things");
                state.things = things;
            }
            has_changed
        })
    }
}
