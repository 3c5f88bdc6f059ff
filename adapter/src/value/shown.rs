//! Values as text and as JSON, and from text. Passwords are masked.

use std::fmt;

use alwayson_codec::{BaseType, DateTime, Location, ThingCode};
use serde_json::Value as Json;

use super::{Row, Table, Value, json};

/// What stands for a password.
pub(super) const MASK: &str = "***";

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
    /// As JSON that is shown to people: by the [mapping](super::json) of this
    /// project, but passwords are masked, a DATETIME is a text in UTC, a VARIANT is
    /// what it encloses, a table is an array of objects, and numbers that are not
    /// finite are the texts `NaN`, `Infinity` and `-Infinity`; null is NOTHING alone.
    pub fn to_json(&self) -> Json {
        json::shown(self)
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
    /// As JSON that is shown to people: an array with an object for each row.
    pub fn to_json(&self) -> Json {
        json::shown_rows(self)
    }
}

impl Row<'_> {
    /// As a JSON object that is shown to people. A cell without a field is named by
    /// its place, from 0.
    pub fn to_json(&self) -> Json {
        json::shown_row(*self)
    }
}
