//! VARIANT: a value of any type where the type is not known beforehand
//! (PROTOCOL.md §4). A chain of them is followed in a loop, not by recursion.

use super::codes::BaseType;
use super::value::{Value, deeper, put_checked, put_table};
use super::walk;
use super::writer::Sink;

/// A value in a VARIANT: a whole value, its type byte included.
#[derive(Clone, Copy)]
pub struct Variant<'a>(Inner<'a>);

#[derive(Clone, Copy)]
enum Inner<'a> {
    /// One value, already checked.
    Wire(&'a [u8]),
    Typed(&'a Value<'a>),
}

impl<'a> Variant<'a> {
    /// A VARIANT of this value.
    pub const fn new(value: &'a Value<'a>) -> Self {
        Self(Inner::Typed(value))
    }

    /// Writes the VARIANT and what is in it: typed ones one after the other,
    /// down to a value that is none.
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

    /// A VARIANT of the one value that these bytes are, already checked.
    pub(super) const fn checked(bytes: &'a [u8]) -> Self {
        Self(Inner::Wire(bytes))
    }

    /// The value in it.
    pub fn get(&self) -> Value<'a> {
        match self.0 {
            Inner::Typed(value) => *value,
            Inner::Wire(bytes) => match Value::parse(bytes) {
                Ok((_, value)) => value,
                // Cannot be: the bytes were checked.
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
