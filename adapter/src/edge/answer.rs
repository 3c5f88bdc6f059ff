//! Answers to requests of a platform (PROTOCOL.md §3).

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use alwayson_codec::connection::InboundId;
use alwayson_codec::{Characteristic, Method, Status};
use futures_util::FutureExt;
use tokio::sync::Semaphore;

use super::error::ServiceError;
use super::property::updates_table;
use super::thing::Thing;
use super::wanted::{self, Wanted};
use crate::content;
use crate::message::{Request, Response, response_len};
use crate::value::{Table, Value};

/// An answer, and what follows from it.
pub(super) struct Answered {
    /// The number of the request.
    pub(super) number: u64,
    pub(super) inbound: InboundId,
    pub(super) response: Response,
    pub(super) effect: Effect,
    pub(super) has_panicked: bool,
}

/// What follows from an answer, once it is sent.
pub(super) enum Effect {
    None,
    /// Request the subscriptions of this Thing.
    Fetch(String),
    /// The platform has synchronised this Thing, and wants these properties; `None` if it
    /// named none.
    Synchronized(String, Option<Wanted>),
}

/// A request of a platform, with everything that is needed to answer it.
pub(super) struct Asked {
    pub(super) number: u64,
    pub(super) inbound: InboundId,
    pub(super) request: Request,
    /// The Thing that the request names; `None` if the edge has none of this name.
    pub(super) thing: Option<Arc<Thing>>,
    /// Bounds the number of handlers that run at a time.
    pub(super) room: Arc<Semaphore>,
    /// How long the request may wait for `room`: after that, the machine has answered it.
    pub(super) patience: Duration,
    pub(super) message_limit: usize,
}

impl Asked {
    /// Answers the request, once there is `room`. A request that waits longer than
    /// `patience` is not executed any more. If the handler panics, the answer is an error.
    pub(super) async fn answer(self) -> Answered {
        let Self { number, inbound, request, thing, room, patience, message_limit } = self;
        // Nobody closes it.
        let Ok(_room) = tokio::time::timeout(patience, room.acquire()).await else {
            let response = Response::new(Status::GATEWAY_TIMEOUT);
            let effect = Effect::None;
            return Answered { number, inbound, response, effect, has_panicked: false };
        };
        let outcome = AssertUnwindSafe(answer(thing, request)).catch_unwind().await;
        let has_panicked = outcome.is_err();
        let (response, effect) = match outcome {
            Ok(Ok(answered)) => answered,
            Ok(Err(error)) => (refusal(error), Effect::None),
            Err(_) => (refusal(ServiceError::failed("the handler has failed")), Effect::None),
        };
        let response = fitting(response, message_limit);
        Answered { number, inbound, response, effect, has_panicked }
    }
}

fn refusal(error: ServiceError) -> Response {
    let ServiceError { status, reason } = error;
    let status = if status.is_success() { Status::INTERNAL_SERVER_ERROR } else { status };
    Response::error(status, reason)
}

/// Returns the answer, or an error that says why the answer cannot be sent.
fn fitting(response: Response, limit: usize) -> Response {
    match response_len(&response) {
        Ok(len) if len <= limit => response,
        Ok(len) => refusal(ServiceError::failed(format!(
            "the answer has {len} bytes, and {limit} are the limit"
        ))),
        Err(error) => refusal(ServiceError::failed(error.to_string())),
    }
}

type Outcome = Result<(Response, Effect), ServiceError>;

async fn answer(thing: Option<Arc<Thing>>, request: Request) -> Outcome {
    let Some(thing) = thing else {
        return Err(ServiceError::not_found("this edge has no such Thing"));
    };
    if let Some(relay) = &thing.relay {
        return done(relay.answer(request).await);
    }
    let request = content::unpack(request, |request, member| thing.known_type(request, member))?;
    let Request { method, characteristic, name, params, .. } = request;
    match (method, characteristic) {
        (Method::Get, Characteristic::PROPERTIES) => done(read(&thing, &name).await),
        (Method::Put, Characteristic::PROPERTIES) => done(write(&thing, &name, params).await),
        (Method::Post, Characteristic::SERVICES) => {
            call(&thing, &name, params.unwrap_or_default()).await
        }
        _ => {
            let reason = "an edge has properties that are read and written, and services to call";
            Err(ServiceError::new(Status::METHOD_NOT_ALLOWED, reason))
        }
    }
}

fn done(response: Result<Response, ServiceError>) -> Outcome {
    response.map(|response| (response, Effect::None))
}

/// Reads one property, or all of them for `*`.
async fn read(thing: &Thing, name: &str) -> Result<Response, ServiceError> {
    if name == content::ALL {
        let mut values = Vec::new();
        for (name, property) in &thing.properties {
            values.push((name.as_str(), property.read().await?.value));
        }
        return Ok(Response::of(Table::of(values)));
    }
    let property = thing.properties.get(name).ok_or_else(|| no_property(name))?;
    Ok(Response::named(name, property.read().await?.value))
}

/// Writes one property, or, for `*`, each property that has a column. Nothing is written
/// unless all of them exist, are writable, and have values of the right type. The handlers
/// are then called in the order of the columns; if one refuses, nothing more is written.
/// The properties without a handler are written last.
async fn write(thing: &Thing, name: &str, params: Option<Table>) -> Result<Response, ServiceError> {
    let mut kept = Vec::new();
    let mut handled = Vec::new();
    if name != content::ALL {
        // Before it is said that there is no value of it.
        thing.properties.get(name).ok_or_else(|| no_property(name))?;
    }
    for (name, value) in content::written(name, params)? {
        let property = thing.properties.get(&name).ok_or_else(|| no_property(&name))?;
        let value = property.check_write(value)?;
        let group = if property.has_write_handler() { &mut handled } else { &mut kept };
        group.push((property, value));
    }
    for (property, value) in handled.into_iter().chain(kept) {
        property.write(value).await?;
    }
    Ok(Response::success())
}

fn no_property(name: &str) -> ServiceError {
    ServiceError::not_found(format!("there is no property {name}"))
}

async fn call(thing: &Thing, name: &str, params: Table) -> Outcome {
    if let Some(service) = thing.services.get(name) {
        return done(service.call(params).await.map(Response::from));
    }
    let bound_as = thing.bound_as().to_owned();
    match name {
        "GetMetadata" => done(Ok(Response::result(Value::json(&thing.metadata())))),
        "NotifyPropertyUpdate" => Ok((Response::success(), Effect::Fetch(bound_as))),
        "SynchronizeModelState" => {
            let wanted = params.value("propertyInfo").and_then(Value::as_table);
            let wanted = wanted.and_then(wanted::wanted);
            let response = Response::of(updates_table(values(thing).await));
            Ok((response, Effect::Synchronized(bound_as, wanted)))
        }
        _ => match &thing.fallback {
            Some(fallback) => done(fallback.call(name, params).await.map(Response::from)),
            None => Err(ServiceError::not_found(format!("there is no service {name}"))),
        },
    }
}

/// Returns the values of all properties, except those that cannot be read now.
async fn values(thing: &Thing) -> Vec<super::PropertyUpdate> {
    let mut values = Vec::new();
    for property in thing.properties.values() {
        values.extend(property.read().await.ok());
    }
    values
}
