//! A platform on one machine.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use alwayson_codec::connection::registry::BindPolicy;
use tokio::sync::mpsc;

use super::{Change, Claim, ClaimError, Directory, Incoming, Owner, PeerError, Peers, Token};
use crate::message::{BoxFuture, Request, Response};
use crate::platform::{Event, RequestError};

/// A platform on one machine, without a server: the default.
///
/// It grants everything and remembers nothing, since the platform itself knows what its
/// connections hold.
#[derive(Debug, Default)]
pub struct Alone {
    last: AtomicU64,
}

impl Alone {
    /// Creates a directory of one node.
    pub const fn new() -> Self {
        Self { last: AtomicU64::new(0) }
    }
}

impl Directory for Alone {
    fn is_alone(&self) -> bool {
        true
    }

    fn claim<'a>(
        &'a self,
        claims: &'a [Claim],
        _: BindPolicy,
    ) -> BoxFuture<'a, Result<Vec<Token>, ClaimError>> {
        let token = |_: &Claim| Token::new(0, self.last.fetch_add(1, Ordering::Relaxed) + 1);
        let tokens = claims.iter().map(token).collect();
        Box::pin(std::future::ready(Ok(tokens)))
    }

    fn release(&self, _: &str, _: Token) {}

    fn holder(&self, _: &str) -> Option<Owner> {
        None
    }

    fn holders(&self) -> Vec<(String, Owner)> {
        Vec::new()
    }

    fn look_up<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Owner>, ClaimError>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn changes(&self) -> Option<mpsc::UnboundedReceiver<Change>> {
        None
    }

    fn leave(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

impl Peers for Alone {
    fn call<'a>(
        &'a self,
        _: &'a Owner,
        _: &'a Request,
        _: Duration,
    ) -> BoxFuture<'a, Result<Response, PeerError>> {
        Box::pin(std::future::ready(Err(RequestError::NotBound.into())))
    }

    fn tell(&self, _: &Event) {}

    fn incoming(&self) -> Option<mpsc::UnboundedReceiver<Incoming>> {
        None
    }
}
