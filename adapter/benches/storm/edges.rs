//! The edges, as the library makes them: those of the protocol's own reconnect delay.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alwayson::edge::{ConnectionState, Credentials, Edge, StateChange, Thing};
use alwayson::value::{Table, Value};

use super::platform::{REPORT, name};

/// The number of edges that begin to connect in a second at first.
const STARTED_PER_SECOND: u32 = 1_000;

/// How often attempts failed, by their reasons.
type Faults = BTreeMap<String, u64>;

pub(crate) struct Edges {
    edges: Vec<Edge>,
    faults: Arc<Mutex<Faults>>,
}

impl Edges {
    /// Starts edges, each with one Thing.
    pub(crate) async fn start(address: SocketAddr, count: usize) -> Self {
        let faults = Arc::<Mutex<Faults>>::default();
        let mut pause = tokio::time::interval(Duration::from_secs(1) / STARTED_PER_SECOND);
        let mut edges = Vec::new();
        for edge in 0..count {
            pause.tick().await;
            edges.push(one(address, edge, Arc::clone(&faults)));
        }
        Self { edges, faults }
    }

    /// Waits until each edge has bound its Thing.
    pub(crate) async fn all_bound(&self) {
        for (number, edge) in self.edges.iter().enumerate() {
            edge.wait_bound(&name(number)).await.expect("it goes on");
        }
    }

    /// Waits until each edge has lost its connection and has bound its Thing again.
    pub(crate) async fn all_bound_again(&self) {
        // The connections end at once, and no edge is back before five seconds have passed.
        tokio::time::sleep(Duration::from_secs(2)).await;
        self.all_bound().await;
    }

    /// Asks the platform how long its calls took since the last report.
    pub(crate) async fn report(&self) -> String {
        let first = self.edges.first().expect("an edge");
        let answer = first.invoke_service(&name(0), REPORT, Table::of::<&str>([])).await;
        let answer = answer.expect("an answer");
        answer.value().and_then(Value::as_str).expect("a text").to_owned()
    }

    pub(crate) fn faults(&self) -> Faults {
        self.faults.lock().expect("no panic").clone()
    }

    /// Returns how often attempts failed since then, by their reasons.
    pub(crate) fn faults_since(&self, before: &Faults) -> String {
        let mut text = String::new();
        for (reason, count) in self.faults() {
            let more = count - before.get(&reason).copied().unwrap_or_default();
            if more > 0 {
                // Writing to a string cannot fail.
                let _ = write!(text, "\n    {more} times: {reason}");
            }
        }
        text
    }

    /// Ends all edges.
    pub(crate) async fn leave(self) {
        drop(self.edges);
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
}

/// Starts an edge with one Thing, which counts why its attempts fail.
fn one(address: SocketAddr, edge: usize, faults: Arc<Mutex<Faults>>) -> Edge {
    let thing = Thing::new(name(edge)).property("Temperature", 21.5);
    let edge = Edge::builder(&format!("ws://{address}")).expect("a URL").thing(thing);
    let edge = edge.credentials(|| async { Ok::<_, std::io::Error>(Credentials::app_key("key")) });
    let edge = edge.on_change(move |change| {
        if let StateChange::Connection(ConnectionState::Waiting { reason, .. }) = change {
            *faults.lock().expect("no panic").entry(reason.to_string()).or_default() += 1;
        }
    });
    edge.start().expect("it starts")
}
