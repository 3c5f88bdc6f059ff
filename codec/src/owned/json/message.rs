//! Whole messages.

use alloc::format;
use alloc::string::String;

use serde::de::{self, Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use super::fields::{Fields, Kind};
use super::value::Bytes;
use crate::owned::{
    self, Bind, Body, ChunkOf, Claim, Gateway, Message, RequestHeader, Table, Value,
};
use crate::wire::codes::{Characteristic, Code, EntityType};
use crate::wire::header::{Ids, VERSION};

/// A message: its header, and its body.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Whole<B> {
    version: u8,
    code: Code,
    request_id: u32,
    endpoint_id: u32,
    session_id: u32,
    multipart: bool,
    body: B,
}

/// A body that is written.
#[derive(serde::Serialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Written<'m> {
    Auth {
        claims: &'m [Claim],
    },
    ClearAuth {
        claims: &'m [Claim],
    },
    Bind {
        gateway: Option<&'m Gateway>,
        names: &'m [String],
    },
    Unbind {
        gateway: Option<&'m Gateway>,
        names: &'m [String],
    },
    Request {
        entity_type: EntityType,
        entity_name: &'m str,
        characteristic: Characteristic,
        characteristic_name: &'m str,
        headers: &'m [RequestHeader],
        params: Option<&'m Table>,
    },
    Response {
        reason: Option<&'m str>,
        content: &'m Value,
    },
    Chunk {
        chunk_id: u16,
        chunk_count: u16,
        chunk_size: u16,
        #[serde(flatten)]
        entity: Option<Entity<'m>>,
        #[serde(serialize_with = "Bytes::serialize")]
        data: &'m [u8],
    },
    KeepAlive {},
}

/// The entity that a chunk of a request repeats.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Entity<'m> {
    entity_type: EntityType,
    entity_name: &'m str,
}

impl<'m> From<&'m Body> for Written<'m> {
    fn from(body: &'m Body) -> Self {
        match body {
            Body::Auth(claims) => Self::Auth { claims },
            Body::ClearAuth(claims) => Self::ClearAuth { claims },
            Body::Bind(Bind { gateway, names }) => Self::Bind { gateway: gateway.as_ref(), names },
            Body::Unbind(Bind { gateway, names }) => {
                Self::Unbind { gateway: gateway.as_ref(), names }
            }
            Body::Request(request) => Self::Request {
                entity_type: request.entity_type,
                entity_name: &request.entity,
                characteristic: request.characteristic,
                characteristic_name: &request.name,
                headers: &request.headers,
                params: request.params.as_ref(),
            },
            Body::Response(response) => {
                Self::Response { reason: response.reason.as_deref(), content: &response.content }
            }
            Body::Chunk(owned::Chunk { of, id, count, size, data }) => Self::Chunk {
                chunk_id: *id,
                chunk_count: *count,
                chunk_size: *size,
                entity: match of {
                    ChunkOf::Request(_, entity_type, entity_name) => {
                        Some(Entity { entity_type: *entity_type, entity_name })
                    }
                    ChunkOf::Response(_) | ChunkOf::Bind | ChunkOf::Unbind => None,
                },
                data,
            },
            Body::KeepAlive => Self::KeepAlive {},
        }
    }
}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Whole {
            version: VERSION,
            code: self.code(),
            request_id: self.ids.request,
            endpoint_id: self.ids.endpoint,
            session_id: self.ids.session,
            multipart: matches!(self.body, Body::Chunk(_)),
            body: Written::from(&self.body),
        }
        .serialize(to)
    }
}

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Whole::<Fields>::deserialize(from)?.try_into().map_err(de::Error::custom)
    }
}

impl TryFrom<Whole<Fields>> for Message {
    /// How the parts of the message contradict each other.
    type Error = String;

    fn try_from(whole: Whole<Fields>) -> Result<Self, String> {
        let Whole { version, code, request_id, endpoint_id, session_id, multipart, body } = whole;
        if version != VERSION {
            return Err(format!("the version is {VERSION}, not {version}"));
        }
        if multipart != (body.kind == Kind::Chunk) {
            let kind = body.kind.name();
            return Err(format!("`multipart` is {multipart} with a body of kind `{kind}`"));
        }
        let ids = Ids { request: request_id, endpoint: endpoint_id, session: session_id };
        Ok(Self { ids, body: body.into_body(code)? })
    }
}
