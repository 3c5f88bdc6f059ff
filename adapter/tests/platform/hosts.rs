//! Slow hosts, and hosts that panic.

use std::sync::Arc;
use std::time::SystemTime;

use alwayson::message::{BoxFuture, Request, Response};
use alwayson::platform::{
    Authenticator, Claims, Event, MemoryThings, Metadata, Options, Platform, Thing, Things,
};
use alwayson::value::Table;
use alwayson_codec::connection::registry::ConnectionId;
use alwayson_codec::{self as codec, Body};
use tokio::sync::Semaphore;

use super::peer::{Peer, auth_hex};
use super::support::{event, ms, quiet};

/// A host that panics for the name `panic`, and waits for a permit for the name `wait`.
struct Host {
    things: MemoryThings,
    permits: Arc<Semaphore>,
}

impl Host {
    async fn mind(&self, name: &str) {
        assert_ne!(name, "panic");
        if name == "wait" {
            self.permits.acquire().await.unwrap().forget();
        }
    }
}

impl Authenticator for Host {
    fn authenticate(&self, claims: Claims) -> BoxFuture<'_, bool> {
        Box::pin(async move {
            use secrecy::ExposeSecret;
            self.mind(claims.app_key().unwrap().expose_secret()).await;
            true
        })
    }
}

impl Things for Host {
    fn by_name<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Option<Thing>> {
        Box::pin(async move {
            self.mind(name).await;
            self.things.by_name(name).await
        })
    }

    fn by_identifier<'a>(&'a self, identifier: &'a str) -> BoxFuture<'a, Option<Thing>> {
        self.things.by_identifier(identifier)
    }

    fn is_gateway_type(&self, gateway_type: &str) -> bool {
        self.things.is_gateway_type(gateway_type)
    }

    fn request(&self, request: Request, from: ConnectionId) -> BoxFuture<'_, Response> {
        Box::pin(async move {
            self.mind(&request.name).await;
            self.things.request(request, from).await
        })
    }

    fn connected(&self, thing: &str, last_connection: Option<SystemTime>) {
        assert_ne!(thing, "panic when told");
        self.things.connected(thing, last_connection);
    }

    fn described(&self, thing: &str, metadata: Metadata) {
        self.things.described(thing, metadata);
    }

    fn subscriptions(&self, thing: &str) -> Table {
        self.things.subscriptions(thing)
    }

    fn synchronized(&self, thing: &str, values: &Table) {
        self.things.synchronized(thing, values);
    }
}

/// A platform with such a host.
pub(crate) async fn hosted(permits: &Arc<Semaphore>, options: Options) -> Platform {
    let host = || Host { things: MemoryThings::any(), permits: Arc::clone(permits) };
    let platform = Platform::builder(host(), host()).options(options);
    platform.listen("127.0.0.1:0").await.unwrap()
}

#[tokio::test]
async fn a_host_that_panics_harms_nobody_and_its_edge_is_answered() {
    let platform = hosted(&Arc::new(Semaphore::new(0)), quiet()).await;
    let mut refused = Peer::open(platform.local_addr()).await;
    refused.send_hex(&auth_hex("panic")).await;
    assert_eq!(refused.message().await.1, "UNAUTHORIZED request=1");
    let mut peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
    assert!(peer.bind(&["panic"]).await.starts_with("NOT_FOUND"));
    let read = |name| Body::Request(codec::Request::read_property("Pump", name));
    assert!(peer.ask(read("panic")).await.starts_with("INTERNAL_SERVER_ERROR"));
    assert!(peer.ask(read("p")).await.starts_with("NOT_FOUND"));
    assert!(platform.handle().holder("Pump").is_some());
}

#[tokio::test]
async fn a_host_that_panics_when_it_is_told_harms_nobody() {
    let platform = hosted(&Arc::new(Semaphore::new(0)), quiet()).await;
    let mut events = platform.events();
    let peer = Peer::bound(platform.local_addr(), &["Pump", "panic when told", "Valve"]).await;
    drop(peer);
    event(&mut events, |event| matches!(event, Event::Disconnected { .. })).await;
    for thing in ["Pump", "panic when told", "Valve"] {
        assert!(platform.handle().holder(thing).is_none());
    }
    let mut peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
    assert!(peer.unbind(&["Pump"]).await.starts_with("SUCCESS"));
}

#[tokio::test]
async fn a_host_that_takes_its_time_holds_up_nobody_else() {
    let permits = Arc::new(Semaphore::new(0));
    let platform = hosted(&permits, quiet()).await;
    let mut events = platform.events();
    let mut waiting = Peer::open(platform.local_addr()).await;
    waiting.send_hex(&auth_hex("wait")).await;
    event(&mut events, |event| matches!(event, Event::Connected { .. })).await;
    // Others are served, and so is the same edge with another request.
    let mut peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
    let read = |name| Body::Request(codec::Request::read_property("Pump", name));
    let slow = peer.say(read("wait")).await;
    let bind = peer.say(Body::Bind(codec::Bind::new(&["wait"]).unwrap())).await;
    assert!(peer.ask(read("p")).await.starts_with("NOT_FOUND"));
    assert!(!peer.was_told(&format!("NOT_FOUND request={slow}")));
    permits.add_permits(3);
    assert!(waiting.message().await.1.starts_with("SUCCESS request=1"));
    let mut answers = [peer.message().await.0.request, peer.message().await.0.request];
    answers.sort_unstable();
    assert_eq!(answers, [slow, bind]);
    assert!(platform.handle().holder("wait").is_some());
}

#[tokio::test]
async fn an_auth_that_the_host_never_decides_is_refused_when_its_time_is_over() {
    let permits = Arc::new(Semaphore::new(0));
    let platform = hosted(&permits, quiet().with_auth_timeout(ms(50)).unwrap()).await;
    let mut peer = Peer::open(platform.local_addr()).await;
    peer.send_hex(&auth_hex("wait")).await;
    assert_eq!(peer.message().await.1, "UNAUTHORIZED request=1");
    assert_eq!(peer.frame().await, "close 1008");
}
