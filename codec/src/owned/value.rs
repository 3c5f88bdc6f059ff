//! A value of any base type (PROTOCOL.md §4).

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use super::{Table, TimeSpan};
use crate as view;
use crate::wire::codes::BaseType;
use crate::wire::scalar::{DateTime, Location, ThingCode};

/// A value of any base type (PROTOCOL.md §4).
///
/// Two values are equal if they are encoded alike: numbers are compared by their bits.
///
/// ```
/// use alwayson_codec::owned::Value;
///
/// let value = Value::from(21.5);
/// assert_eq!(value.as_f64(), Some(21.5));
/// assert_eq!(value.to_string(), "21.5");
/// ```
#[derive(Clone, Default)]
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
    /// Returns a value of type JSON: of a text, or of what displays as one, such as a
    /// `serde_json::Value`.
    pub fn json(json: &(impl fmt::Display + ?Sized)) -> Self {
        Self::Text(BaseType::JSON, json.to_string())
    }

    /// Returns a value of type PASSWORD, which is masked in `Debug` and `Display`.
    pub fn password(password: impl Into<String>) -> Self {
        Self::Text(BaseType::PASSWORD, password.into())
    }

    /// Returns a value of type BLOB.
    pub fn blob(bytes: impl Into<Vec<u8>>) -> Self {
        Self::Binary(BaseType::BLOB, bytes.into())
    }

    /// Returns the base type.
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

    /// Returns the value itself, or the one that VARIANTs enclose.
    pub fn innermost(&self) -> &Self {
        self.unwrapped().1
    }

    /// Returns how many VARIANTs enclose a value, and that value.
    fn unwrapped(&self) -> (usize, &Self) {
        let mut variants = 0_usize;
        let mut inner = self;
        while let Self::Variant(enclosed) = inner {
            variants = variants.saturating_add(1);
            inner = enclosed;
        }
        (variants, inner)
    }

    /// Returns the value itself, or the one that VARIANTs enclose.
    pub(super) fn into_innermost(self) -> Self {
        let mut value = self;
        while let Self::Variant(inner) = value {
            value = *inner;
        }
        value
    }

    /// Returns the string of a type with the layout of STRING, in a VARIANT or not.
    pub fn as_str(&self) -> Option<&str> {
        match self.innermost() {
            Self::Text(_, text) => Some(text),
            _ => None,
        }
    }

    /// Returns the number of a NUMBER, INTEGER or LONG, in a VARIANT or not. A LONG beyond
    /// 2^53 is rounded.
    pub fn as_f64(&self) -> Option<f64> {
        self.innermost().view().as_f64()
    }

    /// Returns the whole number of an INTEGER or LONG, in a VARIANT or not.
    pub fn as_i64(&self) -> Option<i64> {
        self.innermost().view().as_i64()
    }

    /// Returns the truth value of a BOOLEAN, in a VARIANT or not.
    pub fn as_bool(&self) -> Option<bool> {
        self.innermost().view().as_bool()
    }

    /// Returns the instant of a DATETIME, in a VARIANT or not.
    pub fn as_datetime(&self) -> Option<DateTime> {
        self.innermost().view().as_datetime()
    }

    /// Returns the place of a LOCATION, in a VARIANT or not.
    pub fn as_location(&self) -> Option<Location> {
        self.innermost().view().as_location()
    }

    /// Returns the bytes of a BLOB or IMAGE, in a VARIANT or not.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self.innermost() {
            Self::Binary(_, bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Returns the table of an INFOTABLE, in a VARIANT or not.
    pub fn as_table(&self) -> Option<&Table> {
        match self.innermost() {
            Self::InfoTable(table) => Some(table),
            _ => None,
        }
    }

    /// Returns the span of a TIMESPAN, in a VARIANT or not.
    pub fn as_timespan(&self) -> Option<&TimeSpan> {
        match self.innermost() {
            Self::TimeSpan(span) => Some(span),
            _ => None,
        }
    }

    /// Returns the numbers of a VEC2, VEC3 or VEC4, in a VARIANT or not: x, y, z, w.
    pub fn as_vector(&self) -> Option<&[f64]> {
        match self.innermost() {
            Self::Vec2(numbers) => Some(numbers),
            Self::Vec3(numbers) => Some(numbers),
            Self::Vec4(numbers) => Some(numbers),
            _ => None,
        }
    }

    /// Returns the code of a THINGCODE, in a VARIANT or not.
    pub fn as_thing_code(&self) -> Option<ThingCode> {
        self.innermost().view().as_thing_code()
    }

    /// Returns the view of a value that is neither a table nor a VARIANT; of these, NOTHING.
    pub(super) fn view(&self) -> view::Value<'_> {
        match self {
            Self::Text(base_type, text) => {
                view::Value::text(*base_type, text).unwrap_or_else(|| text.as_str().into())
            }
            Self::Number(number) => (*number).into(),
            Self::Integer(integer) => (*integer).into(),
            Self::Long(long) => (*long).into(),
            Self::Boolean(boolean) => (*boolean).into(),
            Self::DateTime(time) => (*time).into(),
            Self::Location(location) => (*location).into(),
            Self::Binary(base_type, bytes) => {
                view::Value::binary(*base_type, bytes).unwrap_or(view::Value::blob(bytes))
            }
            Self::TimeSpan(span) => span.view().into(),
            Self::Vec2(numbers) => (*numbers).into(),
            Self::Vec3(numbers) => (*numbers).into(),
            Self::Vec4(numbers) => (*numbers).into(),
            Self::ThingCode(code) => (*code).into(),
            Self::Nothing | Self::Variant(_) | Self::InfoTable(_) => view::Value::Nothing,
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        let (variants, left) = self.unwrapped();
        let (variants_of_other, right) = other.unwrapped();
        variants == variants_of_other
            && match (left, right) {
                (Self::InfoTable(left), Self::InfoTable(right)) => left == right,
                (Self::InfoTable(_), _) | (_, Self::InfoTable(_)) => false,
                (left, right) => {
                    left.base_type() == right.base_type() && left.view() == right.view()
                }
            }
    }
}

impl Eq for Value {}

impl From<view::Value<'_>> for Value {
    fn from(value: view::Value<'_>) -> Self {
        match value {
            view::Value::Nothing => Self::Nothing,
            view::Value::Text(text) => Self::Text(text.base_type(), text.get().into()),
            view::Value::Number(number) => Self::Number(number),
            view::Value::Integer(integer) => Self::Integer(integer),
            view::Value::Long(long) => Self::Long(long),
            view::Value::Boolean(boolean) => Self::Boolean(boolean),
            view::Value::DateTime(time) => Self::DateTime(time),
            view::Value::Location(location) => Self::Location(location),
            view::Value::Binary(binary) => Self::Binary(binary.base_type(), binary.get().to_vec()),
            // Not deeper than the decoder lets anything be.
            view::Value::Variant(variant) => Self::Variant(Box::new(variant.get().into())),
            view::Value::InfoTable(table) => Self::InfoTable(table.into()),
            view::Value::TimeSpan(span) => Self::TimeSpan(span.into()),
            view::Value::Vec2(numbers) => Self::Vec2(numbers),
            view::Value::Vec3(numbers) => Self::Vec3(numbers),
            view::Value::Vec4(numbers) => Self::Vec4(numbers),
            view::Value::ThingCode(code) => Self::ThingCode(code),
        }
    }
}

impl From<view::Text<'_>> for String {
    fn from(text: view::Text<'_>) -> Self {
        text.as_str().to_owned()
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

/// Makes a value of what one variant holds.
macro_rules! from {
    ($($Held:ty => $Variant:ident,)+) => {$(
        impl From<$Held> for Value {
            fn from(held: $Held) -> Self {
                Self::$Variant(held)
            }
        }
    )+};
}

from! {
    f64 => Number,
    i32 => Integer,
    i64 => Long,
    bool => Boolean,
    DateTime => DateTime,
    Location => Location,
    Table => InfoTable,
    TimeSpan => TimeSpan,
    [f64; 2] => Vec2,
    [f64; 3] => Vec3,
    [f64; 4] => Vec4,
    ThingCode => ThingCode,
}
