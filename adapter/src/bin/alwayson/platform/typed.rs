//! Values that somebody has typed, of the type that the edge has said.

use alwayson::value::Value;
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
        BaseType::NOTHING
        | BaseType::BLOB
        | BaseType::IMAGE
        | BaseType::INFOTABLE
        | BaseType::TIMESPAN => return Err(format!("a value of type {base_type} cannot be typed")),
        // Quotes make a text of what looks like something else: here it is one.
        texts => {
            let inner = serde_json::from_str::<String>(text);
            Value::Text(texts, inner.unwrap_or_else(|_| text.to_owned()))
        }
    })
}

/// Longitude, latitude and, if there is one, elevation.
fn location(text: &str) -> Option<Location> {
    let mut numbers = text.split(',').map(|number| number.trim().parse().ok());
    let (longitude, latitude) = (numbers.next()??, numbers.next()??);
    let elevation = numbers.next().unwrap_or(Some(0.0))?;
    numbers.next().is_none().then_some(Location { longitude, latitude, elevation })
}

/// The type that metadata say a property has.
pub(super) fn of_property(metadata: &Json, name: &str) -> Option<BaseType> {
    base_type(metadata.get("propertyDefinitions")?.get(name)?)
}

/// The type that metadata say a parameter of a service has.
pub(super) fn of_parameter(metadata: &Json, service: &str, name: &str) -> Option<BaseType> {
    let service = metadata.get("serviceDefinitions")?.get(service)?;
    base_type(service.get("Inputs")?.get("fieldDefinitions")?.get(name)?)
}

fn base_type(definition: &Json) -> Option<BaseType> {
    BaseType::from_name(definition.get("baseType")?.as_str()?)
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
        assert!(value("AA==", Some(BaseType::BLOB)).is_err());
    }
}
