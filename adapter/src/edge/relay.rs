//! A Thing whose requests go on to somebody else.

use std::fmt;
use std::future::Future;

use super::error::ServiceError;
use super::thing::Thing;
use crate::content;
use crate::message::{BoxFuture, Request, Response};

type Handler = Box<dyn Fn(Request) -> BoxFuture<'static, Response> + Send + Sync>;

/// Answers every request to a Thing.
pub(super) struct Relay(Handler);

impl Thing {
    /// A Thing of this name, or of this identifier if a `*` stands before it, that has no
    /// properties and services of its own: each request of the platform goes to this
    /// handler, `GetMetadata` and `SynchronizeModelState` among them, and is answered as
    /// it says.
    ///
    /// Parameters that come as one JSON (`_content_`) are given as the fields that it
    /// stands for. A request whose parameters cannot be read does not get to the
    /// handler: BAD_REQUEST.
    ///
    /// ```
    /// use alwayson::edge::Thing;
    /// use alwayson::message::{Request, Response};
    ///
    /// let thing = Thing::relayed("Pump", |request: Request| async move {
    ///     Response::result(request.name.as_str())
    /// });
    /// assert_eq!(thing.bound_as(), "Pump");
    /// ```
    pub fn relayed<F>(
        name: impl Into<String>,
        handler: impl Fn(Request) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Response> + Send + 'static,
    {
        let name: String = name.into();
        let mut thing = match name.strip_prefix('*') {
            Some(identifier) => Self::new(identifier).identifier(name.as_str()),
            None => Self::new(name),
        };
        let handler: Handler = Box::new(move |request| Box::pin(handler(request)));
        thing.relay = Some(Relay(handler));
        thing
    }
}

impl Relay {
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
