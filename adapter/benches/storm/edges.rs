//! The edges, as the library makes them: those of the protocol's own reconnect delay.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alwayson::edge::{ConnectionState, Credentials, Edge, StateChange, Thing};
use alwayson::value::{Table, Value};

use super::platform::name;

/// The number of edges that begin to connect in a second at first.
const STARTED_PER_SECOND: u32 = 1_000;

/// How often attempts failed, by their reasons.
type Faults = BTreeMap<String, u64>;

pub(crate) struct Edges {
    numbers: Range<usize>,
    running: Vec<Edge>,
    faults: Arc<Mutex<Faults>>,
}

impl Edges {
    /// Starts edges, each with one Thing.
    pub(crate) async fn start(address: SocketAddr, numbers: Range<usize>) -> Self {
        let faults = Arc::<Mutex<Faults>>::default();
        let mut pause = tokio::time::interval(Duration::from_secs(1) / STARTED_PER_SECOND);
        let mut running = Vec::new();
        for number in numbers.clone() {
            pause.tick().await;
            running.push(one(address, number, Arc::clone(&faults)));
        }
        Self { numbers, running, faults }
    }

    /// Waits until each edge has bound its Thing.
    pub(crate) async fn all_bound(&self) {
        for (number, edge) in self.numbers.clone().zip(&self.running) {
            edge.wait_bound(&name(number)).await.expect("it goes on");
        }
    }

    /// Waits until each edge has lost its connection and has bound its Thing again.
    pub(crate) async fn all_bound_again(&self) {
        // The connections end at once, and no edge is back before five seconds have passed.
        tokio::time::sleep(Duration::from_secs(2)).await;
        self.all_bound().await;
    }

    /// Calls a service of the platform. Returns its text.
    pub(crate) async fn ask(&self, service: &str) -> String {
        let first = self.running.first().expect("an edge");
        let answer =
            first.invoke_service(&name(self.numbers.start), service, Table::of::<&str>([])).await;
        let answer = answer.expect("an answer");
        answer.value().and_then(Value::as_str).expect("a text").to_owned()
    }

    /// Returns how often attempts failed since this was called last, by their reasons.
    pub(crate) fn take_faults(&self) -> String {
        let faults = std::mem::take(&mut *self.faults.lock().expect("no panic"));
        let faults = faults.iter().map(|(reason, count)| format!("{count} times: {reason}"));
        faults.collect::<Vec<_>>().join("; ")
    }
}

/// Starts an edge with one Thing, which counts why its attempts fail.
fn one(address: SocketAddr, number: usize, faults: Arc<Mutex<Faults>>) -> Edge {
    let thing = Thing::new(name(number)).property("Temperature", 21.5);
    let edge = Edge::builder(&format!("ws://{address}")).expect("a URL").thing(thing);
    let edge = edge.credentials(|| async { Ok::<_, std::io::Error>(Credentials::app_key("key")) });
    let edge = edge.on_change(move |change| {
        if let StateChange::Connection(ConnectionState::Waiting { reason, .. }) = change {
            *faults.lock().expect("no panic").entry(reason.to_string()).or_default() += 1;
        }
    });
    edge.start().expect("it starts")
}
