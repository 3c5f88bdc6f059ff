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
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let fields = if matches!(self, Self::Nothing) { 1 } else { 2 };
        let mut map = to.serialize_struct("Value", fields)?;
        map.serialize_field("type", self.base_type().name())?;
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
#[derive(Deserialize)]
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
            (None, None) if base_type == BaseType::Nothing => Ok(Value::Nothing),
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
            BaseType::Nothing => Err(de::Error::custom("NOTHING has no `value`")),
            BaseType::TimeSpan => Err(de::Error::custom("values of type TIMESPAN have no layout")),
            BaseType::Number => Deserialize::deserialize(from).map(Value::Number),
            BaseType::Integer => Deserialize::deserialize(from).map(Value::Integer),
            BaseType::Long => Deserialize::deserialize(from).map(Value::Long),
            BaseType::Boolean => Deserialize::deserialize(from).map(Value::Boolean),
            BaseType::DateTime => Deserialize::deserialize(from).map(Value::DateTime),
            BaseType::Location => Deserialize::deserialize(from).map(Value::Location),
            BaseType::Variant => Deserialize::deserialize(from).map(Value::Variant),
            BaseType::InfoTable => Deserialize::deserialize(from).map(Value::InfoTable),
            binary if binary.is_binary() => {
                Deserialize::deserialize(from).map(|bytes| Value::Binary(binary, bytes))
            }
            text => Deserialize::deserialize(from).map(|string| Value::Text(text, string)),
        }
    }
}
