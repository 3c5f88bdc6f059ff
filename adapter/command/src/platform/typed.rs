//! Parsing of typed values, with the type that the metadata of the edge declare.

use alwayson::value::{Value, ValueExt as _, json};
use alwayson_codec::{BaseType, Location};
use serde_json::Value as Json;

/// Parses a value of this type. Without a type, or for VARIANT, `TYPE:VALUE` sets it.
pub(super) fn value(text: &str, base_type: Option<BaseType>) -> Result<Value, String> {
    match base_type.filter(|known| *known != BaseType::VARIANT) {
        Some(known) => of_type(text, known),
        None => match with_type(text) {
            Some((base_type, text)) => of_type(text, base_type),
            None => Ok(Value::from_typed(text)),
        },
    }
}

/// Splits `TYPE:VALUE`; the type is in capitals.
fn with_type(text: &str) -> Option<(BaseType, &str)> {
    let (name, text) = text.split_once(':')?;
    let base_type = BaseType::from_name(name)?;
    (base_type != BaseType::VARIANT).then_some((base_type, text))
}

fn of_type(text: &str, base_type: BaseType) -> Result<Value, String> {
    let wrong = || format!("\"{text}\" is not a valid {base_type}");
    let in_json = || {
        let read = serde_json::from_str::<Json>(text);
        let read = read.map_err(|error| format!("{}: {error}", wrong()))?;
        json::decode(&read, base_type).map_err(|error| format!("{}: {error}", wrong()))
    };
    Ok(match base_type {
        BaseType::NOTHING if text.is_empty() => Value::Nothing,
        BaseType::NUMBER => text.parse().map(Value::Number).map_err(|_| wrong())?,
        BaseType::INTEGER => text.parse().map(Value::Integer).map_err(|_| wrong())?,
        BaseType::LONG => text.parse().map(Value::Long).map_err(|_| wrong())?,
        BaseType::BOOLEAN => text.parse().map(Value::Boolean).map_err(|_| wrong())?,
        BaseType::DATETIME => {
            let example = "example: 2024-05-01T12:00:00Z";
            let read = json::decode(&Json::from(text), base_type);
            read.map_err(|_| format!("{}; {example}", wrong()))?
        }
        BaseType::LOCATION if text.starts_with('{') => in_json()?,
        BaseType::LOCATION => {
            let example = "example: 8.68,50.11,112 (longitude, latitude, elevation)";
            let place = location(text).ok_or_else(|| format!("{}; {example}", wrong()))?;
            Value::Location(place)
        }
        BaseType::JSON => {
            let json = serde_json::from_str::<Json>(text);
            Value::json(&json.map_err(|error| format!("{}: {error}", wrong()))?)
        }
        BaseType::BLOB | BaseType::IMAGE => {
            if let Some(file) = text.strip_prefix('@') {
                let bytes = std::fs::read(file);
                Value::Binary(base_type, bytes.map_err(|error| format!("{file}: {error}"))?)
            } else {
                let read = json::decode(&Json::from(text), base_type);
                read.map_err(|_| format!("{}: expected Base64 or @FILE", wrong()))?
            }
        }
        // In JSON: {"x": 1.5, "y": 2}; a table with its rows.
        BaseType::INFOTABLE
        | BaseType::TIMESPAN
        | BaseType::VEC2
        | BaseType::VEC3
        | BaseType::VEC4
        | BaseType::THINGCODE => in_json()?,
        // Quotes that mark a text elsewhere are removed here, too.
        texts if texts.is_text() => {
            let inner = serde_json::from_str::<String>(text);
            Value::Text(texts, inner.unwrap_or_else(|_| text.to_owned()))
        }
        _ => return Err(format!("values of type {base_type} cannot be entered")),
    })
}

/// Parses longitude, latitude and optional elevation.
fn location(text: &str) -> Option<Location> {
    let mut numbers = text.split(',').map(|number| number.trim().parse().ok());
    let longitude = numbers.next()??;
    let latitude = numbers.next()??;
    let elevation = numbers.next().unwrap_or(Some(0.0))?;
    numbers.next().is_none().then_some(Location { longitude, latitude, elevation })
}

#[cfg(test)]
mod tests {
    use alwayson::value::Table;
    use alwayson_codec::DateTime;

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
    fn every_type_can_be_typed_also_where_it_is_not_known() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("blob");
        std::fs::write(&file, [0, 255]).unwrap();
        let place = Location { longitude: 8.5, latitude: 50.0, elevation: 0.0 };
        let table = Table::of([("a", Value::from(1.5))]);
        for (text, expected) in [
            ("BLOB:AP8=".to_owned(), Value::blob([0, 255])),
            (format!("BLOB:@{}", file.display()), Value::blob([0, 255])),
            ("IMAGE:AP8=".into(), Value::Binary(BaseType::IMAGE, vec![0, 255])),
            ("DATETIME:1970-01-01T00:00:01Z".into(), DateTime::from_millis(1000).into()),
            ("LOCATION:8.5,50".into(), place.into()),
            (r#"LOCATION:{"longitude": 8.5, "latitude": 50}"#.into(), place.into()),
            (r#"INFOTABLE:{"rows": [{"a": 1.5}]}"#.into(), table.into()),
            ("INTEGER:5".into(), Value::Integer(5)),
            ("STRING:5".into(), "5".into()),
            // No type, and so as it looks.
            ("NOTE:5".into(), "NOTE:5".into()),
        ] {
            assert_eq!(value(&text, None), Ok(expected.clone()), "{text}");
            assert_eq!(value(&text, Some(BaseType::VARIANT)), Ok(expected), "{text}");
        }
        assert_eq!(value("INTEGER:5", Some(BaseType::STRING)), Ok("INTEGER:5".into()));
    }

    #[test]
    fn what_is_no_value_of_its_type_is_refused_with_what_it_is_not() {
        assert_eq!(
            value("5.5", Some(BaseType::INTEGER)),
            Err("\"5.5\" is not a valid INTEGER".into())
        );
        assert!(value("8.5", Some(BaseType::LOCATION)).is_err());
        assert!(value("1,2,3,4", Some(BaseType::LOCATION)).is_err());
        assert!(value("{", Some(BaseType::JSON)).is_err());
        let error = value(r#"{"x": 1}"#, Some(BaseType::VEC2)).unwrap_err();
        assert!(
            error.ends_with("is not a valid VEC2: at /y: expected NUMBER, found nothing"),
            "{error}"
        );
        assert!(value("x", Some(BaseType::from_u8(200))).is_err());
        assert!(
            value("?", Some(BaseType::BLOB)).unwrap_err().ends_with("expected Base64 or @FILE")
        );
        assert!(value("@/not/there", Some(BaseType::IMAGE)).is_err());
        assert!(value("{\"rows\": 5}", Some(BaseType::INFOTABLE)).is_err());
        assert!(value("DATETIME:noon", None).is_err());
        assert_eq!(value("NOTHING:", None), Ok(Value::Nothing));
        assert!(value("NOTHING:x", None).is_err());
    }
}
