//! The HTTP answers of the gateway: statuses, bodies, errors.

use alwayson::Status;
use alwayson::edge::{RequestError, ServiceError};
use alwayson::serde_json::{self, Value as Json, json};
use alwayson::value::json::{self as mapping, ShapeKey};
use alwayson::value::{Table, Value};
use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue};

/// An HTTP answer to an application or a browser.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: &'static str,
    pub(crate) body: Bytes,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
}

const JSON: &str = "application/json; charset=utf-8";

impl Answer {
    /// Returns 200 without a body.
    pub(crate) fn empty() -> Self {
        Self::of(StatusCode::OK, "", Bytes::new())
    }

    /// Returns an answer with this body.
    pub(crate) fn of(status: StatusCode, content_type: &'static str, body: Bytes) -> Self {
        Self { status, content_type, body, headers: Vec::new() }
    }

    /// Returns an answer with a body of JSON.
    pub(crate) fn json(status: StatusCode, json: &Json) -> Self {
        Self::of(status, JSON, json.to_string().into())
    }

    /// Returns 200 with a table.
    pub(crate) fn table(table: &Table) -> Self {
        let body = mapping::encode_table_text(table, ShapeKey::Both);
        Self::of(StatusCode::OK, JSON, body.into())
    }

    /// Returns 200 with the result of a service: a table, a table with one value, or an empty
    /// body if there is no result.
    pub(crate) fn value(value: &Value) -> Self {
        match value {
            Value::Nothing => Self::empty(),
            Value::InfoTable(table) => Self::table(table),
            value => Self::table(&Table::result(value.clone())),
        }
    }

    /// Returns an error with its reason: `{"error": {"status", "reason"}}`.
    pub(crate) fn error(status: StatusCode, reason: &str) -> Self {
        let error = json!({ "error": { "status": status.as_u16(), "reason": reason } });
        Self::json(status, &error)
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// The answer for an error of the gateway itself.
impl From<ServiceError> for Answer {
    fn from(error: ServiceError) -> Self {
        Self::error(status(error.status), &error.reason)
    }
}

/// The answer for a request that the platform did not get, or refused.
impl From<&RequestError> for Answer {
    fn from(error: &RequestError) -> Self {
        match error {
            RequestError::Refused { status: Status::UNAUTHORIZED, reason } => {
                let why = reason.as_deref().unwrap_or("it gave no reason");
                let reason =
                    format!("the platform refused the key of the gateway: UNAUTHORIZED: {why}");
                Self::error(StatusCode::BAD_GATEWAY, &reason)
            }
            RequestError::Refused { status: code, reason } => {
                let reason = reason.clone().unwrap_or_else(|| code.to_string());
                Self::error(status(*code), &reason)
            }
            RequestError::TooLong { .. } => {
                Self::error(StatusCode::PAYLOAD_TOO_LARGE, &error.to_string())
            }
            error => Self::error(status(error.status()), &error.to_string()),
        }
    }
}

/// Returns the HTTP status for a status of the protocol (PROTOCOL.md §7): the one with the same
/// meaning, or else 502.
pub(crate) fn status(status: Status) -> StatusCode {
    match status {
        Status::SUCCESS => StatusCode::OK,
        Status::CREATED => StatusCode::CREATED,
        Status::ACCEPTED => StatusCode::ACCEPTED,
        Status::NO_CONTENT => StatusCode::NO_CONTENT,
        Status::BAD_REQUEST => StatusCode::BAD_REQUEST,
        Status::FORBIDDEN => StatusCode::FORBIDDEN,
        Status::NOT_FOUND => StatusCode::NOT_FOUND,
        Status::METHOD_NOT_ALLOWED => StatusCode::METHOD_NOT_ALLOWED,
        Status::NOT_ACCEPTABLE => StatusCode::NOT_ACCEPTABLE,
        Status::REQUEST_TIMEOUT => StatusCode::REQUEST_TIMEOUT,
        Status::CONFLICT => StatusCode::CONFLICT,
        Status::PRECONDITION_FAILED => StatusCode::PRECONDITION_FAILED,
        Status::ENTITY_TOO_LARGE => StatusCode::PAYLOAD_TOO_LARGE,
        Status::UNSUPPORTED_CONTENT_FORMAT => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Status::INTERNAL_SERVER_ERROR => StatusCode::INTERNAL_SERVER_ERROR,
        Status::NOT_IMPLEMENTED => StatusCode::NOT_IMPLEMENTED,
        Status::SERVICE_UNAVAILABLE => StatusCode::SERVICE_UNAVAILABLE,
        Status::GATEWAY_TIMEOUT => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::BAD_GATEWAY,
    }
}

/// Returns the place and the reason of a syntax error in JSON, for example `line 1, column 5:
/// expected value`.
pub(crate) fn no_json(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let at = format!(" at line {} column {}", error.line(), error.column());
    let what = text.strip_suffix(&at).unwrap_or(&text);
    format!("line {}, column {}: {what}", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_is_the_same_where_http_has_it() {
        for number in 0x40..=u8::MAX {
            let of = Status::from_u8(number).unwrap();
            let same = match number {
                0x40..=0x5F => 200 + u16::from(number - 0x40),
                0x80..=0x9F => 400 + u16::from(number - 0x80),
                0xA0..=0xBF => 500 + u16::from(number - 0xA0),
                _ => 502,
            };
            // PARTIAL_CONTENT and BAD_OPTION have another meaning in HTTP.
            let is_known = of.name().is_some() && !matches!(number, 0x46 | 0x81 | 0x82);
            let expected = if is_known { same } else { 502 };
            assert_eq!(status(of).as_u16(), expected, "{of}");
        }
    }

    #[test]
    fn a_gateway_that_is_refused_is_a_bad_gateway() {
        let status = Status::UNAUTHORIZED;
        let answer = Answer::from(&RequestError::Refused { status, reason: Some("no".into()) });
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
        let answer = Answer::from(&RequestError::TooLong { len: 2, limit: 1 });
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(Answer::from(&RequestError::Timeout).status, StatusCode::GATEWAY_TIMEOUT);
        let answer = Answer::from(&RequestError::NotConnected);
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    }
}
