//! Things that pass all requests of the platform to one handler.

use std::fmt;
use std::future::Future;

use super::error::ServiceError;
use crate::content;
use crate::message::{BoxFuture, Request, Response};

type Handler = Box<dyn Fn(Request) -> BoxFuture<'static, Response> + Send + Sync>;

/// The handler of a Thing that was created by [`Thing::relayed`](super::Thing::relayed).
pub(super) struct Relay(Handler);

impl Relay {
    pub(super) fn new<F>(handler: impl Fn(Request) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Response> + Send + 'static,
    {
        Self(Box::new(move |request| Box::pin(handler(request))))
    }

    /// Answers a request. Parameters in a field `_content_` are passed as fields of their own
    /// (PROTOCOL.md §3).
    ///
    /// # Errors
    /// Returns `BAD_REQUEST` if the field `_content_` cannot be read.
    pub(super) async fn answer(&self, request: Request) -> Result<Response, ServiceError> {
        let request = content::unpack(request, |_, _| None)?;
        Ok((self.0)(request).await)
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Relay")
    }
}
