//! The response of the platform's request for the answer of an application.

use alwayson::codec::{Characteristic, Method};
use alwayson::message::{Request, Response};
use alwayson::serde_json::{self, Value as Json, json};
use alwayson::value::json as mapping;
use alwayson::value::{Table, Value};
use alwayson::{BaseType, Status};
use hyper::StatusCode;
use hyper::header::LOCATION;

use super::client::Received;
use crate::answer::no_json;

/// The maximum length of a reason from an application, in characters. The whole text is in the
/// content of the response.
const MAX_REASON: usize = 200;

/// Returns the response to a request for the answer of the application.
pub(crate) fn answered(request: &Request, answer: &Received) -> Response {
    if answer.status.is_success() {
        return success(request, &answer.body)
            .unwrap_or_else(|reason| Response::error(Status::INTERNAL_SERVER_ERROR, reason));
    }
    if answer.status == StatusCode::NOT_FOUND {
        match request.service() {
            Some("GetMetadata") => return metadata(&request.entity),
            Some("SynchronizeModelState") => return Response::of(no_values()),
            _ => {}
        }
    }
    if answer.status.is_redirection() {
        let to = answer.headers.get(LOCATION).and_then(|to| to.to_str().ok());
        let to = to.map(|to| format!(" to {to}")).unwrap_or_default();
        let reason = format!("the application answered {}{to}: not followed", answer.status);
        return Response::error(Status::BAD_GATEWAY, shortened(&reason));
    }
    refusal(status(answer.status), &answer.body)
}

/// Returns the status of the protocol for a status of HTTP (PROTOCOL.md §7).
fn status(status: StatusCode) -> Status {
    match status.as_u16() {
        401 => Status::UNAUTHORIZED,
        403 => Status::FORBIDDEN,
        404 => Status::NOT_FOUND,
        405 => Status::METHOD_NOT_ALLOWED,
        406 => Status::NOT_ACCEPTABLE,
        408 => Status::REQUEST_TIMEOUT,
        409 => Status::CONFLICT,
        412 => Status::PRECONDITION_FAILED,
        413 => Status::ENTITY_TOO_LARGE,
        415 => Status::UNSUPPORTED_CONTENT_FORMAT,
        400..=499 => Status::BAD_REQUEST,
        501 => Status::NOT_IMPLEMENTED,
        502 => Status::BAD_GATEWAY,
        503 => Status::SERVICE_UNAVAILABLE,
        504 => Status::GATEWAY_TIMEOUT,
        _ => Status::INTERNAL_SERVER_ERROR,
    }
}

/// Returns the response for an error of the application. Its text is the content of the
/// response and, shortened, the reason.
fn refusal(status: Status, body: &[u8]) -> Response {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if text.is_empty() {
        return Response::new(status);
    }
    let content = Table::of([("error", Value::from(text))]).into();
    Response { content, ..Response::error(status, shortened(text)) }
}

/// Returns the beginning of a text as one line.
fn shortened(text: &str) -> String {
    let mut chars = text.chars().map(|char| if char.is_control() { ' ' } else { char });
    let mut shortened: String = chars.by_ref().take(MAX_REASON).collect();
    if chars.next().is_some() {
        shortened.push('…');
    }
    shortened
}

/// Returns the response for the body of a success.
///
/// # Errors
/// Returns what is wrong with the body.
fn success(request: &Request, body: &[u8]) -> Result<Response, String> {
    let is_empty = body.iter().all(u8::is_ascii_whitespace);
    if is_empty || request.method == Method::Put {
        return Ok(Response::success());
    }
    let text = std::str::from_utf8(body).map_err(|error| {
        format!("the application's answer is not UTF-8 at byte {}", error.valid_up_to())
    })?;
    let json: Json = serde_json::from_str(text)
        .map_err(|error| format!("the application's answer is not JSON: {}", no_json(&error)))?;
    let of_json = |error| format!("the application's answer: {error}");
    if is_table(&json) {
        return Ok(Response::of(mapping::decode_table(&json).map_err(of_json)?));
    }
    let is_read = request.characteristic == Characteristic::PROPERTIES;
    let columns = json.as_object().filter(|object| {
        let is_of_name = object.len() == 1 && object.contains_key(&request.name);
        is_read && (request.name == "*" || is_of_name)
    });
    let Some(columns) = columns else {
        return Ok(Response::result(Value::Text(BaseType::JSON, text.trim().to_owned())));
    };
    let cell = |(name, json)| {
        let at = |error| format!("the application's answer: {name}: {error}");
        Ok((String::clone(name), mapping::decode_untyped(json).map_err(at)?))
    };
    let row: Result<Vec<_>, String> = columns.iter().map(cell).collect();
    Ok(Response::of(Table::of(row?)))
}

/// Returns whether JSON is a table: an object with rows and a data shape.
pub(crate) fn is_table(json: &Json) -> bool {
    let has_shape = || ["dataShape", "datashape"].iter().any(|key| json[key].is_object());
    json.get("rows").is_some_and(Json::is_array) && has_shape()
}

/// Returns the metadata of a Thing without properties and services, for an application that
/// does not answer `GetMetadata`.
fn metadata(name: &str) -> Response {
    let name = name.strip_prefix('*').unwrap_or(name);
    Response::result(Value::json(&json!({
        "isSystemObject": false,
        "type": "Thing",
        "name": name,
        "description": "",
        "implementedShapes": [],
        "propertyDefinitions": {},
        "serviceDefinitions": {},
        "eventDefinitions": {},
    })))
}

/// Returns the empty table that answers `SynchronizeModelState` if a Thing has no properties.
pub(crate) fn no_values() -> Table {
    Table::new([
        ("name", BaseType::STRING),
        ("time", BaseType::DATETIME),
        ("value", BaseType::VARIANT),
        ("quality", BaseType::STRING),
    ])
}
