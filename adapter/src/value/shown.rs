//! Values as JSON that is shown to people, and from text that people type.

use serde_json::Value as Json;

use super::{Row, Table, Value, json};

/// What a value, a table or a row is as JSON that is shown to people.
///
/// ```
/// use alwayson::value::{Table, ToJson as _, Value};
/// use serde_json::json;
///
/// let table = Table::of([("user", Value::from("Ada")), ("key", Value::password("s3cr3t"))]);
/// assert_eq!(table.to_json(), json!([{ "user": "Ada", "key": "***" }]));
/// ```
pub trait ToJson {
    /// Returns the JSON by the [mapping](super::json) of this project, but passwords are
    /// masked, a DATETIME is a text in UTC, a VARIANT is what it encloses, a table is an
    /// array of objects, and numbers that are not finite are the texts `NaN`, `Infinity`
    /// and `-Infinity`; null is NOTHING alone. A cell without a field is named by its
    /// place, from 0.
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

/// Values from and to the JSON that stands in a text.
///
/// ```
/// use alwayson::value::{Value, ValueExt as _};
/// use serde_json::json;
///
/// assert_eq!(Value::from_typed("21.5"), Value::from(21.5));
/// assert_eq!(Value::json(&json!([1])).as_json(), Some(json!([1])));
/// ```
pub trait ValueExt: Sized {
    /// Returns the JSON that a value of type JSON, or any string, is the text of; `None`
    /// if it is no JSON.
    fn as_json(&self) -> Option<Json>;

    /// Returns the value that somebody has typed: `true`, `false`, a number, JSON in
    /// braces or brackets, else a STRING. Quotes around it make it a STRING in any case.
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
