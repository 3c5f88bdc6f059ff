//! Reading the body of a request.

use std::time::Duration;

use alwayson::serde_json::{self, Value as Json};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::StatusCode;
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderMap};

use crate::answer::{Answer, no_json};

/// Reads the body of a changing request, which is JSON or empty. The limit is in bytes.
///
/// # Errors
/// Returns an answer with one of these statuses:
/// - 415 if the `Content-Type` is not `application/json`, or is missing and there is a body
/// - 413 if the body is longer than the limit
/// - 408 if the body does not arrive within `patience`
/// - 400 if the body is incomplete or not JSON
pub(crate) async fn json(
    headers: &HeaderMap,
    body: Incoming,
    limit: usize,
    patience: Duration,
) -> Result<Option<Json>, Answer> {
    let is_empty = body.is_end_stream();
    if !is_json(headers).unwrap_or(is_empty) {
        let reason = "the Content-Type has to be application/json";
        return Err(Answer::error(StatusCode::UNSUPPORTED_MEDIA_TYPE, reason));
    }
    let too_long = || {
        let reason = format!("the body is longer than {limit} bytes");
        Answer::error(StatusCode::PAYLOAD_TOO_LARGE, &reason)
    };
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(too_long());
    }
    let body = match tokio::time::timeout(patience, Limited::new(body, limit).collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(too_long()),
        Ok(Err(_)) => return Err(Answer::error(StatusCode::BAD_REQUEST, "the body is incomplete")),
        Err(_) => {
            let reason = "the body did not arrive in time";
            return Err(Answer::error(StatusCode::REQUEST_TIMEOUT, reason));
        }
    };
    parse(&body)
}

fn parse(body: &Bytes) -> Result<Option<Json>, Answer> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let json = serde_json::from_slice(body).map_err(|error| {
        let reason = format!("the body is not JSON: {}", no_json(&error));
        Answer::error(StatusCode::BAD_REQUEST, &reason)
    })?;
    Ok(Some(json))
}

/// Returns whether the `Content-Type` is JSON; `None` if the header is missing.
fn is_json(headers: &HeaderMap) -> Option<bool> {
    let value = headers.get(CONTENT_TYPE)?;
    let kind = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    Some(kind.trim().eq_ignore_ascii_case("application/json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_taken_with_a_charset_and_nothing_else_is() {
        let said = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, text.parse().unwrap());
            is_json(&headers)
        };
        for json in ["application/json", "application/json; charset=utf-8", "Application/JSON;x"] {
            assert_eq!(said(json), Some(true), "{json}");
        }
        for other in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
            assert_eq!(said(other), Some(false), "{other}");
        }
        assert_eq!(is_json(&HeaderMap::new()), None);
    }

    #[test]
    fn a_body_that_is_no_json_is_an_error_with_line_and_column() {
        let answer = parse(&Bytes::from_static(b"{\n  \"a\": 1,\n}")).unwrap_err();
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        assert!(text.contains("the body is not JSON: line 3, column 1: trailing comma"), "{text}");
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(parse(&Bytes::from_static(b" \r\n")).unwrap(), None);
    }
}
