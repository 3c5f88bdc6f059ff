//! What Things in memory do for edges.

use std::time::SystemTime;

use alwayson_codec::connection::registry::ConnectionId;
use alwayson_codec::{BaseType, Characteristic, EntityType, Method, Status};
use serde_json::Value as Json;

use super::super::things::{Thing, Things};
use super::{MemoryThings, Property, Update};
use crate::message::{BoxFuture, Request, Response};
use crate::value::{Row, Table, Value};

impl MemoryThings {
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
        ("edgeName", BaseType::STRING),
        ("pushType", BaseType::STRING),
        ("pushThreshold", BaseType::NUMBER),
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
