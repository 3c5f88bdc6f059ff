//! The bodies of messages.

use alwayson_codec::{Characteristic, EntityType};
use serde::{Deserialize, Deserializer, Serialize};

use super::names;
use super::value::{Bytes, Table, Value};

/// What follows a header, by `kind`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[serde(try_from = "Fields")]
pub enum Body {
    /// Of AUTH.
    Auth {
        /// The claims.
        claims: Vec<Pair>,
    },
    /// Of CLEARAUTH.
    ClearAuth {
        /// The claims.
        claims: Vec<Pair>,
    },
    /// Of BIND.
    Bind {
        /// The gateway before the Things.
        gateway: Option<Gateway>,
        /// The names of the Things.
        names: Vec<String>,
    },
    /// Of UNBIND.
    Unbind {
        /// The gateway before the Things.
        gateway: Option<Gateway>,
        /// The names of the Things.
        names: Vec<String>,
    },
    /// Of GET, PUT, POST and DELETE.
    Request {
        /// The type of the entity.
        #[serde(with = "names::entity_type")]
        entity_type: EntityType,
        /// Its name.
        entity_name: String,
        /// Properties, services or events.
        #[serde(with = "names::characteristic")]
        characteristic: Characteristic,
        /// Which of them.
        characteristic_name: String,
        /// The headers.
        headers: Vec<Pair>,
        /// The parameters.
        params: Option<Table>,
    },
    /// Of a message with a status.
    Response {
        /// Why, in words.
        reason: Option<String>,
        /// What was asked for.
        content: Value,
    },
    /// Of a message with a multipart marker of 1.
    Chunk {
        /// The chunk's place among the others, from 1.
        chunk_id: u16,
        /// How many chunks there are.
        chunk_count: u16,
        /// The sender's limit of a chunk.
        chunk_size: u16,
        /// In a request, its entity.
        #[serde(flatten)]
        entity: Option<ChunkEntity>,
        /// A part of the body.
        data: Bytes,
    },
    /// Of `KEEP_ALIVE`: nothing.
    KeepAlive {},
}

impl Body {
    /// What JSON calls this kind of body.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Auth { .. } => "auth",
            Self::ClearAuth { .. } => "clearAuth",
            Self::Bind { .. } => "bind",
            Self::Unbind { .. } => "unbind",
            Self::Request { .. } => "request",
            Self::Response { .. } => "response",
            Self::Chunk { .. } => "chunk",
            Self::KeepAlive {} => "keepAlive",
        }
    }
}

/// A claim, or a header of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gateway {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub gateway_type: String,
}

/// The entity that a chunk of a request repeats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChunkEntity {
    /// Its type.
    #[serde(with = "names::entity_type")]
    pub entity_type: EntityType,
    /// Its name.
    pub entity_name: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Kind {
    Auth,
    ClearAuth,
    Bind,
    Unbind,
    Request,
    Response,
    Chunk,
    KeepAlive,
}

/// The fields of every kind of body. Reading them so, and not kind by kind,
/// keeps the places of errors.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Fields {
    kind: Kind,
    claims: Option<Vec<Pair>>,
    #[serde(default)]
    gateway: Nullable<Gateway>,
    names: Option<Vec<String>>,
    #[serde(default, deserialize_with = "entity_type")]
    entity_type: Option<EntityType>,
    entity_name: Option<String>,
    #[serde(default, deserialize_with = "characteristic")]
    characteristic: Option<Characteristic>,
    characteristic_name: Option<String>,
    headers: Option<Vec<Pair>>,
    #[serde(default)]
    params: Nullable<Table>,
    #[serde(default)]
    reason: Nullable<String>,
    content: Option<Value>,
    chunk_id: Option<u16>,
    chunk_count: Option<u16>,
    chunk_size: Option<u16>,
    data: Option<Bytes>,
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
        match std::mem::take(self) {
            Self::Missing => Err(missing(name)),
            Self::Given(value) => Ok(value),
        }
    }
}

fn entity_type<'de, D: Deserializer<'de>>(from: D) -> Result<Option<EntityType>, D::Error> {
    names::entity_type::deserialize(from).map(Some)
}

fn characteristic<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Characteristic>, D::Error> {
    names::characteristic::deserialize(from).map(Some)
}

/// Takes a field that this kind of body has to have.
fn need<T>(field: &mut Option<T>, name: &str) -> Result<T, String> {
    field.take().ok_or_else(|| missing(name))
}

fn missing(name: &str) -> String {
    format!("the body has no field `{name}`")
}

impl TryFrom<Fields> for Body {
    type Error = String;

    fn try_from(mut all: Fields) -> Result<Self, String> {
        let body = match all.kind {
            Kind::Auth => Self::Auth { claims: need(&mut all.claims, "claims")? },
            Kind::ClearAuth => Self::ClearAuth { claims: need(&mut all.claims, "claims")? },
            Kind::Bind => {
                let (gateway, names) = all.bind()?;
                Self::Bind { gateway, names }
            }
            Kind::Unbind => {
                let (gateway, names) = all.bind()?;
                Self::Unbind { gateway, names }
            }
            Kind::Request => Self::Request {
                entity_type: need(&mut all.entity_type, "entityType")?,
                entity_name: need(&mut all.entity_name, "entityName")?,
                characteristic: need(&mut all.characteristic, "characteristic")?,
                characteristic_name: need(&mut all.characteristic_name, "characteristicName")?,
                headers: need(&mut all.headers, "headers")?,
                params: all.params.take("params")?,
            },
            Kind::Response => Self::Response {
                reason: all.reason.take("reason")?,
                content: need(&mut all.content, "content")?,
            },
            Kind::Chunk => Self::Chunk {
                chunk_id: need(&mut all.chunk_id, "chunkId")?,
                chunk_count: need(&mut all.chunk_count, "chunkCount")?,
                chunk_size: need(&mut all.chunk_size, "chunkSize")?,
                entity: all.chunk_entity()?,
                data: need(&mut all.data, "data")?,
            },
            Kind::KeepAlive => Self::KeepAlive {},
        };
        match all.left() {
            None => Ok(body),
            Some(field) => Err(format!("a body of kind `{}` has no field `{field}`", body.kind())),
        }
    }
}

impl Fields {
    fn bind(&mut self) -> Result<(Option<Gateway>, Vec<String>), String> {
        Ok((self.gateway.take("gateway")?, need(&mut self.names, "names")?))
    }

    /// The entity of a chunk: both of its fields or none.
    fn chunk_entity(&mut self) -> Result<Option<ChunkEntity>, String> {
        if self.entity_type.is_none() && self.entity_name.is_none() {
            return Ok(None);
        }
        let entity_type = need(&mut self.entity_type, "entityType")?;
        let entity_name = need(&mut self.entity_name, "entityName")?;
        Ok(Some(ChunkEntity { entity_type, entity_name }))
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
