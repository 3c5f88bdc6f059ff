//! The request to the platform for the path and the body of an HTTP request.

use alwayson::codec::{Characteristic, EntityType, Method};
use alwayson::message::Request;
use alwayson::serde_json::{Map, Value as Json};
use alwayson::value::json::{self as mapping, JsonError};
use alwayson::value::{Table, Value};

use crate::application::is_table;

/// The name of the single field of parameters whose cell is a JSON object (PROTOCOL.md §3). The
/// platform knows the types of its members, the gateway does not.
pub(super) const CONTENT: &str = "_content_";

/// What an application requests, according to the method and the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) entity_type: EntityType,
    pub(crate) entity: String,
    pub(crate) characteristic: Characteristic,
    /// The name of the property, service or event; `*` is all properties.
    pub(crate) name: String,
}

/// What is wrong with a body. It is answered with 400.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("the body is not an object")]
    NoObject,
    #[error("the body is a table with {0} rows instead of one")]
    Rows(usize),
    #[error("the body: {0}")]
    Table(#[from] JsonError),
    #[error("the body has no value of {0}")]
    NoValue(String),
    #[error("the body contains no property")]
    NoProperty,
    #[error("there is no body")]
    Empty,
}

/// Returns the request to send to the platform.
///
/// # Errors
/// Returns what is wrong with the body.
pub(crate) fn request(asked: Asked, body: Option<Json>) -> Result<Request, BodyError> {
    let Asked { method, entity_type, entity, characteristic, name } = asked;
    let params = match method {
        Method::Get => None,
        Method::Put => Some(written(&name, body)?),
        _ => params(body)?,
    };
    Ok(Request { method, entity_type, entity, characteristic, name, headers: Vec::new(), params })
}

/// Returns the parameters of a service or the data of an event; `None` if there are none.
fn params(body: Option<Json>) -> Result<Option<Table>, BodyError> {
    Ok(match body {
        None => None,
        Some(body) if is_table(&body) => Some(row(&body)?),
        Some(Json::Object(members)) if members.is_empty() => None,
        Some(body @ Json::Object(_)) => Some(content(&body)),
        Some(_) => return Err(BodyError::NoObject),
    })
}

/// Returns the parameters of a write. The value of one property is the member with its name, or
/// else the member `value`. With `*`, each member is the value of a property.
fn written(name: &str, body: Option<Json>) -> Result<Table, BodyError> {
    match body.ok_or(BodyError::Empty)? {
        // An object with a member of this name is not a table: the value may be one.
        body if is_table(&body) && body.get(name).is_none() => {
            let table = row(&body)?;
            match name {
                "*" if table.fields.is_empty() => Err(BodyError::NoProperty),
                name if name != "*" && table.value(name).is_none() => {
                    Err(BodyError::NoValue(name.to_owned()))
                }
                _ => Ok(table),
            }
        }
        Json::Object(members) if name == "*" && members.is_empty() => Err(BodyError::NoProperty),
        Json::Object(members) if name == "*" => Ok(content(&members.into())),
        Json::Object(mut members) => {
            let value = members.remove(name).or_else(|| members.remove("value"));
            let value = value.ok_or_else(|| BodyError::NoValue(name.to_owned()))?;
            Ok(content(&Json::Object(Map::from_iter([(name.to_owned(), value)]))))
        }
        _ => Err(BodyError::NoObject),
    }
}

/// Reads a table with one row. Its fields have the types of its data shape.
fn row(body: &Json) -> Result<Table, BodyError> {
    let table = mapping::decode_table(body)?;
    if table.len() == 1 { Ok(table) } else { Err(BodyError::Rows(table.len())) }
}

/// Returns parameters with the single field `_content_`.
pub(super) fn content(body: &Json) -> Table {
    Table::of([(CONTENT, Value::json(body))])
}

/// Returns the members of a body: of its object, or of the only row of its table.
pub(super) fn members(body: Option<Json>) -> Result<Map<String, Json>, BodyError> {
    match body {
        None => Ok(Map::new()),
        Some(mut body) if is_table(&body) => {
            let rows = body["rows"].as_array_mut().map(std::mem::take).unwrap_or_default();
            match <[Json; 1]>::try_from(rows) {
                Ok([Json::Object(row)]) => Ok(row),
                Ok(_) => Err(BodyError::NoObject),
                Err(rows) => Err(BodyError::Rows(rows.len())),
            }
        }
        Some(Json::Object(members)) => Ok(members),
        Some(_) => Err(BodyError::NoObject),
    }
}

#[cfg(test)]
mod tests {
    use alwayson::serde_json::json;

    use super::*;

    fn put(name: &str, body: Json) -> Result<String, String> {
        let asked = Asked {
            method: Method::Put,
            entity_type: EntityType::THINGS,
            entity: "Pump".to_owned(),
            characteristic: Characteristic::PROPERTIES,
            name: name.to_owned(),
        };
        let request = request(asked, Some(body)).map_err(|error| error.to_string())?;
        Ok(text(&request.params.unwrap()))
    }

    fn post(body: Option<Json>) -> Result<Option<String>, String> {
        params(body).map(|params| params.as_ref().map(text)).map_err(|error| error.to_string())
    }

    fn text(table: &Table) -> String {
        let cell = |(field, cell): (&alwayson::value::Field, &Value)| {
            format!("{} {} {cell}", field.name, field.base_type)
        };
        let row = table.row(0).unwrap();
        table.fields.iter().zip(row.cells).map(cell).collect::<Vec<_>>().join(", ")
    }

    fn table(rows: &Json) -> Json {
        let speed = json!({ "name": "Speed", "baseType": "LONG" });
        json!({ "rows": rows, "datashape": { "fieldDefinitions": { "Speed": speed } } })
    }

    #[test]
    fn a_write_goes_as_content_under_the_name_of_its_property() {
        let content = Ok(r#"_content_ JSON {"Speed":12.5}"#.to_owned());
        assert_eq!(put("Speed", json!({ "Speed": 12.5 })), content);
        assert_eq!(put("Speed", json!({ "value": 12.5 })), content);
        assert_eq!(put("Speed", json!({ "value": 1, "Speed": 12.5 })), content);
        let value = Ok(r#"_content_ JSON {"value":1}"#.to_owned());
        assert_eq!(put("value", json!({ "value": 1 })), value);
        assert_eq!(put("Speed", json!({})).unwrap_err(), "the body has no value of Speed");
        assert_eq!(put("Speed", json!([1])).unwrap_err(), "the body is not an object");
    }

    #[test]
    fn a_write_of_many_goes_as_content() {
        let both = json!({ "A": 1, "B": "x" });
        assert_eq!(put("*", both), Ok(r#"_content_ JSON {"A":1,"B":"x"}"#.to_owned()));
        assert_eq!(put("*", json!({})).unwrap_err(), "the body contains no property");
    }

    #[test]
    fn a_table_goes_with_its_types() {
        let row = json!([{ "Speed": 7 }]);
        assert_eq!(put("Speed", table(&row)), Ok("Speed LONG 7".to_owned()));
        assert_eq!(put("*", table(&row)), Ok("Speed LONG 7".to_owned()));
        assert_eq!(put("Other", table(&row)).unwrap_err(), "the body has no value of Other");
        let rows = json!([{ "Speed": 7 }, { "Speed": 8 }]);
        let error = "the body is a table with 2 rows instead of one";
        assert_eq!(put("Speed", table(&rows)).unwrap_err(), error);
        let error = "the body: at /rows/0/Speed: expected LONG, found a string";
        assert_eq!(put("Speed", table(&json!([{ "Speed": "x" }]))).unwrap_err(), error);
        assert_eq!(post(Some(table(&row))), Ok(Some("Speed LONG 7".to_owned())));
    }

    #[test]
    fn parameters_go_as_content_and_none_as_none() {
        assert_eq!(post(None), Ok(None));
        assert_eq!(post(Some(json!({}))), Ok(None));
        assert_eq!(post(Some(json!({ "a": 1 }))), Ok(Some(r#"_content_ JSON {"a":1}"#.to_owned())));
        assert_eq!(post(Some(json!(7))).unwrap_err(), "the body is not an object");
    }
}
