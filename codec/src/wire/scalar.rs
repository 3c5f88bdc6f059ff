//! The types of values that contain no other value: texts, bytes, instants, locations, time
//! spans and codes of Things (PROTOCOL.md §4).

use super::codes::BaseType;
use super::reader::{self, Parsed};
use super::text::Text;
use super::value::Value;
use super::writer::Sink;

/// A text with its base type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TextValue<'a> {
    pub(super) base_type: BaseType,
    pub(super) text: Text<'a>,
}

impl<'a> TextValue<'a> {
    /// Creates a text of this base type. Returns `None` unless values of this base type [are
    /// text](BaseType::is_text).
    pub const fn new(base_type: BaseType, text: &'a str) -> Option<Self> {
        if base_type.is_text() { Some(Self { base_type, text: Text::new(text) }) } else { None }
    }

    /// Returns the base type.
    pub const fn base_type(&self) -> BaseType {
        self.base_type
    }

    /// Returns the text.
    pub const fn get(&self) -> Text<'a> {
        self.text
    }
}

/// Bytes with their base type, BLOB or IMAGE.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BinaryValue<'a> {
    pub(super) base_type: BaseType,
    pub(super) bytes: &'a [u8],
}

impl<'a> BinaryValue<'a> {
    /// Creates bytes of this base type. Returns `None` unless it is BLOB or IMAGE.
    pub const fn new(base_type: BaseType, bytes: &'a [u8]) -> Option<Self> {
        if base_type.is_binary() { Some(Self { base_type, bytes }) } else { None }
    }

    /// Returns the base type.
    pub const fn base_type(&self) -> BaseType {
        self.base_type
    }

    /// Returns the bytes.
    pub const fn get(&self) -> &'a [u8] {
        self.bytes
    }
}

/// An instant, in milliseconds since 1970-01-01 UTC. It may be negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime(i64);

impl DateTime {
    /// Returns the instant this many milliseconds after 1970-01-01 UTC.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Returns the milliseconds since 1970-01-01 UTC.
    pub const fn to_millis(self) -> i64 {
        self.0
    }
}

/// A location on earth.
///
/// | size | field (PROTOCOL.md §4) |
/// | --- | --- |
/// | 8 | longitude |
/// | 8 | latitude |
/// | 8 | elevation |
#[derive(Clone, Copy, Debug, Default)]
pub struct Location {
    /// The longitude in degrees, positive to the east.
    pub longitude: f64,
    /// The latitude in degrees, positive to the north.
    pub latitude: f64,
    /// The elevation in metres.
    pub elevation: f64,
}

impl Location {
    pub(super) const fn to_array(self) -> [f64; 3] {
        [self.longitude, self.latitude, self.elevation]
    }
}

impl PartialEq for Location {
    fn eq(&self, other: &Self) -> bool {
        same_bits(&self.to_array(), &other.to_array())
    }
}

/// A time span.
///
/// | size | field (PROTOCOL.md §4) |
/// | --- | --- |
/// | 8 | start, signed milliseconds since 1970-01-01 UTC; -1: none |
/// | 8 | end, likewise |
/// | | period string, such as `1h` |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeSpan<'a> {
    /// The start, in milliseconds since 1970-01-01 UTC, or [`NONE_MS`](Self::NONE_MS).
    pub start_ms: i64,
    /// The end, in the same form.
    pub end_ms: i64,
    /// The period, as the peer writes it, such as `1h`.
    pub period: Text<'a>,
}

impl<'a> TimeSpan<'a> {
    /// The number that means no start or no end.
    pub const NONE_MS: i64 = -1;

    /// Creates a time span from `start` to `end`. `None` leaves that side open.
    pub const fn new(start: Option<DateTime>, end: Option<DateTime>, period: &'a str) -> Self {
        Self { start_ms: millis(start), end_ms: millis(end), period: Text::new(period) }
    }

    /// Returns the start, if there is one.
    pub const fn start(&self) -> Option<DateTime> {
        instant(self.start_ms)
    }

    /// Returns the end, if there is one.
    pub const fn end(&self) -> Option<DateTime> {
        instant(self.end_ms)
    }

    pub(super) fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let (rest, start_ms) = reader::i64(input)?;
        let (rest, end_ms) = reader::i64(rest)?;
        let (rest, period) = reader::text(rest)?;
        Ok((rest, Self { start_ms, end_ms, period }))
    }

    pub(super) fn put<S: Sink>(&self, sink: &mut S) {
        sink.array(self.start_ms.to_be_bytes());
        sink.array(self.end_ms.to_be_bytes());
        sink.text(self.period.as_bytes());
    }
}

const fn millis(instant: Option<DateTime>) -> i64 {
    match instant {
        Some(instant) => instant.to_millis(),
        None => TimeSpan::NONE_MS,
    }
}

const fn instant(millis: i64) -> Option<DateTime> {
    if millis == TimeSpan::NONE_MS { None } else { Some(DateTime::from_millis(millis)) }
}

/// The code of a Thing.
///
/// | size | field (PROTOCOL.md §4) |
/// | --- | --- |
/// | 4 | domain, signed |
/// | 8 | instance, signed |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ThingCode {
    /// The domain of the code.
    pub domain: i32,
    /// The Thing in that domain.
    pub instance: i64,
}

impl ThingCode {
    pub(super) fn parse(input: &[u8]) -> Parsed<'_, Self> {
        let (rest, domain) = reader::i32(input)?;
        let (rest, instance) = reader::i64(rest)?;
        Ok((rest, Self { domain, instance }))
    }

    pub(super) fn put<S: Sink>(self, sink: &mut S) {
        sink.array(self.domain.to_be_bytes());
        sink.array(self.instance.to_be_bytes());
    }
}

/// Reads at most four doubles from these bytes, and returns 0 for those that are missing.
pub(super) fn four_doubles(bytes: &[u8]) -> [f64; 4] {
    let mut numbers = [0.0; 4];
    let mut rest = bytes;
    for number in &mut numbers {
        let Some((eight, after)) = rest.split_first_chunk() else { break };
        *number = f64::from_be_bytes(*eight);
        rest = after;
    }
    numbers
}

/// Writes doubles.
#[cfg_attr(not(wide), inline(never))]
pub(super) fn put_doubles<S: Sink>(numbers: &[f64], sink: &mut S) {
    for number in numbers {
        sink.array(number.to_be_bytes());
    }
}

/// Returns whether numbers are equal bit by bit.
pub(super) fn same_bits<const N: usize>(left: &[f64; N], right: &[f64; N]) -> bool {
    left.iter().zip(right).all(|(left, right)| left.to_bits() == right.to_bits())
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

impl<'a> From<TimeSpan<'a>> for Value<'a> {
    fn from(span: TimeSpan<'a>) -> Self {
        Self::TimeSpan(span)
    }
}

impl From<[f64; 2]> for Value<'_> {
    fn from(numbers: [f64; 2]) -> Self {
        Self::Vec2(numbers)
    }
}

impl From<[f64; 3]> for Value<'_> {
    fn from(numbers: [f64; 3]) -> Self {
        Self::Vec3(numbers)
    }
}

impl From<[f64; 4]> for Value<'_> {
    fn from(numbers: [f64; 4]) -> Self {
        Self::Vec4(numbers)
    }
}

impl From<ThingCode> for Value<'_> {
    fn from(code: ThingCode) -> Self {
        Self::ThingCode(code)
    }
}

impl From<Location> for Value<'_> {
    fn from(location: Location) -> Self {
        Self::Location(location)
    }
}
