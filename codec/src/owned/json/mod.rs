//! The JSON of the test vectors, by `serde` (feature `serde`).
//!
//! A message is `{version, code, requestId, endpointId, sessionId, multipart, body}`, with a
//! body by `kind`; a value is `{type, value}`. Numbers of the wire are their names, or a number
//! if there is no name. Bytes are base64; a NUMBER that is not finite is `"0x"` and 16 hex
//! digits. Unknown fields are errors.

mod codes;
mod early;
mod fields;
mod message;
mod value;

use alloc::string::String;
use serde::{Deserialize, Serialize};

use crate::owned;

/// Connects a type with the form of it that serde derives.
macro_rules! form {
    ($Type:path, $Form:ty) => {
        impl serde::Serialize for $Type {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                <$Form>::serialize(self, to)
            }
        }

        impl<'de> serde::Deserialize<'de> for $Type {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                <$Form>::deserialize(from)
            }
        }
    };
}
use form;

#[derive(Serialize, Deserialize)]
#[serde(remote = "owned::Claim", deny_unknown_fields)]
struct Claim {
    name: String,
    value: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "owned::RequestHeader", deny_unknown_fields)]
struct RequestHeader {
    name: String,
    value: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "owned::Gateway", deny_unknown_fields)]
struct Gateway {
    name: String,
    #[serde(rename = "type")]
    gateway_type: String,
}

form!(owned::Claim, Claim);
form!(owned::RequestHeader, RequestHeader);
form!(owned::Gateway, Gateway);
