//! The requests of applications, handed on to the platform.

// | file | what it holds |
// | --- | --- |
// | `mod.rs` | a request of an application, to its answer |
// | `request.rs` | the request that a body makes |
// | `stored.rs` | what is kept while there is no connection |

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

/// Asks the platform, and returns what the application is answered.
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
    // What is there already goes before it.
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

/// Says that a message is on disk, and delivered later.
const STORED: HeaderName = HeaderName::from_static("x-alwayson-stored");

/// What a success of the platform says to an application.
fn answered(method: Method, response: &Response) -> Answer {
    let status = answer::status(response.status);
    let answer = match &response.content {
        // It has no body by itself.
        _ if status == StatusCode::NO_CONTENT => Answer::empty(),
        Value::Nothing if method == Method::Put => Answer::json(status, &json!({})),
        content => Answer::value(content),
    };
    Answer { status, ..answer }
}

/// The members of a body: of an object, or of the one row of a table.
pub(crate) fn members(body: Option<Json>) -> Result<Map<String, Json>, BodyError> {
    request::members(body)
}
