//! The servers of NATS elect a leader, have no quorum, and come back without their data.

use std::time::Duration;

use alwayson::codec::Status;
use alwayson::edge::ThingState;
use tokio::time::{Instant, sleep};

use crate::edges::{self, Pace, TestEdge};
use crate::site::{Site, until, until_within};

/// The default times of leases: an election takes longer on a machine that has much to do.
const TIMES: &str = "3000,500,15000,20000,9000";
/// The lease of these.
const LEASE: Duration = Duration::from_secs(15);

/// Nobody has noticed anything: each edge has the connection that it had first.
async fn undisturbed(site: &mut Site, edges: &[TestEdge]) {
    for node in &mut site.nodes {
        assert_eq!(node.count("fenced"), 0, "{} was fenced", node.name);
        for edge in edges {
            let answered = node.who(&edge.thing).await;
            assert_eq!(answered, Ok(format!("{}/1", edge.thing)), "asked by {}", node.name);
        }
    }
}

/// One edge on each node.
async fn one_on_each(site: &Site) -> Vec<TestEdge> {
    let addresses = site.addresses();
    let edges: Vec<_> = ["On-a", "On-b", "On-c"]
        .iter()
        .zip(addresses.chunks(1))
        .map(|(thing, address)| edges::start(thing, thing, address, Pace::Quick))
        .collect();
    until("all are bound", || edges::bound(&edges) == 3).await;
    edges
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_fenced_when_a_server_dies_and_all_are_when_there_is_no_quorum() {
    let mut site = Site::start(TIMES).await;
    let mut edges = one_on_each(&site).await;
    let addresses = site.addresses();
    // One of them is the leader.
    for server in 0..3 {
        site.servers.kill(server);
        let thing = format!("New{server}");
        let edge = edges::start(&thing, &thing, &addresses[server..=server], Pace::Quick);
        let bound = Duration::from_secs(20);
        let took = until_within(bound, "a BIND waits for the election", || edge.is_bound()).await;
        let known = site.known(&thing).await;
        println!("server {server} killed: a Thing was bound after {took:?}, known {known:?} later");
        site.servers.start_one(server);
        site.servers.healthy(server).await;
        edges.push(edge);
        undisturbed(&mut site, &edges).await;
    }

    // All have refreshed their leases since the last election.
    sleep(LEASE).await;
    undisturbed(&mut site, &edges).await;
    site.servers.kill(0);
    site.servers.kill(1);
    let lost = Instant::now();
    let late = edges::start("Late", "Late", &addresses[..1], Pace::Quick);
    until_within(LEASE, "its BIND is refused", || {
        let state = late.edge.state();
        let state = state.borrow().things.get("Late").cloned();
        matches!(state, Some(ThingState::Refused { status, .. })
            if status == Status::SERVICE_UNAVAILABLE)
    })
    .await;
    assert!(site.nodes.iter().all(|node| node.count("fenced") == 0));
    until_within(2 * LEASE, "all nodes are fenced", || {
        site.nodes.iter().all(|node| node.count("fenced") == 1)
    })
    .await;
    let fenced = lost.elapsed();
    println!("no quorum: all nodes were fenced after {fenced:?}");
    until_within(Duration::from_secs(5), "no edge is bound", || edges::bound(&edges) == 0).await;
    site.servers.start_one(0);
    site.servers.start_one(1);
    edges.push(late);
    let back = Duration::from_secs(60);
    let took = until_within(back, "all are bound", || edges::bound(&edges) == edges.len()).await;
    println!("no quorum: all edges were bound {took:?} after the servers were started");
    for node in &mut site.nodes {
        for edge in &edges {
            let answered = node.who(&edge.thing).await.unwrap();
            assert!(answered.starts_with(&edge.thing), "{answered}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_come_back_without_their_data_are_told_what_is_held() {
    let mut site = Site::start(TIMES).await;
    let edges = one_on_each(&site).await;
    site.servers.lose_everything().await;
    until_within(Duration::from_secs(15), "all nodes have joined again", || {
        site.nodes.iter().all(|node| node.count("joined") == 2)
    })
    .await;
    // Longer than the lease.
    sleep(LEASE + Duration::from_secs(1)).await;
    undisturbed(&mut site, &edges).await;
    let other = edges::start("On-a", "other", &site.addresses()[1..2], Pace::Quick);
    until("it is held", || !site.nodes[1].refusals().is_empty()).await;
    assert!(!other.is_bound());
    undisturbed(&mut site, &edges).await;
}
