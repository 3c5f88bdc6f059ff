//! Requests and responses that own what they hold, those of the
//! [codec](alwayson_codec::owned), and how long messages may be.

use std::future::Future;
use std::pin::Pin;

use alwayson_codec::{self as codec, Body, EncodeError, Entity, Ids, Message};

use crate::value::{Table, Value};

pub use alwayson_codec::owned::{Request, RequestHeader, Response};

pub use crate::message_limit::{DEFAULT_JOINED_MEMORY, MessageLimit, MessageLimitError};

/// A future of whatever kind, on its way to this.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// How long a request is as a message to an entity under this name, in bytes.
pub(crate) fn request_len(request: &Request, entity: &str) -> Result<usize, EncodeError> {
    with_head(request, entity, |head| encoded_len(Body::Request(head), request.params.as_ref()))?
}

/// How long a response is as a message, in bytes.
pub(crate) fn response_len(response: &Response) -> Result<usize, EncodeError> {
    match &response.content {
        Value::InfoTable(table) => encoded_len(Body::Response(response.head()), Some(table)),
        _ => response.with_view(|view| encoded_len(Body::Response(view), None))?,
    }
}

/// Lends a request without its parameters to the codec: to a Thing under this name.
///
/// # Errors
/// [`EncodeError::TooMany`] if there are more headers than can be counted.
pub(crate) fn with_head<R>(
    request: &Request,
    entity: &str,
    then: impl FnOnce(codec::Request<'_>) -> R,
) -> Result<R, EncodeError> {
    request.with_head(|head| {
        then(codec::Request { entity: Entity { name: entity.into(), ..head.entity }, ..head })
    })
}

/// The length of a message with this body, and with this table in it.
fn encoded_len(body: Body<'_>, table: Option<&Table>) -> Result<usize, EncodeError> {
    let message = Message { ids: Ids::unauthenticated(0), body };
    let Some(table) = table else { return message.encoded_len() };
    match message.encode_with_table(&mut [], |s| table.shape(s), |r| table.rows_to(r)) {
        Err(EncodeError::BufferTooSmall { needed }) => Ok(needed),
        other => other,
    }
}
