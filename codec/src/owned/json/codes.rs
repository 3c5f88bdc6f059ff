//! Numbers of the wire: a name, or a number if there is no name.

use core::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::wire::codes::{BaseType, Characteristic, Code, EntityType};

/// Reads a name, or a number that has none.
struct NameOrNumber<T> {
    what: &'static str,
    from_u8: fn(u8) -> Option<T>,
    name: fn(T) -> Option<&'static str>,
}

impl<T: Copy> Visitor<'_> for NameOrNumber<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the name of {}, or a number without a name", self.what)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (0..=u8::MAX)
            .filter_map(self.from_u8)
            .find(|value| (self.name)(*value) == Some(text))
            .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        let value = u8::try_from(number).ok().and_then(self.from_u8);
        let value =
            value.ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(number), &self))?;
        match (self.name)(value) {
            Some(name) => Err(E::custom(format_args!("{number} has a name: \"{name}\""))),
            None => Ok(value),
        }
    }
}

macro_rules! code {
    ($Type:ty, $what:literal, $from_u8:expr) => {
        impl Serialize for $Type {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                match self.name() {
                    Some(name) => to.serialize_str(name),
                    None => to.serialize_u8(self.to_u8()),
                }
            }
        }

        impl<'de> Deserialize<'de> for $Type {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_any(NameOrNumber {
                    what: $what,
                    from_u8: $from_u8,
                    name: <$Type>::name,
                })
            }
        }
    };
}

code!(Code, "a method or status", Self::from_u8);
code!(EntityType, "an entity type", |number| Some(Self::from_u8(number)));
code!(Characteristic, "a characteristic", |number| Some(Self::from_u8(number)));
code!(BaseType, "a base type", |number| Some(Self::from_u8(number)));
