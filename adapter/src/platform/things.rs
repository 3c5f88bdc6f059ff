//! What a platform knows about Things.

use std::time::SystemTime;

use alwayson_codec::Status;
use alwayson_codec::connection::registry::ConnectionId;
use serde_json::Value as Json;

use super::metadata;
use crate::content::KnownType;
use crate::message::{BoxFuture, Request, Response};
use crate::value::Table;

/// A Thing of the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Thing {
    /// Its name.
    pub name: String,
    /// The identifier that it is bound by, if it has one, without the `*`
    /// (section 7).
    pub identifier: Option<String>,
}

impl Thing {
    /// A Thing of this name, without an identifier.
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

/// A BIND that came, before anything was decided about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BindAttempt<'a> {
    /// The names, as they were sent.
    pub names: &'a [String],
    /// The name of the gateway, if it has one.
    pub gateway: Option<&'a str>,
    /// By which connection.
    pub connection: ConnectionId,
}

/// Why a host refuses a BIND.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BindRefused {
    /// What it is answered with.
    pub status: Status,
    /// What is said of its first name: "is bound elsewhere".
    pub reason: &'static str,
}

impl BindRefused {
    /// A refusal with this status and reason.
    pub const fn new(status: Status, reason: &'static str) -> Self {
        Self { status, reason }
    }
}

/// The Things of a platform: which ones exist, and what the requests of edges do with them.
/// Two methods are required; the others have defaults for a host that has no use for them.
///
/// No method may wait for a call to the edge that asks.
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
    /// The future is dropped if its connection ends first, and when the timeout of answers
    /// is over, which the edge is told (`GATEWAY_TIMEOUT`): what has to be completed belongs
    /// on a task of its own.
    fn request(&self, request: Request, from: ConnectionId) -> BoxFuture<'_, Response>;

    /// Returns the Thing with this identifier, which is passed without the `*`, if there is
    /// one. By default there is none (section 7).
    fn by_identifier<'a>(&'a self, identifier: &'a str) -> BoxFuture<'a, Option<Thing>> {
        let _ = identifier;
        Box::pin(async { None })
    }

    /// Decides about a BIND before its names are looked up. It may take its time. By default
    /// every BIND goes on.
    ///
    /// # Errors
    /// [`BindRefused`] if the BIND is refused, whatever its names are.
    fn before_bind<'a>(&'a self, bind: BindAttempt<'a>) -> BoxFuture<'a, Result<(), BindRefused>> {
        let _ = bind;
        Box::pin(async { Ok(()) })
    }

    /// Whether a gateway of this type is created when it is bound and there is no Thing of
    /// its name (section 7). By default none is.
    fn is_gateway_type(&self, gateway_type: &str) -> bool {
        let _ = gateway_type;
        false
    }

    /// Returns what is known of the type of a property that a request writes, of a parameter
    /// that it has, or of a datum of its event. Parameters that come as one JSON object,
    /// `_content_` (section 3), are converted by it before [`request`](Self::request) gets
    /// them; without it they are converted by their form. By default nothing is known.
    fn known_type(&self, request: &Request, name: &str) -> Option<KnownType> {
        let _ = (request, name);
        None
    }

    /// A Thing was bound: its `isConnected` is true, and its `lastConnection` is this time;
    /// or, without a time, it was unbound, and its `isConnected` is false. By default nothing
    /// is done.
    ///
    /// Calls about one Thing come in the order of events, since no other connection can bind
    /// or unbind it meanwhile. So this should not block, and must not wait for a
    /// [`Handle`](super::Handle) of this platform, which would wait for this call.
    fn connected(&self, thing: &str, last_connection: Option<SystemTime>) {
        let _ = (thing, last_connection);
    }

    /// An edge has described its Thing in its answer to `GetMetadata` (section 3). By
    /// default nothing is done.
    fn described(&self, thing: &str, metadata: Json) {
        let _ = (thing, metadata);
    }

    /// Returns the properties that the edge of a Thing is to push: a table of edgeName,
    /// pushType and pushThreshold (section 3). By default it has no rows, and an edge pushes
    /// all.
    fn subscriptions(&self, thing: &str) -> Table {
        let _ = thing;
        metadata::subscriptions(&Json::Null)
    }

    /// An edge has sent the values of its Thing in its answer to `SynchronizeModelState`: a
    /// table of name, time, value and quality (section 3). By default nothing is done.
    fn synchronized(&self, thing: &str, values: &Table) {
        let _ = (thing, values);
    }
}
