//! The values that are more than a number and hold no other value: texts,
//! bytes, instants, places, spans of time, vectors, codes of Things
//! (PROTOCOL.md §4).

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
/// | size | field (PROTOCOL.md §4) |
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
    pub(super) const fn to_array(self) -> [f64; 3] {
        [self.longitude, self.latitude, self.elevation]
    }
}

impl PartialEq for Location {
    fn eq(&self, other: &Self) -> bool {
        same_bits(&self.to_array(), &other.to_array())
    }
}

/// A span of time.
///
/// | size | field (PROTOCOL.md §4) |
/// | --- | --- |
/// | 8 | start, signed milliseconds since 1970-01-01 UTC; -1: none |
/// | 8 | end, likewise |
/// | | period string, such as `1h` |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeSpan<'a> {
    /// When it starts, in milliseconds since 1970-01-01 UTC, or
    /// [`NONE_MS`](Self::NONE_MS).
    pub start_ms: i64,
    /// When it ends, likewise.
    pub end_ms: i64,
    /// Its period, as the peer writes it: `1h`.
    pub period: Text<'a>,
}

impl<'a> TimeSpan<'a> {
    /// Stands for no start or no end.
    pub const NONE_MS: i64 = -1;

    /// A span of time from `start` to `end`; `None` leaves that side open.
    pub const fn new(start: Option<DateTime>, end: Option<DateTime>, period: &'a str) -> Self {
        Self { start_ms: millis(start), end_ms: millis(end), period: Text::new(period) }
    }

    /// When it starts, if it says so.
    pub const fn start(&self) -> Option<DateTime> {
        instant(self.start_ms)
    }

    /// When it ends, if it says so.
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
    /// The domain that gave the code.
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

/// The doubles in these bytes, at most four; 0 for those that are not there.
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

/// Writes doubles, one after the other.
#[cfg_attr(not(wide), inline(never))]
pub(super) fn put_doubles<S: Sink>(numbers: &[f64], sink: &mut S) {
    for number in numbers {
        sink.array(number.to_be_bytes());
    }
}

/// Whether numbers are the same, bit for bit.
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
