//! Values, tables and messages as text for people. Keys and passwords are masked.

use alloc::vec::Vec;
use core::fmt::{self, Debug, Display, Formatter, Write};

use super::{Chunk, Claim, Field, Request, RequestHeader, Response, Row, Table, TimeSpan, Value};
use crate as view;
use crate::wire::codes::BaseType;
use crate::wire::scalar::{DateTime, Location, ThingCode};
use crate::wire::shown::MASK;

impl Display for Value {
    /// As people write it: a text as it is, a DATETIME in UTC, a LOCATION as longitude,
    /// latitude and elevation, a BLOB as its length. A table is a JSON array with an object
    /// for each row; in it a value that JSON has no type for is a string of this text.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::Text(BaseType::PASSWORD, _) => f.write_str(MASK),
            Self::Text(_, text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
            Self::Integer(integer) => write!(f, "{integer}"),
            Self::Long(long) => write!(f, "{long}"),
            Self::Boolean(boolean) => write!(f, "{boolean}"),
            Self::DateTime(time) => write!(f, "{time}"),
            Self::Location(Location { longitude, latitude, elevation }) => {
                write!(f, "{longitude}, {latitude}, {elevation}")
            }
            Self::Binary(_, bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Variant(inner) => Display::fmt(inner, f),
            Self::InfoTable(table) => write_rows(table, f),
            Self::TimeSpan(span) => write!(f, "{span}"),
            Self::Vec2(numbers) => write_vector(numbers, f),
            Self::Vec3(numbers) => write_vector(numbers, f),
            Self::Vec4(numbers) => write_vector(numbers, f),
            Self::ThingCode(ThingCode { domain, instance }) => write!(f, "{domain}:{instance}"),
        }
    }
}

/// The numbers of a vector, with commas between them.
fn write_vector(numbers: &[f64], f: &mut Formatter<'_>) -> fmt::Result {
    let mut separator = "";
    for number in numbers {
        write!(f, "{separator}{number}")?;
        separator = ", ";
    }
    Ok(())
}

/// The rows of a table, as a JSON array of objects.
fn write_rows(table: &Table, f: &mut Formatter<'_>) -> fmt::Result {
    let mut before_row = "[";
    for row in table.rows() {
        f.write_str(before_row)?;
        before_row = ",";
        let mut before_cell = "{";
        for (place, (field, cell)) in row.with_fields().enumerate() {
            f.write_str(before_cell)?;
            before_cell = ",";
            match field {
                Some(field) => write_string(&field.name, f)?,
                None => write!(f, "\"{place}\"")?,
            }
            f.write_str(":")?;
            match field {
                Some(field) if field.masks(cell) => write_string(MASK, f)?,
                _ => write_cell(cell, f)?,
            }
        }
        f.write_str(if before_cell == "{" { "{}" } else { "}" })?;
    }
    f.write_str(if before_row == "[" { "[]" } else { "]" })
}

/// A value in a table, as JSON.
fn write_cell(value: &Value, f: &mut Formatter<'_>) -> fmt::Result {
    match value.innermost() {
        Value::Nothing => f.write_str("null"),
        // Like a number of JSON, with a fraction.
        Value::Number(number) if number.is_finite() => write!(f, "{number:?}"),
        number_or_table @ (Value::Integer(_)
        | Value::Long(_)
        | Value::Boolean(_)
        | Value::InfoTable(_)) => Display::fmt(number_or_table, f),
        other => write_string(other, f),
    }
}

/// A text as a string of JSON.
fn write_string(text: impl Display, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str("\"")?;
    write!(Escaped(f), "{text}")?;
    f.write_str("\"")
}

/// Escapes what a string of JSON cannot hold as it is.
struct Escaped<'f, 'b>(&'f mut Formatter<'b>);

impl Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for char in text.chars() {
            match char {
                '"' | '\\' => write!(self.0, "\\{char}")?,
                '\n' => self.0.write_str("\\n")?,
                '\r' => self.0.write_str("\\r")?,
                '\t' => self.0.write_str("\\t")?,
                '\0'..='\u{1F}' => write!(self.0, "\\u{:04x}", u32::from(char))?,
                char => self.0.write_char(char)?,
            }
        }
        Ok(())
    }
}

impl Debug for Value {
    /// The base type, and the value as it is displayed.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {self}", self.base_type())
    }
}

const DAY_MS: i64 = 86_400_000;

impl Display for DateTime {
    /// In UTC, to the millisecond: `2023-11-14T22:13:20.001Z`. Outside of the years -9999
    /// to 9999, milliseconds since 1970 (feature `alloc`).
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // By hand: libraries for dates need atomics that small machines do not have.
        let millis = self.to_millis().rem_euclid(DAY_MS);
        let (year, month, day) = date(self.to_millis());
        match year {
            0..=9999 => write!(f, "{year:04}")?,
            -9999..=-1 => write!(f, "-{:06}", year.unsigned_abs())?,
            _ => return write!(f, "{} ms", self.to_millis()),
        }
        let seconds = millis / 1000;
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", millis % 1000)
    }
}

/// Year, month and day of an instant, in the Gregorian calendar. Years are taken to begin in
/// March, so that the day that some years have more is their last.
#[expect(
    clippy::arithmetic_side_effects,
    reason = "an `i64` of milliseconds has 1.1e11 days: nothing comes near the bounds"
)]
const fn date(millis: i64) -> (i64, i64, i64) {
    /// Days in 400 years, after which the calendar repeats itself.
    const CYCLE: i64 = 146_097;
    /// Days from the first of March of year 0 to 1970-01-01.
    const TO_1970: i64 = 719_468;
    let days = millis.div_euclid(DAY_MS) + TO_1970;
    let cycle = days.div_euclid(CYCLE);
    let day = days.rem_euclid(CYCLE);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let year = year + 400 * cycle;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

impl Display for TimeSpan {
    /// As an interval, `..` for a side that is open, and the period after it.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_side(self.start, f)?;
        f.write_str("/")?;
        write_side(self.end, f)?;
        if self.period.is_empty() { Ok(()) } else { write!(f, ", {}", self.period) }
    }
}

fn write_side(instant: Option<DateTime>, f: &mut Formatter<'_>) -> fmt::Result {
    match instant {
        Some(instant) => write!(f, "{instant}"),
        None => f.write_str(".."),
    }
}

/// A value in or under a field.
struct Shown<'t> {
    field: Option<&'t Field>,
    value: &'t Value,
}

impl Debug for Shown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.field {
            Some(field) if field.masks(self.value) => f.write_str(MASK),
            _ => Debug::fmt(self.value, f),
        }
    }
}

impl Debug for Field {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let aspects = self.aspects.iter();
        let aspects = aspects.map(|(name, value)| (name, Shown { field: Some(self), value }));
        f.debug_struct("Field")
            .field("name", &self.name)
            .field("description", &self.description)
            .field("base_type", &self.base_type)
            .field("aspects", &aspects.collect::<Vec<_>>())
            .finish()
    }
}

impl Debug for Row<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let shown = self.with_fields().map(|(field, value)| Shown { field, value });
        f.debug_list().entries(shown).finish()
    }
}

impl Debug for Table {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("fields", &self.fields)
            .field("rows", &self.rows().collect::<Vec<_>>())
            .finish()
    }
}

impl Display for Request {
    /// The method and the path: `GET Things/Pump/Properties/Pressure`.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { method, entity_type, entity, characteristic, name, .. } = self;
        write!(f, "{method} {entity_type}/{entity}/{characteristic}/{name}")
    }
}

impl Debug for RequestHeader {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(&self.view(), f)
    }
}

impl Display for Response {
    /// The status, the reason and the content.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        if let Some(reason) = &self.reason {
            write!(f, ": {reason}")?;
        }
        match &self.content {
            Value::Nothing => Ok(()),
            content => write!(f, " {content}"),
        }
    }
}

impl Debug for Claim {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(&view::Claim::new(&self.name, &self.value), f)
    }
}

impl Debug for Chunk {
    /// Without the data, which may hold a secret.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunk")
            .field("of", &self.of)
            .field("id", &self.id)
            .field("count", &self.count)
            .field("size", &self.size)
            .field("data", &format_args!("{} bytes", self.data.len()))
            .finish()
    }
}
