//! GET, PUT, POST and DELETE (PROTOCOL.md §3).

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Table, Value};
use crate as view;
use crate::error::EncodeError;
use crate::wire::codes::{Characteristic, EntityType, Method};

/// A request: read or write a property, call a service, fire an event
/// (PROTOCOL.md §3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What to do.
    pub method: Method,
    /// With an entity of which type, nearly always `Things`.
    pub entity_type: EntityType,
    /// With which one: the name of the Thing.
    pub entity: String,
    /// With which part of it.
    pub characteristic: Characteristic,
    /// The property, service or event. `*` with GET: all properties; with PUT: each
    /// that the parameters have a field of.
    pub name: String,
    /// Headers, in their order; nearly always none. At most 255 can be sent.
    pub headers: Vec<RequestHeader>,
    /// The parameters.
    pub params: Option<Table>,
}

/// A header of a request: a name and a value. `Debug` does not show the value of one
/// that carries a key.
#[derive(Clone, PartialEq, Eq)]
pub struct RequestHeader {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl RequestHeader {
    /// Returns a header of this name and value.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }

    pub(super) fn view(&self) -> view::RequestHeader<'_> {
        view::RequestHeader::new(&self.name, &self.value)
    }
}

impl From<view::RequestHeader<'_>> for RequestHeader {
    fn from(header: view::RequestHeader<'_>) -> Self {
        Self::new(header.name, header.value)
    }
}

impl Request {
    fn thing(method: Method, thing: &str, characteristic: Characteristic, name: &str) -> Self {
        Self {
            method,
            entity_type: EntityType::THINGS,
            entity: thing.to_owned(),
            characteristic,
            name: name.to_owned(),
            headers: Vec::new(),
            params: None,
        }
    }

    /// Returns a request that reads a property, or all of them: `*`. The answer has a field
    /// for each.
    pub fn read_property(thing: &str, property: &str) -> Self {
        Self::thing(Method::Get, thing, Characteristic::PROPERTIES, property)
    }

    /// Returns a request that writes a property.
    pub fn write_property(thing: &str, property: &str, value: impl Into<Value>) -> Self {
        let params = Some(Table::of([(property, value.into())]));
        Self { params, ..Self::thing(Method::Put, thing, Characteristic::PROPERTIES, property) }
    }

    /// Returns a request that writes several properties of a Thing at once.
    pub fn write_properties<N: Into<String>>(
        thing: &str,
        properties: impl IntoIterator<Item = (N, Value)>,
    ) -> Self {
        let params = Some(Table::of(properties));
        Self { params, ..Self::thing(Method::Put, thing, Characteristic::PROPERTIES, "*") }
    }

    /// Returns a request that calls a service, with a table of one row.
    pub fn invoke_service(thing: &str, service: &str, params: Option<Table>) -> Self {
        Self { params, ..Self::thing(Method::Post, thing, Characteristic::SERVICES, service) }
    }

    /// Returns a request that fires an event, with a table of its data.
    pub fn fire_event(thing: &str, event: &str, data: Option<Table>) -> Self {
        let params = data;
        Self { params, ..Self::thing(Method::Post, thing, Characteristic::EVENTS, event) }
    }

    /// Returns the service of a Thing that the request calls, if it calls one.
    pub fn service(&self) -> Option<&str> {
        let is_call = self.method == Method::Post
            && self.characteristic == Characteristic::SERVICES
            && self.entity_type == EntityType::THINGS;
        is_call.then_some(self.name.as_str())
    }

    /// Lends the request without its parameters to the codec: what
    /// [`encode_with_table`](view::Message::encode_with_table) and `request_with_table` of a
    /// connection take together with [`Table::shape`] and [`Table::rows_to`].
    ///
    /// # Errors
    /// [`EncodeError::TooMany`] if there are more than 255 headers.
    pub fn with_head<R>(
        &self,
        then: impl FnOnce(view::Request<'_>) -> R,
    ) -> Result<R, EncodeError> {
        let headers: Vec<_> = self.headers.iter().map(RequestHeader::view).collect();
        Ok(then(view::Request {
            method: self.method,
            entity: view::Entity {
                entity_type: self.entity_type,
                name: self.entity.as_str().into(),
            },
            characteristic: self.characteristic,
            characteristic_name: self.name.as_str().into(),
            headers: view::List::new(&headers)?,
            params: None,
        }))
    }

    /// Lends the request to the codec. The parameters are encoded for it first.
    ///
    /// # Errors
    /// As [`with_head`](Self::with_head) and [`Table::encode`].
    pub fn with_view<R>(
        &self,
        then: impl FnOnce(view::Request<'_>) -> R,
    ) -> Result<R, EncodeError> {
        let mut buffer = Vec::new();
        let params = self.params.as_ref().map(|params| params.encode(&mut buffer)).transpose()?;
        self.with_head(|head| then(view::Request { params, ..head }))
    }
}

impl From<view::Request<'_>> for Request {
    fn from(request: view::Request<'_>) -> Self {
        Self {
            method: request.method,
            entity_type: request.entity.entity_type,
            entity: request.entity.name.into(),
            characteristic: request.characteristic,
            name: request.characteristic_name.into(),
            headers: request.headers.iter().map(RequestHeader::from).collect(),
            params: request.params.map(Table::from),
        }
    }
}
