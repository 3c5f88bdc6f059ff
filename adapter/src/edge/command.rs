//! What handles ask of the task of an edge.

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::error::{RequestError, ThingError};
use super::thing::Thing;
use crate::message::{Request, Response};

/// A request of the application that was not sent yet.
pub(super) struct Queued {
    pub(super) request: Request,
    pub(super) reply: Reply,
    /// Whether it is a push of the Thing that the request names.
    pub(super) is_push: bool,
}

/// Where the answer goes, and the permit that the request holds until then.
pub(super) struct Reply {
    pub(super) to: oneshot::Sender<Result<Response, RequestError>>,
    pub(super) _place: OwnedSemaphorePermit,
}

/// A command of a handle to the task.
pub(super) enum Command {
    Request(Queued),
    /// A request that is queued until its Thing is synchronised.
    Push(Queued),
    /// The same, but it fails if it cannot be sent now.
    PushNow(Queued),
    /// Add a Thing.
    Add(Box<Thing>, oneshot::Sender<Result<(), ThingError>>),
    Bind(String),
    Unbind(String),
    /// Remove a Thing.
    Remove(String),
    /// Remove a Thing when what was asked of it is answered.
    Retire(String, oneshot::Sender<()>),
    Leave,
}

/// What waits for the answer to a request.
pub(super) enum Waiting {
    Application(Reply),
    /// The application, which has pushed values of this Thing.
    Push(String, Reply),
    /// The edge itself, which has requested the subscriptions of this Thing.
    Subscriptions(String),
}
