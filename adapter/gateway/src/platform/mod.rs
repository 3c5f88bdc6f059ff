//! Requests of applications, forwarded to the platform.

// | file | contents |
// | --- | --- |
// | `mod.rs` | forwards or stores a request, and makes the answer |
// | `request.rs` | the request of the protocol for an HTTP request |
// | `stored.rs` | the requests that are stored while there is no connection |

mod request;
mod stored;

use std::sync::Arc;

use alwayson::codec::Method;
use alwayson::edge::RequestError;
use alwayson::message::{Request, Response};
use alwayson::serde_json::{Map, Value as Json, json};
use alwayson::value::Value;
use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue};

use crate::answer::{self, Answer};
use crate::event::Event;
use crate::hub::Hub;
use crate::things::now_ms;
pub(crate) use request::{Asked, BodyError, request};

/// Sends a request to the platform, or stores it if there is no connection. Returns the answer
/// to the application.
///
/// # Cancel safety
/// If the future is dropped, the request may have been sent or stored nevertheless.
pub(crate) async fn ask(hub: &Arc<Hub>, request: Request) -> Answer {
    let method = request.method;
    if method != Method::Get {
        if let Some(entry) = hub.registry.list.get(&request.entity) {
            entry.has_pushed();
        }
    }
    let edge = &hub.registry.edge;
    if edge.store_status().is_none() || !stored::is_kept(&request) {
        return match edge.request(request).await {
            Ok(response) => answered(method, &response),
            Err(error) => Answer::from(&error),
        };
    }
    // If older requests to this Thing are stored, this one is stored behind them.
    if edge.stored_requests(&request.entity) == 0 {
        match edge.request(request.clone()).await {
            Ok(response) => return answered(method, &response),
            Err(
                RequestError::NotConnected
                | RequestError::NotAuthenticated
                | RequestError::ConnectionEnded,
            ) => {}
            Err(error) => return Answer::from(&error),
        }
    }
    match edge.request_stored(stored::kept(request, now_ms())).await {
        Ok(()) => {
            let is_stored = HeaderValue::from_static("true");
            Answer::json(StatusCode::ACCEPTED, &json!({})).header(STORED, is_stored)
        }
        Err(error) => {
            hub.journal.tell(&Event::Problem(error.to_string()));
            Answer::error(StatusCode::SERVICE_UNAVAILABLE, &error.to_string())
        }
    }
}

/// The header of an answer to a message that was stored, and will be delivered later.
const STORED: HeaderName = HeaderName::from_static("x-alwayson-stored");

/// Returns the answer to an application for a success of the platform.
fn answered(method: Method, response: &Response) -> Answer {
    let status = answer::status(response.status);
    let answer = match &response.content {
        // HTTP does not allow a body with 204.
        _ if status == StatusCode::NO_CONTENT => Answer::empty(),
        Value::Nothing if method == Method::Put => Answer::json(status, &json!({})),
        content => Answer::value(content),
    };
    Answer { status, ..answer }
}

/// Returns the members of a body: of its object, or of the only row of its table.
///
/// # Errors
/// - [`BodyError::Rows`] if the body is a table with more or fewer rows than one
/// - [`BodyError::NoObject`] if it is neither an object nor a table of objects
pub(crate) fn members(body: Option<Json>) -> Result<Map<String, Json>, BodyError> {
    request::members(body)
}
