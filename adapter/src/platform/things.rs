//! The Things of a platform, as the host provides them.

use std::time::SystemTime;

use alwayson_codec::Status;
use alwayson_codec::connection::registry::ConnectionId;

use super::metadata::{self, Metadata};
use crate::content::KnownType;
use crate::message::{BoxFuture, Request, Response};
use crate::value::Table;

/// A Thing of the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Thing {
    /// The name.
    pub name: String,
    /// The identifier by which it is bound, if it has one, without the `*` (PROTOCOL.md §7).
    pub identifier: Option<String>,
}

impl Thing {
    /// Creates a Thing of this name, without an identifier.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), identifier: None }
    }

    /// Sets the identifier, without the `*`.
    #[must_use]
    pub fn with_identifier(mut self, identifier: impl Into<String>) -> Self {
        self.identifier = Some(identifier.into());
        self
    }
}

/// A BIND that was received, before anything was decided about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BindAttempt<'a> {
    /// The names, as they were sent.
    pub names: &'a [String],
    /// The name of the gateway, if the BIND has one.
    pub gateway: Option<&'a str>,
    /// The connection that sent it.
    pub connection: ConnectionId,
}

/// Why a host refuses a BIND.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BindRefused {
    /// The status of the answer.
    pub status: Status,
    /// The rest of the reason, which begins with the first name: "is bound elsewhere".
    pub reason: &'static str,
}

impl BindRefused {
    /// Creates a refusal with this status and reason.
    pub const fn new(status: Status, reason: &'static str) -> Self {
        Self { status, reason }
    }
}

/// The Things of a platform: which ones exist, and what the requests of edges do with them.
/// Two methods are required; the others have defaults for a host that has no use for them.
///
/// No method may wait for a request to the edge whose message it handles.
///
/// ```
/// use alwayson::Status;
/// use alwayson::codec::connection::registry::ConnectionId;
/// use alwayson::message::{BoxFuture, Request, Response};
/// use alwayson::platform::{Thing, Things};
///
/// /// One Thing, whose properties all have the same value.
/// struct OnePump;
///
/// impl Things for OnePump {
///     fn by_name<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Option<Thing>> {
///         Box::pin(async move { (name == "Pump").then(|| Thing::new("Pump")) })
///     }
///
///     fn request(&self, request: Request, _: ConnectionId) -> BoxFuture<'_, Response> {
///         Box::pin(async move { Response::named(&request.name, 2.5) })
///     }
/// }
/// ```
pub trait Things: Send + Sync + 'static {
    /// Returns the Thing of this name, if there is one.
    fn by_name<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Option<Thing>>;

    /// Answers a request of an edge.
    ///
    /// A future that panics is answered with INTERNAL_SERVER_ERROR.
    ///
    /// # Cancel safety
    /// The future is dropped if its connection ends first, and when the
    /// [timeout of answers](super::Options::answer_timeout) expires; the edge then gets
    /// GATEWAY_TIMEOUT. Spawn a task for work that has to be completed.
    fn request(&self, request: Request, from: ConnectionId) -> BoxFuture<'_, Response>;

    /// Returns the Thing with this identifier, which is passed without the `*`, if there is one
    /// (PROTOCOL.md §7). By default, there is none.
    fn by_identifier<'a>(&'a self, identifier: &'a str) -> BoxFuture<'a, Option<Thing>> {
        let _ = identifier;
        Box::pin(async { None })
    }

    /// Decides about a BIND before its names are looked up. It may take any time. By default,
    /// every BIND is processed further.
    ///
    /// # Errors
    /// [`BindRefused`] if the BIND is refused, whatever its names are.
    fn before_bind<'a>(&'a self, bind: BindAttempt<'a>) -> BoxFuture<'a, Result<(), BindRefused>> {
        let _ = bind;
        Box::pin(async { Ok(()) })
    }

    /// Returns whether a gateway of this type is created when it is bound and there is no Thing of
    /// its name (PROTOCOL.md §7). By default, none is.
    fn is_gateway_type(&self, gateway_type: &str) -> bool {
        let _ = gateway_type;
        false
    }

    /// Returns what is known about the type of a property that a request writes, of a parameter
    /// that it has, or of a datum of its event. By default, nothing is known.
    ///
    /// If the parameters are one JSON object, `_content_` (PROTOCOL.md §3), they are converted to
    /// these types before [`request`](Self::request) gets them, or to the types of their form.
    fn known_type(&self, request: &Request, name: &str) -> Option<KnownType> {
        let _ = (request, name);
        None
    }

    /// Called when a Thing was bound, with the time, or unbound, without a time. A bound Thing's
    /// `isConnected` is true, and its `lastConnection` is this time; an unbound Thing's
    /// `isConnected` is false. By default, nothing is done.
    ///
    /// The calls about one Thing come in the order of events: during a call, no connection can bind
    /// or unbind anything. So this should not block, and must not call a [`Handle`](super::Handle)
    /// of this platform, which would wait for this call to return.
    fn connected(&self, thing: &str, last_connection: Option<SystemTime>) {
        let _ = (thing, last_connection);
    }

    /// Called with the metadata of a Thing, when its edge has answered `GetMetadata`
    /// (PROTOCOL.md §3). By default, nothing is done.
    fn described(&self, thing: &str, metadata: Metadata) {
        let _ = (thing, metadata);
    }

    /// Returns the properties that the edge of a Thing is to push: a table of edgeName, pushType
    /// and pushThreshold (PROTOCOL.md §3). By default, it has no rows, and an edge pushes all.
    fn subscriptions(&self, thing: &str) -> Table {
        let _ = thing;
        metadata::no_subscriptions()
    }

    /// Called with the values of a Thing, when its edge has answered `SynchronizeModelState`: a
    /// table of name, time, value and quality (PROTOCOL.md §3). By default, nothing is done.
    fn synchronized(&self, thing: &str, values: &Table) {
        let _ = (thing, values);
    }
}
