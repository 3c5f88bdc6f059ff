//! 300 edges behind haproxy, with the configuration of the example.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::Instant;

use crate::edges::{self, Pace, TestEdge, bound};
use crate::servers::free_ports;
use crate::site::{EXPIRY, Site, TIMES, until, until_within};

const EDGES: usize = 300;

/// Edges know a lost connection after 60 s at the latest, so that is how long one fault may last.
const BOUND_AGAIN: Duration = Duration::from_secs(60);

struct Balancer {
    process: Child,
    address: String,
    _folder: TempDir,
}

impl Balancer {
    /// Starts haproxy with the configuration of the example, but other ports.
    ///
    /// # Panics
    /// If the program is missing: on Debian, `apt-get install haproxy`.
    fn start(nodes: &[String]) -> Self {
        let [port] = free_ports();
        let address = format!("127.0.0.1:{port}");
        let mut text = include_str!("../../../nats/examples/haproxy.cfg").to_owned();
        let examples = ["127.0.0.1:8080", "127.0.0.1:8081", "127.0.0.1:8082", "127.0.0.1:8083"];
        for (example, own) in examples.into_iter().zip([&address].into_iter().chain(nodes)) {
            assert!(text.contains(example), "{example}");
            text = text.replace(example, own);
        }
        // The files that a process may open are fewer where tests run.
        text = text.replace("maxconn 60000", "maxconn 4000");
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("haproxy.cfg");
        std::fs::write(&file, text).unwrap();
        let mut command = Command::new("haproxy");
        command.arg("-f").arg(file).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().expect("haproxy is missing: apt-get install haproxy");
        Self { process, address, _folder: folder }
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The Things that a node holds, as another one knows it.
async fn held_by(site: &mut Site, asked: usize, holder: &str) -> usize {
    let things = site.nodes[asked].ask("things").await;
    let things = things["result"].as_array().unwrap();
    things.iter().filter(|thing| thing["node"] == holder).count()
}

async fn all_bound(edges: &[TestEdge]) -> Duration {
    until_within(BOUND_AGAIN, "all edges are bound", || bound(edges) == EDGES).await
}

/// Every node knows all Things as connected, and calls them.
async fn all_served(site: &mut Site, nodes: &[usize], edges: &[TestEdge]) {
    for &node in nodes {
        let node = &mut site.nodes[node];
        let limit = Instant::now() + EXPIRY;
        loop {
            let connected = node.connected().await;
            if connected == EDGES {
                break;
            }
            assert!(Instant::now() < limit, "{} knows {connected}", node.name);
        }
        for edge in edges.iter().step_by(7) {
            let who = node.who(&edge.thing).await.unwrap();
            assert!(who.starts_with(&format!("{}/", edge.thing)), "{who}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn edges_behind_a_balancer_are_bound_again_after_each_fault_of_a_node() {
    let mut site = Site::start(TIMES).await;
    let balancer = Balancer::start(&site.addresses());
    let address = std::slice::from_ref(&balancer.address);
    let edges: Vec<TestEdge> = (0..EDGES)
        .map(|number| {
            let thing = format!("Pump{number}");
            edges::start(&thing, &thing, address, Pace::Default)
        })
        .collect();
    all_bound(&edges).await;
    all_served(&mut site, &[0, 1, 2], &edges).await;
    for node in ["a", "b", "c"] {
        let held = held_by(&mut site, 0, node).await;
        assert!((50..=150).contains(&held), "{node} holds {held}");
    }

    // Killed: its names are free when its lease has ended.
    site.nodes[0].kill();
    let killed = Instant::now();
    while site.nodes[1].holder("Pump0").await.is_some_and(|holder| holder == "a")
        || held_by(&mut site, 1, "a").await > 0
    {
        assert!(killed.elapsed() < EXPIRY + Duration::from_secs(2), "its names are not free");
    }
    until("its edges have noticed", || bound(&edges) < EDGES || killed.elapsed() > EXPIRY).await;
    let took = all_bound(&edges).await;
    println!("killed: all edges bound again {took:?} after its names were free");
    all_served(&mut site, &[1, 2], &edges).await;

    // Cut off from NATS, and not mended: it must not keep new connections of the balancer.
    site.nodes[0].start();
    site.nodes[0].joined().await;
    site.cut(1);
    until("it is fenced", || site.nodes[1].count("fenced") == 1).await;
    let took = all_bound(&edges).await;
    println!("cut off: all edges bound again {took:?} after it was fenced");
    all_served(&mut site, &[0, 2], &edges).await;
    site.mend(1);
    until("it joins again", || site.nodes[1].count("joined") == 2).await;

    // Shut down in order: its names are free at once.
    site.nodes[2].quit().await;
    let left = Instant::now();
    while held_by(&mut site, 0, "c").await > 0 {
        assert!(left.elapsed() < Duration::from_secs(3), "its names are not free at once");
    }
    assert!(bound(&edges) < EDGES);
    let took = all_bound(&edges).await;
    println!("shut down: all edges bound again after {took:?}");
    all_served(&mut site, &[0, 1], &edges).await;
}
