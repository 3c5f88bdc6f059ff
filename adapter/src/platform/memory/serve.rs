//! Handles the requests of edges to Things in memory.

use std::time::SystemTime;

use alwayson_codec::connection::registry::ConnectionId;
use alwayson_codec::{BaseType, Characteristic, EntityType, Method, Status};

use super::super::metadata::{Metadata, no_events, no_subscriptions};
use super::super::things::{BindAttempt, BindRefused, Thing, Things};
use super::{MemoryThings, Property, Service, ThingState, Update};
use crate::content::{self, KnownType, PUSHES, VALUES};
use crate::message::{BoxFuture, Request, Response};
use crate::value::{Row, Table, Value};

/// The service that reads several properties.
const READ_NAMED: &str = "GetNamedPropertyValues";
/// The parameter of [`READ_NAMED`].
const PROPERTY_NAMES: &str = "propertyNames";

impl MemoryThings {
    /// Counts the request, and reads a property, or all.
    fn read(&self, thing: &str, name: &str) -> Response {
        let mut state = self.lock();
        // A Thing that is known is looked up once: this happens for every message.
        if let Some(known) = state.things.get_mut(thing) {
            known.messages += 1;
            return read_of(known, name);
        }
        if !self.find_in(&mut state, thing) {
            return no_thing(thing);
        }
        let made = state.things.entry(thing.to_owned()).or_default();
        made.messages += 1;
        read_of(made, name)
    }

    /// Writes one property or, with `*`, each property that has a column: all of them or none.
    fn write(&self, thing: &str, name: &str, params: Option<Table>) -> Response {
        match content::written(name, params) {
            Ok(written) => {
                let properties =
                    written.into_iter().map(|(name, value)| (name, Property::now(value)));
                if self.keep(thing, properties.collect()) { Response::success() } else { no_room() }
            }
            Err(error) => Response::error(Status::BAD_REQUEST, error.to_string()),
        }
    }

    /// Writes the rows of a table of name, value, time and quality. A value that is older than the
    /// current one does not replace it, which is no error.
    fn push(&self, thing: &str, values: Option<&Table>) -> Response {
        let Some(values) = values else {
            return Response::error(Status::BAD_REQUEST, "no table of values");
        };
        let keep = |row: Row<'_>| {
            let Some(name) = row.get("name").and_then(Value::as_str) else { return true };
            let value = row.get("value").map(|value| value.innermost().clone());
            let time = row.get("time").filter(|time| **time != Value::Nothing);
            let is_time_of_edge = time.is_some();
            let time = time.cloned().unwrap_or_else(Value::now);
            let quality = row.get("quality").and_then(Value::as_str).unwrap_or("GOOD").to_owned();
            let value = value.unwrap_or_default();
            let property = Property { value, time, quality, is_time_of_edge };
            self.keep(thing, vec![(name.to_owned(), property)])
        };
        // Every row is tried: one without room does not prevent the others.
        let kept = values.rows().map(keep).filter(|is_kept| *is_kept).count();
        if kept == values.len() { Response::success() } else { no_room() }
    }

    /// Answers with the values of the properties in a table of names, a field for each.
    fn named(&self, thing: &str, names: Option<&Table>) -> Response {
        let Some(names) = names else {
            return Response::error(Status::BAD_REQUEST, "no table of propertyNames");
        };
        let state = self.lock();
        let Some(known) = state.things.get(thing) else { return no_thing(thing) };
        let mut values = Vec::new();
        for name in names.rows().filter_map(|row| row.get("name")?.as_str()) {
            match known.properties.get(name) {
                Some(property) => values.push((name, property.value.clone())),
                None => return no_property(name),
            }
        }
        Response::of(Table::of(values))
    }

    fn call(&self, request: Request) -> BoxFuture<'_, Response> {
        let table = |name| {
            let params = request.params.as_ref();
            params.and_then(|params| params.value(name)).and_then(Value::as_table)
        };
        let thing = request.entity.as_str();
        let response = match request.name.as_str() {
            name if PUSHES.contains(&name) => self.push(thing, table(VALUES)),
            READ_NAMED => self.named(thing, table(PROPERTY_NAMES)),
            "GetPropertySubscriptions" => Response::of(self.subscriptions(thing)),
            "GetEventSubscriptions" => Response::of(self.events(thing)),
            name => match self.service(thing, name) {
                Some(service) => return service(request),
                None => Response::error(Status::NOT_FOUND, format!("no service {name}")),
            },
        };
        Box::pin(async move { response })
    }

    /// Returns the handler of a service: that of the Thing, otherwise that of all Things.
    fn service(&self, thing: &str, name: &str) -> Option<&Service> {
        let own = self.thing_services.get(thing).and_then(|services| services.get(name));
        own.or_else(|| self.services.get(name))
    }

    /// Returns the events in the metadata of a Thing, as a table of edgeName.
    fn events(&self, thing: &str) -> Table {
        self.metadata(thing).map_or_else(no_events, |metadata| metadata.events())
    }

    fn serve(&self, request: Request) -> BoxFuture<'_, Response> {
        let response = match (request.method, request.characteristic) {
            _ if request.entity_type != EntityType::THINGS => no_thing(&request.entity),
            (Method::Get, Characteristic::PROPERTIES) => self.read(&request.entity, &request.name),
            _ if !self.count(&request.entity) => no_thing(&request.entity),
            (Method::Put, Characteristic::PROPERTIES) => {
                self.write(&request.entity, &request.name, request.params)
            }
            (Method::Post, Characteristic::SERVICES) => return self.call(request),
            (Method::Post, Characteristic::EVENTS) => self.fired(request),
            _ => Response::new(Status::METHOD_NOT_ALLOWED),
        };
        Box::pin(async move { response })
    }

    fn fired(&self, request: Request) -> Response {
        let Request { entity: thing, name, params: data, .. } = request;
        let _ = self.updates.send(Update::Event { thing, name, data });
        Response::success()
    }
}

fn read_of(thing: &ThingState, name: &str) -> Response {
    if name == content::ALL {
        let all = thing.properties.iter();
        let all = all.map(|(name, property)| (name.clone(), property.value.clone()));
        return Response::of(Table::of(all));
    }
    match thing.properties.get(name) {
        Some(property) => Response::named(name, property.value.clone()),
        None => no_property(name),
    }
}

fn no_thing(name: &str) -> Response {
    Response::error(Status::NOT_FOUND, format!("no Thing {name}"))
}

fn no_property(name: &str) -> Response {
    Response::error(Status::NOT_FOUND, format!("no property {name}"))
}

fn no_room() -> Response {
    Response::error(Status::SERVICE_UNAVAILABLE, "no room for another property")
}

impl Things for MemoryThings {
    fn by_name<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Option<Thing>> {
        let mut state = self.lock();
        if self.takes_any && !state.is_full() {
            // It would be created now, if another node had not bound it.
            state.made.remove(name);
        }
        // A gateway that a BIND created cannot be bound by others.
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

    fn before_bind<'a>(&'a self, bind: BindAttempt<'a>) -> BoxFuture<'a, Result<(), BindRefused>> {
        Box::pin(self.before_this_bind(bind))
    }

    fn request(&self, request: Request, _: ConnectionId) -> BoxFuture<'_, Response> {
        if !self.has_request_hook() {
            return self.serve(request);
        }
        Box::pin(async move {
            match self.before_this_request(&request).await {
                Some(refused) => refused,
                None => self.serve(request).await,
            }
        })
    }

    fn connected(&self, thing: &str, last_connection: Option<SystemTime>) {
        let mut state = self.lock();
        if last_connection.is_none() && state.made.remove(thing) {
            state.things.remove(thing);
            return;
        }
        if !state.things.contains_key(thing) {
            if state.is_full() {
                return;
            }
            // A gateway that a BIND created, or a Thing of another node.
            state.made.insert(thing.to_owned());
        }
        let known = state.things.entry(thing.to_owned()).or_default();
        known.is_connected = last_connection.is_some();
        known.last_connection = last_connection.or(known.last_connection);
    }

    fn described(&self, thing: &str, metadata: Metadata) {
        if let Some(known) = self.lock().things.get_mut(thing) {
            known.metadata = Some(metadata);
        }
    }

    fn known_type(&self, request: &Request, name: &str) -> Option<KnownType> {
        let thing = request.entity.as_str();
        let declared = match (request.characteristic, request.name.as_str(), name) {
            (Characteristic::PROPERTIES, ..) => self.property_type(thing, name),
            (Characteristic::SERVICES, service, VALUES) if PUSHES.contains(&service) => {
                Some(BaseType::INFOTABLE)
            }
            (Characteristic::SERVICES, READ_NAMED, PROPERTY_NAMES) => Some(BaseType::INFOTABLE),
            (Characteristic::SERVICES, service, _) => self.parameter_type(thing, service, name),
            _ => None,
        };
        let is_property = request.characteristic == Characteristic::PROPERTIES;
        let present = || Some(self.property(thing, name).filter(|_| is_property)?.value);
        declared
            .map(KnownType::Declared)
            .or_else(|| present().map(|value| KnownType::Present(value.base_type())))
    }

    fn subscriptions(&self, thing: &str) -> Table {
        self.metadata(thing).map_or_else(no_subscriptions, |metadata| metadata.subscriptions())
    }

    fn synchronized(&self, thing: &str, values: &Table) {
        self.push(thing, Some(values));
    }
}
