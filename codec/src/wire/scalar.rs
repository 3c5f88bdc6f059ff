//! The values that are more than a number and hold no other value: texts,
//! bytes, instants, places (section 4).

use super::codes::BaseType;
use super::reader::{self, Parsed};
use super::text::Text;
use super::value::Value;
use super::writer::Sink;

/// A text and which of the base types of text it has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TextValue<'a> {
    pub(super) base_type: BaseType,
    pub(super) text: Text<'a>,
}

impl<'a> TextValue<'a> {
    /// A text of this base type; `None` unless values of this base type [are
    /// text](BaseType::is_text).
    pub const fn new(base_type: BaseType, text: &'a str) -> Option<Self> {
        if base_type.is_text() { Some(Self { base_type, text: Text::new(text) }) } else { None }
    }

    /// Its base type.
    pub const fn base_type(&self) -> BaseType {
        self.base_type
    }

    /// The text.
    pub const fn get(&self) -> Text<'a> {
        self.text
    }
}

/// Bytes, and whether they are a BLOB or an IMAGE.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BinaryValue<'a> {
    pub(super) base_type: BaseType,
    pub(super) bytes: &'a [u8],
}

impl<'a> BinaryValue<'a> {
    /// Bytes of this base type; none unless it is BLOB or IMAGE.
    pub const fn new(base_type: BaseType, bytes: &'a [u8]) -> Option<Self> {
        if base_type.is_binary() { Some(Self { base_type, bytes }) } else { None }
    }

    /// Its base type.
    pub const fn base_type(&self) -> BaseType {
        self.base_type
    }

    /// The bytes.
    pub const fn get(&self) -> &'a [u8] {
        self.bytes
    }
}

/// An instant: milliseconds since 1970-01-01 UTC, before it if negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime(i64);

impl DateTime {
    /// The instant so many milliseconds after 1970-01-01 UTC.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// How many milliseconds it is after 1970-01-01 UTC.
    pub const fn to_millis(self) -> i64 {
        self.0
    }
}

/// A place on earth.
///
/// | size | field (section 4) |
/// | --- | --- |
/// | 8 | longitude |
/// | 8 | latitude |
/// | 8 | elevation |
#[derive(Clone, Copy, Debug, Default)]
pub struct Location {
    /// In degrees, east positive.
    pub longitude: f64,
    /// In degrees, north positive.
    pub latitude: f64,
    /// In metres.
    pub elevation: f64,
}

impl Location {
    pub(super) fn parse(input: &[u8]) -> Parsed<'_, Self> {
        let (rest, longitude) = reader::f64(input)?;
        let (rest, latitude) = reader::f64(rest)?;
        let (rest, elevation) = reader::f64(rest)?;
        Ok((rest, Self { longitude, latitude, elevation }))
    }

    pub(super) fn put<S: Sink>(self, sink: &mut S) {
        for number in [self.longitude, self.latitude, self.elevation] {
            sink.array(number.to_be_bytes());
        }
    }

    fn to_bits(self) -> [u64; 3] {
        [self.longitude.to_bits(), self.latitude.to_bits(), self.elevation.to_bits()]
    }
}

impl PartialEq for Location {
    fn eq(&self, other: &Self) -> bool {
        self.to_bits() == other.to_bits()
    }
}

impl<'a> From<TextValue<'a>> for Value<'a> {
    fn from(text: TextValue<'a>) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<BinaryValue<'a>> for Value<'a> {
    fn from(binary: BinaryValue<'a>) -> Self {
        Self::Binary(binary)
    }
}

impl From<DateTime> for Value<'_> {
    fn from(datetime: DateTime) -> Self {
        Self::DateTime(datetime)
    }
}

impl From<Location> for Value<'_> {
    fn from(location: Location) -> Self {
        Self::Location(location)
    }
}
