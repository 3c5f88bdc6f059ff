//! The trait of calls and events between nodes.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::{NodeId, Owner, Token};
use crate::message::{BoxFuture, Request, Response};
use crate::platform::{Event, RequestError};

/// Calls and events between the nodes of a cluster.
pub trait Peers: Send + Sync + 'static {
    /// Sends a request to the node that holds its Thing, and returns the answer of the edge.
    ///
    /// # Errors
    /// - [`NotHere`](PeerError::NotHere) if that node does not hold the Thing any more; it was not
    ///   sent to an edge,
    /// - [`Failed`](PeerError::Failed) with [`Ended`](RequestError::Ended) if that node has left or
    ///   was lost before the answer came, with [`NotBound`](RequestError::NotBound) if it was gone
    ///   before, with [`Timeout`](RequestError::Timeout) after `deadline`, and with what that node
    ///   returns.
    ///
    /// # Cancel safety
    /// Dropping the future does not withdraw the request. The answer is discarded.
    fn call<'a>(
        &'a self,
        owner: &'a Owner,
        request: &'a Request,
        deadline: Duration,
    ) -> BoxFuture<'a, Result<Response, PeerError>>;

    /// Tells the other nodes of an event, as far as it concerns a Thing. Returns at once; an event
    /// may be lost.
    fn tell(&self, event: &Event);

    /// Returns what the other nodes send. Only the first call does: there is one receiver.
    fn incoming(&self) -> Option<mpsc::UnboundedReceiver<Incoming>>;
}

/// Why a call has no answer of an edge.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PeerError {
    /// The node does not hold the Thing, or holds it with a token that is less than that of the
    /// call.
    #[error("the Thing is not on this node")]
    NotHere {
        /// The token with which the node holds it, if it does.
        token: Option<Token>,
    },
    /// The request failed.
    #[error(transparent)]
    Failed(#[from] RequestError),
}

/// What another node sends.
#[derive(Debug)]
#[non_exhaustive]
pub enum Incoming {
    /// A request to a Thing that this node holds.
    Call {
        /// The request. Its entity is the Thing.
        request: Request,
        /// The token of the owner, as the caller knows it.
        token: Token,
        /// The time in which the caller waits for the answer.
        deadline: Duration,
        /// Takes the answer.
        reply: oneshot::Sender<Result<Response, PeerError>>,
    },
    /// An event.
    Event {
        /// The node on which it happened.
        node: NodeId,
        /// The event.
        event: Event,
    },
}
