//! Things in memory, for platforms that tests bring up.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use alwayson_codec::connection::registry::ConnectionId;
use alwayson_codec::{BaseType, Characteristic, EntityType, Method, Status};
use serde_json::Value as Json;
use tokio::sync::broadcast;

use super::things::{Thing, Things};
use crate::message::{BoxFuture, Request, Response};
use crate::value::{Row, Table, Value};

/// The most Things, and the most properties of one: what edges can make it keep.
pub const MAX_THINGS: usize = 100_000;
/// See [`MAX_THINGS`].
pub const MAX_PROPERTIES: usize = 1_000;

/// How many updates wait for a receiver that does not take them; then the oldest
/// are lost to it.
const UPDATES: usize = 1_024;

/// A property: its value, since when, and how good it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// The value.
    pub value: Value,
    /// When it was written, or when its edge says that it was so, as DATETIME.
    pub time: Value,
    /// One of the words of section 3: GOOD, BAD, UNKNOWN and others.
    pub quality: String,
}

/// What is kept of a Thing.
#[derive(Clone, Debug, Default)]
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
///         Response::of(alwayson::value::Table::result(echo.unwrap_or_default()))
///     });
/// assert!(things.state("SteamSensor1").is_some_and(|state| !state.is_connected));
/// assert_eq!(things.property("SteamSensor1", "Temperature"), None);
/// # assert_eq!(Value::Nothing, Value::default());
/// ```
#[derive(Clone)]
pub struct MemoryThings {
    state: Arc<Mutex<State>>,
    services: HashMap<String, Service>,
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

impl MemoryThings {
    /// No Things.
    pub fn new() -> Self {
        let (updates, _) = broadcast::channel(UPDATES);
        let state = Arc::default();
        Self {
            state,
            services: HashMap::new(),
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

    /// Gives all Things a service.
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
        let property =
            Property { value: value.into(), time: Value::now(), quality: "GOOD".to_owned() };
        self.keep(thing, name, property)
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

    fn keep(&self, thing: &str, name: &str, property: Property) -> bool {
        let mut state = self.lock();
        let Some(known) = state.things.get_mut(thing) else { return false };
        if known.properties.len() >= MAX_PROPERTIES && !known.properties.contains_key(name) {
            return false;
        }
        known.last_changed = Some(name.to_owned());
        known.properties.insert(name.to_owned(), property.clone());
        drop(state);
        let (thing, name) = (thing.to_owned(), name.to_owned());
        // Nobody may be listening.
        let _ = self.updates.send(Update::Property { thing, name, property });
        true
    }

    fn read(&self, thing: &str, name: &str) -> Response {
        let state = self.lock();
        let Some(known) = state.things.get(thing) else { return no_thing(thing) };
        if name == "*" {
            let all = known.properties.iter();
            let all = all.map(|(name, property)| (name.clone(), property.value.clone()));
            return Response::of(Table::of(all));
        }
        match known.properties.get(name) {
            Some(property) => Response::of(Table::of([(name, property.value.clone())])),
            None => Response::error(Status::NOT_FOUND, format!("no property {name}")),
        }
    }

    fn write(&self, thing: &str, name: &str, params: Option<&Table>) -> Response {
        let value = params.and_then(|params| {
            params.value(name).or_else(|| params.row(0)?.cells.first()).cloned()
        });
        let Some(value) = value else {
            return Response::error(Status::BAD_REQUEST, "no value to write");
        };
        if self.set_property(thing, name, value) { Response::success() } else { no_room() }
    }

    /// Keeps the rows of a table of name, value, time and quality.
    fn push(&self, thing: &str, values: Option<&Table>) -> Response {
        let Some(values) = values else {
            return Response::error(Status::BAD_REQUEST, "no table of values");
        };
        let keep = |row: Row<'_>| {
            let Some(name) = row.get("name").and_then(Value::as_str) else { return true };
            let value = row.get("value").map(|value| value.innermost().clone());
            let time = row.get("time").cloned().unwrap_or_else(Value::now);
            let quality = row.get("quality").and_then(Value::as_str).unwrap_or("GOOD").to_owned();
            self.keep(thing, name, Property { value: value.unwrap_or_default(), time, quality })
        };
        // All are tried: one without room does not keep others out.
        let kept = values.rows().map(keep).filter(|is_kept| *is_kept).count();
        if kept == values.len() { Response::success() } else { no_room() }
    }

    fn call(&self, request: Request) -> BoxFuture<'_, Response> {
        let done =
            |response: Response| -> BoxFuture<'_, Response> { Box::pin(async move { response }) };
        match request.name.as_str() {
            "UpdateSubscribedPropertyValues" => {
                let values = request.params.as_ref().and_then(|params| params.value("values"));
                done(self.push(&request.entity, values.and_then(Value::as_table)))
            }
            "GetPropertySubscriptions" => done(Response::of(self.subscriptions(&request.entity))),
            name => match self.services.get(name) {
                Some(service) => service(request),
                None => done(Response::error(Status::NOT_FOUND, format!("no service {name}"))),
            },
        }
    }

    fn fired(&self, request: Request) -> Response {
        let Request { entity: thing, name, params: data, .. } = request;
        let _ = self.updates.send(Update::Event { thing, name, data });
        Response::success()
    }
}

fn no_thing(name: &str) -> Response {
    Response::error(Status::NOT_FOUND, format!("no Thing {name}"))
}

fn no_room() -> Response {
    Response::error(Status::SERVICE_UNAVAILABLE, "no room for another property")
}

impl Things for MemoryThings {
    fn by_name<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Option<Thing>> {
        let mut state = self.lock();
        // A gateway that was made is nobody else's.
        let is_known = self.find_in(&mut state, name) && !state.made.contains(name);
        let known = state.things.get(name).filter(|_| is_known);
        let thing = known
            .map(|known| Thing { name: name.to_owned(), identifier: known.identifier.clone() });
        drop(state);
        Box::pin(async move { thing })
    }

    fn by_identifier<'a>(&'a self, identifier: &'a str) -> BoxFuture<'a, Option<Thing>> {
        let known = self.lock().identifiers.get(identifier).cloned();
        let name = known
            .or_else(|| (self.takes_any && self.find(identifier)).then(|| identifier.to_owned()));
        let thing = name.map(|name| Thing { name, identifier: Some(identifier.to_owned()) });
        Box::pin(async move { thing })
    }

    fn is_gateway_type(&self, gateway_type: &str) -> bool {
        self.takes_any || self.gateway_types.contains(gateway_type)
    }

    fn request(&self, request: Request, _: ConnectionId) -> BoxFuture<'_, Response> {
        let is_known = request.entity_type == EntityType::THINGS && self.count(&request.entity);
        let response = match (request.method, request.characteristic) {
            _ if !is_known => no_thing(&request.entity),
            (Method::Get, Characteristic::PROPERTIES) => self.read(&request.entity, &request.name),
            (Method::Put, Characteristic::PROPERTIES) => {
                self.write(&request.entity, &request.name, request.params.as_ref())
            }
            (Method::Post, Characteristic::SERVICES) => return self.call(request),
            (Method::Post, Characteristic::EVENTS) => self.fired(request),
            _ => Response::new(Status::METHOD_NOT_ALLOWED),
        };
        Box::pin(async move { response })
    }

    fn connected(&self, thing: &str, last_connection: Option<SystemTime>) {
        let mut state = self.lock();
        if last_connection.is_none() && state.made.remove(thing) {
            state.things.remove(thing);
            return;
        }
        if !state.things.contains_key(thing) {
            state.made.insert(thing.to_owned());
        }
        let known = state.things.entry(thing.to_owned()).or_default();
        known.is_connected = last_connection.is_some();
        known.last_connection = last_connection.or(known.last_connection);
    }

    fn described(&self, thing: &str, metadata: Json) {
        if let Some(known) = self.lock().things.get_mut(thing) {
            known.metadata = Some(metadata);
        }
    }

    fn subscriptions(&self, thing: &str) -> Table {
        let state = self.lock();
        let metadata = state.things.get(thing).and_then(|known| known.metadata.as_ref());
        subscriptions(metadata.unwrap_or(&Json::Null))
    }

    fn synchronized(&self, thing: &str, values: &Table) {
        self.push(thing, Some(values));
    }
}

/// The properties that metadata define, as a table of edgeName, pushType and
/// pushThreshold.
pub(super) fn subscriptions(metadata: &Json) -> Table {
    let mut table = Table::new([
        ("edgeName", BaseType::String),
        ("pushType", BaseType::String),
        ("pushThreshold", BaseType::Number),
    ]);
    let definitions = metadata.get("propertyDefinitions").and_then(Json::as_object);
    for (name, definition) in definitions.into_iter().flatten() {
        let aspect = |name: &str| definition.get("aspects").and_then(|aspects| aspects.get(name));
        let push_type = aspect("pushType").and_then(Json::as_str).unwrap_or("ALWAYS");
        let threshold = aspect("pushThreshold").and_then(Json::as_f64).unwrap_or(0.0);
        table.push([name.as_str().into(), push_type.into(), threshold.into()]);
    }
    table
}
