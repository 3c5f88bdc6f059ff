//! Values and tables.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use super::early::Early;
use super::form;
use crate::owned::{self, Value};
use crate::wire::codes::BaseType;
use crate::wire::scalar::{self, DateTime};

// The names of these types stand in errors.

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(remote = "owned::Table", deny_unknown_fields)]
struct Table {
    fields: Vec<owned::Field>,
    rows: Vec<Vec<Value>>,
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(remote = "owned::Field", rename_all = "camelCase", deny_unknown_fields)]
struct Field {
    name: String,
    description: String,
    base_type: BaseType,
    #[serde(with = "aspects")]
    aspects: Vec<(String, Value)>,
}

form!(owned::Table, Table);
form!(owned::Field, Field);

/// Aspects: objects with a name and a value.
mod aspects {
    use super::{Deserialize, Deserializer, Serializer, String, Value, Vec};

    #[derive(serde::Serialize)]
    struct AspectRef<'a> {
        name: &'a str,
        value: &'a Value,
    }

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Aspect {
        name: String,
        value: Value,
    }

    pub(super) fn serialize<S: Serializer>(
        aspects: &[(String, Value)],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(aspects.iter().map(|(name, value)| AspectRef { name, value }))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<(String, Value)>, D::Error> {
        let aspects = Vec::<Aspect>::deserialize(from)?;
        Ok(aspects.into_iter().map(|Aspect { name, value }| (name, value)).collect())
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(remote = "scalar::Location", deny_unknown_fields)]
struct Location {
    #[serde(with = "Number")]
    longitude: f64,
    #[serde(with = "Number")]
    latitude: f64,
    #[serde(with = "Number")]
    elevation: f64,
}

/// Instants in milliseconds, -1 for none.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct TimeSpan {
    start: i64,
    end: i64,
    period: String,
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(remote = "scalar::ThingCode", deny_unknown_fields)]
struct ThingCode {
    domain: i32,
    instance: i64,
}

/// The numbers of a vector, by their names.
macro_rules! vector {
    ($Vector:ident, $len:literal, $($part:ident)+) => {
        #[derive(serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct $Vector {
            $(#[serde(with = "Number")] $part: f64,)+
        }

        impl From<[f64; $len]> for $Vector {
            fn from([$($part),+]: [f64; $len]) -> Self {
                Self { $($part),+ }
            }
        }

        impl From<$Vector> for [f64; $len] {
            fn from($Vector { $($part),+ }: $Vector) -> Self {
                [$($part),+]
            }
        }
    };
}

vector!(Vec2, 2, x y);
vector!(Vec3, 3, x y z);
vector!(Vec4, 4, x y z w);

/// A number, or `"0x"` and 16 hex digits of one that is not finite.
struct Number;

impl Number {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    fn serialize<S: Serializer>(number: &f64, to: S) -> Result<S::Ok, S::Error> {
        if number.is_finite() {
            return to.serialize_f64(*number);
        }
        to.collect_str(&format_args!("{:#018x}", number.to_bits()))
    }

    fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        from.deserialize_any(Self)
    }
}

impl Visitor<'_> for Number {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or \"0x\" and 16 hex digits of one that is not finite")
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<f64, E> {
        Ok(number)
    }

    #[expect(clippy::cast_precision_loss, reason = "the nearest, as with every JSON number")]
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<f64, E> {
        Ok(number as f64)
    }

    #[expect(clippy::cast_precision_loss, reason = "the nearest, as with every JSON number")]
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<f64, E> {
        Ok(number as f64)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<f64, E> {
        let is_hex = |digits: &&str| {
            digits.len() == 16 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
        };
        let digits = text.strip_prefix("0x").filter(is_hex);
        let bits = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
        bits.map(f64::from_bits)
            .filter(|number| !number.is_finite())
            .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

/// Bytes, as base64.
pub(super) struct Bytes;

impl Bytes {
    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        STANDARD
            .decode(text)
            .map_err(|error| de::Error::custom(format_args!("not base64: {error}")))
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let fields = if matches!(self, Self::Nothing) { 1 } else { 2 };
        let mut map = to.serialize_struct("Value", fields)?;
        map.serialize_field("type", &self.base_type())?;
        if !matches!(self, Self::Nothing) {
            map.serialize_field("value", &Inner(self))?;
        }
        map.end()
    }
}

/// The `value` of a value.
struct Inner<'v>(&'v Value);

impl Serialize for Inner<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Nothing => to.serialize_unit(),
            Value::Text(_, text) => to.serialize_str(text),
            Value::Number(number) => Number::serialize(number, to),
            Value::Integer(integer) => to.serialize_i32(*integer),
            Value::Long(long) => to.serialize_i64(*long),
            Value::DateTime(time) => to.serialize_i64(time.to_millis()),
            Value::Boolean(boolean) => to.serialize_bool(*boolean),
            Value::Location(location) => Location::serialize(location, to),
            Value::Binary(_, bytes) => Bytes::serialize(bytes, to),
            Value::Variant(inner) => inner.serialize(to),
            Value::InfoTable(table) => table.serialize(to),
            Value::TimeSpan(span) => TimeSpan {
                start: span.view().start_ms,
                end: span.view().end_ms,
                period: span.period.clone(),
            }
            .serialize(to),
            Value::Vec2(numbers) => Vec2::from(*numbers).serialize(to),
            Value::Vec3(numbers) => Vec3::from(*numbers).serialize(to),
            Value::Vec4(numbers) => Vec4::from(*numbers).serialize(to),
            Value::ThingCode(code) => ThingCode::serialize(code, to),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(ValueVisitor)
    }
}

struct ValueVisitor;

#[derive(serde::Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Key {
    Type,
    Value,
}

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `type` and `value`")
    }

    /// Reads the value as its type says. `type` comes first as a rule; if it does not, the
    /// value is kept until it comes.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let (mut base_type, mut early, mut value) = (None, None, None);
        while let Some(key) = map.next_key::<Key>()? {
            match (key, base_type) {
                (Key::Type, None) => base_type = Some(map.next_value::<BaseType>()?),
                (Key::Type, Some(_)) => return Err(de::Error::duplicate_field("type")),
                (Key::Value, _) if value.is_some() || early.is_some() => {
                    return Err(de::Error::duplicate_field("value"));
                }
                (Key::Value, Some(base_type)) => value = Some(map.next_value_seed(As(base_type))?),
                (Key::Value, None) => early = Some(map.next_value::<Early>()?),
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
            BaseType::NUMBER => Number::deserialize(from).map(Value::Number),
            BaseType::INTEGER => Deserialize::deserialize(from).map(Value::Integer),
            BaseType::LONG => Deserialize::deserialize(from).map(Value::Long),
            BaseType::BOOLEAN => Deserialize::deserialize(from).map(Value::Boolean),
            BaseType::DATETIME => {
                i64::deserialize(from).map(|millis| DateTime::from_millis(millis).into())
            }
            BaseType::LOCATION => Location::deserialize(from).map(Value::Location),
            BaseType::VARIANT => Deserialize::deserialize(from).map(Value::Variant),
            BaseType::INFOTABLE => Deserialize::deserialize(from).map(Value::InfoTable),
            BaseType::TIMESPAN => TimeSpan::deserialize(from).map(|span| {
                let TimeSpan { start, end, period } = span;
                let instant = |ms| Some(DateTime::from_millis(ms)).filter(|_| ms != NO_TIME);
                owned::TimeSpan { start: instant(start), end: instant(end), period }.into()
            }),
            BaseType::VEC2 => Vec2::deserialize(from).map(|vector| Value::Vec2(vector.into())),
            BaseType::VEC3 => Vec3::deserialize(from).map(|vector| Value::Vec3(vector.into())),
            BaseType::VEC4 => Vec4::deserialize(from).map(|vector| Value::Vec4(vector.into())),
            BaseType::THINGCODE => ThingCode::deserialize(from).map(Value::ThingCode),
            binary if binary.is_binary() => {
                Bytes::deserialize(from).map(|bytes| Value::Binary(binary, bytes))
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

const NO_TIME: i64 = scalar::TimeSpan::NONE_MS;
