//! A whole message, of any kind (PROTOCOL.md §3).

use alloc::string::String;
use alloc::vec::Vec;

use super::encode::encode_with_table;
use super::{Request, Response, Value};
use crate as view;
use crate::error::{DecodeError, EncodeError};
use crate::wire::codes::{Code, EntityType, Method, Status};
use crate::wire::header::Ids;

/// One message. The rest of the header follows from the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Whom the message belongs to.
    pub ids: Ids,
    /// What it says.
    pub body: Body,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// The edge says who it is.
    Auth(Vec<Claim>),
    /// The edge takes that back.
    ClearAuth(Vec<Claim>),
    /// The edge says which Things it stands for.
    Bind(Bind),
    /// The edge no longer stands for these Things.
    Unbind(Bind),
    /// Either side asks for something.
    Request(Request),
    /// The answer to any of these.
    Response(Response),
    /// A part of a long request, response, BIND or UNBIND.
    Chunk(Chunk),
    /// A sign of life.
    KeepAlive,
}

/// A claim of an AUTH. `Debug` does not show its value.
#[derive(Clone, PartialEq, Eq)]
pub struct Claim {
    /// Its name.
    pub name: String,
    /// The key or credential itself.
    pub value: String,
}

/// The names of a BIND or UNBIND.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bind {
    /// The gateway that stands before the Things, if there is one.
    pub gateway: Option<Gateway>,
    /// The Things.
    pub names: Vec<String>,
}

/// A gateway and its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// The name of the gateway's Thing.
    pub name: String,
    /// The type of gateway, as the platform knows it.
    pub gateway_type: String,
}

/// A part of a long message (PROTOCOL.md §5). `Debug` does not show its data.
#[derive(Clone, PartialEq, Eq)]
pub struct Chunk {
    /// What the chunk is a part of.
    pub of: ChunkOf,
    /// Its place among the chunks of its message, counted from 1.
    pub id: u16,
    /// How many chunks the message has.
    pub count: u16,
    /// The sender's limit of a chunk, in bytes, header included.
    pub size: u16,
    /// Its part of the message's body.
    pub data: Vec<u8>,
}

/// What a chunk is a part of, with what every chunk repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChunkOf {
    /// A request for this entity.
    Request(Method, EntityType, String),
    /// A response.
    Response(Status),
    /// A BIND.
    Bind,
    /// An UNBIND.
    Unbind,
}

impl Message {
    /// Returns the code in the header (PROTOCOL.md §2).
    pub const fn code(&self) -> Code {
        match &self.body {
            Body::Auth(_) => Code::Auth,
            Body::ClearAuth(_) => Code::ClearAuth,
            Body::Bind(_) => Code::Bind,
            Body::Unbind(_) => Code::Unbind,
            Body::Request(request) => Code::Request(request.method),
            Body::Response(response) => Code::Response(response.status),
            Body::Chunk(chunk) => chunk.of.view().code(),
            Body::KeepAlive => Code::KeepAlive,
        }
    }

    /// Encodes the message into a buffer of exactly its length. A table is written straight
    /// into it.
    ///
    /// # Errors
    /// What cannot be encoded: [`TooLong`](EncodeError::TooLong) a string or blob,
    /// [`TooMany`](EncodeError::TooMany) items, [`NestingTooDeep`](EncodeError::NestingTooDeep),
    /// [`InvalidChunk`](EncodeError::InvalidChunk);
    /// [`BufferTooSmall`](EncodeError::BufferTooSmall) if there is no memory for it.
    pub fn encode_to_vec(&self) -> Result<Vec<u8>, EncodeError> {
        let ids = self.ids;
        match &self.body {
            Body::Request(request @ Request { params: Some(params), .. }) => {
                request.with_head(|head| {
                    let body = view::Body::Request(head);
                    encode_with_table(&view::Message { ids, body }, params)
                })?
            }
            Body::Response(response @ Response { content: Value::InfoTable(table), .. }) => {
                let body = view::Body::Response(response.head());
                encode_with_table(&view::Message { ids, body }, table)
            }
            _ => self.with_view(|message| message.encode_to_vec())?,
        }
    }

    /// Lends the message to the codec. A table or VARIANT is encoded for it first.
    ///
    /// # Errors
    /// As [`encode_to_vec`](Self::encode_to_vec), less what only the whole message shows.
    pub fn with_view<R>(
        &self,
        then: impl FnOnce(view::Message<'_>) -> R,
    ) -> Result<R, EncodeError> {
        let ids = self.ids;
        let then = |body: view::Body<'_>| then(view::Message { ids, body });
        match &self.body {
            Body::Auth(claims) => with_auth(claims, |auth| then(view::Body::Auth(auth))),
            Body::ClearAuth(claims) => with_auth(claims, |auth| then(view::Body::ClearAuth(auth))),
            Body::Bind(bind) => bind.with_view(|bind| then(view::Body::Bind(bind))),
            Body::Unbind(bind) => bind.with_view(|bind| then(view::Body::Unbind(bind))),
            Body::Request(request) => {
                request.with_view(|request| then(view::Body::Request(request)))
            }
            Body::Response(response) => {
                response.with_view(|response| then(view::Body::Response(response)))
            }
            Body::Chunk(chunk) => Ok(then(view::Body::Chunk(chunk.view()))),
            Body::KeepAlive => Ok(then(view::Body::KeepAlive)),
        }
    }
}

fn with_auth<R>(
    claims: &[Claim],
    then: impl FnOnce(view::Auth<'_>) -> R,
) -> Result<R, EncodeError> {
    let claims: Vec<_> =
        claims.iter().map(|claim| view::Claim::new(&claim.name, &claim.value)).collect();
    Ok(then(view::Auth::new(&claims)?))
}

impl Bind {
    fn with_view<R>(&self, then: impl FnOnce(view::Bind<'_>) -> R) -> Result<R, EncodeError> {
        let names: Vec<_> = self.names.iter().map(String::as_str).collect();
        let gateway = self.gateway.as_ref();
        let gateway = gateway.map(|gateway| {
            let Gateway { name, gateway_type } = gateway;
            view::Gateway::new(name, gateway_type)
        });
        Ok(then(view::Bind { gateway, ..view::Bind::new(&names)? }))
    }
}

impl Chunk {
    fn view(&self) -> view::Chunk<'_> {
        let Self { of, id, count, size, data } = self;
        view::Chunk { of: of.view(), id: *id, count: *count, size: *size, data }
    }
}

impl ChunkOf {
    const fn view(&self) -> view::ChunkOf<'_> {
        match self {
            Self::Request(method, entity_type, name) => {
                let name = view::Text::new(name.as_str());
                view::ChunkOf::Request(*method, view::Entity { entity_type: *entity_type, name })
            }
            Self::Response(status) => view::ChunkOf::Response(*status),
            Self::Bind => view::ChunkOf::Bind,
            Self::Unbind => view::ChunkOf::Unbind,
        }
    }
}

impl From<view::Message<'_>> for Message {
    fn from(message: view::Message<'_>) -> Self {
        let claims = |auth: view::Auth<'_>| auth.claims.iter().map(Claim::from).collect();
        let body = match message.body {
            view::Body::Auth(auth) => Body::Auth(claims(auth)),
            view::Body::ClearAuth(auth) => Body::ClearAuth(claims(auth)),
            view::Body::Bind(bind) => Body::Bind(bind.into()),
            view::Body::Unbind(bind) => Body::Unbind(bind.into()),
            view::Body::Request(request) => Body::Request(request.into()),
            view::Body::Response(response) => Body::Response(response.into()),
            view::Body::Chunk(chunk) => Body::Chunk(chunk.into()),
            view::Body::KeepAlive => Body::KeepAlive,
        };
        Self { ids: message.ids, body }
    }
}

impl TryFrom<&[u8]> for Message {
    type Error = DecodeError;

    /// Decodes a message that is the whole input.
    ///
    /// # Errors
    /// As [`decode_exact`](view::Message::decode_exact).
    fn try_from(bytes: &[u8]) -> Result<Self, DecodeError> {
        view::Message::decode_exact(bytes).map(Self::from)
    }
}

impl From<view::Claim<'_>> for Claim {
    fn from(claim: view::Claim<'_>) -> Self {
        Self { name: claim.name.into(), value: claim.value.expose().into() }
    }
}

impl From<view::Bind<'_>> for Bind {
    fn from(bind: view::Bind<'_>) -> Self {
        let gateway = |gateway: view::Gateway<'_>| Gateway {
            name: gateway.name.into(),
            gateway_type: gateway.gateway_type.into(),
        };
        Self {
            gateway: bind.gateway.map(gateway),
            names: bind.names.iter().map(String::from).collect(),
        }
    }
}

impl From<view::Chunk<'_>> for Chunk {
    fn from(chunk: view::Chunk<'_>) -> Self {
        let of = match chunk.of {
            view::ChunkOf::Request(method, entity) => {
                ChunkOf::Request(method, entity.entity_type, entity.name.into())
            }
            view::ChunkOf::Response(status) => ChunkOf::Response(status),
            view::ChunkOf::Bind => ChunkOf::Bind,
            view::ChunkOf::Unbind => ChunkOf::Unbind,
        };
        let view::Chunk { id, count, size, data, .. } = chunk;
        Self { of, id, count, size, data: data.to_vec() }
    }
}
