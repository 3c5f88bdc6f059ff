//! Things in memory, for platforms that tests bring up.

// | file | what it holds |
// | --- | --- |
// | `mod.rs` | the Things: how they are made, and looked at |
// | `hooks.rs` | what tests have them do to requests and BINDs |
// | `serve.rs` | what they do for edges |
// | `wait.rs` | waits for what edges push |

mod hooks;
mod serve;
mod wait;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use alwayson_codec::BaseType;
use serde_json::Value as Json;
use tokio::sync::broadcast;

use super::metadata;
use crate::message::{BoxFuture, Request, Response};
use crate::value::{Table, Value};
use hooks::Hooks;
pub use hooks::Reaction;

/// The most Things, and the most properties of one: what edges can make it keep.
pub const MAX_THINGS: usize = 100_000;
/// See [`MAX_THINGS`].
pub const MAX_PROPERTIES: usize = 1_000;

/// How many updates wait for a receiver that does not take them; then the oldest
/// are lost to it.
const UPDATES: usize = 1_024;

/// A property: its value, since when, and how good it is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Property {
    /// The value.
    pub value: Value,
    /// When it was written, or when its edge says that it was so, as DATETIME.
    pub time: Value,
    /// One of the words of section 3: GOOD, BAD, UNKNOWN and others.
    pub quality: String,
    /// Whether its edge said the time. Times that were set here are of another clock
    /// and are not compared with those of an edge.
    is_time_of_edge: bool,
}

impl Property {
    /// A value of now, of quality GOOD.
    fn now(value: Value) -> Self {
        let quality = "GOOD".to_owned();
        Self { value, time: Value::now(), quality, is_time_of_edge: false }
    }

    /// Whether its edge says of this that it is earlier than another.
    fn is_older_than(&self, other: &Self) -> bool {
        let is_comparable = self.is_time_of_edge && other.is_time_of_edge;
        let times = self.time.as_datetime().zip(other.time.as_datetime());
        is_comparable && times.is_some_and(|(this, other)| this < other)
    }
}

/// What is kept of a Thing.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ThingState {
    /// The identifier that it is bound by, if it has one.
    pub identifier: Option<String>,
    /// Whether it is bound.
    pub is_connected: bool,
    /// When it was bound last.
    pub last_connection: Option<SystemTime>,
    /// How many requests its edge has made.
    pub messages: u64,
    /// Its properties.
    pub properties: BTreeMap<String, Property>,
    /// The property that has changed last.
    pub last_changed: Option<String>,
    /// What its edge has said of it.
    pub metadata: Option<Json>,
}

/// What has happened to a Thing in memory.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Update {
    /// A property has a new value.
    Property {
        /// The Thing.
        thing: String,
        /// The property.
        name: String,
        /// What it is now.
        property: Property,
    },
    /// The edge of a Thing has fired an event.
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

/// Things in memory: properties that can be read, written and pushed, with time
/// and quality; events; and services where there are handlers for them. It is
/// cheap to clone: clones share their Things.
///
/// A value that an edge pushes with an older time than that of the last one that it
/// pushed with a time does not replace it; with the same time it does. A write, and a
/// value without a time, always do.
///
/// A write makes the property, if there is none of its name; a write of several, by
/// `*`, is done whole or not at all. Edges can call these services of every Thing
/// (section 3):
///
/// | service | parameter | answer |
/// | --- | --- | --- |
/// | `UpdateSubscribedPropertyValues`, `UpdatePropertyValues` | `values`: name, value, time, quality | nothing |
/// | `GetNamedPropertyValues` | `propertyNames`: a table of `name` | one row, a field each; NOT_FOUND if there is none of a name |
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
    /// Those of one Thing, by its name.
    thing_services: HashMap<String, HashMap<String, Service>>,
    hooks: Arc<Hooks>,
    gateway_types: HashSet<String>,
    takes_any: bool,
    updates: broadcast::Sender<Update>,
}

#[derive(Default)]
struct State {
    things: HashMap<String, ThingState>,
    /// From identifiers to names.
    identifiers: HashMap<String, String>,
    /// Gateways that were made: Things for as long as they are bound.
    made: HashSet<String>,
}

impl State {
    /// The Thing of this name, to stay.
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
    /// No Things.
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

    /// Every name is that of a Thing, made when it is first used; every
    /// identifier that of the Thing of the same name; every type that of a
    /// gateway.
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

    /// Makes a gateway of this type when it is bound.
    #[must_use]
    pub fn with_gateway_type(mut self, gateway_type: &str) -> Self {
        self.gateway_types.insert(gateway_type.to_owned());
        self
    }

    /// Gives all Things a service. It answers with [`Response::result`], or
    /// [`Response::success`] where it has none.
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

    /// Gives one Thing a service, as [`with_service`](Self::with_service) does for all.
    /// For this Thing it goes before one of all Things of the same name.
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

    /// The updates from now on.
    pub fn updates(&self) -> broadcast::Receiver<Update> {
        self.updates.subscribe()
    }

    /// The names of the Things, in order.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.lock().things.keys().cloned().collect();
        names.sort();
        names
    }

    /// What is kept of a Thing.
    pub fn state(&self, thing: &str) -> Option<ThingState> {
        self.lock().things.get(thing).cloned()
    }

    /// Shows what is kept of each Thing, in no order. The Things wait meanwhile: it
    /// should not block, and must not ask for other Things.
    pub fn for_each(&self, mut show: impl FnMut(&str, &ThingState)) {
        for (name, state) in &self.lock().things {
            show(name, state);
        }
    }

    /// A property of a Thing.
    pub fn property(&self, thing: &str, name: &str) -> Option<Property> {
        self.lock().things.get(thing)?.properties.get(name).cloned()
    }

    /// Writes a property of a Thing here, not on its edge; false where there is
    /// no such Thing, or no room.
    pub fn set_property(&self, thing: &str, name: &str, value: impl Into<Value>) -> bool {
        self.keep(thing, vec![(name.to_owned(), Property::now(value.into()))])
    }

    /// The type that the metadata of a Thing say a property of it has.
    pub fn property_type(&self, thing: &str, name: &str) -> Option<BaseType> {
        metadata::property_type(self.lock().things.get(thing)?.metadata.as_ref()?, name)
    }

    /// The type that the metadata of a Thing say a parameter of a service of it has.
    pub fn parameter_type(&self, thing: &str, service: &str, name: &str) -> Option<BaseType> {
        let state = self.lock();
        metadata::parameter_type(state.things.get(thing)?.metadata.as_ref()?, service, name)
    }

    /// The name of the Thing that has this identifier, without the `*`; where Things
    /// are made when they are first used, one that was made for it.
    pub fn identified(&self, identifier: &str) -> Option<String> {
        let state = self.lock();
        let known = state.identifiers.get(identifier).cloned();
        let is_made = self.takes_any && state.things.contains_key(identifier);
        known.or_else(|| is_made.then(|| identifier.to_owned()))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that could panic is done while it is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request about a Thing; says whether there is such a Thing.
    fn count(&self, name: &str) -> bool {
        let mut state = self.lock();
        let is_known = self.find_in(&mut state, name);
        if let Some(known) = state.things.get_mut(name) {
            known.messages += 1;
        }
        is_known
    }

    /// Has a Thing made, where any is taken and there is room.
    fn find(&self, name: &str) -> bool {
        self.find_in(&mut self.lock(), name)
    }

    fn find_in(&self, state: &mut State, name: &str) -> bool {
        if state.things.contains_key(name) {
            return true;
        }
        let is_made = self.takes_any && !name.is_empty() && state.things.len() < MAX_THINGS;
        if is_made {
            state.things.insert(name.to_owned(), ThingState::default());
        }
        is_made
    }

    /// Keeps properties of a Thing, all but those that are older than what is kept; or
    /// none and false, where there is no such Thing, or no room.
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
            known.last_changed = Some(name.clone());
            known.properties.insert(name.clone(), property.clone());
        }
        drop(state);
        for (name, property) in properties {
            let thing = thing.to_owned();
            // Nobody may be listening.
            let _ = self.updates.send(Update::Property { thing, name, property });
        }
        true
    }
}
