//! Typed values (PROTOCOL.md §4): one base type byte, then by type.
//!
//! | base type | layout |
//! | --- | --- |
//! | NOTHING | empty |
//! | STRING and the types of the same layout | string |
//! | NUMBER | IEEE 754 double, 8 bytes |
//! | INTEGER, LONG | signed, 4 and 8 bytes |
//! | BOOLEAN | 1 byte: 0 false, 1 true; any other byte is taken as true |
//! | DATETIME | signed milliseconds since 1970-01-01 UTC, 8 bytes |
//! | LOCATION | longitude, latitude, elevation: three doubles |
//! | BLOB, IMAGE | length, 4 bytes, whose top bit is masked; then bytes |
//! | VARIANT | a whole value, type byte included |
//! | INFOTABLE | a table |
//! | TIMESPAN | start, end: signed milliseconds, 8 each, -1 none; period string |
//! | VEC2, VEC3, VEC4 | 2, 3, 4 doubles |
//! | THINGCODE | domain, signed, 4; instance, signed, 8 |
//! | a type without a name | not known: `UnknownBaseType` |

use super::codes::{BaseType, Layout};
use super::reader::{self, Parsed, fault};
use super::scalar::{BinaryValue, DateTime, Location, TextValue, ThingCode, TimeSpan};
use super::scalar::{four_doubles, put_doubles, same_bits};
use super::table::InfoTable;
use super::text::Text;
use super::variant::Variant;
use super::walk;
use super::writer::{Sink, nowhere};
use crate::error::{DecodeErrorKind, EncodeError};
use crate::limits::MAX_NESTING;

/// A value with its base type: a cell of a table, an aspect of a field, or the content of a
/// response.
///
/// Numbers are equal if their bits are: a NaN equals itself, and 0 does not equal -0. Tables are
/// equal if their bytes are.
#[derive(Clone, Copy, Default)]
pub enum Value<'a> {
    /// NOTHING: an absent cell.
    #[default]
    Nothing,
    /// STRING and the types of the same layout.
    Text(TextValue<'a>),
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
    /// BLOB and IMAGE.
    Binary(BinaryValue<'a>),
    /// VARIANT: a value of any type.
    Variant(Variant<'a>),
    /// INFOTABLE.
    InfoTable(InfoTable<'a>),
    /// TIMESPAN.
    TimeSpan(TimeSpan<'a>),
    /// VEC2: x, y.
    Vec2([f64; 2]),
    /// VEC3: x, y, z.
    Vec3([f64; 3]),
    /// VEC4: x, y, z, w.
    Vec4([f64; 4]),
    /// THINGCODE.
    ThingCode(ThingCode),
}

impl<'a> Value<'a> {
    /// Creates a JSON.
    pub const fn json(json: &'a str) -> Self {
        Self::Text(TextValue { base_type: BaseType::JSON, text: Text::new(json) })
    }

    /// Creates a PASSWORD, which is masked when it is shown.
    pub const fn password(password: &'a str) -> Self {
        Self::Text(TextValue { base_type: BaseType::PASSWORD, text: Text::new(password) })
    }

    /// Creates a BLOB.
    pub const fn blob(bytes: &'a [u8]) -> Self {
        Self::Binary(BinaryValue { base_type: BaseType::BLOB, bytes })
    }

    /// Creates a text of this base type. Returns `None` unless values of this base type [are
    /// text](BaseType::is_text).
    pub const fn text(base_type: BaseType, text: &'a str) -> Option<Self> {
        match TextValue::new(base_type, text) {
            Some(text) => Some(Self::Text(text)),
            None => None,
        }
    }

    /// Creates bytes of this base type. Returns `None` unless it is BLOB or IMAGE.
    pub const fn binary(base_type: BaseType, bytes: &'a [u8]) -> Option<Self> {
        match BinaryValue::new(base_type, bytes) {
            Some(binary) => Some(Self::Binary(binary)),
            None => None,
        }
    }

    /// Returns the base type.
    pub const fn base_type(&self) -> BaseType {
        match self {
            Self::Nothing => BaseType::NOTHING,
            Self::Text(text) => text.base_type,
            Self::Number(_) => BaseType::NUMBER,
            Self::Integer(_) => BaseType::INTEGER,
            Self::Long(_) => BaseType::LONG,
            Self::Boolean(_) => BaseType::BOOLEAN,
            Self::DateTime(_) => BaseType::DATETIME,
            Self::Location(_) => BaseType::LOCATION,
            Self::Binary(binary) => binary.base_type,
            Self::Variant(_) => BaseType::VARIANT,
            Self::InfoTable(_) => BaseType::INFOTABLE,
            Self::TimeSpan(_) => BaseType::TIMESPAN,
            Self::Vec2(_) => BaseType::VEC2,
            Self::Vec3(_) => BaseType::VEC3,
            Self::Vec4(_) => BaseType::VEC4,
            Self::ThingCode(_) => BaseType::THINGCODE,
        }
    }

    /// Returns whether there is no value.
    pub const fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    /// Returns the value in a VARIANT, through any number of VARIANTs, and every other value
    /// itself.
    #[must_use]
    pub fn innermost(self) -> Self {
        let mut value = self;
        while let Self::Variant(variant) = value {
            value = variant.get();
        }
        value
    }

    #[inline]
    pub(crate) fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        Self::parse_here(input)
    }

    /// Parses a value, always inlined: on small machines the walk over a table has to begin as
    /// near to the bottom of the stack as possible.
    #[inline(always)]
    pub(super) fn parse_here(input: &'a [u8]) -> Parsed<'a, Self> {
        let (rest, base_type) = walk::base_type(input)?;
        match base_type.layout() {
            Layout::Variant => {
                let (after, ()) = walk::value(rest, 1, &mut nowhere())?;
                let len = rest.len().saturating_sub(after.len());
                let bytes = rest.get(..len).unwrap_or_default();
                Ok((after, Self::Variant(Variant::checked(bytes))))
            }
            Layout::InfoTable => {
                let (rest, table) = InfoTable::parse(rest)?;
                Ok((rest, Self::InfoTable(table)))
            }
            layout => Self::parse_scalar(rest, input, base_type, layout),
        }
    }

    /// Parses a value that contains no other.
    #[cfg_attr(wide, inline(always))]
    #[cfg_attr(not(wide), inline(never))]
    fn parse_scalar(
        input: &'a [u8],
        at_type: &'a [u8],
        base_type: BaseType,
        layout: Layout,
    ) -> Parsed<'a, Self> {
        let (rest, value) = match layout {
            Layout::Nothing => (input, Self::Nothing),
            Layout::Text => {
                let (rest, text) = reader::text(input)?;
                (rest, Self::Text(TextValue { base_type, text }))
            }
            Layout::Number => {
                let (rest, number) = reader::f64(input)?;
                (rest, Self::Number(number))
            }
            Layout::Integer => {
                let (rest, integer) = reader::i32(input)?;
                (rest, Self::Integer(integer))
            }
            Layout::Long => {
                let (rest, long) = reader::i64(input)?;
                (rest, Self::Long(long))
            }
            Layout::Boolean => {
                let (rest, byte) = reader::u8(input)?;
                (rest, Self::Boolean(byte != 0))
            }
            Layout::DateTime => {
                let (rest, millis) = reader::i64(input)?;
                (rest, Self::DateTime(DateTime::from_millis(millis)))
            }
            Layout::Binary => {
                let (rest, bytes) = reader::binary(input)?;
                (rest, Self::Binary(BinaryValue { base_type, bytes }))
            }
            Layout::Location
            | Layout::TimeSpan
            | Layout::Vec2
            | Layout::Vec3
            | Layout::Vec4
            | Layout::ThingCode => return Self::parse_numbers(input, layout),
            // The first two contain others, and are handled before.
            Layout::Variant | Layout::InfoTable | Layout::Unknown => {
                return fault(DecodeErrorKind::UnknownBaseType, at_type);
            }
        };
        Ok((rest, value))
    }

    /// Parses a value with several numbers. It is rare, and a function of its own keeps the
    /// frequent cases fast.
    #[inline(never)]
    fn parse_numbers(input: &'a [u8], layout: Layout) -> Parsed<'a, Self> {
        match layout {
            Layout::TimeSpan => {
                let (rest, span) = TimeSpan::parse(input)?;
                return Ok((rest, Self::TimeSpan(span)));
            }
            Layout::ThingCode => {
                let (rest, code) = ThingCode::parse(input)?;
                return Ok((rest, Self::ThingCode(code)));
            }
            _ => {}
        }
        let (rest, bytes) = reader::take(input, layout.numbers_len())?;
        let [x, y, z, w] = four_doubles(bytes);
        let value = match layout {
            Layout::Vec2 => Self::Vec2([x, y]),
            Layout::Vec3 => Self::Vec3([x, y, z]),
            Layout::Vec4 => Self::Vec4([x, y, z, w]),
            _ => Self::Location(Location { longitude: x, latitude: y, elevation: z }),
        };
        Ok((rest, value))
    }

    /// Writes the value, which is in `enclosing` containers.
    #[cfg_attr(wide, inline(always))]
    pub(crate) fn put<S: Sink>(&self, enclosing: u8, sink: &mut S) {
        match self {
            Self::Variant(variant) => sink.apart(|sink| variant.put(enclosing, sink)),
            Self::InfoTable(table) => sink.apart(|sink| put_table(table, enclosing, sink)),
            scalar => scalar.put_scalar(sink),
        }
    }

    /// Writes a value that contains no other.
    #[cfg_attr(wide, inline(always))]
    pub(crate) fn put_scalar<S: Sink>(&self, sink: &mut S) {
        let base_type = self.base_type().to_u8();
        match self {
            Self::Nothing => sink.u8(base_type),
            Self::Text(text) => sink.tagged_text(base_type, text.text.as_bytes()),
            Self::Number(number) => sink.prefixed([base_type], &number.to_be_bytes()),
            Self::Long(long) => sink.prefixed([base_type], &long.to_be_bytes()),
            Self::DateTime(time) => sink.prefixed([base_type], &time.to_millis().to_be_bytes()),
            Self::Integer(integer) => sink.prefixed([base_type], &integer.to_be_bytes()),
            Self::Boolean(boolean) => sink.array([base_type, u8::from(*boolean)]),
            Self::Binary(binary) => {
                sink.u8(base_type);
                sink.binary(binary.bytes);
            }
            Self::Variant(_) | Self::InfoTable(_) => {}
            Self::Location(_)
            | Self::TimeSpan(_)
            | Self::Vec2(_)
            | Self::Vec3(_)
            | Self::Vec4(_)
            | Self::ThingCode(_) => {
                sink.u8(base_type);
                self.put_numbers(sink);
            }
        }
    }

    /// Writes what follows the type byte of a value of
    /// [`parse_numbers`](Self::parse_numbers).
    #[inline(never)]
    fn put_numbers<S: Sink>(&self, sink: &mut S) {
        match self {
            Self::TimeSpan(span) => span.put(sink),
            Self::ThingCode(code) => code.put(sink),
            Self::Location(location) => put_doubles(&location.to_array(), sink),
            Self::Vec2(numbers) => put_doubles(numbers, sink),
            Self::Vec3(numbers) => put_doubles(numbers, sink),
            Self::Vec4(numbers) => put_doubles(numbers, sink),
            _ => {}
        }
    }
}

#[inline(never)]
pub(super) fn put_table<S: Sink>(table: &InfoTable<'_>, enclosing: u8, sink: &mut S) {
    let Some(enclosing) = deeper(enclosing, sink) else { return };
    sink.u8(BaseType::INFOTABLE.to_u8());
    table.put(enclosing, sink);
}

/// Returns the number of containers with one more, if that is allowed.
#[inline]
pub(crate) fn deeper<S: Sink>(enclosing: u8, sink: &mut S) -> Option<u8> {
    if usize::from(enclosing) < MAX_NESTING {
        return enclosing.checked_add(1);
    }
    sink.fail(EncodeError::NestingTooDeep);
    None
}

/// Handles the result of a walk over checked bytes. It can fail only because they are nested
/// deeper now than when they were checked.
#[inline]
pub(crate) fn put_checked<T, S: Sink>(walked: &Parsed<'_, T>, sink: &mut S) {
    if walked.is_err() {
        sink.fail(EncodeError::NestingTooDeep);
    }
}

impl PartialEq for Value<'_> {
    fn eq(&self, other: &Self) -> bool {
        let mut left = *self;
        let mut right = *other;
        while let (Self::Variant(a), Self::Variant(b)) = (left, right) {
            (left, right) = (a.get(), b.get());
        }
        match (left, right) {
            (Self::Nothing, Self::Nothing) => true,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a.to_bits() == b.to_bits(),
            (Self::Integer(a), Self::Integer(b)) => a == b,
            (Self::Long(a), Self::Long(b)) => a == b,
            (Self::Boolean(a), Self::Boolean(b)) => a == b,
            (Self::DateTime(a), Self::DateTime(b)) => a == b,
            (Self::Location(a), Self::Location(b)) => a == b,
            (Self::Binary(a), Self::Binary(b)) => a == b,
            (Self::InfoTable(a), Self::InfoTable(b)) => a == b,
            (Self::TimeSpan(a), Self::TimeSpan(b)) => a == b,
            (Self::Vec2(a), Self::Vec2(b)) => same_bits(&a, &b),
            (Self::Vec3(a), Self::Vec3(b)) => same_bits(&a, &b),
            (Self::Vec4(a), Self::Vec4(b)) => same_bits(&a, &b),
            (Self::ThingCode(a), Self::ThingCode(b)) => a == b,
            _ => false,
        }
    }
}
