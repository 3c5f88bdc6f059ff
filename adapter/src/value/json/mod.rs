//! The mapping between values and JSON that the whole project uses.
//!
//! | base type | JSON | also accepted |
//! | --- | --- | --- |
//! | NOTHING | null; every type reads null as NOTHING | |
//! | STRING, XML, TAGS, names and every other text type | string | |
//! | JSON | any JSON | |
//! | QUERY | any JSON, usually an object | a string that is its text |
//! | NUMBER, INTEGER, LONG | number | a numeric string; `7.0` as a whole number |
//! | BOOLEAN | `true`, `false` | the same as a string in any case; a number, where 0 is false |
//! | DATETIME | milliseconds since 1970-01-01 UTC | a numeric string; ISO 8601, in UTC if it has no offset; fractions of a millisecond are dropped |
//! | LOCATION | `{"latitude", "longitude", "elevation"}` | without elevation, which is 0 then; a string `latitude,longitude,elevation` |
//! | BLOB, IMAGE | Base64 | Base64 without padding |
//! | TIMESPAN | `{"start", "end", "period"}`: milliseconds as in a DATETIME, -1 for none | the same forms as a DATETIME; a member that is left out is none |
//! | VEC2, VEC3, VEC4 | `{"x", "y"}`, with `z`, with `w` | numeric strings |
//! | THINGCODE | `{"domain", "instance"}`: integers | numeric strings |
//! | VARIANT | `{"baseType", "value"}` | any other JSON, by its form |
//! | INFOTABLE | `{"rows", "dataShape"}`, see below | the key `datashape` |
//!
//! A **table** is `{"rows": [{NAME: value}], "dataShape": {"fieldDefinitions":
//! {NAME: {"name", "description", "baseType", "aspects"}}}}`, with its members in any
//! order. A base type without a name is written as its number.
//!
//! A cell has the type of its field's definition. Without a definition it has the type of the
//! [form of its JSON](decode_untyped), and its field has the type of its cells, VARIANT if they
//! differ; so no member of a row is lost. The key of a cell is compared exactly first, then
//! ignoring case. A cell that a row leaves out is NOTHING, and a row ends at its last cell. Values
//! of aspects have no type in JSON: they get the type of their form.
//!
//! JSON cannot represent everything. These are different when they are read back:
//!
//! | what | becomes |
//! | --- | --- |
//! | NaN and infinities, as NUMBER | null, so NOTHING |
//! | NaN and infinities, in a value of several numbers | null, which is read as NaN |
//! | the text of JSON or QUERY | the text of the same JSON without white space; of a duplicate key the last value is kept, and a number with more digits than a double has is rounded |
//! | a value of type JSON whose text is not JSON | a string |
//! | a value of type JSON whose text is `null` | NOTHING |
//! | a cell whose type is not that of its field | the type of the field, or an error |
//! | a field whose name is a duplicate | only the first field of the name is kept |
//! | a cell without a field | a field named by its index, from 0 |
//! | the type of an aspect | the type of the form of its JSON |
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

// | file | contents |
// | --- | --- |
// | `encode.rs` | values to JSON |
// | `text.rs` | tables to the text of their JSON |
// | `decode.rs` | JSON to values, by their type or by the form of the JSON |
// | `scalar.rs` | JSON to values that enclose no other values |
// | `rows.rs` | JSON to tables |
// | `error.rs` | the error of reading JSON |

mod decode;
mod encode;
mod error;
mod limits;
mod rows;
mod scalar;
mod text;

use alwayson_codec::{self as codec, BaseType};
use serde_json::Value as Json;

pub use error::{JsonError, JsonErrorKind};

use super::{Table, Value};
use decode::Decoder;
pub(super) use encode::{shown, shown_row, shown_rows};

/// The spelling of the key of a table's shape, in which products differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShapeKey {
    /// `dataShape`, as platforms write it.
    #[default]
    DataShape,
    /// `datashape`, as an EMS writes it.
    Lowercase,
    /// Both, for readers of either kind. A table in an aspect has only `dataShape`.
    Both,
}

/// Returns the JSON of a value. Passwords are not masked: use
/// [`ToJson::to_json`](super::ToJson::to_json) for display and logs.
pub fn encode(value: &Value, key: ShapeKey) -> Json {
    encode::value(value, encode::Form::Exchanged(key))
}

/// Returns the JSON of a table. Passwords are not masked, as in [`encode`].
pub fn encode_table(table: &Table, key: ShapeKey) -> Json {
    encode::table(table, key)
}

/// Returns the text of the JSON of a table, in UTF-8: that of [`encode_table`], in a fraction of
/// its time.
///
/// ```
/// use alwayson::value::Table;
/// use alwayson::value::json::{ShapeKey, encode_table, encode_table_text};
///
/// let table = Table::of([("Speed", 12.5.into())]);
/// let text = encode_table_text(&table, ShapeKey::DataShape);
/// assert_eq!(text, encode_table(&table, ShapeKey::DataShape).to_string().into_bytes());
/// ```
pub fn encode_table_text(table: &Table, key: ShapeKey) -> Vec<u8> {
    let mut text = Vec::with_capacity(256);
    text::put_table(&mut text, table, key);
    text
}

/// Returns the value of this type that JSON represents; null is NOTHING.
///
/// # Errors
/// A [`JsonError`] of this kind:
///
/// - [`Expected`](JsonErrorKind::Expected) if the JSON is not a value of the type,
/// - [`NotAnObject`](JsonErrorKind::NotAnObject), [`NotAList`](JsonErrorKind::NotAList) and
///   [`NotABaseType`](JsonErrorKind::NotABaseType) if a part of a table has the wrong form,
/// - [`TooDeep`](JsonErrorKind::TooDeep) and [`TooSparse`](JsonErrorKind::TooSparse) if it exceeds
///   a limit.
pub fn decode(json: &Json, base_type: BaseType) -> Result<Value, JsonError> {
    Decoder::default().value(json, base_type)
}

/// Returns the value of JSON whose type is not known. Its form gives the type: BOOLEAN, STRING,
/// NOTHING for null; NUMBER, or LONG for an integer beyond ±2^53; INFOTABLE for an object with
/// `rows` and a shape; VARIANT for an object of `baseType` and `value`; otherwise JSON.
///
/// # Errors
/// Those of [`decode`], for tables and VARIANTs.
pub fn decode_untyped(json: &Json) -> Result<Value, JsonError> {
    Decoder::default().untyped(json)
}

/// Returns the table that JSON represents.
///
/// # Errors
/// Those of [`decode`].
pub fn decode_table(json: &Json) -> Result<Table, JsonError> {
    Decoder::default().table(json)
}

/// Returns whether JSON has the form of a VARIANT.
pub(crate) fn is_variant(json: &Json) -> bool {
    json.as_object().and_then(decode::inside_variant).is_some()
}

/// Returns the JSON of a VARIANT that encloses a value of this type, given the JSON of that value.
pub(crate) fn in_variant(json: Json, base_type: BaseType) -> Json {
    encode::in_variant(json, base_type)
}

/// The number that stands for a missing start or end of a TIMESPAN.
const NO_TIME: i64 = codec::TimeSpan::NONE_MS;

/// Returns the base type of this name, ignoring case.
pub(crate) fn base_type(name: &str) -> Option<BaseType> {
    BaseType::from_name(&name.to_ascii_uppercase())
}
