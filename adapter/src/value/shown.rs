//! Converts values to JSON for display, and text that people type to values.

use serde_json::Value as Json;

use super::{Row, Table, Value, json};

/// Converts a value, a table or a row to JSON for display.
///
/// ```
/// use alwayson::value::{Table, ToJson as _, Value};
/// use serde_json::json;
///
/// let table = Table::of([("user", Value::from("Ada")), ("key", Value::password("s3cr3t"))]);
/// assert_eq!(table.to_json(), json!([{ "user": "Ada", "key": "***" }]));
/// ```
pub trait ToJson {
    /// Returns the JSON by the [mapping](super::json) of this crate, with these differences:
    ///
    /// - a password is masked,
    /// - a DATETIME is a string in UTC,
    /// - a VARIANT is the value that it encloses,
    /// - a table is an array of objects,
    /// - a number that is not finite is the string `NaN`, `Infinity` or `-Infinity`, whereas
    ///   NOTHING is null.
    ///
    /// A cell without a field is named by its index, from 0.
    fn to_json(&self) -> Json;
}

impl ToJson for Value {
    fn to_json(&self) -> Json {
        json::shown(self)
    }
}

impl ToJson for Table {
    fn to_json(&self) -> Json {
        json::shown_rows(self)
    }
}

impl ToJson for Row<'_> {
    fn to_json(&self) -> Json {
        json::shown_row(*self)
    }
}

/// Converts values from typed text, and to the JSON of their text.
///
/// ```
/// use alwayson::value::{Value, ValueExt as _};
/// use serde_json::json;
///
/// assert_eq!(Value::from_typed("21.5"), Value::from(21.5));
/// assert_eq!(Value::json(&json!([1])).as_json(), Some(json!([1])));
/// ```
pub trait ValueExt: Sized {
    /// Parses the text of a value, of type JSON or another text type. Returns `None` if the value
    /// is not a text, or its text is not JSON.
    fn as_json(&self) -> Option<Json>;

    /// Returns the value of a text that somebody typed: a BOOLEAN for `true` and `false`, a
    /// NUMBER, JSON in braces or brackets, otherwise a STRING. Text in quotes is always a STRING.
    fn from_typed(text: &str) -> Self;
}

impl ValueExt for Value {
    fn as_json(&self) -> Option<Json> {
        serde_json::from_str(self.as_str()?).ok()
    }

    fn from_typed(text: &str) -> Self {
        if let Ok(boolean) = text.parse::<bool>() {
            return boolean.into();
        }
        if let (Some(b'0'..=b'9' | b'-' | b'+' | b'.'), Ok(number)) =
            (text.bytes().next(), text.parse::<f64>())
        {
            return number.into();
        }
        match serde_json::from_str::<Json>(text) {
            Ok(Json::String(inner)) => inner.into(),
            Ok(json @ (Json::Object(_) | Json::Array(_))) => Self::json(&json),
            _ => text.into(),
        }
    }
}
