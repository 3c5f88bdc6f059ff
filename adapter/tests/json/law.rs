//! What holds for any JSON. The fuzz target `json_table` checks the same.

use alwayson::value::Value;
use alwayson::value::json::{self, ShapeKey};
use alwayson_codec::BaseType;

use super::Json;

/// Checks that what is read from JSON, as a value of this type and as one of the type of its
/// form, is written as JSON that is read alike. Both directions go through text.
///
/// # Errors
/// The two that differ.
pub(crate) fn is_read_alike(json: &Json, base_type: BaseType) -> Result<(), String> {
    if let Ok(value) = json::decode(json, base_type) {
        comes_back(&value, base_type)?;
    }
    match json::decode_untyped(json) {
        Ok(value) => comes_back(&value, value.base_type()),
        Err(_) => Ok(()),
    }
}

fn comes_back(value: &Value, base_type: BaseType) -> Result<(), String> {
    let text = json::encode(value, ShapeKey::DataShape).to_string();
    let again: Json = text.parse().map_err(|error| format!("{text}: {error}"))?;
    let read = json::decode(&again, base_type).map_err(|error| format!("{text}: {error}"))?;
    let written = json::encode(&read, ShapeKey::DataShape).to_string();
    if written == text { Ok(()) } else { Err(format!("{text} became {written}")) }
}
