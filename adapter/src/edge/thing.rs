//! A Thing of an edge: its properties, services and events.

use std::collections::BTreeMap;
use std::future::Future;

use alwayson_codec::{BaseType, Characteristic};
use serde_json::{Map, Value as Json, json};

use super::error::ServiceError;
use super::property::Property;
use super::relay::Relay;
use super::service::{self, Answer, Fallback, Service};
use crate::content::KnownType;
use crate::message::{Request, Response};
use crate::value::{Table, Value};

/// The services that the edge itself provides for every Thing (PROTOCOL.md §3).
const BUILT_IN: [(&str, BaseType); 3] = [
    ("GetMetadata", BaseType::JSON),
    ("NotifyPropertyUpdate", BaseType::NOTHING),
    ("SynchronizeModelState", BaseType::INFOTABLE),
];

/// A Thing of an edge: a name, properties, services and events. The answer to
/// `GetMetadata` is made from them.
///
/// ```
/// use alwayson::edge::{Property, PushType, Service, Thing};
/// use alwayson_codec::{BaseType, Characteristic};
///
/// let thing = Thing::new("SteamSensor1")
///     .property("Pressure", 2.5)
///     .define(Property::new("Temperature", 21.5).push(PushType::Value(0.5)).read_only())
///     .service("Restart", |_| async { Ok(()) })
///     .provide(
///         Service::new("AddNumbers", |params| async move {
///             let number = |name| params.value(name).and_then(|value| value.as_f64());
///             Ok(number("a").unwrap_or(0.0) + number("b").unwrap_or(0.0))
///         })
///         .input("a", BaseType::NUMBER)
///         .input("b", BaseType::NUMBER)
///         .output(BaseType::NUMBER),
///     )
///     .event("Overheated");
/// assert_eq!(thing.bound_as(), "SteamSensor1");
/// assert_eq!(Thing::new("Pump").identifier("sn-17").bound_as(), "*sn-17");
/// ```
#[derive(Debug)]
pub struct Thing {
    name: String,
    identifier: Option<String>,
    description: String,
    pub(super) properties: BTreeMap<String, Property>,
    pub(super) services: BTreeMap<String, Service>,
    pub(super) fallback: Option<Fallback>,
    /// What answers in its place.
    pub(super) relay: Option<Relay>,
    /// With the names of their data shapes.
    events: Vec<(String, Option<String>)>,
}

impl Thing {
    /// Creates a Thing that is bound by this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            identifier: None,
            description: String::new(),
            properties: BTreeMap::new(),
            services: BTreeMap::new(),
            fallback: None,
            relay: None,
            events: Vec::new(),
        }
    }

    /// Creates a Thing without properties and services, whose requests all go to this handler,
    /// `GetMetadata` and `SynchronizeModelState` included. The Thing is bound by this name, or
    /// by this identifier if the name begins with `*`.
    ///
    /// Parameters that arrive as one JSON (`_content_`) are passed as the fields that it stands
    /// for. A request whose parameters cannot be read is answered with `BAD_REQUEST` and does not
    /// reach the handler.
    ///
    /// ```
    /// use alwayson::edge::Thing;
    /// use alwayson::message::{Request, Response};
    ///
    /// let thing = Thing::relayed("Pump", |request: Request| async move {
    ///     Response::result(request.name.as_str())
    /// });
    /// assert_eq!(thing.bound_as(), "Pump");
    /// ```
    pub fn relayed<F>(
        name: impl Into<String>,
        handler: impl Fn(Request) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Response> + Send + 'static,
    {
        let name: String = name.into();
        let thing = match name.strip_prefix('*') {
            Some(identifier) => Self::new(identifier).identifier(name.as_str()),
            None => Self::new(name),
        };
        Self { relay: Some(Relay::new(handler)), ..thing }
    }

    /// Binds the Thing by this identifier instead of its name (PROTOCOL.md §7). A leading
    /// `*` is added if it is missing.
    #[must_use]
    pub fn identifier(self, identifier: impl Into<String>) -> Self {
        let identifier: String = identifier.into();
        let identifier = match identifier.strip_prefix('*') {
            Some(_) => identifier,
            None => format!("*{identifier}"),
        };
        Self { identifier: Some(identifier), ..self }
    }

    /// Sets the description of the Thing.
    #[must_use]
    pub fn description(self, description: impl Into<String>) -> Self {
        Self { description: description.into(), ..self }
    }

    /// Adds a property whose value the edge stores, and which the platform may read and
    /// write. To set more than its name and first value, use [`define`](Self::define).
    #[must_use]
    pub fn property(self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.define(Property::new(name, value))
    }

    /// Adds a property that a handler reads.
    #[must_use]
    pub fn property_with<F>(
        self,
        name: impl Into<String>,
        base_type: BaseType,
        read: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Value, ServiceError>> + Send + 'static,
    {
        self.define(Property::with(name, base_type, read))
    }

    /// Adds a property. It replaces an earlier one of the same name.
    #[must_use]
    pub fn define(mut self, property: Property) -> Self {
        self.properties.insert(property.name.clone(), property);
        self
    }

    /// Adds a service with this handler. For a service with parameters in its definition,
    /// use [`provide`](Self::provide).
    #[must_use]
    pub fn service<F, A>(
        self,
        name: impl Into<String>,
        handler: impl Fn(Table) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<A, ServiceError>> + Send + 'static,
        A: Into<Answer>,
    {
        self.provide(Service::new(name, handler))
    }

    /// Adds a service. It replaces an earlier one of the same name, including the services
    /// that every Thing has.
    #[must_use]
    pub fn provide(mut self, service: Service) -> Self {
        self.services.insert(service.name.clone(), service);
        self
    }

    /// Sets a handler for all services that the Thing does not have. It gets the name and
    /// the parameters of the call. Such services are not in the answer to `GetMetadata`.
    #[must_use]
    pub fn any_service<F, A>(
        mut self,
        handler: impl Fn(String, Table) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<A, ServiceError>> + Send + 'static,
        A: Into<Answer>,
    {
        self.fallback = Some(Fallback::new(handler));
        self
    }

    /// Adds an event that the Thing may fire to the definition.
    #[must_use]
    pub fn event(mut self, name: impl Into<String>) -> Self {
        self.events.push((name.into(), None));
        self
    }

    /// Adds an event that the Thing may fire, with the name of the data shape of its data.
    #[must_use]
    pub fn event_with_shape(
        mut self,
        name: impl Into<String>,
        data_shape: impl Into<String>,
    ) -> Self {
        self.events.push((name.into(), Some(data_shape.into())));
        self
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the name by which the Thing is bound: `*` and the identifier, or the name.
    pub fn bound_as(&self) -> &str {
        self.identifier.as_deref().unwrap_or(&self.name)
    }

    /// Returns the type in the definition of a property, or of a parameter of a service.
    pub(super) fn known_type(&self, request: &Request, name: &str) -> Option<KnownType> {
        let base_type = match request.characteristic {
            Characteristic::PROPERTIES => self.properties.get(name)?.defined_type(),
            Characteristic::SERVICES => self.services.get(&request.name)?.input_type(name)?,
            _ => return None,
        };
        Some(KnownType::Declared(base_type))
    }

    /// Returns the answer to `GetMetadata` (PROTOCOL.md §3).
    pub(super) fn metadata(&self) -> Json {
        let built_in = BUILT_IN
            .iter()
            .map(|(name, output)| ((*name).to_owned(), service::built_in(name, *output)));
        let services = self.services.iter().map(|(name, s)| (name.clone(), s.definition()));
        let properties = self.properties.iter().map(|(name, p)| (name.clone(), p.definition()));
        let event = |(name, data_shape): &(String, Option<String>)| {
            let mut event = json!({ "name": name, "description": "", "aspects": {} });
            if let (Some(shape), Some(event)) = (data_shape, event.as_object_mut()) {
                event.insert("dataShape".to_owned(), shape.as_str().into());
            }
            (name.clone(), event)
        };
        json!({
            "isSystemObject": false,
            "type": "Thing",
            "name": self.name,
            "description": self.description,
            "implementedShapes": [],
            "propertyDefinitions": properties.collect::<Map<String, Json>>(),
            "serviceDefinitions": built_in.chain(services).collect::<Map<String, Json>>(),
            "eventDefinitions": self.events.iter().map(event).collect::<Map<String, Json>>(),
        })
    }
}
