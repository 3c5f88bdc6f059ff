//! A node of this process without edges, which calls all Things and keeps what it is told.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use alwayson::codec::connection::registry::ConnectionId;
use alwayson::message::{BoxFuture, Request, Response};
use alwayson::platform::cluster::Holder;
use alwayson::platform::{AcceptAnyClaims, Options, Platform, RequestError, Thing, Things};
use alwayson_nats::Cluster;
use alwayson_nats::settings::LeaseSettings;

use crate::servers::Servers;
use crate::site::until;

/// The timeout of a call.
const TIMEOUT: Duration = Duration::from_secs(2);

/// What was told about each Thing: since when it is connected, or that it is not.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<HashMap<String, Vec<Option<SystemTime>>>>>);

impl Things for Told {
    fn by_name<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Option<Thing>> {
        Box::pin(async move { Some(Thing::new(name)) })
    }

    fn request(&self, request: Request, _: ConnectionId) -> BoxFuture<'_, Response> {
        Box::pin(async move { Response::named(&request.name, "") })
    }

    fn connected(&self, thing: &str, last_connection: Option<SystemTime>) {
        self.0.lock().unwrap().entry(thing.to_owned()).or_default().push(last_connection);
    }
}

pub(crate) struct Observer {
    pub(crate) platform: Platform,
    told: Told,
}

impl Observer {
    pub(crate) async fn start(servers: &Servers, lease: LeaseSettings) -> Self {
        let urls = [0, 1, 2].map(|number| servers.address(number)).join(",");
        let options = alwayson_nats::Options::new(urls, "observer").with_lease(lease);
        let cluster = Cluster::connect(options).await.unwrap();
        let told = Told::default();
        let options = Options::default().with_request_timeout(TIMEOUT).unwrap();
        let builder = Platform::builder(AcceptAnyClaims, told.clone()).options(options);
        let platform = builder.cluster(cluster).listen("127.0.0.1:0").await.unwrap();
        until("the observer joins", || platform.handle().node().is_some()).await;
        Self { platform, told }
    }

    /// Asks the edge of a Thing who it is.
    pub(crate) async fn who(&self, thing: &str) -> Result<String, RequestError> {
        let answer = self.platform.call(Request::invoke_service(thing, "Who", None)).await?;
        let who = answer.value().and_then(|value| value.as_str());
        Ok(who.expect("an edge answers who it is").to_owned())
    }

    /// Returns how many Things a node holds.
    pub(crate) fn held_by(&self, name: &str) -> usize {
        let things = self.platform.handle().things();
        let is_there =
            |holder: &Holder| holder.node.as_ref().is_some_and(|node| &*node.name == name);
        things.iter().filter(|(_, holder)| is_there(holder)).count()
    }

    /// Checks what was told about a Thing that is bound now: the last was since when it is, and
    /// that it is not connected was never told twice in a row.
    pub(crate) fn check_told(&self, thing: &str) {
        let told = self.told.0.lock().unwrap()[thing].clone();
        let holder = self.platform.handle().find(thing).expect("it is bound");
        assert_eq!(told.last(), Some(&Some(holder.since)), "{thing}: {told:?}");
        let twice = told.windows(2).any(|two| two == [None, None]);
        assert!(!twice, "{thing}: {told:?}");
    }
}
