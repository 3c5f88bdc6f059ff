//! The owned requests and responses of the [codec](alwayson_codec::owned), and the limit of the
//! length of messages.

use std::future::Future;
use std::pin::Pin;

use alwayson_codec::{self as codec, Body, EncodeError, Entity, Ids, Message};

use crate::value::{Table, Value};

pub use alwayson_codec::owned::{Request, RequestHeader, Response};

pub use crate::message_limit::{DEFAULT_JOINED_MEMORY, MessageLimit, MessageLimitError};

/// A boxed future with the output `T`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Encodes a request to its entity, without ids.
///
/// # Errors
/// [`EncodeError`] if it cannot be encoded.
pub fn encode_request(request: &Request) -> Result<Vec<u8>, EncodeError> {
    with_head(request, &request.entity, |head| {
        encode(Body::Request(head), request.params.as_ref())
    })?
}

/// Encodes a response, without ids.
///
/// # Errors
/// [`EncodeError`] if it cannot be encoded.
pub fn encode_response(response: &Response) -> Result<Vec<u8>, EncodeError> {
    match &response.content {
        Value::InfoTable(table) => encode(Body::Response(response.head()), Some(table)),
        _ => response.with_view(|view| encode(Body::Response(view), None))?,
    }
}

fn encode(body: Body<'_>, table: Option<&Table>) -> Result<Vec<u8>, EncodeError> {
    let message = Message { ids: Ids::unauthenticated(0), body };
    let write = |buffer: &mut [u8]| match table {
        None => message.encode(buffer),
        Some(table) => message.encode_with_table(buffer, |s| table.shape(s), |r| table.rows_to(r)),
    };
    let mut buffer = match write(&mut []) {
        Err(EncodeError::BufferTooSmall { needed }) => vec![0; needed],
        other => vec![0; other?],
    };
    let len = write(&mut buffer)?;
    buffer.truncate(len);
    Ok(buffer)
}

/// Decodes what [`encode_request`] has written. Returns `None` if it is no request.
pub fn decode_request(bytes: &[u8]) -> Option<Request> {
    match Message::decode_exact(bytes).ok()?.body {
        Body::Request(request) => Some(request.into()),
        _ => None,
    }
}

/// Decodes what [`encode_response`] has written. Returns `None` if it is no response.
pub fn decode_response(bytes: &[u8]) -> Option<Response> {
    match Message::decode_exact(bytes).ok()?.body {
        Body::Response(response) => Some(response.into()),
        _ => None,
    }
}

/// Returns the encoded length of a request to an entity of this name, in bytes.
pub(crate) fn request_len(request: &Request, entity: &str) -> Result<usize, EncodeError> {
    with_head(request, entity, |head| encoded_len(Body::Request(head), request.params.as_ref()))?
}

/// Returns the encoded length of a response, in bytes.
pub(crate) fn response_len(response: &Response) -> Result<usize, EncodeError> {
    match &response.content {
        Value::InfoTable(table) => encoded_len(Body::Response(response.head()), Some(table)),
        _ => response.with_view(|view| encoded_len(Body::Response(view), None))?,
    }
}

/// Calls `then` with the codec's view of a request, without its parameters, to an entity of this
/// name.
///
/// # Errors
/// [`EncodeError::TooMany`] if there are more headers than a message can count.
pub(crate) fn with_head<R>(
    request: &Request,
    entity: &str,
    then: impl FnOnce(codec::Request<'_>) -> R,
) -> Result<R, EncodeError> {
    request.with_head(|head| {
        then(codec::Request { entity: Entity { name: entity.into(), ..head.entity }, ..head })
    })
}

/// Returns the length of a message with this body and this table, in bytes.
fn encoded_len(body: Body<'_>, table: Option<&Table>) -> Result<usize, EncodeError> {
    let message = Message { ids: Ids::unauthenticated(0), body };
    let Some(table) = table else { return message.encoded_len() };
    match message.encode_with_table(&mut [], |s| table.shape(s), |r| table.rows_to(r)) {
        Err(EncodeError::BufferTooSmall { needed }) => Ok(needed),
        other => other,
    }
}
