//! Numbers of the wire in JSON: a name, or a number without one.

use std::fmt;

use alwayson_codec::{BaseType, Characteristic, Code, EntityType};
use serde::de::{self, Deserializer, Visitor};
use serde::ser::Serializer;

/// Reads a name or a number without one.
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

fn serialize<S: Serializer>(name: Option<&str>, number: u8, to: S) -> Result<S::Ok, S::Error> {
    match name {
        Some(name) => to.serialize_str(name),
        None => to.serialize_u8(number),
    }
}

/// For `#[serde(with)]` on a code.
pub(crate) mod code {
    use super::{Code, Deserializer, NameOrNumber, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(crate) fn serialize<S: Serializer>(code: &Code, to: S) -> Result<S::Ok, S::Error> {
        super::serialize(code.name(), code.to_u8(), to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Code, D::Error> {
        from.deserialize_any(NameOrNumber {
            what: "a method or status",
            from_u8: Code::from_u8,
            name: Code::name,
        })
    }
}

/// For `#[serde(with)]` on an entity type.
pub(crate) mod entity_type {
    use super::{Deserializer, EntityType, NameOrNumber, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(crate) fn serialize<S: Serializer>(kind: &EntityType, to: S) -> Result<S::Ok, S::Error> {
        super::serialize(kind.name(), kind.to_u8(), to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<EntityType, D::Error> {
        from.deserialize_any(NameOrNumber {
            what: "an entity type",
            from_u8: |number| Some(EntityType::from_u8(number)),
            name: EntityType::name,
        })
    }
}

/// For `#[serde(with)]` on a characteristic.
pub(crate) mod characteristic {
    use super::{Characteristic, Deserializer, NameOrNumber, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(crate) fn serialize<S: Serializer>(
        characteristic: &Characteristic,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        super::serialize(characteristic.name(), characteristic.to_u8(), to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Characteristic, D::Error> {
        from.deserialize_any(NameOrNumber {
            what: "a characteristic",
            from_u8: |number| Some(Characteristic::from_u8(number)),
            name: Characteristic::name,
        })
    }
}

/// For `#[serde(with)]` on a base type.
pub(crate) mod base_type {
    use super::{BaseType, Deserializer, NameOrNumber, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(crate) fn serialize<S: Serializer>(kind: &BaseType, to: S) -> Result<S::Ok, S::Error> {
        super::serialize(kind.name(), kind.to_u8(), to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<BaseType, D::Error> {
        from.deserialize_any(NameOrNumber {
            what: "a base type",
            from_u8: |number| Some(BaseType::from_u8(number)),
            name: BaseType::name,
        })
    }
}
