//! Values and tables.

use std::fmt;

use alwayson_codec::BaseType;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::ser::{SerializeStruct as _, Serializer};
use serde::{Deserialize, Serialize};

use super::names;
use crate::hex;

/// A value with its base type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// NOTHING.
    Nothing,
    /// STRING and the types of its layout.
    Text(BaseType, String),
    /// NUMBER.
    Number(Number),
    /// INTEGER.
    Integer(i32),
    /// LONG.
    Long(i64),
    /// BOOLEAN.
    Boolean(bool),
    /// DATETIME, in milliseconds.
    DateTime(i64),
    /// LOCATION.
    Location(Location),
    /// BLOB and IMAGE.
    Binary(BaseType, Bytes),
    /// VARIANT.
    Variant(Box<Value>),
    /// INFOTABLE.
    InfoTable(Table),
    /// TIMESPAN.
    TimeSpan(TimeSpan),
    /// VEC2.
    Vec2(Vec2),
    /// VEC3.
    Vec3(Vec3),
    /// VEC4.
    Vec4(Vec4),
    /// THINGCODE.
    ThingCode(ThingCode),
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The shape.
    pub fields: Vec<Field>,
    /// The rows, each a list of cells.
    pub rows: Vec<Vec<Value>>,
}

/// A field of a table's shape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The type that its cells should have.
    #[serde(with = "names::base_type")]
    pub base_type: BaseType,
    /// What more there is to say.
    pub aspects: Vec<Aspect>,
}

/// A named value of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aspect {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Value,
}

/// A place on earth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// In degrees.
    pub longitude: Number,
    /// In degrees.
    pub latitude: Number,
    /// In metres.
    pub elevation: Number,
}

/// A span of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeSpan {
    /// When it starts, in milliseconds since 1970-01-01 UTC; -1 for none.
    pub start: i64,
    /// When it ends, likewise.
    pub end: i64,
    /// Its period.
    pub period: String,
}

/// Two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "what a coordinate is, is up to the application")]
pub struct Vec2 {
    pub x: Number,
    pub y: Number,
}

/// Three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "what a coordinate is, is up to the application")]
pub struct Vec3 {
    pub x: Number,
    pub y: Number,
    pub z: Number,
}

/// Four numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "what a coordinate is, is up to the application")]
pub struct Vec4 {
    pub x: Number,
    pub y: Number,
    pub z: Number,
    pub w: Number,
}

/// The code of a Thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThingCode {
    /// The domain that gave the code.
    pub domain: i32,
    /// The Thing in that domain.
    pub instance: i64,
}

/// A number, bit for bit: a NaN equals itself, and 0 does not equal -0. In JSON
/// a number, or `"0x"` and 16 hex digits where it is not finite.
#[derive(Clone, Copy, Debug)]
pub struct Number(pub f64);

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for Number {}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() {
            return to.serialize_f64(self.0);
        }
        to.collect_str(&format_args!("{:#018x}", self.0.to_bits()))
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(NumberVisitor)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or \"0x\" and 16 hex digits of one that is not finite")
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Number, E> {
        Ok(Number(number))
    }

    #[expect(clippy::cast_precision_loss, reason = "the nearest, as with every JSON number")]
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Number, E> {
        Ok(Number(number as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "the nearest, as with every JSON number")]
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Number, E> {
        Ok(Number(number as f64))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
        let bytes = text.strip_prefix("0x").and_then(|digits| hex::decode(digits.as_bytes()).ok());
        let number = bytes
            .and_then(|bytes| <[u8; 8]>::try_from(bytes).ok())
            .map(f64::from_be_bytes)
            .filter(|number| !number.is_finite());
        number.map(Number).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

/// Bytes, in JSON as base64.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        STANDARD
            .decode(text)
            .map(Self)
            .map_err(|error| de::Error::custom(format_args!("not base64: {error}")))
    }
}

impl Value {
    /// Its base type.
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
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let fields = if matches!(self, Self::Nothing) { 1 } else { 2 };
        let mut map = to.serialize_struct("Value", fields)?;
        map.serialize_field("type", &Named(self.base_type()))?;
        match self {
            Self::Nothing => {}
            Self::Text(_, text) => map.serialize_field("value", text)?,
            Self::Number(number) => map.serialize_field("value", number)?,
            Self::Integer(integer) => map.serialize_field("value", integer)?,
            Self::Long(long) | Self::DateTime(long) => map.serialize_field("value", long)?,
            Self::Boolean(boolean) => map.serialize_field("value", boolean)?,
            Self::Location(location) => map.serialize_field("value", location)?,
            Self::Binary(_, bytes) => map.serialize_field("value", bytes)?,
            Self::Variant(value) => map.serialize_field("value", value)?,
            Self::InfoTable(table) => map.serialize_field("value", table)?,
            Self::TimeSpan(span) => map.serialize_field("value", span)?,
            Self::Vec2(vector) => map.serialize_field("value", vector)?,
            Self::Vec3(vector) => map.serialize_field("value", vector)?,
            Self::Vec4(vector) => map.serialize_field("value", vector)?,
            Self::ThingCode(code) => map.serialize_field("value", code)?,
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(ValueVisitor)
    }
}

struct ValueVisitor;

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Key {
    Type,
    Value,
}

/// A base type by its name.
#[derive(Serialize, Deserialize)]
struct Named(#[serde(with = "names::base_type")] BaseType);

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `type` and `value`")
    }

    /// Reads the value as its type says. `type` comes first as a rule; where
    /// it does not, the value is kept until it comes.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let (mut base_type, mut early, mut value) = (None, None, None);
        while let Some(key) = map.next_key::<Key>()? {
            match (key, base_type) {
                (Key::Type, None) => base_type = Some(map.next_value::<Named>()?.0),
                (Key::Type, Some(_)) => return Err(de::Error::duplicate_field("type")),
                (Key::Value, _) if value.is_some() || early.is_some() => {
                    return Err(de::Error::duplicate_field("value"));
                }
                (Key::Value, Some(base_type)) => value = Some(map.next_value_seed(As(base_type))?),
                (Key::Value, None) => early = Some(map.next_value::<serde_json::Value>()?),
            }
        }
        let base_type = base_type.ok_or_else(|| de::Error::missing_field("type"))?;
        match (value, early) {
            (Some(value), _) => Ok(value),
            (None, Some(early)) => As(base_type).deserialize(early).map_err(de::Error::custom),
            (None, None) if base_type == BaseType::NOTHING => Ok(Value::Nothing),
            (None, None) => Err(de::Error::missing_field("value")),
        }
    }
}

/// Reads the `value` of a value of this type.
struct As(BaseType);

impl<'de> DeserializeSeed<'de> for As {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        match self.0 {
            BaseType::NOTHING => Err(de::Error::custom("NOTHING has no `value`")),
            BaseType::NUMBER => Deserialize::deserialize(from).map(Value::Number),
            BaseType::INTEGER => Deserialize::deserialize(from).map(Value::Integer),
            BaseType::LONG => Deserialize::deserialize(from).map(Value::Long),
            BaseType::BOOLEAN => Deserialize::deserialize(from).map(Value::Boolean),
            BaseType::DATETIME => Deserialize::deserialize(from).map(Value::DateTime),
            BaseType::LOCATION => Deserialize::deserialize(from).map(Value::Location),
            BaseType::VARIANT => Deserialize::deserialize(from).map(Value::Variant),
            BaseType::INFOTABLE => Deserialize::deserialize(from).map(Value::InfoTable),
            BaseType::TIMESPAN => Deserialize::deserialize(from).map(Value::TimeSpan),
            BaseType::VEC2 => Deserialize::deserialize(from).map(Value::Vec2),
            BaseType::VEC3 => Deserialize::deserialize(from).map(Value::Vec3),
            BaseType::VEC4 => Deserialize::deserialize(from).map(Value::Vec4),
            BaseType::THINGCODE => Deserialize::deserialize(from).map(Value::ThingCode),
            binary if binary.is_binary() => {
                Deserialize::deserialize(from).map(|bytes| Value::Binary(binary, bytes))
            }
            text if text.is_text() => {
                Deserialize::deserialize(from).map(|string| Value::Text(text, string))
            }
            unnamed => Err(de::Error::custom(format_args!(
                "values of the base type {} have no known layout",
                unnamed.to_u8()
            ))),
        }
    }
}
