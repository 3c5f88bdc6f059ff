//! What a platform knows about Things.

use std::time::SystemTime;

use alwayson_codec::Status;
use alwayson_codec::connection::registry::ConnectionId;
use serde_json::Value as Json;

use crate::content::KnownType;
use crate::message::{BoxFuture, Request, Response};
use crate::value::Table;

/// A Thing of the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    /// Its name.
    pub name: String,
    /// The identifier that it is bound by, if it has one, without the `*`
    /// (section 7).
    pub identifier: Option<String>,
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
pub struct BindRefused {
    /// What it is answered with.
    pub status: Status,
    /// What is said of its first name: "is bound elsewhere".
    pub reason: &'static str,
}

/// The Things of a platform: which there are, and what a request of an edge does
/// with them. Nothing here may wait for a call to the edge that asks.
pub trait Things: Send + Sync + 'static {
    /// The Thing of this name, if there is one.
    fn by_name<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Option<Thing>>;

    /// The Thing with this identifier, given without the `*`, if there is one.
    fn by_identifier<'a>(&'a self, identifier: &'a str) -> BoxFuture<'a, Option<Thing>>;

    /// Is asked before the names of a BIND are looked up; it takes the time that it
    /// needs. By default every BIND goes on.
    ///
    /// # Errors
    /// The BIND is refused, whatever its names are.
    fn before_bind<'a>(&'a self, bind: BindAttempt<'a>) -> BoxFuture<'a, Result<(), BindRefused>> {
        let _ = bind;
        Box::pin(async { Ok(()) })
    }

    /// Whether a gateway of this type is made when it is bound and there is no
    /// Thing of its name (section 7).
    fn is_gateway_type(&self, gateway_type: &str) -> bool;

    /// Answers a request of an edge. The future is dropped when its connection
    /// ends first, and when the time for answers is over, which the edge is told
    /// then (`GATEWAY_TIMEOUT`): what must be done to its end belongs on a task of
    /// its own. One that panics is answered INTERNAL_SERVER_ERROR.
    fn request(&self, request: Request, from: ConnectionId) -> BoxFuture<'_, Response>;

    /// What is known of the type of a property that a request writes, of a parameter
    /// that it has, of a datum of its event. Parameters that come as one JSON object,
    /// `_content_` (section 3), are read by it before [`request`](Self::request) gets
    /// them; what is not known is read as it looks. By default nothing is known.
    fn known_type(&self, request: &Request, name: &str) -> Option<KnownType> {
        let _ = (request, name);
        None
    }

    /// A Thing was bound: `isConnected` is true, and `lastConnection` is this
    /// time; or it was unbound, and `isConnected` is false. Calls about one Thing
    /// come in the order of what happened: nobody else can bind or unbind
    /// meanwhile. So it should not block, and must not ask a
    /// [`Handle`](super::Handle) of this platform for anything, which would wait
    /// for itself.
    fn connected(&self, thing: &str, last_connection: Option<SystemTime>);

    /// What an edge has said of a Thing in answer to `GetMetadata` (section 3).
    fn described(&self, thing: &str, metadata: Json);

    /// The properties that the edge of a Thing is to push: a table of edgeName,
    /// pushType and pushThreshold (section 3).
    fn subscriptions(&self, thing: &str) -> Table;

    /// Values that the edge of a Thing has answered to `SynchronizeModelState`:
    /// a table of name, time, value and quality.
    fn synchronized(&self, thing: &str, values: &Table);
}
