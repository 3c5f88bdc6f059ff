//! What the task of a connection is told: commands, and decisions about names.

use alwayson_codec::Status;
use alwayson_codec::connection::registry::{BindRefusal, Change, ConnectionId, NameChange};
use tokio::sync::{mpsc, oneshot};

use super::disconnect::Disconnect;
use super::error::RequestError;
use super::event::Event;
use crate::message::{Request, Response};

/// A command to the task of a connection. Decisions about names and requests to Things arrive in
/// the order in which they were made.
pub(super) enum Command {
    /// Sends a request to a Thing, under the name by which it was bound.
    Call {
        request: Request,
        wire_name: String,
        reply: oneshot::Sender<Result<Response, RequestError>>,
    },
    /// Applies a decision about names.
    Names(Decided),
    /// Ends the connection, because the host wants it.
    Disconnect(Disconnect),
    /// Ends the connection, because the platform shuts down.
    ShutDown,
}

/// What a decision of the registry means for one connection.
#[derive(Default)]
pub(super) struct Decided {
    /// The changes on this connection, in order.
    pub(super) changes: Vec<(String, NameChange)>,
    /// The answer to the BIND or UNBIND, if it came from this connection: the Things that were not
    /// bound by it before, or the refusal.
    pub(super) answer: Option<Result<Vec<String>, Refusal>>,
    /// One receiver for each connection that loses names by this decision. It ends once that
    /// connection has applied its loss, or has ended. This connection sends nothing to the Things
    /// before that.
    pub(super) losers: Vec<oneshot::Receiver<()>>,
    /// Dropped once the loss is applied, which the winner waits for.
    pub(super) done: Option<oneshot::Sender<()>>,
}

impl Decided {
    pub(super) fn push(&mut self, change: Change<'_>) {
        self.changes.push((change.wire_name.to_owned(), change.what));
    }
}

/// The queue of commands. They are boxed, so that the queue of an idle connection takes little
/// memory.
pub(super) type Commands = mpsc::UnboundedSender<Box<Command>>;

/// Why a BIND or UNBIND is refused, with the name at fault.
pub(super) struct Refusal {
    pub(super) status: Status,
    /// The rest of the reason, which begins with the name.
    pub(super) reason: &'static str,
    pub(super) name: String,
    /// What only this side is told: why the cluster is not available.
    pub(super) why: Option<String>,
}

impl From<BindRefusal<'_>> for Refusal {
    fn from(refusal: BindRefusal<'_>) -> Self {
        let BindRefusal { kind, name } = refusal;
        Self::new(kind.status(), kind.reason(), name.as_str())
    }
}

impl Refusal {
    pub(super) fn new(status: Status, reason: &'static str, name: &str) -> Self {
        Self { status, reason, name: name.to_owned(), why: None }
    }

    /// Creates the refusal of a BIND that cannot be decided now.
    pub(super) fn unavailable(name: &str) -> Self {
        let reason = "cannot be bound now: the cluster is not available";
        Self::new(Status::SERVICE_UNAVAILABLE, reason, name)
    }

    /// Returns the event that tells of it.
    pub(super) fn event(&self, connection: ConnectionId) -> Event {
        let Self { name, reason, why, .. } = self;
        let reason = match why {
            Some(why) => format!("{name} {reason}: {why}"),
            None => format!("{name} {reason}"),
        };
        Event::BindRefused { connection, reason }
    }
}
