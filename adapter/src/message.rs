//! Requests and responses that own what they hold.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use alwayson_codec::{self as codec, Characteristic, EntityType, List, Method, Status};
use alwayson_codec::{Body, EncodeError, Ids, Message};

use crate::value::{Table, Value};

pub use crate::message_limit::{DEFAULT_JOINED_MEMORY, MessageLimit, MessageLimitError};

/// A future of whatever kind, on its way to this.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A request: read or write a property, call a service, fire an event
/// (section 3).
#[derive(Clone, Debug, PartialEq)]
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
    /// A header of this name and value.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }

    fn view(&self) -> codec::RequestHeader<'_> {
        codec::RequestHeader::new(&self.name, &self.value)
    }
}

impl From<codec::RequestHeader<'_>> for RequestHeader {
    fn from(header: codec::RequestHeader<'_>) -> Self {
        Self::new(header.name.as_str(), header.value.as_str())
    }
}

impl fmt::Debug for RequestHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
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

    /// Read a property, or all of them: `*`. The answer has a field for each.
    pub fn read_property(thing: &str, property: &str) -> Self {
        Self::thing(Method::Get, thing, Characteristic::PROPERTIES, property)
    }

    /// Write a property.
    pub fn write_property(thing: &str, property: &str, value: impl Into<Value>) -> Self {
        let params = Some(Table::of([(property, value.into())]));
        Self { params, ..Self::thing(Method::Put, thing, Characteristic::PROPERTIES, property) }
    }

    /// Write several properties of a Thing at once.
    pub fn write_properties<N: Into<String>>(
        thing: &str,
        properties: impl IntoIterator<Item = (N, Value)>,
    ) -> Self {
        let params = Some(Table::of(properties));
        Self { params, ..Self::thing(Method::Put, thing, Characteristic::PROPERTIES, "*") }
    }

    /// Call a service, with a table of one row.
    pub fn invoke_service(thing: &str, service: &str, params: Option<Table>) -> Self {
        Self { params, ..Self::thing(Method::Post, thing, Characteristic::SERVICES, service) }
    }

    /// Fire an event, with a table of its data.
    pub fn fire_event(thing: &str, event: &str, data: Option<Table>) -> Self {
        let params = data;
        Self { params, ..Self::thing(Method::Post, thing, Characteristic::EVENTS, event) }
    }

    /// Whether it is about a Thing, and calls one of its services.
    pub fn service(&self) -> Option<&str> {
        let is_call = self.method == Method::Post
            && self.characteristic == Characteristic::SERVICES
            && self.entity_type == EntityType::THINGS;
        is_call.then_some(self.name.as_str())
    }

    /// How long it is as a message to an entity under this name, in bytes.
    pub(crate) fn encoded_len(&self, entity: &str) -> Result<usize, EncodeError> {
        self.with_view(entity, |view| {
            let message = message(Body::Request(view));
            match &self.params {
                None => message.encoded_len(),
                Some(params) => sized(message.encode_with_table(
                    &mut [],
                    |s| params.shape(s),
                    |r| params.rows_to(r),
                )),
            }
        })?
    }

    /// Lends the request, less its parameters, to the codec: to a Thing under
    /// this name.
    ///
    /// # Errors
    /// `TooMany` if there are more headers than can be counted.
    pub(crate) fn with_view<R>(
        &self,
        entity: &str,
        then: impl FnOnce(codec::Request<'_>) -> R,
    ) -> Result<R, EncodeError> {
        let headers: Vec<_> = self.headers.iter().map(RequestHeader::view).collect();
        Ok(then(codec::Request {
            method: self.method,
            entity: codec::Entity { entity_type: self.entity_type, name: entity.into() },
            characteristic: self.characteristic,
            characteristic_name: self.name.as_str().into(),
            headers: List::new(&headers)?,
            params: None,
        }))
    }
}

impl From<codec::Request<'_>> for Request {
    fn from(request: codec::Request<'_>) -> Self {
        Self {
            method: request.method,
            entity_type: request.entity.entity_type,
            entity: request.entity.name.as_str().to_owned(),
            characteristic: request.characteristic,
            name: request.characteristic_name.as_str().to_owned(),
            headers: request.headers.iter().map(RequestHeader::from).collect(),
            params: request.params.map(Table::from),
        }
    }
}

impl fmt::Display for Request {
    /// The method and the path: `GET Things/Pump/Properties/Pressure`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, entity_type, entity, characteristic, name, .. } = self;
        write!(f, "{method} {entity_type}/{entity}/{characteristic}/{name}")
    }
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// The outcome.
    pub status: Status,
    /// Why, in words.
    pub reason: Option<String>,
    /// What was asked for: nearly always nothing or a table.
    pub content: Value,
}

impl Response {
    /// An answer without reason and content.
    pub const fn new(status: Status) -> Self {
        Self { status, reason: None, content: Value::Nothing }
    }

    /// SUCCESS, without content.
    pub const fn success() -> Self {
        Self::new(Status::SUCCESS)
    }

    /// SUCCESS, with content.
    pub fn of(content: impl Into<Value>) -> Self {
        Self { content: content.into(), ..Self::success() }
    }

    /// SUCCESS, with a table of one field of this name and one row: what answers the
    /// read of a property, which is never answered with the bare value (section 3).
    pub fn named(name: &str, value: impl Into<Value>) -> Self {
        Self::of(Table::of([(name, value.into())]))
    }

    /// SUCCESS, with a table of one field `result` and one row: what answers a service
    /// with a result (section 3).
    pub fn result(value: impl Into<Value>) -> Self {
        Self::of(Table::result(value))
    }

    /// An answer that says what is wrong.
    pub fn error(status: Status, reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..Self::new(status) }
    }

    /// How long it is as a message, in bytes.
    pub(crate) fn encoded_len(&self) -> Result<usize, EncodeError> {
        let reason = self.reason.as_deref().map(Into::into);
        let view = codec::Response { reason, ..codec::Response::new(self.status) };
        if let Value::InfoTable(table) = &self.content {
            let message = message(Body::Response(view));
            return sized(message.encode_with_table(
                &mut [],
                |s| table.shape(s),
                |r| table.rows_to(r),
            ));
        }
        self.content.with_view(|content| {
            message(Body::Response(codec::Response { content, ..view })).encoded_len()
        })?
    }

    /// The table that it brings.
    pub fn table(&self) -> Option<&Table> {
        self.content.as_table()
    }

    /// The one value that it brings: of the only row of a table the cell of the
    /// only field, or under `result`; else the content itself.
    pub fn value(&self) -> Option<&Value> {
        match &self.content {
            Value::Nothing => None,
            Value::InfoTable(table) => match &table.fields[..] {
                [_] => table.row(0)?.cells.first(),
                _ => table.value("result"),
            },
            other => Some(other),
        }
    }
}

impl From<codec::Response<'_>> for Response {
    fn from(response: codec::Response<'_>) -> Self {
        Self {
            status: response.status,
            reason: response.reason.map(|reason| reason.as_str().to_owned()),
            content: response.content.into(),
        }
    }
}

impl fmt::Display for Response {
    /// The status, the reason and the content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        if let Some(reason) = &self.reason {
            write!(f, ": {reason}")?;
        }
        match &self.content {
            Value::Nothing => Ok(()),
            content => write!(f, " {content}"),
        }
    }
}

/// A message that is measured.
fn message(body: Body<'_>) -> Message<'_> {
    Message { ids: Ids::unauthenticated(0), body }
}

/// The length of what found no room.
fn sized(encoded: Result<usize, EncodeError>) -> Result<usize, EncodeError> {
    match encoded {
        Err(EncodeError::BufferTooSmall { needed }) => Ok(needed),
        other => other,
    }
}
