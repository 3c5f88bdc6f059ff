//! The handle of a platform.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use alwayson_codec::connection::registry::ConnectionId;
use tokio::sync::{broadcast, oneshot};

use super::cluster::{Holder, NodeId};
use super::disconnect::Disconnect;
use super::error::RequestError;
use super::event::Event;
use super::hub::Hub;
use crate::message::{Request, Response};

/// Calls the Things of a platform and receives its events, from any task. Clones refer to the same
/// platform.
#[derive(Clone)]
pub struct Handle {
    pub(super) hub: Arc<Hub>,
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}

impl Handle {
    /// Returns a receiver of the events from now on. A receiver that falls more than 4,096 events
    /// behind loses the oldest, and gets
    /// [`Lagged`](tokio::sync::broadcast::error::RecvError::Lagged) with their number.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.hub.events.subscribe()
    }

    /// Sends a request to a bound Thing, on whichever node of the cluster, and returns its answer.
    /// An answer of any status is `Ok`.
    ///
    /// # Errors
    /// - [`NotBound`](RequestError::NotBound) if the Thing is not bound,
    /// - [`Timeout`](RequestError::Timeout) if no answer came within
    ///   [`Options::request_timeout`](super::Options::request_timeout),
    /// - [`Ended`](RequestError::Ended) if the connection ended before the answer came,
    /// - [`Unreadable`](RequestError::Unreadable) if the answer cannot be read,
    /// - [`Busy`](RequestError::Busy), [`TooLong`](RequestError::TooLong) or
    ///   [`Encode`](RequestError::Encode) if the request cannot be sent.
    ///
    /// # Cancel safety
    /// Dropping the future does not withdraw the request, once it was polled. The answer is
    /// discarded.
    pub async fn call(&self, request: Request) -> Result<Response, RequestError> {
        let (reply, response) = oneshot::channel();
        self.hub.call(request, reply);
        response.await.unwrap_or(Err(RequestError::Ended))
    }

    /// Sends a request like [`call`](Self::call), with a shorter timeout.
    ///
    /// # Errors
    /// Those of [`call`](Self::call), with [`Timeout`](RequestError::Timeout) also if no answer
    /// came within `deadline`.
    ///
    /// # Cancel safety
    /// As for [`call`](Self::call).
    pub async fn call_within(
        &self,
        request: Request,
        deadline: Duration,
    ) -> Result<Response, RequestError> {
        let answered = tokio::time::timeout(deadline, self.call(request)).await;
        answered.unwrap_or(Err(RequestError::Timeout))
    }

    /// Ends a connection, with a close of a code and a reason, or without a close. Returns whether
    /// the connection exists. Calls that wait for an answer on it return
    /// [`RequestError::Ended`].
    ///
    /// ```
    /// # use alwayson::platform::{Disconnect, Handle};
    /// # use alwayson::transport::Close;
    /// # fn run(handle: &Handle) -> Option<()> {
    /// let connection = handle.holder("SteamSensor1")?;
    /// handle.disconnect(connection, Close::new(1008, "application key expired"));
    /// handle.disconnect(connection, Disconnect::Abort);
    /// # Some(())
    /// # }
    /// ```
    pub fn disconnect(&self, connection: ConnectionId, how: impl Into<Disconnect>) -> bool {
        self.hub.disconnect(connection, how.into())
    }

    /// Waits until a Thing is bound on this node. Returns the connection that has bound it.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect.
    pub async fn wait_bound(&self, thing: &str) -> ConnectionId {
        let mut events = self.events();
        loop {
            if let Some(connection) = self.holder(thing) {
                return connection;
            }
            // The hub has the sender, so the channel does not close. Lost events do not matter,
            // since the holder is looked up again.
            let _ = events.recv().await;
        }
    }

    /// Returns the connection of this node that has bound a Thing, if there is one. For a cluster,
    /// see [`find`](Self::find).
    pub fn holder(&self, thing: &str) -> Option<ConnectionId> {
        self.hub.holder(thing)
    }

    /// Returns who holds a Thing, on whichever node of the cluster, if it is bound: as far as this
    /// node knows, which may be a moment ago.
    pub fn find(&self, thing: &str) -> Option<Holder> {
        self.hub.holder_anywhere(thing)
    }

    /// Returns all Things that are bound, on whichever node of the cluster, in the order of their
    /// names: as far as this node knows, which may be a moment ago.
    pub fn things(&self) -> Vec<(String, Holder)> {
        let mut things = self.hub.held_anywhere();
        things.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        things
    }

    /// Returns this node, if it is a member of a cluster: not if the platform is on one machine,
    /// before it has joined, and while it is fenced.
    pub fn node(&self) -> Option<NodeId> {
        self.hub.node()
    }

    /// Returns the memory that the incomplete long messages of all connections take now, in bytes.
    /// Its limit is [`Options::joined_memory`](super::Options::joined_memory).
    pub fn joined_memory(&self) -> usize {
        self.hub.join_budget.taken()
    }

    /// Returns the number of connections.
    pub fn connections(&self) -> usize {
        self.hub.connections()
    }
}
