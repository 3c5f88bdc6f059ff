//! All faults at once, while a well-behaved edge is served.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use alwayson::platform::{Event, MemoryThings};
use alwayson_codec::{self as codec, Body};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::peer::{Peer, auth_hex};
use super::support::{event, ms, platform, quiet};

/// How many of each kind there are.
const OF_EACH: usize = 20;

/// A misbehaving client, in a loop.
async fn harm(address: SocketAddr, kind: usize) {
    match kind {
        // Opens and closes.
        0 => drop(TcpStream::connect(address).await),
        // Sends a request without an end.
        1 => {
            let Ok(mut socket) = TcpStream::connect(address).await else { return };
            let _ = socket.write_all(b"GET /Thingworx/WS HTTP/1.1\r\nX: ").await;
            while socket.write_all(&[b'x'; 4096]).await.is_ok() {}
        }
        // Says nothing after the upgrade.
        2 => drop(Peer::open(address).await.frame().await),
        // Authenticates with a wrong key.
        3 => {
            let mut peer = Peer::open(address).await;
            peer.send_hex(&auth_hex("wrong")).await;
            drop(peer.frame().await);
        }
        // Sends invalid frames.
        4 => {
            let peer = Peer::authenticated(address).await;
            let mut socket = peer.into_socket().into_inner();
            let _ = socket.write_all(&[0xFF; 64]).await;
            let _ = socket.read_to_end(&mut Vec::new()).await;
        }
        // Sends invalid messages.
        5 => {
            let mut peer = Peer::authenticated(address).await;
            for _ in 0..100 {
                peer.send_hex("01010000000900000000000000000000").await;
            }
            drop(peer.frame().await);
        }
        // Binds and unbinds in a loop, also names of other connections.
        6 => {
            let mut peer = Peer::authenticated(address).await;
            for _ in 0..50 {
                drop(peer.bind(&["Flood1", "Flood2"]).await);
                drop(peer.unbind(&["Flood1", "Flood2"]).await);
                drop(peer.bind(&["Good"]).await);
            }
        }
        // Sends requests and does not read the answers.
        _ => {
            let mut peer = Peer::authenticated(address).await;
            for _ in 0..2_000 {
                peer.say(Body::Request(codec::Request::read_property("Pump", "p"))).await;
            }
            drop(peer.into_socket());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_under_all_faults_at_once_keeps_serving_a_well_behaved_edge() {
    // Long enough for an upgrade and an AUTH among all of these on a busy machine.
    let options = quiet()
        .with_auth_timeout(ms(5_000))
        .unwrap()
        .with_upgrade_timeout(Duration::from_secs(5))
        .unwrap()
        .with_send_timeout(Duration::from_millis(500))
        .unwrap()
        // They connect as fast as they can, and each is to do its harm.
        .with_admissions_per_second(1_000_000)
        .unwrap();
    let platform = platform(&MemoryThings::any(), options).await;
    let mut events = platform.events();
    let address = platform.local_addr();
    let mut good = Peer::bound(address, &["Good"]).await;

    let mut harming = tokio::task::JoinSet::new();
    for client in 0..8 * OF_EACH {
        harming.spawn(async move {
            let until = Instant::now() + Duration::from_secs(3);
            while Instant::now() < until {
                harm(address, client % 8).await;
            }
        });
    }
    let mut slowest = Duration::ZERO;
    let mut served = 0;
    while !harming.is_empty() {
        let asked = Instant::now();
        let answer = good.ask(Body::Request(codec::Request::read_property("Good", "p"))).await;
        assert!(answer.starts_with("NOT_FOUND"), "{answer}");
        slowest = slowest.max(asked.elapsed());
        served += 1;
        while let Some(result) = harming.try_join_next() {
            result.unwrap();
        }
    }
    assert!(served > 100, "{served} requests were answered");
    assert!(slowest < Duration::from_secs(2), "one waited {slowest:?}");
    // Only this one is left.
    while platform.handle().connections() > 1 {
        event(&mut events, |event| matches!(event, Event::Disconnected { .. })).await;
    }
    assert!(platform.handle().holder("Good").is_some());
    assert_eq!(platform.handle().holder("Flood1"), None);
}
