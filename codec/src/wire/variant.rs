//! VARIANT: a value of any type, for places without a fixed type (PROTOCOL.md §4). Nested VARIANTs
//! are followed in a loop, without recursion.

use super::codes::BaseType;
use super::value::{Value, deeper, put_checked, put_table};
use super::walk;
use super::writer::Sink;

/// The content of a VARIANT: a whole value, including its type byte.
#[derive(Clone, Copy)]
pub struct Variant<'a>(Inner<'a>);

#[derive(Clone, Copy)]
enum Inner<'a> {
    /// One value, already checked.
    Wire(&'a [u8]),
    Typed(&'a Value<'a>),
}

impl<'a> Variant<'a> {
    /// Creates a VARIANT of this value.
    pub const fn new(value: &'a Value<'a>) -> Self {
        Self(Inner::Typed(value))
    }

    /// Writes the VARIANT with its content, through all nested VARIANTs.
    #[inline(never)]
    pub(super) fn put<S: Sink>(&self, enclosing: u8, sink: &mut S) {
        let mut variant = *self;
        let mut enclosing = enclosing;
        loop {
            let Some(deeper) = deeper(enclosing, sink) else { return };
            enclosing = deeper;
            sink.u8(BaseType::VARIANT.to_u8());
            match variant.0 {
                Inner::Wire(bytes) => {
                    return put_checked(&walk::value(bytes, enclosing, sink), sink);
                }
                Inner::Typed(Value::Variant(inner)) => variant = *inner,
                Inner::Typed(Value::InfoTable(table)) => return put_table(table, enclosing, sink),
                Inner::Typed(scalar) => return scalar.put_scalar(sink),
            }
        }
    }

    /// Creates a VARIANT of a value that is encoded in these checked bytes.
    pub(crate) const fn checked(bytes: &'a [u8]) -> Self {
        Self(Inner::Wire(bytes))
    }

    /// Returns the value in it.
    pub fn get(&self) -> Value<'a> {
        match self.0 {
            Inner::Typed(value) => *value,
            Inner::Wire(bytes) => match Value::parse(bytes) {
                Ok((_, value)) => value,
                // Cannot occur: the bytes were checked.
                Err(_) => Value::Nothing,
            },
        }
    }
}

impl<'a> From<Variant<'a>> for Value<'a> {
    fn from(variant: Variant<'a>) -> Self {
        Self::Variant(variant)
    }
}
