//! How edges that come together are let in: late rather than never, and with a reason where it is
//! too late.

use std::sync::Arc;
use std::time::Duration;

use alwayson::message::BoxFuture;
use alwayson::platform::{Authenticator, Claims, Event, MemoryThings, Options, Platform};
use alwayson::transport::{Close, Ending, Party};
use tokio::sync::Semaphore;

use super::peer::{KEY, Peer, auth_hex};
use super::support::{event, ms, platform, quiet};

/// Accepts claims once it has a permit for them.
struct Slow {
    asked: Arc<Semaphore>,
    permits: Arc<Semaphore>,
}

impl Authenticator for Slow {
    fn authenticate(&self, _: Claims) -> BoxFuture<'_, bool> {
        self.asked.add_permits(1);
        Box::pin(async {
            self.permits.acquire().await.unwrap().forget();
            true
        })
    }
}

/// A platform with a [`Slow`] host: the host was asked as often as the first semaphore has permits,
/// and answers as often as the second one gets.
async fn slow(options: Options) -> (Platform, Arc<Semaphore>, Arc<Semaphore>) {
    let asked = Arc::new(Semaphore::new(0));
    let permits = Arc::new(Semaphore::new(0));
    let host = Slow { asked: Arc::clone(&asked), permits: Arc::clone(&permits) };
    let builder = Platform::builder(host, MemoryThings::any()).options(options);
    (builder.listen("127.0.0.1:0").await.unwrap(), asked, permits)
}

/// Waits until the platform has ended a connection, and returns its close.
async fn closed(platform: &Platform, peer: &mut Peer) -> Close {
    let mut events = platform.events();
    assert_eq!(peer.frame().await, "close 1013");
    match event(&mut events, |event| matches!(event, Event::Disconnected { .. })).await {
        Event::Disconnected { ending, .. } => {
            let close = ending.close.clone().unwrap();
            assert_eq!(ending, Ending::closed(Party::Local, Some(close.clone())));
            close
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_edge_whose_turn_is_too_late_gets_a_close_with_a_reason() {
    let options = quiet().with_admissions_per_second(1).unwrap();
    let platform =
        platform(&MemoryThings::any(), options.with_admission_wait(ms(1)).unwrap()).await;
    let mut first = Peer::bound(platform.local_addr(), &["Pump"]).await;
    let mut second = Peer::open(platform.local_addr()).await;
    let close = closed(&platform, &mut second).await;
    assert_eq!(
        (close.code(), close.reason()),
        (1013, "too many edges connect at a time; try again later")
    );
    // Those that are connected notice nothing.
    assert!(first.bind(&["Valve"]).await.starts_with("SUCCESS"));
}

#[tokio::test]
async fn edges_that_must_wait_for_their_turn_are_all_let_in() {
    let options = quiet().with_admissions_per_second(20).unwrap();
    let platform = platform(&MemoryThings::any(), options).await;
    let address = platform.local_addr();
    let peers = (0..10).map(|_| tokio::spawn(Peer::authenticated(address)));
    let peers: Vec<_> = peers.collect();
    for peer in peers {
        peer.await.unwrap();
    }
}

#[tokio::test]
async fn the_host_decides_about_as_many_auths_at_a_time_as_are_allowed() {
    for limit in [1, 2, 3] {
        let (platform, asked, permits) = slow(quiet().with_authentications(limit).unwrap()).await;
        let mut peers = Vec::new();
        for _ in 0..=limit {
            let mut peer = Peer::open(platform.local_addr()).await;
            peer.send_hex(&auth_hex(KEY)).await;
            peers.push(peer);
        }
        let first = asked.acquire_many(limit.try_into().unwrap()).await.unwrap();
        first.forget();
        assert_eq!(asked.available_permits(), 0, "more than {limit} at a time");
        permits.add_permits(1);
        asked.acquire().await.unwrap().forget();
        permits.add_permits(limit);
        for peer in &mut peers {
            assert!(peer.message().await.1.starts_with("SUCCESS request=1"));
        }
    }
}

#[tokio::test]
async fn an_auth_that_gets_no_place_in_time_ends_with_a_close_and_the_next_one_is_taken() {
    let options = quiet().with_authentications(1).unwrap();
    let (platform, asked, permits) = slow(options.with_admission_wait(ms(50)).unwrap()).await;
    let mut first = Peer::open(platform.local_addr()).await;
    first.send_hex(&auth_hex(KEY)).await;
    asked.acquire().await.unwrap().forget();
    let mut second = Peer::open(platform.local_addr()).await;
    second.send_hex(&auth_hex(KEY)).await;
    assert_eq!(closed(&platform, &mut second).await.code(), 1013);
    permits.add_permits(2);
    assert!(first.message().await.1.starts_with("SUCCESS request=1"));
    let mut third = Peer::open(platform.local_addr()).await;
    third.send_hex(&auth_hex(KEY)).await;
    assert!(third.message().await.1.starts_with("SUCCESS request=1"));
}

#[tokio::test]
async fn an_edge_that_leaves_while_it_waits_frees_its_place() {
    let options = quiet().with_authentications(1).unwrap();
    let (platform, asked, permits) = slow(options).await;
    let mut first = Peer::open(platform.local_addr()).await;
    first.send_hex(&auth_hex(KEY)).await;
    asked.acquire().await.unwrap().forget();
    drop(first);
    let mut second = Peer::open(platform.local_addr()).await;
    second.send_hex(&auth_hex(KEY)).await;
    permits.add_permits(1);
    assert!(second.message().await.1.starts_with("SUCCESS request=1"));
}

#[test]
fn the_defaults_wait_less_than_an_edge_does() {
    assert!(Options::default().admission_wait() < Duration::from_secs(10));
}
