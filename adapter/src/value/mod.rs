//! Values and tables that own what they hold, for applications. Those of the
//! codec borrow from a message.

// | file | what it holds |
// | --- | --- |
// | `mod.rs` | `Value`, and what it is made from and read as |
// | `table.rs` | `Table`: a shape and rows |
// | `time_span.rs` | `TimeSpan` |
// | `convert.rs` | a base type as another: `Value::try_into_type` |
// | `wire.rs` | from and to the codec's views |
// | `json` | from and to JSON |
// | `shown.rs` | as text and as JSON for people, and from text |

mod convert;
pub mod json;
mod shown;
mod table;
mod time_span;
mod wire;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use alwayson_codec::{self as codec, BaseType, DateTime, Location, ThingCode};

pub use convert::ConvertError;
pub use table::{Field, Row, Table};
pub use time_span::TimeSpan;

/// A value of any base type (section 4).
///
/// ```
/// use alwayson::value::Value;
///
/// let value = Value::from(21.5);
/// assert_eq!(value.as_f64(), Some(21.5));
/// assert_eq!(value.to_string(), "21.5");
/// ```
#[derive(Clone, Default, PartialEq)]
pub enum Value {
    /// No value.
    #[default]
    Nothing,
    /// A value of one of the types whose layout is a string; any other type is
    /// sent as STRING.
    Text(BaseType, String),
    /// NUMBER.
    Number(f64),
    /// INTEGER.
    Integer(i32),
    /// LONG.
    Long(i64),
    /// BOOLEAN.
    Boolean(bool),
    /// DATETIME.
    DateTime(DateTime),
    /// LOCATION.
    Location(Location),
    /// BLOB or IMAGE; any other type is sent as BLOB.
    Binary(BaseType, Vec<u8>),
    /// VARIANT: a value whose type is not known beforehand.
    Variant(Box<Value>),
    /// INFOTABLE.
    InfoTable(Table),
    /// TIMESPAN.
    TimeSpan(TimeSpan),
    /// VEC2: x, y.
    Vec2([f64; 2]),
    /// VEC3: x, y, z.
    Vec3([f64; 3]),
    /// VEC4: x, y, z, w.
    Vec4([f64; 4]),
    /// THINGCODE.
    ThingCode(ThingCode),
}

impl Value {
    /// A value of type JSON.
    pub fn json(json: &serde_json::Value) -> Self {
        Self::Text(BaseType::JSON, json.to_string())
    }

    /// A value of type PASSWORD: it is shown nowhere.
    pub fn password(password: impl Into<String>) -> Self {
        Self::Text(BaseType::PASSWORD, password.into())
    }

    /// A value of type BLOB.
    pub fn blob(bytes: impl Into<Vec<u8>>) -> Self {
        Self::Binary(BaseType::BLOB, bytes.into())
    }

    /// The time that it is now, as DATETIME.
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// Its type.
    pub const fn base_type(&self) -> BaseType {
        match self {
            Self::Nothing => BaseType::NOTHING,
            Self::Text(base_type, _) | Self::Binary(base_type, _) => *base_type,
            Self::Number(_) => BaseType::NUMBER,
            Self::Integer(_) => BaseType::INTEGER,
            Self::Long(_) => BaseType::LONG,
            Self::Boolean(_) => BaseType::BOOLEAN,
            Self::DateTime(_) => BaseType::DATETIME,
            Self::Location(_) => BaseType::LOCATION,
            Self::Variant(_) => BaseType::VARIANT,
            Self::InfoTable(_) => BaseType::INFOTABLE,
            Self::TimeSpan(_) => BaseType::TIMESPAN,
            Self::Vec2(_) => BaseType::VEC2,
            Self::Vec3(_) => BaseType::VEC3,
            Self::Vec4(_) => BaseType::VEC4,
            Self::ThingCode(_) => BaseType::THINGCODE,
        }
    }

    /// The value itself, or the one that VARIANTs enclose.
    pub fn innermost(&self) -> &Self {
        let mut value = self;
        while let Self::Variant(inner) = value {
            value = inner;
        }
        value
    }

    /// A string, of whatever type has that layout, in a VARIANT or not.
    pub fn as_str(&self) -> Option<&str> {
        match self.innermost() {
            Self::Text(_, text) => Some(text),
            _ => None,
        }
    }

    /// A number: NUMBER, INTEGER or LONG, in a VARIANT or not. A LONG above 2^53
    /// is rounded.
    pub fn as_f64(&self) -> Option<f64> {
        self.number().as_f64()
    }

    /// A whole number: INTEGER or LONG, in a VARIANT or not.
    pub fn as_i64(&self) -> Option<i64> {
        self.number().as_i64()
    }

    /// The view of a number, which says what it can be read as; that of NOTHING for
    /// anything else.
    fn number(&self) -> codec::Value<'static> {
        match self.innermost() {
            Self::Number(number) => codec::Value::Number(*number),
            Self::Integer(integer) => codec::Value::Integer(*integer),
            Self::Long(long) => codec::Value::Long(*long),
            _ => codec::Value::Nothing,
        }
    }

    /// A BOOLEAN, in a VARIANT or not.
    pub fn as_bool(&self) -> Option<bool> {
        match self.innermost() {
            Self::Boolean(boolean) => Some(*boolean),
            _ => None,
        }
    }

    /// A DATETIME, in a VARIANT or not.
    pub fn as_datetime(&self) -> Option<DateTime> {
        match self.innermost() {
            Self::DateTime(time) => Some(*time),
            _ => None,
        }
    }

    /// A LOCATION, in a VARIANT or not.
    pub fn as_location(&self) -> Option<Location> {
        match self.innermost() {
            Self::Location(location) => Some(*location),
            _ => None,
        }
    }

    /// The bytes of a BLOB or IMAGE, in a VARIANT or not.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self.innermost() {
            Self::Binary(_, bytes) => Some(bytes),
            _ => None,
        }
    }

    /// A table, in a VARIANT or not.
    pub fn as_table(&self) -> Option<&Table> {
        match self.innermost() {
            Self::InfoTable(table) => Some(table),
            _ => None,
        }
    }

    /// A TIMESPAN, in a VARIANT or not.
    pub fn as_timespan(&self) -> Option<&TimeSpan> {
        match self.innermost() {
            Self::TimeSpan(span) => Some(span),
            _ => None,
        }
    }

    /// The numbers of VEC2, VEC3 or VEC4, in a VARIANT or not: x, y, z, w.
    pub fn as_vector(&self) -> Option<&[f64]> {
        match self.innermost() {
            Self::Vec2(numbers) => Some(numbers),
            Self::Vec3(numbers) => Some(numbers),
            Self::Vec4(numbers) => Some(numbers),
            _ => None,
        }
    }

    /// A THINGCODE, in a VARIANT or not.
    pub fn as_thing_code(&self) -> Option<ThingCode> {
        match self.innermost() {
            Self::ThingCode(code) => Some(*code),
            _ => None,
        }
    }

    /// What a value of type JSON, or any string, says as JSON; none where it is
    /// none.
    pub fn as_json(&self) -> Option<serde_json::Value> {
        serde_json::from_str(self.as_str()?).ok()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(BaseType::STRING, text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(BaseType::STRING, text)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<i32> for Value {
    fn from(integer: i32) -> Self {
        Self::Integer(integer)
    }
}

impl From<i64> for Value {
    fn from(long: i64) -> Self {
        Self::Long(long)
    }
}

impl From<bool> for Value {
    fn from(boolean: bool) -> Self {
        Self::Boolean(boolean)
    }
}

impl From<DateTime> for Value {
    fn from(time: DateTime) -> Self {
        Self::DateTime(time)
    }
}

impl From<SystemTime> for Value {
    /// In milliseconds; times before or after what fits are the nearest that do.
    fn from(time: SystemTime) -> Self {
        let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        Self::DateTime(DateTime::from_millis(match time.duration_since(UNIX_EPOCH) {
            Ok(since) => millis(since),
            Err(before) => -millis(before.duration()),
        }))
    }
}

impl From<TimeSpan> for Value {
    fn from(span: TimeSpan) -> Self {
        Self::TimeSpan(span)
    }
}

impl From<[f64; 2]> for Value {
    fn from(numbers: [f64; 2]) -> Self {
        Self::Vec2(numbers)
    }
}

impl From<[f64; 3]> for Value {
    fn from(numbers: [f64; 3]) -> Self {
        Self::Vec3(numbers)
    }
}

impl From<[f64; 4]> for Value {
    fn from(numbers: [f64; 4]) -> Self {
        Self::Vec4(numbers)
    }
}

impl From<ThingCode> for Value {
    fn from(code: ThingCode) -> Self {
        Self::ThingCode(code)
    }
}

impl From<Location> for Value {
    fn from(location: Location) -> Self {
        Self::Location(location)
    }
}

impl From<Table> for Value {
    fn from(table: Table) -> Self {
        Self::InfoTable(table)
    }
}
