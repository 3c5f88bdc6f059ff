//! What a cluster costs: BINDs per second through one node and through three, BINDs of many names,
//! and calls across nodes beside those within one. The nodes are in this process, and a `nats-server` beside it.
//!
//! `cargo bench -p alwayson-nats --features test-nats --bench cluster`

#[path = "../tests/cluster/server.rs"]
#[expect(dead_code, reason = "only tests make faults")]
mod server;

use std::convert::Infallible;
use std::time::Duration;

use alwayson::edge::{Builder, Credentials, Edge, ServiceError, Thing};
use alwayson::message::Request;
use alwayson::platform::{AcceptAnyClaims, AfterBind, Handle, MemoryThings, Options, Platform};
use alwayson::value::Table;
use alwayson_nats::Cluster;
use futures_util::future::join_all;
use server::{PATIENCE, Server};
use tokio::time::{Instant, sleep};

/// The edges of a node, each of which binds one Thing after the other.
const EDGES: usize = 32;
const BINDS: usize = 50;
/// BINDs of many names, one after the other.
const LARGE: usize = 20;
const NAMES: usize = 1_000;
/// Calls under way at a time.
const CALLERS: usize = 32;
const CALLS: usize = 500;

#[tokio::main]
async fn main() {
    let server = Server::start().await;
    let platforms = join_all(["a", "b", "c"].map(|name| node(&server, name))).await;
    println!("| measured | per second | median | p99 |");
    println!("| --- | --- | --- | --- |");
    // It stays connected. Its BIND waits until the store is settled.
    let _first = edge(&platforms[0], "First".to_owned()).await;
    for count in [1, 3] {
        let nodes = &platforms[..count];
        let edges = (0..EDGES * count)
            .map(|number| edge(&nodes[number % count], format!("First{count}-{number}")));
        let edges = join_all(edges).await;
        let start = Instant::now();
        let all = join_all(edges.iter().enumerate().map(|(number, edge)| async move {
            let mut took = Vec::with_capacity(BINDS);
            for turn in 0..BINDS {
                let name = format!("Thing{count}-{number}-{turn}");
                let start = Instant::now();
                edge.add(Thing::new(&name)).await.unwrap();
                edge.wait_bound(&name).await.unwrap();
                took.push(start.elapsed());
            }
            took
        }));
        let took = all.await.concat();
        row(&format!("BINDs through {count} of 3 nodes"), took, start.elapsed());
    }
    let mut took = Vec::with_capacity(LARGE);
    let start = Instant::now();
    for number in 0..LARGE {
        took.push(large(&platforms[0], number).await);
    }
    row(&format!("BINDs of {NAMES} names, 1 at a time"), took, start.elapsed());
    for (what, platform) in [("within a node", &platforms[0]), ("across nodes", &platforms[1])] {
        let handle = platform.handle();
        for callers in [1, CALLERS] {
            let start = Instant::now();
            let took = join_all((0..callers).map(|_| calls(&handle))).await.concat();
            row(&format!("calls {what}, {callers} at a time"), took, start.elapsed());
        }
    }
}

async fn node(server: &Server, name: &str) -> Platform {
    let options = alwayson_nats::Options::new(&server.address, name);
    let cluster = Cluster::connect(options).await.unwrap();
    let options = Options::default().with_after_bind(AfterBind::NONE);
    let builder = Platform::builder(AcceptAnyClaims, MemoryThings::any()).options(options);
    let platform = builder.cluster(cluster).listen("127.0.0.1:0").await.unwrap();
    let limit = Instant::now() + PATIENCE;
    while platform.handle().node().is_none() {
        assert!(Instant::now() < limit, "it does not join");
        sleep(Duration::from_millis(20)).await;
    }
    platform
}

fn builder(platform: &Platform) -> Builder {
    let key = || async { Ok::<_, Infallible>(Credentials::app_key("any".to_owned())) };
    let builder = Edge::builder(&format!("ws://{}", platform.local_addr())).unwrap();
    builder.credentials(key)
}

/// Returns an edge whose first Thing is bound.
async fn edge(platform: &Platform, thing: String) -> Edge {
    let answer = |_: Table| async { Ok::<_, ServiceError>(Table::of([("result", 1.0.into())])) };
    let builder = builder(platform).thing(Thing::new(&thing).service("One", answer));
    let edge = builder.connect().await.unwrap();
    edge.wait_bound(&thing).await.unwrap();
    edge
}

/// Returns how long it takes until a new edge has bound many Things with one BIND.
async fn large(platform: &Platform, number: usize) -> Duration {
    let names = (0..NAMES).map(|name| Thing::new(format!("Large{number}-{name}")));
    let builder = names.fold(builder(platform), Builder::thing);
    let start = Instant::now();
    let edge = builder.connect().await.unwrap();
    edge.wait_bound(&format!("Large{number}-0")).await.unwrap();
    start.elapsed()
}

/// Calls a Thing of the first node; returns how long each call took.
async fn calls(handle: &Handle) -> Vec<Duration> {
    let mut took = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        let start = Instant::now();
        handle.call(Request::invoke_service("First", "One", None)).await.unwrap();
        took.push(start.elapsed());
    }
    took
}

fn row(what: &str, mut took: Vec<Duration>, all: Duration) {
    took.sort_unstable();
    let count = took.len();
    let per_second = f64::from(u32::try_from(count).unwrap()) / all.as_secs_f64();
    let ms = |place: usize| took[place].as_secs_f64() * 1_000.0;
    let (median, p99) = (ms(count / 2), ms(count * 99 / 100));
    println!("| {what} | {per_second:.0} | {median:.2} ms | {p99:.2} ms |");
}
