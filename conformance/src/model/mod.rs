//! A message as the JSON of the vectors has it (`vectors/README.md`), owned.
//!
//! Two messages are equal when they are encoded alike: numbers are compared bit
//! for bit.

mod body;
pub(crate) mod names;
mod value;

pub use body::{Body, ChunkEntity, Gateway, Pair};
pub use value::{
    Aspect, Bytes, Field, Location, Number, Table, ThingCode, TimeSpan, Value, Vec2, Vec3, Vec4,
};

use alwayson_codec::Code;
use serde::{Deserialize, Serialize};

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Message {
    /// The protocol version: 1.
    pub version: u8,
    /// A name, or a number without a name.
    #[serde(with = "names::code")]
    pub code: Code,
    /// The request id.
    pub request_id: u32,
    /// The endpoint id.
    pub endpoint_id: u32,
    /// The session id.
    pub session_id: u32,
    /// Whether the message is a chunk.
    pub multipart: bool,
    /// What follows the header.
    pub body: Body,
}

impl Message {
    /// The message as one line of JSON.
    pub fn to_json(&self) -> String {
        // Cannot fail: all keys are strings, and writing to memory succeeds.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a message from JSON.
    ///
    /// # Errors
    /// What is wrong, in words: the field, and line and column.
    pub fn from_json(json: &[u8]) -> Result<Self, String> {
        from_json(json)
    }
}

/// Reads JSON; errors name the field and the place.
///
/// # Errors
/// What is wrong, in words.
pub(crate) fn from_json<'de, T: Deserialize<'de>>(json: &'de [u8]) -> Result<T, String> {
    let mut from = serde_json::Deserializer::from_slice(json);
    let value = serde_path_to_error::deserialize(&mut from).map_err(|error| {
        let path = error.path().to_string();
        match path.as_str() {
            "" | "." | "?" => error.into_inner().to_string(),
            _ => format!("{path}: {}", error.into_inner()),
        }
    })?;
    from.end().map_err(|error| error.to_string())?;
    Ok(value)
}
