//! Platforms that are nodes: their edges, calls and events.

use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alwayson::codec::connection::registry::BindPolicy;
use alwayson::edge::{Builder, Credentials, Edge, ServiceError, Thing};
use alwayson::message::Request;
use alwayson::platform::{
    AfterBind, Event, Handle, KnownCredentials, MemoryThings, Options, Platform, RequestError,
};
use alwayson::value::{Table, Value};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use super::server::PATIENCE;
use super::site::{Site, lease};

const KEY: &str = "a key of these tests";

struct Node {
    platform: Platform,
    things: MemoryThings,
}

impl Node {
    async fn start(site: &Site, name: &str) -> Self {
        Self::with(site, name, BindPolicy::FirstInWins).await
    }

    async fn with(site: &Site, name: &str, policy: BindPolicy) -> Self {
        Self::of(site.cluster(name).await, policy).await
    }

    async fn of(cluster: Arc<alwayson_nats::Cluster>, policy: BindPolicy) -> Self {
        let things = MemoryThings::any();
        let options = Options::default().with_after_bind(AfterBind::NONE).with_bind_policy(policy);
        let keys = KnownCredentials::default().with_key(KEY);
        let builder = Platform::builder(keys, things.clone()).options(options);
        let builder = builder.cluster(cluster);
        let platform = builder.listen("127.0.0.1:0").await.unwrap();
        let node = Self { platform, things };
        until("it joins", || node.handle().node().is_some()).await;
        node
    }

    fn handle(&self) -> Handle {
        self.platform.handle()
    }

    fn is_connected(&self, thing: &str) -> bool {
        self.things.state(thing).is_some_and(|state| state.is_connected)
    }

    fn builder(&self, thing: Thing) -> Builder {
        let builder = Edge::builder(&format!("ws://{}", self.platform.local_addr())).unwrap();
        let key = || async { Ok::<_, Infallible>(Credentials::app_key(KEY.to_owned())) };
        builder.credentials(key).thing(thing)
    }

    async fn edge(&self, thing: Thing) -> Edge {
        let name = thing.name().to_owned();
        let edge = self.builder(thing).connect().await.unwrap();
        timeout(PATIENCE, edge.wait_bound(&name)).await.expect("it is bound").unwrap();
        edge
    }

    async fn read(&self, thing: &str) -> Result<Option<f64>, RequestError> {
        let read = Request::read_property(thing, "Level");
        let answer = self.platform.call(read).await?;
        Ok(answer.value().and_then(Value::as_f64))
    }
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let limit = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < limit, "{what}");
        sleep(Duration::from_millis(20)).await;
    }
}

fn pump() -> Thing {
    Thing::new("Pump").property("Level", 2.5)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_node_knows_and_calls_the_things_of_all() {
    let site = Site::start().await;
    let (a, b) = (Node::start(&site, "a").await, Node::start(&site, "b").await);
    let mut events = b.platform.events();
    let edge = a.edge(pump()).await;
    until("the other node knows", || b.is_connected("Pump") && a.is_connected("Pump")).await;
    assert_eq!(b.read("Pump").await, Ok(Some(2.5)));
    assert_eq!(b.read("Nothing").await, Err(RequestError::NotBound));
    let holder = b.handle().find("Pump").unwrap();
    assert_eq!(&*holder.node.unwrap().name, "a");
    assert_eq!(Some(holder.connection), a.handle().holder("Pump"));
    let things: Vec<_> = b.handle().things().into_iter().map(|(thing, _)| thing).collect();
    assert_eq!(things, ["Pump"]);
    edge.leave().await;
    until("the other node knows", || !b.is_connected("Pump")).await;
    assert_eq!(b.handle().find("Pump"), None);
    let mut told = Vec::new();
    while told.len() < 2 {
        let event = timeout(PATIENCE, events.recv()).await.unwrap().unwrap();
        if let Event::Elsewhere { node, event } = event {
            assert_eq!(&*node.name, "a");
            told.push(*event);
        }
    }
    let [Event::Bound { thing: bound, .. }, Event::Unbound { thing: unbound, .. }] = &told[..]
    else {
        panic!("{told:?}");
    };
    assert_eq!((bound.as_str(), unbound.as_str()), ("Pump", "Pump"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_longer_than_what_nats_takes_passes_in_parts() {
    let site = Site::start().await;
    let (a, b) = (Node::start(&site, "a").await, Node::start(&site, "b").await);
    let echo = Thing::new("Echo").service("Echo", |params: Table| async move {
        let text = params.value("text").cloned();
        Ok::<_, ServiceError>(Table::of([("result", text.unwrap_or_default())]))
    });
    let _edge = a.edge(echo).await;
    until("the other node knows", || b.is_connected("Echo")).await;
    // The message limit is 1 MiB, and that of NATS 1 MiB with its headers.
    for len in [1, 60_000, (1 << 20) - 1_200, (1 << 20) - 200] {
        let text = "x".repeat(len);
        let params = Table::of([("text", text.as_str().into())]);
        let call = Request::invoke_service("Echo", "Echo", Some(params));
        let answer = b.platform.call(call).await.unwrap();
        let same = answer.value().and_then(|value| value.as_str()) == Some(text.as_str());
        assert!(same, "{len}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_in_flight_ends_when_the_node_of_its_thing_dies() {
    let site = Site::start().await;
    let (a, b) = (Node::start(&site, "a").await, Node::start(&site, "b").await);
    let is_called = Arc::new(Notify::new());
    let called = Arc::clone(&is_called);
    let slow = Thing::new("Slow").service("Never", move |_: Table| {
        called.notify_one();
        async { std::future::pending::<Result<Table, ServiceError>>().await }
    });
    let _edge = a.edge(slow).await;
    until("the other node knows", || b.is_connected("Slow")).await;
    let handle = b.handle();
    let never = Request::invoke_service("Slow", "Never", None);
    let call = tokio::spawn(async move { handle.call(never).await });
    is_called.notified().await;
    site.proxy("a").cut();
    let since = Instant::now();
    let ended = timeout(PATIENCE, call).await.expect("it ends").unwrap();
    assert_eq!(ended.unwrap_err(), RequestError::Ended);
    assert!(since.elapsed() < Options::default().request_timeout(), "not by its timeout");
    until("it is not connected", || !b.is_connected("Slow")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_for_which_nobody_listens_is_repeated_while_its_node_lives() {
    let site = Site::start().await;
    let (a, b) = (Node::start(&site, "a").await, Node::start(&site, "b").await);
    let _edge = a.edge(pump()).await;
    until("the other node knows", || b.is_connected("Pump")).await;
    site.proxy("a").close();
    // The server has seen that nobody listens any more.
    sleep(Duration::from_millis(500)).await;
    let handle = b.handle();
    let call =
        tokio::spawn(
            async move { handle.call(Request::read_property("Pump", "Level")).await.unwrap() },
        );
    sleep(lease().lease / 4).await;
    assert!(!call.is_finished(), "nobody listens, but the node lives");
    site.proxy("a").mend();
    let answer = timeout(PATIENCE, call).await.expect("it is answered").unwrap();
    assert_eq!(answer.value().and_then(Value::as_f64), Some(2.5));
    site.proxy("a").close();
    let since = Instant::now();
    let ended = b.read("Pump").await.unwrap_err();
    assert!(matches!(ended, RequestError::NotBound | RequestError::Ended), "{ended:?}");
    assert!(since.elapsed() < Options::default().request_timeout(), "not by its timeout");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_cut_off_closes_its_edges_and_joins_again() {
    let site = Site::start().await;
    let (a, b) = (Node::start(&site, "a").await, Node::start(&site, "b").await);
    let mut events = a.platform.events();
    let _edge = a.edge(pump()).await;
    let before = a.handle().node().unwrap();
    site.proxy("a").cut();
    let mut was_fenced = false;
    loop {
        match timeout(PATIENCE, events.recv()).await.expect("its edges are closed").unwrap() {
            Event::Fenced => was_fenced = true,
            Event::Disconnected { ending, .. } => {
                assert!(was_fenced);
                assert_eq!(ending.close.map(|close| close.code()), Some(1001));
                break;
            }
            _ => {}
        }
    }
    assert_eq!(a.handle().node(), None);
    assert_eq!((status(&a).await, status(&b).await), (503, 426), "as a balancer checks it");
    assert_eq!(a.read("Pump").await, Err(RequestError::NotBound));
    // What the host was told last stays, as nobody here knows.
    assert!(a.is_connected("Pump"));
    until("others see that its lease has ended", || !b.is_connected("Pump")).await;
    site.proxy("a").mend();
    until("it joins again", || a.handle().node().is_some_and(|node| node.epoch > before.epoch))
        .await;
    // Its edge has come back to it.
    until("it is bound again", || a.handle().holder("Pump").is_some()).await;
    until("all know", || b.is_connected("Pump") && a.is_connected("Pump")).await;
    assert_eq!(b.read("Pump").await, Ok(Some(2.5)));
    assert_eq!(status(&a).await, 426);
}

/// Returns the status of the answer to a request that asks for no WebSocket.
async fn status(node: &Node) -> u16 {
    let mut socket = TcpStream::connect(node.platform.local_addr()).await.unwrap();
    let request = b"GET /Thingworx/WS HTTP/1.1\r\nHost: localhost\r\n\r\n";
    socket.write_all(request).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

/// The number of other Things of an edge whose store is lost.
const THINGS: usize = 500;

/// The data of the server are lost, each time once more after this pause: what is held is claimed
/// again, and neither edges nor callers notice.
async fn is_told_what_is_held(pauses: &[Option<Duration>]) {
    let mut site = Site::start().await;
    let (a, b) = (Node::start(&site, "a").await, Node::start(&site, "b").await);
    let many = (0..THINGS).map(|number| Thing::new(format!("Thing{number}")));
    let edge = many.fold(a.builder(pump()), Builder::thing).connect().await.unwrap();
    timeout(PATIENCE, edge.wait_bound("Pump")).await.expect("it is bound").unwrap();
    // The data may be lost before any node has seen them.
    let connection = a.handle().holder("Pump").unwrap();
    let mut events = a.platform.events();
    for pause in pauses {
        let before = a.handle().node().unwrap();
        site.server.lose_everything().await;
        if let Some(pause) = pause {
            sleep(*pause).await;
            site.server.lose_everything().await;
        }
        until("it has a new epoch", || {
            a.handle().node().is_some_and(|node| node.epoch.generation > before.epoch.generation)
        })
        .await;
        until("it has claimed it again", || {
            let node = b.handle().find("Pump").and_then(|found| found.node);
            node == a.handle().node() && node.is_some_and(|node| node.epoch > before.epoch)
        })
        .await;
        assert_eq!(b.handle().find("Pump").unwrap().connection, connection);
        assert_eq!(b.read("Pump").await, Ok(Some(2.5)));
        until("all are claimed again", || {
            let (node, things) = (a.handle().node(), b.handle().things());
            things.len() == THINGS + 1 && things.iter().all(|(_, held)| held.node == node)
        })
        .await;
    }
    // Longer than the lease: nobody was fenced, and no edge has noticed.
    sleep(2 * lease().lease).await;
    while let Ok(event) = events.try_recv() {
        let is_end =
            matches!(event, Event::Fenced | Event::Disconnected { .. } | Event::MovedAway { .. });
        assert!(!is_end, "{event:?}");
    }
    assert!(b.is_connected("Pump"));
    assert_eq!(b.read("Pump").await, Ok(Some(2.5)));
}

/// One after the other, they would take longer than a BIND is waited for.
#[tokio::test(flavor = "multi_thread")]
async fn a_bind_of_many_names_is_answered_in_time_though_nats_is_far_away() {
    const FAR: Duration = Duration::from_millis(10);
    let site = Site::start().await;
    let (a, b) = (Node::start(&site, "a").await, Node::start(&site, "b").await);
    let mut events = a.platform.events();
    site.proxy("a").delay(FAR);
    let many = (0..THINGS).map(|number| Thing::new(format!("Thing{number}")));
    let edge = many.fold(a.builder(pump()), Builder::thing).connect().await.unwrap();
    timeout(PATIENCE, edge.wait_bound("Pump")).await.expect("it is bound").unwrap();
    while let Ok(event) = events.try_recv() {
        assert!(!matches!(event, Event::BindRefused { .. }), "{event:?}");
    }
    until("all know", || b.handle().things().len() == THINGS + 1).await;
    drop(edge);
    until("all are released", || b.handle().things().is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_back_without_its_data_is_told_what_is_held() {
    is_told_what_is_held(&[None]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_loses_its_data_while_it_is_told_what_is_held_is_told_again() {
    is_told_what_is_held(&[0, 20, 60, 120].map(|ms| Some(Duration::from_millis(ms)))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bind_that_waits_for_a_lease_for_too_long_is_refused_with_that_reason() {
    let site = Site::start().await;
    let cluster = site.cluster_with("a", |mut options| {
        options.claim_timeout = Duration::from_secs(1);
        options
    });
    let cluster = cluster.await;
    let a = Node::of(cluster, BindPolicy::FirstInWins).await;
    let mut events = a.platform.events();
    let _edge = a.builder(pump()).start().unwrap();
    let reason = loop {
        let event = timeout(PATIENCE, events.recv()).await.unwrap().unwrap();
        if let Event::BindRefused { reason, .. } = event {
            break reason;
        }
    };
    let cannot = "Pump cannot be bound now: the cluster is not available";
    assert_eq!(reason, format!("{cannot}: a lease has to end first"));
    until("it is tried again", || a.is_connected("Pump")).await;
}

/// In the one thread of this test, so that what is logged can be read.
#[tokio::test]
async fn a_node_says_why_it_cannot_register() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone());
    let _guard = tracing::subscriber::set_default(subscriber.finish());
    let mut site = Site::start().await;
    site.server.lose_store().await;
    let _cluster = site.cluster("a").await;
    let why = "jetstream unavailable";
    until("it says why", || {
        let text = log.text();
        text.lines()
            .any(|line| line.contains("this node cannot register yet") && line.contains(why))
    })
    .await;
}

/// What is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A server that elects a leader refuses reads at once. Without a pause, there would be thousands.
#[tokio::test(flavor = "multi_thread")]
async fn a_bind_waits_before_it_repeats_a_read_that_was_refused_at_once() {
    const BIND: Duration = Duration::from_secs(2);
    let mut site = Site::start().await;
    let cluster = site.cluster_with("a", |mut options| {
        options.claim_timeout = BIND;
        options
    });
    let a = Node::of(cluster.await, BindPolicy::FirstInWins).await;
    // New claims are allowed from then on.
    sleep(lease().lease).await;
    let _first = a.edge(pump()).await;
    let mut events = a.platform.events();
    site.server.lose_store().await;
    let before = site.proxy("a").passed();
    let _edge = a.builder(Thing::new("Valve")).start().unwrap();
    loop {
        let event = timeout(PATIENCE, events.recv()).await.unwrap().unwrap();
        if let Event::BindRefused { reason, .. } = event {
            assert!(reason.ends_with("NATS does not answer in time"), "{reason}");
            break;
        }
    }
    let passed = site.proxy("a").passed() - before;
    // One for each pause of the BIND, and as many of the lease and of the watches, at most.
    let pauses = u64::try_from(BIND.as_millis() / lease().retry.as_millis()).unwrap();
    assert!(passed > pauses / 2, "{passed}: it did not repeat it");
    assert!(passed < 10 * pauses, "{passed}: it did not wait");
}

#[tokio::test(flavor = "multi_thread")]
async fn if_the_first_wins_an_edge_of_another_node_is_refused() {
    let site = Site::start().await;
    let (a, b) = (Node::start(&site, "a").await, Node::start(&site, "b").await);
    let _edge = a.edge(pump()).await;
    let mut events = b.platform.events();
    let _other = b.builder(pump()).start().unwrap();
    loop {
        let event = timeout(PATIENCE, events.recv()).await.unwrap().unwrap();
        if let Event::BindRefused { reason, .. } = event {
            assert_eq!(reason, "Pump is bound on another connection");
            break;
        }
    }
    assert!(a.handle().holder("Pump").is_some() && b.handle().holder("Pump").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn if_the_last_wins_a_thing_moves_to_another_node() {
    let site = Site::start().await;
    let last = BindPolicy::LastInWins;
    let a = Node::with(&site, "a", last).await;
    let b = Node::with(&site, "b", last).await;
    let mut events = a.platform.events();
    let _edge = a.edge(pump()).await;
    let _other = b.edge(pump().property("Level", 7.5)).await;
    assert!(a.handle().holder("Pump").is_none() && b.handle().holder("Pump").is_some());
    until("all know", || {
        a.handle().find("Pump").is_some_and(|held| held.node == b.handle().node())
    })
    .await;
    for node in [&a, &b] {
        assert_eq!(node.read("Pump").await, Ok(Some(7.5)));
        assert!(node.is_connected("Pump"));
    }
    loop {
        match timeout(PATIENCE, events.recv()).await.unwrap().unwrap() {
            Event::MovedAway { thing, to, .. } => {
                assert_eq!((thing.as_str(), &*to.name), ("Pump", "b"));
                break;
            }
            Event::Unbound { .. } => panic!("its isConnected stays true"),
            _ => {}
        }
    }
}
