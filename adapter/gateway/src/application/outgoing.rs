//! The HTTP requests that applications receive.

use alwayson::codec::{Characteristic, Method as Verb};
use alwayson::edge::ServiceError;
use alwayson::message::Request;
use alwayson::value::json::{self, ShapeKey};
use bytes::Bytes;
use hyper::Method;

use crate::registration::Target;

/// An HTTP request to an application.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Bytes,
}

/// Returns the HTTP request for a request of the platform. The parameters of the request are
/// separate fields, not one field `_content_` (PROTOCOL.md §3).
///
/// # Errors
/// - `METHOD_NOT_ALLOWED` if the request does not read or write properties or call a service
/// - `BAD_REQUEST` if a PUT has no value of its property
pub(crate) fn outgoing(target: &Target, request: &Request) -> Result<Outgoing, ServiceError> {
    let (method, characteristic) = match (request.method, request.characteristic) {
        (Verb::Get, Characteristic::PROPERTIES) => (Method::GET, "Properties"),
        (Verb::Put, Characteristic::PROPERTIES) => (Method::PUT, "Properties"),
        (Verb::Post, Characteristic::SERVICES) => (Method::POST, "Services"),
        _ => {
            let reason =
                "a Thing of a gateway accepts GET and PUT of properties, and POST of services";
            return Err(ServiceError::new(alwayson::Status::METHOD_NOT_ALLOWED, reason));
        }
    };
    let params = request.params.as_ref().filter(|params| !params.fields.is_empty());
    if method == Method::PUT {
        let has_value = params.is_some_and(|params| {
            params.len() == 1 && (request.name == "*" || params.value(&request.name).is_some())
        });
        if !has_value {
            return Err(ServiceError::bad_request(format!("no value of {}", request.name)));
        }
    }
    let body = match params {
        Some(params) if method != Method::GET => {
            json::encode_table_text(params, ShapeKey::Lowercase)
        }
        _ => Vec::new(),
    };
    let path = target.path_to(&request.entity, characteristic, &request.name);
    Ok(Outgoing { method, path, body: body.into() })
}
