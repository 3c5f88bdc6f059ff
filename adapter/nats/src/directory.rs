//! The directory and the peers of a platform.

use std::sync::PoisonError;
use std::time::Duration;

use alwayson::codec::connection::registry::BindPolicy;
use alwayson::message::{BoxFuture, Request, Response};
use alwayson::platform::Event;
use alwayson::platform::cluster::{
    Change, Claim, ClaimError, Directory, Incoming, Owner, PeerError, Peers, Token,
};
use tokio::sync::mpsc;

use crate::cluster::Cluster;
use crate::entries::{own_entry, own_key, token as own_token};
use crate::{calls, claiming, clock, events};

impl Directory for Cluster {
    fn claim<'a>(
        &'a self,
        claims: &'a [Claim],
        policy: BindPolicy,
    ) -> BoxFuture<'a, Result<Vec<Token>, ClaimError>> {
        Box::pin(claiming::claim(&self.node, claims, policy))
    }

    fn release(&self, thing: &str, token: Token) {
        claiming::release(&self.node, thing, own_token(token));
    }

    fn serves(&self) -> bool {
        self.node.lock().me(clock::now()).is_some()
    }

    fn holder(&self, thing: &str) -> Option<Owner> {
        self.node.lock().holder(thing).map(crate::entries::Entry::owner)
    }

    fn holders(&self) -> Vec<(String, Owner)> {
        let core = self.node.lock();
        core.holders().map(|(thing, entry)| (thing.clone(), entry.owner())).collect()
    }

    fn look_up<'a>(&'a self, thing: &'a str) -> BoxFuture<'a, Result<Option<Owner>, ClaimError>> {
        Box::pin(async move {
            let none = || ClaimError::Unavailable("NATS does not answer in time".to_owned());
            let generation = self.node.lock().store.generation().ok_or_else(none)?;
            let buckets = self.node.buckets().ok_or_else(none)?;
            let read = buckets.own.read(&own_key(generation, thing)).await.map_err(|_| none())?;
            Ok(read.and_then(|(value, revision)| {
                Some(own_entry(generation, &value, revision)?.owner())
            }))
        })
    }

    fn changes(&self) -> Option<mpsc::UnboundedReceiver<Change>> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn leave(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let node = &self.node;
            claiming::idle(node, node.options.claim_timeout).await;
            let (revision, me) = {
                let mut core = node.lock();
                let now = clock::now();
                let me = core.me(now);
                (core.lease.leave(now), me)
            };
            if let (Some(revision), Some(me), Some(buckets)) = (revision, me, node.buckets()) {
                let key = crate::entries::node_key(me.epoch.generation, &me.name);
                buckets.nodes.delete(&key, revision).await;
            }
            self.stop();
            let _ = node.client.flush().await;
        })
    }
}

impl Peers for Cluster {
    fn call<'a>(
        &'a self,
        owner: &'a Owner,
        request: &'a Request,
        deadline: Duration,
    ) -> BoxFuture<'a, Result<Response, PeerError>> {
        Box::pin(calls::call(&self.node, owner, request, deadline))
    }

    fn tell(&self, event: &Event) {
        events::tell(&self.node, event);
    }

    fn incoming(&self) -> Option<mpsc::UnboundedReceiver<Incoming>> {
        self.incoming.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
