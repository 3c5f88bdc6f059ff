//! Values and tables that own what they hold, for applications. Those of the
//! codec borrow from a message.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `mod.rs` | [`Value`], and what it is made from and read as |
//! | `table.rs` | [`Table`]: a shape and rows |
//! | `wire.rs` | from and to the codec's views |
//! | `shown.rs` | as text, as JSON, and from text |

mod shown;
mod table;
mod wire;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use alwayson_codec::{BaseType, DateTime, Location};

pub use table::{Field, Row, Table};

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
}

impl Value {
    /// A value of type JSON.
    pub fn json(json: &serde_json::Value) -> Self {
        Self::Text(BaseType::Json, json.to_string())
    }

    /// A value of type PASSWORD: it is shown nowhere.
    pub fn password(password: impl Into<String>) -> Self {
        Self::Text(BaseType::Password, password.into())
    }

    /// A value of type BLOB.
    pub fn blob(bytes: impl Into<Vec<u8>>) -> Self {
        Self::Binary(BaseType::Blob, bytes.into())
    }

    /// The time that it is now, as DATETIME.
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// Its type.
    pub const fn base_type(&self) -> BaseType {
        match self {
            Self::Nothing => BaseType::Nothing,
            Self::Text(base_type, _) | Self::Binary(base_type, _) => *base_type,
            Self::Number(_) => BaseType::Number,
            Self::Integer(_) => BaseType::Integer,
            Self::Long(_) => BaseType::Long,
            Self::Boolean(_) => BaseType::Boolean,
            Self::DateTime(_) => BaseType::DateTime,
            Self::Location(_) => BaseType::Location,
            Self::Variant(_) => BaseType::Variant,
            Self::InfoTable(_) => BaseType::InfoTable,
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
    #[expect(clippy::cast_precision_loss, reason = "said in the documentation")]
    pub fn as_f64(&self) -> Option<f64> {
        match self.innermost() {
            Self::Number(number) => Some(*number),
            Self::Integer(integer) => Some(f64::from(*integer)),
            Self::Long(long) => Some(*long as f64),
            _ => None,
        }
    }

    /// A whole number: INTEGER or LONG, in a VARIANT or not.
    pub fn as_i64(&self) -> Option<i64> {
        match self.innermost() {
            Self::Integer(integer) => Some(i64::from(*integer)),
            Self::Long(long) => Some(*long),
            _ => None,
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

    /// What a value of type JSON, or any string, says as JSON; none where it is
    /// none.
    pub fn as_json(&self) -> Option<serde_json::Value> {
        serde_json::from_str(self.as_str()?).ok()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(BaseType::String, text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(BaseType::String, text)
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
