//! Reads the parameters of a request, on both sides (PROTOCOL.md §3): `_content_` and the
//! properties that a PUT writes.

use std::collections::HashSet;

use alwayson_codec::{BaseType, Characteristic, Method};
use serde_json::Value as Json;

use crate::message::Request;
use crate::value::json::{self, JsonError};
use crate::value::{Field, Table, Value};

/// The name of the field whose cell is one JSON object that holds all parameters.
const CONTENT: &str = "_content_";

/// The services with which an edge writes properties and their times.
pub(crate) const PUSHES: [&str; 2] = ["UpdateSubscribedPropertyValues", "UpdatePropertyValues"];

/// The parameter of [`PUSHES`]: a table of name, value, time and quality.
pub(crate) const VALUES: &str = "values";

/// The name that stands for all properties of a Thing.
pub(crate) const ALL: &str = "*";

/// What is known about the type of a property or parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownType {
    /// The type is declared. JSON that is not a value of this type is an error.
    Declared(BaseType),
    /// The property has a value of this type now. JSON that is not a value of this type gets
    /// the type of its form, as by [`decode_untyped`](crate::value::json::decode_untyped).
    Present(BaseType),
}

/// Why the parameters of a request cannot be read. The request is answered with BAD_REQUEST.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ContentError {
    #[error("{CONTENT} is no JSON: {0}")]
    NoJson(serde_json::Error),
    #[error("{CONTENT} is no object")]
    NoObject,
    #[error("{CONTENT} has no member {0}")]
    NoMember(String),
    #[error("{CONTENT}: {0}")]
    Member(JsonError),
    #[error("no value of {0}")]
    NoValue(String),
    #[error("no row of values")]
    NoRow,
}

/// Replaces `_content_`, if the request has it, by a parameter for each member of its object;
/// in a PUT of one property, by that member alone. Returns other requests unchanged.
///
/// `known` returns what is known about the type of a property, parameter or datum of an event.
/// Without it, the type is that of the form of the JSON.
///
/// # Errors
/// - [`NoJson`](ContentError::NoJson) if `_content_` is not JSON,
/// - [`NoObject`](ContentError::NoObject) if it is not an object,
/// - [`NoMember`](ContentError::NoMember) if it has no member of the name that a PUT writes,
/// - [`Member`](ContentError::Member) if a member is not a value of its declared type, or is
///   beyond the limits of [`json::decode`].
pub(crate) fn unpack(
    mut request: Request,
    known: impl Fn(&Request, &str) -> Option<KnownType>,
) -> Result<Request, ContentError> {
    if let Some(text) = request.params.as_ref().and_then(content) {
        // An error of serde_json has a position in the text, but no part of the text.
        let mut json: Json = serde_json::from_str(text).map_err(ContentError::NoJson)?;
        type_pushed(&request, &mut json, &known);
        let members = json.as_object().ok_or(ContentError::NoObject)?;
        let is_write =
            (request.method, request.characteristic) == (Method::Put, Characteristic::PROPERTIES);
        let only = Some(&request.name).filter(|name| is_write && *name != ALL);
        if let Some(name) = only.filter(|name| !members.contains_key(*name)) {
            return Err(ContentError::NoMember(name.clone()));
        }
        let mut params = Table::default();
        let mut cells = Vec::new();
        for (name, member) in members {
            if only.is_none_or(|only| only == name) {
                let (base_type, value) = typed(name, member, known(&request, name))?;
                params.fields.push(Field::new(name, base_type));
                cells.push(value);
            }
        }
        params.push(cells);
        request.params = Some(params);
    }
    Ok(request)
}

/// Returns the text of `_content_`, if it is the only field, of type JSON, in one row.
fn content(params: &Table) -> Option<&str> {
    match (&params.fields[..], params.len()) {
        ([field], 1) if field.name == CONTENT && field.base_type == BaseType::JSON => {
            params.value(CONTENT)?.as_str()
        }
        _ => None,
    }
}

/// Makes each value of a push a VARIANT of the type that its property is known to have, if the
/// column has no type of its own. Leaves values that are VARIANTs, and those of unknown type.
fn type_pushed(
    request: &Request,
    json: &mut Json,
    known: &impl Fn(&Request, &str) -> Option<KnownType>,
) {
    let is_push = request.service().is_some_and(|name| PUSHES.contains(&name));
    let Some(values) = json.get_mut(VALUES).filter(|_| is_push) else { return };
    let shape = values.get("dataShape").or_else(|| values.get("datashape"));
    let column = shape.and_then(|shape| shape.get("fieldDefinitions")?.get("value"));
    let column = column.and_then(|column| column.get("baseType"));
    if !column.is_none_or(|base_type| base_type == "VARIANT") {
        return;
    }
    let write = Request::write_properties::<&str>(&request.entity, []);
    let rows = values.get_mut("rows").and_then(Json::as_array_mut);
    for row in rows.into_iter().flatten() {
        let known = row.get("name").and_then(Json::as_str).and_then(|name| known(&write, name));
        let Some(value) = row.get_mut("value").filter(|value| !json::is_variant(value)) else {
            continue;
        };
        let base_type = match known {
            Some(KnownType::Declared(base_type)) => base_type,
            Some(KnownType::Present(base_type)) if json::decode(value, base_type).is_ok() => {
                base_type
            }
            _ => continue,
        };
        *value = json::in_variant(value.take(), base_type);
    }
}

/// Returns the value of a member, and the type of its field.
fn typed(
    name: &str,
    member: &Json,
    known: Option<KnownType>,
) -> Result<(BaseType, Value), ContentError> {
    let at = |error: JsonError| ContentError::Member(error.in_member(name));
    match known {
        Some(KnownType::Declared(base_type)) => {
            return Ok((base_type, json::decode(member, base_type).map_err(at)?));
        }
        Some(KnownType::Present(base_type)) => {
            if let Ok(value) = json::decode(member, base_type) {
                return Ok((base_type, value));
            }
        }
        None => {}
    }
    let value = json::decode_untyped(member).map_err(at)?;
    Ok((value.base_type(), value))
}

/// Returns the properties that a PUT of this name writes: the column of that name or, with `*`,
/// each column of the only row. If several columns have the same name, the first one counts.
///
/// # Errors
/// - [`NoValue`](ContentError::NoValue) if there is no column of that name,
/// - [`NoRow`](ContentError::NoRow) if, with `*`, there is not exactly one row, or it is empty.
pub(crate) fn written(
    name: &str,
    params: Option<Table>,
) -> Result<Vec<(String, Value)>, ContentError> {
    let params = params.unwrap_or_default();
    if name != ALL {
        let value = params.value(name).cloned();
        let value = value.ok_or_else(|| ContentError::NoValue(name.to_owned()))?;
        return Ok(vec![(name.to_owned(), value)]);
    }
    let Some(row) = params.row(0).filter(|_| params.len() == 1) else {
        return Err(ContentError::NoRow);
    };
    let mut seen = HashSet::new();
    let columns = params.fields.iter().map(|field| field.name.as_str()).enumerate();
    let properties: Vec<_> = columns
        .filter(|(_, name)| seen.insert(*name))
        .map(|(place, name)| (name.to_owned(), row.cells.get(place).cloned().unwrap_or_default()))
        .collect();
    if properties.is_empty() { Err(ContentError::NoRow) } else { Ok(properties) }
}
