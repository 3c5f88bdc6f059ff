//! Faults that are after a platform's memory: an allocator in this binary counts
//! what the process holds.

mod counted;
#[path = "../platform/peer.rs"]
#[expect(dead_code, reason = "other tests use more of it")]
mod peer;
mod pipe;
#[path = "../platform/support.rs"]
#[expect(dead_code, reason = "other tests use more of it")]
mod support;
mod unfinished;

use std::sync::Arc;
use std::time::Duration;

use alwayson::message::Request;
use alwayson::platform::{Event, MemoryThings};
use tokio::sync::Mutex;

use counted::{held, most};
use peer::Peer;
use support::{all_ended, event, platform, quiet};

/// A test that counts runs beside no other.
static ALONE: Mutex<()> = Mutex::const_new(());

const MIB: usize = 1 << 20;

#[tokio::test]
async fn s11_a_peer_that_stops_reading_is_dropped_and_its_memory_with_it() {
    let _alone = ALONE.lock().await;
    let options = quiet().with_send_timeout(Duration::from_millis(300)).unwrap();
    let platform = platform(&MemoryThings::any(), options).await;
    let mut events = platform.events();
    let peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
    let before = held();
    most();
    // It is there, and reads nothing: its answers never come.
    let socket = peer.into_socket();
    let text: Arc<str> = "x".repeat(100_000).into();
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..400 {
        let handle = platform.handle();
        let text = Arc::clone(&text);
        calls.spawn(async move { handle.call(Request::write_property("Pump", "p", &*text)).await });
    }
    event(&mut events, |event| matches!(event, Event::Disconnected { .. })).await;
    let results = calls.join_all().await;
    assert!(results.iter().all(Result::is_err));
    // 40 MB were to be sent: the requests that wait are the callers' own, what the connection
    // takes of them is bounded.
    let taken = most() - before;
    assert!(taken < 50 * MIB + 2 * MIB + MIB, "{taken} bytes");
    drop(socket);
    all_ended(&platform, &mut events).await;
    assert!(held() < before + MIB, "all of it is given back");
}

#[tokio::test]
async fn s09_ten_thousand_quick_opens_and_closes_leave_nothing_behind() {
    let _alone = ALONE.lock().await;
    let platform = platform(&MemoryThings::any(), quiet()).await;
    let mut events = platform.events();
    // What is made once, is made.
    for _ in 0..100 {
        drop(Peer::bound(platform.local_addr(), &["Pump"]).await);
        all_ended(&platform, &mut events).await;
    }
    let before = held();
    for round in 0..100 {
        let mut opening = tokio::task::JoinSet::new();
        for client in 0..100 {
            let address = platform.local_addr();
            opening.spawn(async move {
                match client % 4 {
                    // Before the upgrade, after it, after AUTH, after BIND.
                    0 => drop(tokio::net::TcpStream::connect(address).await.unwrap()),
                    1 => drop(Peer::open(address).await),
                    2 => drop(Peer::authenticated(address).await),
                    _ => drop(Peer::bound(address, &[&format!("Thing{client}")]).await),
                }
            });
        }
        opening.join_all().await;
        if round % 10 == 9 {
            all_ended(&platform, &mut events).await;
        }
    }
    let peer = Peer::bound(platform.local_addr(), &["Thing3"]).await;
    drop(peer);
    all_ended(&platform, &mut events).await;
    // The Things that were made stay.
    assert!(held() < before + MIB, "{} bytes more", held() - before);
}
