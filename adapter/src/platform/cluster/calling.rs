//! Who holds which Thing; calls to other nodes, and from them.

use std::time::Duration;

use tokio::sync::oneshot;

use super::super::error::RequestError;
use super::super::event::Event;
use super::super::hub::Hub;
use super::{Cluster, Holder, Incoming, Owner, PeerError, Token};
use crate::message::{Request, Response};

type Reply<E> = oneshot::Sender<Result<Response, E>>;

impl Hub {
    /// Returns who holds a Thing, on whichever node.
    pub(in super::super) fn holder_anywhere(&self, thing: &str) -> Option<Holder> {
        if let Some(cluster) = &self.cluster {
            return cluster.directory.holder(thing).map(Holder::from);
        }
        let state = self.lock();
        let connection = state.registry.holder(thing)?.connection;
        Some(Holder::here(connection, state.registry.bindings().since(thing)?))
    }

    /// Returns all Things that are bound, on whichever node, in any order.
    pub(in super::super) fn held_anywhere(&self) -> Vec<(String, Holder)> {
        if let Some(cluster) = &self.cluster {
            let holders = cluster.directory.holders().into_iter();
            return holders.map(|(thing, owner)| (thing, owner.into())).collect();
        }
        let state = self.lock();
        let held = state.registry.bindings().all();
        held.map(|(held, since)| (held.thing.to_owned(), Holder::here(held.connection, since)))
            .collect()
    }

    /// Sends a request to the node that holds its Thing, if another one does.
    pub(in super::super) fn call_peer(&self, request: Request, reply: Reply<RequestError>) {
        let owner = self.cluster.clone().and_then(|cluster| {
            let owner = cluster.directory.holder(&request.entity)?;
            self.is_elsewhere(&owner).then_some((cluster, owner))
        });
        let Some((cluster, owner)) = owner else {
            // The caller may have stopped waiting.
            let _ = reply.send(Err(RequestError::NotBound));
            return;
        };
        let deadline = self.options.request_timeout;
        tokio::spawn(async move {
            let mut reply = reply;
            let called = tokio::select! {
                called = call(&cluster, owner, request, deadline) => called,
                () = reply.closed() => return,
            };
            let _ = reply.send(called);
        });
    }

    fn is_elsewhere(&self, owner: &Owner) -> bool {
        let state = self.lock();
        let node = state.view.as_ref().and_then(|view| view.node.as_ref());
        node.is_some_and(|node| *node != owner.node)
    }

    pub(super) fn incoming(&self, incoming: Incoming) {
        match incoming {
            Incoming::Event { node, event } => {
                let event = Box::new(event);
                let _ = self.events.send(Event::Elsewhere { node, event });
            }
            Incoming::Call { request, token, deadline, reply } => {
                self.answer_peer(request, token, deadline, reply);
            }
        }
    }

    /// Passes a request of another node to the connection that holds its Thing.
    fn answer_peer(
        &self,
        request: Request,
        token: Token,
        deadline: Duration,
        mut reply: Reply<PeerError>,
    ) {
        let held = self.with_view(|view| view.token(&request.entity)).flatten();
        if held.is_none_or(|held| held < token) {
            let _ = reply.send(Err(PeerError::NotHere { token: held }));
            return;
        }
        let (sender, answer) = oneshot::channel();
        if let Some((_, sender)) = self.call_here(request, sender) {
            let _ = sender.send(Err(RequestError::NotBound));
        }
        tokio::spawn(async move {
            let answered = tokio::select! {
                answered = tokio::time::timeout(deadline, answer) => answered,
                () = reply.closed() => return,
            };
            let answered = match answered {
                Ok(Ok(answered)) => answered,
                Ok(Err(_)) => Err(RequestError::Ended),
                Err(_) => Err(RequestError::Timeout),
            };
            let _ = reply.send(match answered {
                Err(RequestError::NotBound) => Err(PeerError::NotHere { token: None }),
                answered => answered.map_err(PeerError::Failed),
            });
        });
    }
}

/// Calls the owner; if it has lost the Thing, looks once who holds it now, and calls that one.
async fn call(
    cluster: &Cluster,
    mut owner: Owner,
    request: Request,
    deadline: Duration,
) -> Result<Response, RequestError> {
    let calling = async {
        let mut is_again = false;
        loop {
            match cluster.peers.call(&owner, &request, deadline).await {
                Ok(response) => return Ok(response),
                Err(PeerError::Failed(error)) => return Err(error),
                Err(PeerError::NotHere { .. }) if is_again => return Err(RequestError::NotBound),
                Err(PeerError::NotHere { .. }) => is_again = true,
            }
            // It was not sent to an edge, so it is not sent twice.
            match cluster.directory.look_up(&request.entity).await {
                Ok(Some(now)) if now.token > owner.token => owner = now,
                _ => return Err(RequestError::NotBound),
            }
        }
    };
    tokio::time::timeout(deadline, calling).await.unwrap_or(Err(RequestError::Timeout))
}
