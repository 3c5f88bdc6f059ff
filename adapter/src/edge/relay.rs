//! A Thing whose requests go on to somebody else.

use std::fmt;
use std::future::Future;

use super::error::ServiceError;
use crate::content;
use crate::message::{BoxFuture, Request, Response};

type Handler = Box<dyn Fn(Request) -> BoxFuture<'static, Response> + Send + Sync>;

/// Answers every request to a Thing.
pub(super) struct Relay(Handler);

impl Relay {
    pub(super) fn new<F>(handler: impl Fn(Request) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Response> + Send + 'static,
    {
        Self(Box::new(move |request| Box::pin(handler(request))))
    }

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
