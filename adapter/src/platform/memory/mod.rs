//! Things in memory, for platforms in tests.

// | file | contents |
// | --- | --- |
// | `mod.rs` | the Things: how tests create and read them |
// | `thing.rs` | the state of one Thing |
// | `hooks.rs` | hooks with which tests delay or refuse requests and BINDs |
// | `serve.rs` | handles the requests of edges |
// | `wait.rs` | waits for values that edges push |

mod hooks;
mod serve;
mod thing;
mod wait;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alwayson_codec::BaseType;
use tokio::sync::broadcast;

use super::metadata::Metadata;
use crate::message::{BoxFuture, Request, Response};
use crate::value::{Table, Value};
use hooks::Hooks;
pub use hooks::Reaction;
pub use thing::{Property, ThingState};

/// The number of Things up to which edges create one by using its name, see [`MemoryThings::any`].
pub const MAX_THINGS: usize = 100_000;
/// The most properties of one Thing.
pub const MAX_PROPERTIES: usize = 1_000;

/// The number of updates that wait for a receiver. When it is exceeded, the receiver loses the
/// oldest.
const UPDATES: usize = 1_024;

/// A change of a Thing in memory.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Update {
    /// A property was written.
    Property {
        /// The Thing.
        thing: String,
        /// The property.
        name: String,
        /// Its new state.
        property: Property,
    },
    /// The edge of a Thing fired an event.
    Event {
        /// The Thing.
        thing: String,
        /// The event.
        name: String,
        /// Its data.
        data: Option<Table>,
    },
}

type Service = Arc<dyn Fn(Request) -> BoxFuture<'static, Response> + Send + Sync>;

/// Things in memory, with properties that can be read, written and pushed, with events, and with
/// services that have handlers. Clones share their Things.
///
/// A pushed value replaces the last one unless both have a time from the edge and its time is
/// older. A write, and a value without a time, always replace it.
///
/// A write creates the property if there is none of its name. A write of several properties, by
/// `*`, writes all or none of them. Edges can call these services of every Thing
/// (PROTOCOL.md §3):
///
/// | service | parameter | answer |
/// | --- | --- | --- |
/// | `UpdateSubscribedPropertyValues`, `UpdatePropertyValues` | `values`: name, value, time, quality | no result |
/// | `GetNamedPropertyValues` | `propertyNames`: a table of `name` | one row with a field for each property; NOT_FOUND if one does not exist |
/// | `GetPropertySubscriptions` | | edgeName, pushType, pushThreshold of the properties in the metadata |
/// | `GetEventSubscriptions` | | edgeName of the events in the metadata |
///
/// ```
/// use alwayson::platform::MemoryThings;
/// use alwayson::message::Response;
/// use alwayson::value::Value;
///
/// let things = MemoryThings::new()
///     .with_thing("SteamSensor1")
///     .with_identified_thing("Pump-7", "serial-0815")
///     .with_gateway_type("EMSGateway")
///     .with_service("Echo", |request| async move {
///         let echo = request.params.and_then(|params| params.value("text").cloned());
///         Response::result(echo.unwrap_or_default())
///     });
/// assert!(things.state("SteamSensor1").is_some_and(|state| !state.is_connected));
/// assert_eq!(things.property("SteamSensor1", "Temperature"), None);
/// # assert_eq!(Value::Nothing, Value::default());
/// ```
#[derive(Clone)]
pub struct MemoryThings {
    state: Arc<Mutex<State>>,
    services: HashMap<String, Service>,
    /// The services of single Things, by the name of the Thing.
    thing_services: HashMap<String, HashMap<String, Service>>,
    hooks: Arc<Hooks>,
    gateway_types: HashSet<String>,
    takes_any: bool,
    updates: broadcast::Sender<Update>,
}

#[derive(Default)]
struct State {
    things: HashMap<String, ThingState>,
    /// The names of Things by their identifiers.
    identifiers: HashMap<String, String>,
    /// Gateways that were created by a BIND: they exist as long as they are bound.
    made: HashSet<String>,
}

impl State {
    /// Returns whether there is no room for another Thing.
    fn is_full(&self) -> bool {
        self.things.len() >= MAX_THINGS
    }

    /// Adds a Thing that stays when it is unbound.
    fn add(&mut self, name: &str) -> &mut ThingState {
        self.made.remove(name);
        self.things.entry(name.to_owned()).or_default()
    }
}

impl Default for MemoryThings {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryThings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryThings").finish_non_exhaustive()
    }
}

impl MemoryThings {
    /// Creates an empty set of Things.
    pub fn new() -> Self {
        let (updates, _) = broadcast::channel(UPDATES);
        let state = Arc::default();
        Self {
            state,
            services: HashMap::new(),
            thing_services: HashMap::new(),
            hooks: Arc::default(),
            gateway_types: HashSet::new(),
            takes_any: false,
            updates,
        }
    }

    /// Creates a set that accepts any name: a Thing is created when it is first used, and its
    /// identifier is its name. Every gateway type is accepted.
    pub fn any() -> Self {
        Self { takes_any: true, ..Self::new() }
    }

    /// Adds a Thing.
    #[must_use]
    pub fn with_thing(self, name: &str) -> Self {
        self.lock().add(name);
        self
    }

    /// Adds a Thing that must be bound by its identifier.
    #[must_use]
    pub fn with_identified_thing(self, name: &str, identifier: &str) -> Self {
        let mut state = self.lock();
        state.add(name).identifier = Some(identifier.to_owned());
        state.identifiers.insert(identifier.to_owned(), name.to_owned());
        drop(state);
        self
    }

    /// Creates a gateway of this type when it is bound.
    #[must_use]
    pub fn with_gateway_type(mut self, gateway_type: &str) -> Self {
        self.gateway_types.insert(gateway_type.to_owned());
        self
    }

    /// Adds a service to all Things. The handler returns [`Response::result`], or
    /// [`Response::success`] if the service has no result.
    #[must_use]
    pub fn with_service<F>(
        mut self,
        name: &str,
        handler: impl Fn(Request) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Response> + Send + 'static,
    {
        let service: Service = Arc::new(move |request| Box::pin(handler(request)));
        self.services.insert(name.to_owned(), service);
        self
    }

    /// Adds a service to one Thing, like [`with_service`](Self::with_service) to all. It takes
    /// precedence over a service of all Things of the same name.
    #[must_use]
    pub fn with_service_of<F>(
        mut self,
        thing: &str,
        name: &str,
        handler: impl Fn(Request) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Response> + Send + 'static,
    {
        let service: Service = Arc::new(move |request| Box::pin(handler(request)));
        let services = self.thing_services.entry(thing.to_owned()).or_default();
        services.insert(name.to_owned(), service);
        self
    }

    /// Returns a receiver of the updates from now on. A receiver that falls more than 1,024 updates
    /// behind loses the oldest, and gets
    /// [`Lagged`](tokio::sync::broadcast::error::RecvError::Lagged) with their number.
    pub fn updates(&self) -> broadcast::Receiver<Update> {
        self.updates.subscribe()
    }

    /// Returns the names of the Things, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.lock().things.keys().cloned().collect();
        names.sort();
        names
    }

    /// Returns a copy of the state of a Thing, if there is such a Thing.
    pub fn state(&self, thing: &str) -> Option<ThingState> {
        self.lock().things.get(thing).cloned()
    }

    /// Calls `show` with the name and state of each Thing, in no particular order. The Things are
    /// locked meanwhile, so `show` should not block, and must not call methods of the Things.
    pub fn for_each(&self, mut show: impl FnMut(&str, &ThingState)) {
        for (name, state) in &self.lock().things {
            show(name, state);
        }
    }

    /// Returns a property of a Thing, if there is one of this name.
    pub fn property(&self, thing: &str, name: &str) -> Option<Property> {
        self.lock().things.get(thing)?.properties.get(name).cloned()
    }

    /// Writes a property of a Thing here, not on its edge. Returns false if there is no such Thing,
    /// or no room for another property.
    pub fn set_property(&self, thing: &str, name: &str, value: impl Into<Value>) -> bool {
        self.keep(thing, vec![(name.to_owned(), Property::now(value.into()))])
    }

    /// Returns the type of a property, if the metadata of the Thing define it.
    pub fn property_type(&self, thing: &str, name: &str) -> Option<BaseType> {
        self.metadata(thing)?.property_type(name)
    }

    /// Returns the type of a parameter of a service, if the metadata of the Thing define it.
    pub fn parameter_type(&self, thing: &str, service: &str, name: &str) -> Option<BaseType> {
        self.metadata(thing)?.parameter_type(service, name)
    }

    /// Returns the metadata of a Thing, so that they are read after the lock is released.
    fn metadata(&self, thing: &str) -> Option<Metadata> {
        self.lock().things.get(thing)?.metadata.clone()
    }

    /// Returns the name of the Thing that has this identifier, passed without the `*`, if there is
    /// one. If [any](Self::any) name is accepted, a Thing of this name has it.
    pub fn identified(&self, identifier: &str) -> Option<String> {
        let state = self.lock();
        let known = state.identifiers.get(identifier).cloned();
        let is_made = self.takes_any && state.things.contains_key(identifier);
        known.or_else(|| is_made.then(|| identifier.to_owned()))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing between the changes under the lock panics, so the state is consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request about a Thing. Returns whether there is such a Thing.
    fn count(&self, name: &str) -> bool {
        let mut state = self.lock();
        // A Thing that is known is looked up once: this happens for every message.
        if let Some(known) = state.things.get_mut(name) {
            known.messages += 1;
            return true;
        }
        let is_made = self.find_in(&mut state, name);
        state.things.entry(name.to_owned()).and_modify(|made| made.messages += 1);
        is_made
    }

    /// Returns whether there is a Thing of this name. It is created if any name is accepted and
    /// there is room.
    fn find(&self, name: &str) -> bool {
        self.find_in(&mut self.lock(), name)
    }

    fn find_in(&self, state: &mut State, name: &str) -> bool {
        if state.things.contains_key(name) {
            return true;
        }
        let is_made = self.takes_any && !name.is_empty() && !state.is_full();
        if is_made {
            state.things.insert(name.to_owned(), ThingState::default());
        }
        is_made
    }

    /// Writes properties of a Thing, without those that are older than the current ones. Returns
    /// false and writes none if there is no such Thing, or no room for them.
    fn keep(&self, thing: &str, mut properties: Vec<(String, Property)>) -> bool {
        let mut state = self.lock();
        let Some(known) = state.things.get_mut(thing) else { return false };
        properties.retain(|(name, new)| {
            known.properties.get(name).is_none_or(|kept| !new.is_older_than(kept))
        });
        let is_new = |name: &&String| !known.properties.contains_key(*name);
        let new = properties.iter().map(|(name, _)| name).filter(is_new).count();
        if known.properties.len() + new > MAX_PROPERTIES {
            return false;
        }
        for (name, property) in &properties {
            known.last_changed.get_or_insert_default().clone_from(name);
            match known.properties.get_mut(name) {
                Some(kept) => kept.clone_from(property),
                None => drop(known.properties.insert(name.clone(), property.clone())),
            }
        }
        drop(state);
        for (name, property) in properties {
            let thing = thing.to_owned();
            // There may be no receiver.
            let _ = self.updates.send(Update::Property { thing, name, property });
        }
        true
    }
}
