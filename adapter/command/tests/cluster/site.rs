//! Servers and nodes, and a proxy between each two of them.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use crate::node::Node;
use crate::proxy::Proxy;
use crate::servers::{Servers, free_ports};

/// The timeout of a wait that has no other.
const PATIENCE: Duration = Duration::from_secs(60);

/// Times of leases that are shorter than the defaults, but longer than an election of servers.
pub(crate) const TIMES: &str = "1000,300,10000,12000,8000";
/// The lease and the expiry of these.
pub(crate) const LEASE: Duration = Duration::from_secs(10);
pub(crate) const EXPIRY: Duration = Duration::from_secs(12);

pub(crate) struct Site {
    pub(crate) servers: Servers,
    pub(crate) nodes: Vec<Node>,
    proxies: Vec<Vec<Proxy>>,
}

impl Site {
    /// Starts three servers and three nodes, with these times of leases, and waits until an edge
    /// can bind.
    pub(crate) async fn start(times: &str) -> Self {
        let servers = Servers::start().await;
        let ports: [u16; 3] = free_ports();
        let mut site = Self { servers, nodes: Vec::new(), proxies: Vec::new() };
        for (name, port) in ["a", "b", "c"].into_iter().zip(ports) {
            let addresses = [0, 1, 2].map(|number| site.servers.address(number));
            let proxies = join_all(addresses.iter().map(|address| Proxy::to(address))).await;
            let urls = proxies.iter().map(|proxy| proxy.address.to_string());
            let urls = urls.collect::<Vec<_>>().join(",");
            let mut node = Node::new(name, port, urls, &["--nats-times", times]);
            node.start();
            site.nodes.push(node);
            site.proxies.push(proxies);
        }
        for node in &site.nodes {
            node.joined().await;
        }
        site
    }

    pub(crate) fn addresses(&self) -> Vec<String> {
        self.nodes.iter().map(|node| node.address.clone()).collect()
    }

    /// Waits until all nodes know that a Thing is bound; returns how long that took.
    pub(crate) async fn known(&mut self, thing: &str) -> Duration {
        let start = Instant::now();
        for node in &mut self.nodes {
            while node.holder(thing).await.is_none() {
                assert!(start.elapsed() < PATIENCE, "{} does not know {thing}", node.name);
                sleep(Duration::from_millis(20)).await;
            }
        }
        start.elapsed()
    }

    /// Cuts a node off from all servers.
    pub(crate) fn cut(&self, node: usize) {
        self.proxies[node].iter().for_each(Proxy::cut);
    }

    /// Ends the connections of a node to all servers, and those that it begins.
    pub(crate) async fn disconnect(&self, node: usize) {
        self.proxies[node].iter().for_each(Proxy::close);
        // The servers have seen that nobody listens any more.
        sleep(Duration::from_millis(500)).await;
    }

    pub(crate) fn mend(&self, node: usize) {
        self.proxies[node].iter().for_each(Proxy::mend);
    }
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, holds: impl FnMut() -> bool) {
    until_within(PATIENCE, what, holds).await;
}

/// Waits until something holds; returns how long that took.
pub(crate) async fn until_within(
    limit: Duration,
    what: &str,
    mut holds: impl FnMut() -> bool,
) -> Duration {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < limit, "not within {limit:?}: {what}");
        sleep(Duration::from_millis(20)).await;
    }
    start.elapsed()
}
