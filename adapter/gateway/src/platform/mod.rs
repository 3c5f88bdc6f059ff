//! The requests of applications, handed on to the platform.

// | file | what it holds |
// | --- | --- |
// | `mod.rs` | a request of an application, to its answer |
// | `request.rs` | the request that a body makes |

mod request;

use std::sync::Arc;

use alwayson::codec::Method;
use alwayson::message::{Request, Response};
use alwayson::serde_json::{Map, Value as Json, json};
use alwayson::value::Value;
use hyper::StatusCode;

use crate::answer::{self, Answer};
use crate::hub::Hub;
pub(crate) use request::{Asked, BodyError, request};

/// Asks the platform, and returns what the application is answered.
pub(crate) async fn ask(hub: &Arc<Hub>, request: Request) -> Answer {
    let method = request.method;
    if method != Method::Get {
        if let Some(entry) = hub.registry.list.get(&request.entity) {
            entry.has_pushed();
        }
    }
    match hub.registry.edge.request(request).await {
        Ok(response) => answered(method, &response),
        Err(error) => Answer::from(&error),
    }
}

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
