//! The fields of the bodies of all kinds. They are read together and not kind by kind, so
//! that errors keep their places.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde::{Deserialize, Deserializer};

use super::value::Bytes;
use crate::owned::{
    Bind, Body, Chunk, ChunkOf, Claim, Gateway, Request, RequestHeader, Response, Table, Value,
};
use crate::wire::codes::{Characteristic, Code, EntityType, Method};

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Kind {
    Auth,
    ClearAuth,
    Bind,
    Unbind,
    Request,
    Response,
    Chunk,
    KeepAlive,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::ClearAuth => "clearAuth",
            Self::Bind => "bind",
            Self::Unbind => "unbind",
            Self::Request => "request",
            Self::Response => "response",
            Self::Chunk => "chunk",
            Self::KeepAlive => "keepAlive",
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Fields {
    pub(super) kind: Kind,
    claims: Option<Vec<Claim>>,
    #[serde(default)]
    gateway: Nullable<Gateway>,
    names: Option<Vec<String>>,
    entity_type: Option<EntityType>,
    entity_name: Option<String>,
    characteristic: Option<Characteristic>,
    characteristic_name: Option<String>,
    headers: Option<Vec<RequestHeader>>,
    #[serde(default)]
    params: Nullable<Table>,
    #[serde(default)]
    reason: Nullable<String>,
    content: Option<Value>,
    chunk_id: Option<u16>,
    chunk_count: Option<u16>,
    chunk_size: Option<u16>,
    #[serde(default, deserialize_with = "bytes")]
    data: Option<Vec<u8>>,
}

fn bytes<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<u8>>, D::Error> {
    Bytes::deserialize(from).map(Some)
}

/// A field that may be null, but not be missing.
#[derive(Default)]
enum Nullable<T> {
    #[default]
    Missing,
    Given(Option<T>),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Nullable<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Option::deserialize(from).map(Self::Given)
    }
}

impl<T> Nullable<T> {
    fn is_some(&self) -> bool {
        matches!(self, Self::Given(_))
    }

    fn take(&mut self, name: &str) -> Result<Option<T>, String> {
        match core::mem::take(self) {
            Self::Missing => Err(missing(name)),
            Self::Given(value) => Ok(value),
        }
    }
}

/// Takes a field that this kind of body has to have.
fn need<T>(field: &mut Option<T>, name: &str) -> Result<T, String> {
    field.take().ok_or_else(|| missing(name))
}

fn missing(name: &str) -> String {
    format!("body: the body has no field `{name}`")
}

impl Fields {
    /// The body of a message with this code.
    pub(super) fn into_body(mut self, code: Code) -> Result<Body, String> {
        let kind = self.kind;
        let body = match (kind, code) {
            (Kind::Auth, Code::Auth) => Body::Auth(need(&mut self.claims, "claims")?),
            (Kind::ClearAuth, Code::ClearAuth) => {
                Body::ClearAuth(need(&mut self.claims, "claims")?)
            }
            (Kind::Bind, Code::Bind) => Body::Bind(self.bind()?),
            (Kind::Unbind, Code::Unbind) => Body::Unbind(self.bind()?),
            (Kind::Request, Code::Request(method)) => Body::Request(self.request(method)?),
            (Kind::Response, Code::Response(status)) => Body::Response(Response {
                status,
                reason: self.reason.take("reason")?,
                content: need(&mut self.content, "content")?,
            }),
            (Kind::Chunk, code) => Body::Chunk(self.chunk(code)?),
            (Kind::KeepAlive, Code::KeepAlive) => Body::KeepAlive,
            (kind, code) => {
                let kind = kind.name();
                return Err(format!("a message with the code {code} has no body of kind `{kind}`"));
            }
        };
        match self.left() {
            None => Ok(body),
            Some(field) => {
                Err(format!("body: a body of kind `{}` has no field `{field}`", kind.name()))
            }
        }
    }

    fn bind(&mut self) -> Result<Bind, String> {
        let gateway = self.gateway.take("gateway")?;
        Ok(Bind { gateway, names: need(&mut self.names, "names")? })
    }

    fn request(&mut self, method: Method) -> Result<Request, String> {
        Ok(Request {
            method,
            entity_type: need(&mut self.entity_type, "entityType")?,
            entity: need(&mut self.entity_name, "entityName")?,
            characteristic: need(&mut self.characteristic, "characteristic")?,
            name: need(&mut self.characteristic_name, "characteristicName")?,
            headers: need(&mut self.headers, "headers")?,
            params: self.params.take("params")?,
        })
    }

    fn chunk(&mut self, code: Code) -> Result<Chunk, String> {
        Ok(Chunk {
            of: self.chunk_of(code)?,
            id: need(&mut self.chunk_id, "chunkId")?,
            count: need(&mut self.chunk_count, "chunkCount")?,
            size: need(&mut self.chunk_size, "chunkSize")?,
            data: need(&mut self.data, "data")?,
        })
    }

    /// What a chunk with this code is a part of; of a request, with both fields of its
    /// entity.
    fn chunk_of(&mut self, code: Code) -> Result<ChunkOf, String> {
        let has_entity = self.entity_type.is_some() || self.entity_name.is_some();
        match code {
            Code::Request(_) if !has_entity => {
                Err("a chunk of a request has `entityType` and `entityName`".to_string())
            }
            Code::Request(method) => Ok(ChunkOf::Request(
                method,
                need(&mut self.entity_type, "entityType")?,
                need(&mut self.entity_name, "entityName")?,
            )),
            code if !code.is_chunkable() => {
                Err(format!("a message with the code {code} is never sent in chunks"))
            }
            code if has_entity => Err(format!("a chunk of {code} has no entity")),
            Code::Response(status) => Ok(ChunkOf::Response(status)),
            Code::Bind => Ok(ChunkOf::Bind),
            // No other code is left.
            _ => Ok(ChunkOf::Unbind),
        }
    }

    /// A field that was given and not taken.
    fn left(&self) -> Option<&'static str> {
        let given = [
            ("claims", self.claims.is_some()),
            ("gateway", self.gateway.is_some()),
            ("names", self.names.is_some()),
            ("entityType", self.entity_type.is_some()),
            ("entityName", self.entity_name.is_some()),
            ("characteristic", self.characteristic.is_some()),
            ("characteristicName", self.characteristic_name.is_some()),
            ("headers", self.headers.is_some()),
            ("params", self.params.is_some()),
            ("reason", self.reason.is_some()),
            ("content", self.content.is_some()),
            ("chunkId", self.chunk_id.is_some()),
            ("chunkCount", self.chunk_count.is_some()),
            ("chunkSize", self.chunk_size.is_some()),
            ("data", self.data.is_some()),
        ];
        given.into_iter().find(|(_, given)| *given).map(|(name, _)| name)
    }
}
