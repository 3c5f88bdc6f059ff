//! Converts JSON to values that enclose no other values.

use alwayson_codec::{BaseType, DateTime, Location, ThingCode};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json};

use super::super::{TimeSpan, Value};
use super::NO_TIME;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Returns the value of this type, or `None` if the JSON is not such a value.
pub(super) fn value(json: &Json, base_type: BaseType) -> Option<Value> {
    Some(match base_type {
        BaseType::JSON => Value::json(json),
        BaseType::QUERY => match json {
            Json::String(text) => Value::Text(base_type, text.clone()),
            json => Value::Text(base_type, json.to_string()),
        },
        BaseType::NUMBER => number(json)?.into(),
        BaseType::INTEGER => integer(json)?.into(),
        BaseType::LONG => whole(json)?.into(),
        BaseType::BOOLEAN => boolean(json)?.into(),
        BaseType::DATETIME => time(json)?.into(),
        BaseType::LOCATION => location(json.as_str()?)?.into(),
        BaseType::BLOB | BaseType::IMAGE => {
            Value::Binary(base_type, BASE64.decode(json.as_str()?).ok()?)
        }
        base_type if base_type.is_text() => Value::Text(base_type, text(json)?),
        _ => return None,
    })
}

/// A member that is missing or has the wrong form.
pub(super) struct WrongMember {
    pub(super) name: &'static str,
    pub(super) base_type: BaseType,
}

/// Returns the value of this type that the members of an object represent.
///
/// # Errors
/// The member that is wrong, or `None` if the type has no members.
pub(super) fn composed(
    object: &Map<String, Json>,
    base_type: BaseType,
) -> Result<Value, Option<WrongMember>> {
    let members = Members(object);
    let part = |name| members.part(name);
    Ok(match base_type {
        BaseType::LOCATION => Value::Location(Location {
            longitude: part("longitude")?,
            latitude: part("latitude")?,
            elevation: if object.contains_key("elevation") { part("elevation")? } else { 0.0 },
        }),
        BaseType::VEC2 => Value::Vec2([part("x")?, part("y")?]),
        BaseType::VEC3 => Value::Vec3([part("x")?, part("y")?, part("z")?]),
        BaseType::VEC4 => Value::Vec4([part("x")?, part("y")?, part("z")?, part("w")?]),
        BaseType::THINGCODE => Value::ThingCode(ThingCode {
            domain: members.get("domain", BaseType::INTEGER, integer)?,
            instance: members.get("instance", BaseType::LONG, whole)?,
        }),
        BaseType::TIMESPAN => Value::TimeSpan(TimeSpan {
            start: members.instant("start")?,
            end: members.instant("end")?,
            period: members.optional("period", BaseType::STRING, text)?.unwrap_or_default(),
        }),
        _ => return Err(None),
    })
}

/// The members of an object.
struct Members<'j>(&'j Map<String, Json>);

impl Members<'_> {
    fn get<T>(
        &self,
        name: &'static str,
        base_type: BaseType,
        read: impl FnOnce(&Json) -> Option<T>,
    ) -> Result<T, WrongMember> {
        self.0.get(name).and_then(read).ok_or(WrongMember { name, base_type })
    }

    /// Reads a member that may be left out or null.
    fn optional<T>(
        &self,
        name: &'static str,
        base_type: BaseType,
        read: impl FnOnce(&Json) -> Option<T>,
    ) -> Result<Option<T>, WrongMember> {
        match self.0.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(_) => self.get(name, base_type, read).map(Some),
        }
    }

    /// Reads one number of several. Null is NaN: numbers that are not finite are written as null.
    fn part(&self, name: &'static str) -> Result<f64, WrongMember> {
        let part = |json: &Json| if json.is_null() { Some(f64::NAN) } else { number(json) };
        self.get(name, BaseType::NUMBER, part)
    }

    /// Reads the start or the end of a TIMESPAN.
    fn instant(&self, name: &'static str) -> Result<Option<DateTime>, WrongMember> {
        let instant = self.optional(name, BaseType::DATETIME, time)?;
        Ok(instant.filter(|instant| instant.to_millis() != NO_TIME))
    }
}

fn text(json: &Json) -> Option<String> {
    json.as_str().map(str::to_owned)
}

fn integer(json: &Json) -> Option<i32> {
    whole(json)?.try_into().ok()
}

fn number(json: &Json) -> Option<f64> {
    match json {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => text.trim().parse::<f64>().ok().filter(|number| number.is_finite()),
        _ => None,
    }
}

fn whole(json: &Json) -> Option<i64> {
    let exact = match json {
        Json::Number(number) => number.as_i64(),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    exact.or_else(|| long(number(json)?))
}

/// Returns a double as a LONG, if it has no fraction and is in range.
fn long(number: f64) -> Option<i64> {
    Value::from(number).try_into_type(BaseType::LONG).ok()?.as_i64()
}

fn boolean(json: &Json) -> Option<bool> {
    match json {
        Json::Bool(boolean) => Some(*boolean),
        Json::Number(number) => Some(number.as_f64()? != 0.0),
        Json::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Json::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn time(json: &Json) -> Option<DateTime> {
    let millis = whole(json)
        .or_else(|| long(number(json)?.floor()))
        .or_else(|| iso_8601(json.as_str()?.trim()));
    millis.map(DateTime::from_millis)
}

/// Parses a time in ISO 8601. Returns milliseconds since 1970-01-01 UTC.
fn iso_8601(text: &str) -> Option<i64> {
    let timestamp = text.parse::<Timestamp>().or_else(|_| {
        text.parse::<civil::DateTime>()
            .and_then(|time| time.to_zoned(TimeZone::UTC))
            .map(|time| time.timestamp())
    });
    i64::try_from(timestamp.ok()?.as_nanosecond().div_euclid(1_000_000)).ok()
}

/// Parses latitude, longitude and an optional elevation, separated by commas.
fn location(text: &str) -> Option<Location> {
    let finite = |text: &str| text.trim().parse().ok().filter(|number: &f64| number.is_finite());
    let mut numbers = text.split(',').map(finite);
    let latitude = numbers.next()??;
    let longitude = numbers.next()??;
    let elevation = numbers.next().unwrap_or(Some(0.0))?;
    numbers.next().is_none().then_some(Location { longitude, latitude, elevation })
}
