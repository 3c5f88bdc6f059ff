//! Conversions between values and Rust types.

use super::codes::BaseType;
use super::scalar::{DateTime, Location, TextValue, ThingCode, TimeSpan};
use super::table::InfoTable;
use super::text::Text;
use super::value::Value;

impl<'a> Value<'a> {
    /// Returns the string of a STRING or a type with the same layout.
    pub fn as_str(&self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text.text.as_str()),
            _ => None,
        }
    }

    /// Returns the number of a NUMBER, INTEGER or LONG; a LONG beyond 2^53 is rounded. It does not
    /// look into a VARIANT: use [`innermost`](Self::innermost) for that.
    #[expect(clippy::cast_precision_loss, reason = "documented")]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Integer(integer) => Some(f64::from(*integer)),
            Self::Long(long) => Some(*long as f64),
            _ => None,
        }
    }

    /// Returns the integer of an INTEGER.
    pub const fn as_i32(&self) -> Option<i32> {
        match self {
            Self::Integer(integer) => Some(*integer),
            _ => None,
        }
    }

    /// Returns the integer of a LONG or INTEGER.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Long(long) => Some(*long),
            Self::Integer(integer) => Some(i64::from(*integer)),
            _ => None,
        }
    }

    /// Returns the truth value of a BOOLEAN.
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Boolean(boolean) => Some(*boolean),
            _ => None,
        }
    }

    /// Returns the instant of a DATETIME.
    pub const fn as_datetime(&self) -> Option<DateTime> {
        match self {
            Self::DateTime(datetime) => Some(*datetime),
            _ => None,
        }
    }

    /// Returns the location of a LOCATION.
    pub const fn as_location(&self) -> Option<Location> {
        match self {
            Self::Location(location) => Some(*location),
            _ => None,
        }
    }

    /// Returns the bytes of a BLOB or IMAGE.
    pub const fn as_bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Binary(binary) => Some(binary.bytes),
            _ => None,
        }
    }

    /// Returns the table of an INFOTABLE.
    pub const fn as_table(&self) -> Option<InfoTable<'a>> {
        match self {
            Self::InfoTable(table) => Some(*table),
            _ => None,
        }
    }

    /// Returns the time span of a TIMESPAN.
    pub const fn as_timespan(&self) -> Option<TimeSpan<'a>> {
        match self {
            Self::TimeSpan(span) => Some(*span),
            _ => None,
        }
    }

    /// Returns x and y of a VEC2.
    pub const fn as_vec2(&self) -> Option<[f64; 2]> {
        match self {
            Self::Vec2(numbers) => Some(*numbers),
            _ => None,
        }
    }

    /// Returns x, y and z of a VEC3.
    pub const fn as_vec3(&self) -> Option<[f64; 3]> {
        match self {
            Self::Vec3(numbers) => Some(*numbers),
            _ => None,
        }
    }

    /// Returns x, y, z and w of a VEC4.
    pub const fn as_vec4(&self) -> Option<[f64; 4]> {
        match self {
            Self::Vec4(numbers) => Some(*numbers),
            _ => None,
        }
    }

    /// Returns the code of a THINGCODE.
    pub const fn as_thing_code(&self) -> Option<ThingCode> {
        match self {
            Self::ThingCode(code) => Some(*code),
            _ => None,
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::from(Text::new(text))
    }
}

impl<'a> From<Text<'a>> for Value<'a> {
    fn from(text: Text<'a>) -> Self {
        Self::Text(TextValue { base_type: BaseType::STRING, text })
    }
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<i32> for Value<'_> {
    fn from(integer: i32) -> Self {
        Self::Integer(integer)
    }
}

impl From<i64> for Value<'_> {
    fn from(long: i64) -> Self {
        Self::Long(long)
    }
}

impl From<bool> for Value<'_> {
    fn from(boolean: bool) -> Self {
        Self::Boolean(boolean)
    }
}
