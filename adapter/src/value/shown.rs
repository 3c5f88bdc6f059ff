//! Values as text and as JSON, and from text. Passwords are masked.

use std::fmt;

use alwayson_codec::{BaseType, DateTime, Location, ThingCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value as Json, json};

use super::{Row, Table, TimeSpan, Value};

/// What stands for a password.
const MASK: &str = "***";

impl fmt::Display for Value {
    /// As people write it: a text as it is, a DATETIME in UTC, a LOCATION as
    /// longitude, latitude and elevation, a BLOB as its length, a table as JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::Text(BaseType::PASSWORD, _) => f.write_str(MASK),
            Self::Text(_, text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
            Self::Integer(integer) => write!(f, "{integer}"),
            Self::Long(long) => write!(f, "{long}"),
            Self::Boolean(boolean) => write!(f, "{boolean}"),
            Self::DateTime(time) => f.write_str(&utc(*time)),
            Self::Location(Location { longitude, latitude, elevation }) => {
                write!(f, "{longitude}, {latitude}, {elevation}")
            }
            Self::Binary(_, bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Variant(inner) => inner.fmt(f),
            Self::InfoTable(table) => table.to_json().fmt(f),
            Self::TimeSpan(span) => span.fmt(f),
            Self::Vec2(numbers) => fmt_vector(numbers, f),
            Self::Vec3(numbers) => fmt_vector(numbers, f),
            Self::Vec4(numbers) => fmt_vector(numbers, f),
            Self::ThingCode(ThingCode { domain, instance }) => write!(f, "{domain}:{instance}"),
        }
    }
}

/// The numbers of a vector, with commas between them.
fn fmt_vector(numbers: &[f64], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (place, number) in numbers.iter().enumerate() {
        let separator = if place == 0 { "" } else { ", " };
        write!(f, "{separator}{number}")?;
    }
    Ok(())
}

impl fmt::Debug for Value {
    /// The base type, and the value as it is displayed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {self}", self.base_type())
    }
}

/// A time in UTC, to the millisecond; milliseconds where no calendar has it.
pub(crate) fn utc(time: DateTime) -> String {
    match jiff::Timestamp::from_millisecond(time.to_millis()) {
        Ok(timestamp) => format!("{timestamp:.3}"),
        Err(_) => format!("{} ms", time.to_millis()),
    }
}

impl Value {
    /// As JSON: numbers, booleans and texts as such, JSON as what it says,
    /// DATETIME in UTC, BLOB in Base64, a table as an array of objects. What JSON
    /// cannot say of numbers is null, a password is masked.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Nothing => Json::Null,
            Self::Text(BaseType::PASSWORD, _) => Json::from(MASK),
            Self::Text(BaseType::JSON, text) => {
                serde_json::from_str(text).unwrap_or_else(|_| Json::from(text.as_str()))
            }
            Self::Text(_, text) => Json::from(text.as_str()),
            Self::Number(number) => Json::from(*number),
            Self::Integer(integer) => Json::from(*integer),
            Self::Long(long) => Json::from(*long),
            Self::Boolean(boolean) => Json::from(*boolean),
            Self::DateTime(time) => Json::from(utc(*time)),
            Self::Location(Location { longitude, latitude, elevation }) => {
                json!({"longitude": longitude, "latitude": latitude, "elevation": elevation})
            }
            Self::Binary(_, bytes) => Json::from(BASE64.encode(bytes)),
            Self::Variant(inner) => inner.to_json(),
            Self::InfoTable(table) => table.to_json(),
            Self::TimeSpan(TimeSpan { start, end, period }) => {
                json!({"start": start.map(utc), "end": end.map(utc), "period": period})
            }
            Self::Vec2([x, y]) => json!({"x": x, "y": y}),
            Self::Vec3([x, y, z]) => json!({"x": x, "y": y, "z": z}),
            Self::Vec4([x, y, z, w]) => json!({"x": x, "y": y, "z": z, "w": w}),
            Self::ThingCode(ThingCode { domain, instance }) => {
                json!({"domain": domain, "instance": instance})
            }
        }
    }

    /// The value that somebody has typed: `true`, `false`, a number, JSON in
    /// braces or brackets, else a STRING. Quotes around it make it a STRING in
    /// any case.
    pub fn from_typed(text: &str) -> Self {
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

impl Table {
    /// As JSON: an array with an object for each row.
    pub fn to_json(&self) -> Json {
        self.rows().map(|row| row.to_json()).collect()
    }
}

impl Row<'_> {
    /// As a JSON object. A cell without a field is named by its place, from 0.
    pub fn to_json(&self) -> Json {
        let names = self.table.fields.iter().map(|field| field.name.clone());
        let names = names.chain((self.table.fields.len()..).map(|place| place.to_string()));
        let object: Map<String, Json> =
            names.zip(self.cells).map(|(name, cell)| (name, cell.to_json())).collect();
        object.into()
    }
}
