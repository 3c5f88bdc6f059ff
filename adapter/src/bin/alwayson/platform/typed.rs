//! Values that somebody has typed, of the type that the edge has said.

use alwayson::value::{Value, json};
use alwayson_codec::{BaseType, DateTime, Location};
use serde_json::Value as Json;

/// The value that a text is, of this type if it is known.
pub(super) fn value(text: &str, base_type: Option<BaseType>) -> Result<Value, String> {
    let Some(base_type) = base_type else { return Ok(Value::from_typed(text)) };
    let wrong = || format!("\"{text}\" is no {base_type}");
    Ok(match base_type {
        BaseType::NUMBER => text.parse().map(Value::Number).map_err(|_| wrong())?,
        BaseType::INTEGER => text.parse().map(Value::Integer).map_err(|_| wrong())?,
        BaseType::LONG => text.parse().map(Value::Long).map_err(|_| wrong())?,
        BaseType::BOOLEAN => text.parse().map(Value::Boolean).map_err(|_| wrong())?,
        BaseType::DATETIME => {
            let time = text.parse::<jiff::Timestamp>();
            let example = "one is for example 2024-05-01T12:00:00Z";
            let time = time.map_err(|_| format!("{}; {example}", wrong()))?;
            Value::DateTime(DateTime::from_millis(time.as_millisecond()))
        }
        BaseType::LOCATION => {
            let example = "one is for example 8.68,50.11,112";
            let place = location(text).ok_or_else(|| format!("{}; {example}", wrong()))?;
            Value::Location(place)
        }
        BaseType::JSON => {
            let json = serde_json::from_str::<Json>(text);
            Value::json(&json.map_err(|error| format!("{}: {error}", wrong()))?)
        }
        BaseType::VARIANT => Value::from_typed(text),
        // In JSON, as members: {"x": 1.5, "y": 2}.
        BaseType::TIMESPAN
        | BaseType::VEC2
        | BaseType::VEC3
        | BaseType::VEC4
        | BaseType::THINGCODE => {
            let read = serde_json::from_str::<Json>(text);
            let read = read.map_err(|error| format!("{}: {error}", wrong()))?;
            json::decode(&read, base_type).map_err(|error| format!("{}: {error}", wrong()))?
        }
        // Quotes make a text of what looks like something else: here it is one.
        texts if texts.is_text() => {
            let inner = serde_json::from_str::<String>(text);
            Value::Text(texts, inner.unwrap_or_else(|_| text.to_owned()))
        }
        _ => return Err(format!("a value of type {base_type} cannot be typed")),
    })
}

/// Longitude, latitude and, if there is one, elevation.
fn location(text: &str) -> Option<Location> {
    let mut numbers = text.split(',').map(|number| number.trim().parse().ok());
    let (longitude, latitude) = (numbers.next()??, numbers.next()??);
    let elevation = numbers.next().unwrap_or(Some(0.0))?;
    numbers.next().is_none().then_some(Location { longitude, latitude, elevation })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_of_the_type_that_is_known() {
        for (text, base_type, expected) in [
            ("5", BaseType::NUMBER, Value::Number(5.0)),
            ("5", BaseType::INTEGER, Value::Integer(5)),
            ("5", BaseType::LONG, Value::Long(5)),
            ("5", BaseType::STRING, "5".into()),
            ("\"5\"", BaseType::STRING, "5".into()),
            ("5", BaseType::VARIANT, Value::Number(5.0)),
            ("a pump", BaseType::HTML, Value::Text(BaseType::HTML, "a pump".into())),
            (r#"{"x": 1, "y": -2.5}"#, BaseType::VEC2, Value::Vec2([1.0, -2.5])),
            ("1970-01-01T00:00:01Z", BaseType::DATETIME, DateTime::from_millis(1000).into()),
        ] {
            assert_eq!(value(text, Some(base_type)), Ok(expected), "{text} {base_type}");
        }
        let place = Location { longitude: 8.5, latitude: 50.0, elevation: 0.0 };
        assert_eq!(value("8.5, 50", Some(BaseType::LOCATION)), Ok(place.into()));
    }

    #[test]
    fn what_is_no_value_of_its_type_is_refused_with_what_it_is_not() {
        assert_eq!(value("5.5", Some(BaseType::INTEGER)), Err("\"5.5\" is no INTEGER".into()));
        assert!(value("8.5", Some(BaseType::LOCATION)).is_err());
        assert!(value("1,2,3,4", Some(BaseType::LOCATION)).is_err());
        assert!(value("{", Some(BaseType::JSON)).is_err());
        let error = value(r#"{"x": 1}"#, Some(BaseType::VEC2)).unwrap_err();
        assert!(error.ends_with("is no VEC2: at /y: expected NUMBER, found nothing"), "{error}");
        assert!(value("x", Some(BaseType::from_u8(200))).is_err());
        assert!(value("AA==", Some(BaseType::BLOB)).is_err());
    }
}
