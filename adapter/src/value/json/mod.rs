//! The mapping between values and JSON: the only one of this project.
//!
//! | base type | JSON | also read |
//! | --- | --- | --- |
//! | NOTHING | null; every type reads null as NOTHING | |
//! | STRING, XML, TAGS, the names and every other type of text | string | |
//! | JSON | any JSON | |
//! | QUERY | any JSON, usually an object | a string that is its text |
//! | NUMBER, INTEGER, LONG | number | a numeric string; `7.0` as a whole number |
//! | BOOLEAN | `true`, `false` | the same as a string in any case; a number, where 0 is false |
//! | DATETIME | milliseconds since 1970-01-01 UTC | a numeric string; ISO 8601, in UTC if it names no offset. What is smaller than a millisecond is dropped |
//! | LOCATION | `{"latitude", "longitude", "elevation"}` | no elevation: 0; a string `latitude,longitude,elevation` |
//! | BLOB, IMAGE | Base64 | without padding |
//! | TIMESPAN | `{"start", "end", "period"}`: milliseconds as of a DATETIME, -1 for none | the same forms as of a DATETIME; a member left out is none |
//! | VEC2, VEC3, VEC4 | `{"x", "y"}`, with `z`, with `w` | numeric strings |
//! | THINGCODE | `{"domain", "instance"}`: integers | numeric strings |
//! | VARIANT | `{"baseType", "value"}` | any other JSON, as it looks |
//! | INFOTABLE | `{"rows", "dataShape"}`, see below | the key `datashape` |
//!
//! A **table** is `{"rows": [{NAME: value}], "dataShape": {"fieldDefinitions":
//! {NAME: {"name", "description", "baseType", "aspects"}}}}`, its members in any
//! order; a base type without a name is its number. A cell has the type of its field's definition. Without a definition it
//! has the type that its JSON [looks like](decode_untyped), and its field that of
//! its cells, VARIANT if they differ: so no member of a row is lost. The key of a cell is matched
//! exactly, otherwise without regard to case. A cell that a row leaves out is
//! NOTHING, and a row ends at its last cell. Values of aspects have no type of
//! their own in JSON: they are read as they look.
//!
//! JSON cannot carry everything. What comes back differently:
//!
//! | what | becomes |
//! | --- | --- |
//! | NaN, infinities as NUMBER | null, so NOTHING |
//! | NaN, infinities in a value of several numbers | null, which is read as NaN |
//! | the text of JSON or QUERY | the text of the same JSON without white space; a key that comes twice is the last, and a number with more digits than a double has is rounded |
//! | a JSON that is no JSON | a string |
//! | a JSON `null` | NOTHING |
//! | a cell whose type is not that of its field | the type of the field, or an error |
//! | a field whose name comes twice | the first of them |
//! | a cell without a field | a field named by its place, from 0 |
//! | the type of an aspect | the type that its JSON looks like |
//!
//! ```
//! use alwayson::value::json::{self, ShapeKey};
//! use alwayson::value::{Table, Value};
//! use alwayson_codec::BaseType;
//! use serde_json::json;
//!
//! let time = json::decode(&json!("2023-11-14T22:13:20Z"), BaseType::DATETIME)?;
//! assert_eq!(json::encode(&time, ShapeKey::DataShape), json!(1_700_000_000_000_i64));
//!
//! let table = Table::of([("Speed", Value::from(12.5))]);
//! let text = json!({
//!     "rows": [{ "Speed": 12.5 }],
//!     "dataShape": { "fieldDefinitions": { "Speed": {
//!         "name": "Speed", "description": "", "baseType": "NUMBER", "aspects": {},
//!     } } },
//! });
//! assert_eq!(json::encode_table(&table, ShapeKey::DataShape), text);
//! assert_eq!(json::decode_table(&text)?, table);
//!
//! // Errors name the place, as a JSON Pointer (RFC 6901), and what is expected there.
//! let mut wrong = text;
//! wrong["rows"][0]["Speed"] = json!("fast");
//! let error = json::decode_table(&wrong).unwrap_err();
//! assert_eq!(error.to_string(), "at /rows/0/Speed: expected NUMBER, found a string");
//! # Ok::<(), json::JsonError>(())
//! ```

// | file | what it holds |
// | --- | --- |
// | `encode.rs` | values to JSON |
// | `decode.rs` | JSON to values, by their type or as they look |
// | `scalar.rs` | JSON to values that enclose no other |
// | `rows.rs` | JSON to tables |
// | `error.rs` | what is wrong with JSON, and where |

mod decode;
mod encode;
mod error;
mod rows;
mod scalar;

use alwayson_codec::{self as codec, BaseType};
use serde_json::Value as Json;

pub use error::{JsonError, JsonErrorKind};

use super::{Table, Value};
use decode::Decoder;
pub(super) use encode::{shown, shown_row, shown_rows};

/// How the key of a table's shape is spelt: products differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShapeKey {
    /// `dataShape`, as a platform writes it.
    #[default]
    DataShape,
    /// `datashape`, as an EMS writes it.
    Lowercase,
    /// Both, for readers of either kind. A table in an aspect has `dataShape` alone.
    Both,
}

/// The JSON of a value. Passwords are in clear: for what is shown or logged there is
/// [`ToJson::to_json`](super::ToJson::to_json).
pub fn encode(value: &Value, key: ShapeKey) -> Json {
    encode::value(value, encode::Form::Exchanged(key))
}

/// The JSON of a table. Passwords are in clear, as by [`encode`].
pub fn encode_table(table: &Table, key: ShapeKey) -> Json {
    encode::table(table, key)
}

/// The value of this type that JSON stands for; null is NOTHING.
///
/// # Errors
/// [`JsonErrorKind::Expected`] if it is no value of the type;
/// [`JsonErrorKind::TooDeep`] and [`JsonErrorKind::TooSparse`] at the bounds of what
/// is read.
pub fn decode(json: &Json, base_type: BaseType) -> Result<Value, JsonError> {
    Decoder::default().value(json, base_type)
}

/// The value that JSON looks like, where no type is known: BOOLEAN, STRING, NOTHING
/// for null; NUMBER, or LONG for an integer that no double can hold; INFOTABLE for an
/// object with `rows` and a shape; VARIANT for an object of `baseType` and `value`;
/// otherwise JSON.
///
/// # Errors
/// As [`decode`], for tables and VARIANTs.
pub fn decode_untyped(json: &Json) -> Result<Value, JsonError> {
    Decoder::default().untyped(json)
}

/// The table that JSON stands for.
///
/// # Errors
/// As [`decode`].
pub fn decode_table(json: &Json) -> Result<Table, JsonError> {
    Decoder::default().table(json)
}

/// Whether JSON has the form of a VARIANT.
pub(crate) fn is_variant(json: &Json) -> bool {
    json.as_object().and_then(decode::inside_variant).is_some()
}

/// The JSON of a VARIANT whose value, of this type, has this JSON.
pub(crate) fn in_variant(json: Json, base_type: BaseType) -> Json {
    encode::in_variant(json, base_type)
}

/// What a TIMESPAN without a start or an end says for it.
const NO_TIME: i64 = codec::TimeSpan::NONE_MS;

/// The base type of this name, in any case.
pub(crate) fn base_type(name: &str) -> Option<BaseType> {
    BaseType::from_name(&name.to_ascii_uppercase())
}
