//! Connecting, and connecting again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use alwayson::edge::{
    ConnectionState, Credentials, Edge, EndReason, Reconnect, RequestError, StartError,
};
use alwayson::transport::ConnectErrorKind;
use alwayson_codec::Status;
use tokio::time::Instant;

use crate::platform::Seen;
use crate::wire::Sockets;
use crate::{KEY, SENSOR, bare, bound, builder, seconds, waiting};

#[tokio::test(start_paused = true)]
async fn the_key_is_asked_for_at_each_connect() {
    let mut sockets = Sockets::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let edge = builder(&sockets)
        .credentials(move || {
            let count = counted.fetch_add(1, Ordering::Relaxed);
            async move { Ok::<_, std::io::Error>(Credentials::app_key(format!("key {count}"))) }
        })
        .start()
        .unwrap();
    for count in 0..3 {
        let mut platform = sockets.next().await;
        let claims = platform.accept().await;
        assert_eq!(claims, [("appKey".to_owned(), format!("key {count}"))]);
        assert_eq!(platform.bind().await, [SENSOR]);
        edge.wait_bound(SENSOR).await.unwrap();
        platform.close();
        waiting(&edge).await;
    }
    assert_eq!((asked.load(Ordering::Relaxed), edge.counters().connections), (3, 3));
}

#[tokio::test(start_paused = true)]
async fn a_user_and_a_password_are_two_claims() {
    let mut sockets = Sockets::new();
    let _edge = bare(&sockets)
        .credentials(|| async {
            let user = "operator".to_owned();
            let password = "secret".into();
            Ok::<_, std::io::Error>(Credentials::UserPassword { user, password })
        })
        .start()
        .unwrap();
    let claims = sockets.next().await.accept().await;
    let claim = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(claims, [claim("userid", "operator"), claim("password", "secret")]);
}

#[tokio::test(start_paused = true)]
async fn nothing_but_auth_is_sent_before_it_has_succeeded() {
    let mut sockets = Sockets::new();
    let edge = builder(&sockets).start().unwrap();
    let mut platform = sockets.next().await;
    let Seen::Auth(_) = platform.next().await else { panic!("no AUTH") };
    let read = edge.read_property(SENSOR, "Temperature").await;
    assert_eq!(read, Err(RequestError::NotAuthenticated));
    assert!(platform.is_quiet(seconds(9)).await);
    assert_eq!(edge.state().borrow().connection, ConnectionState::Authenticating);
}

#[tokio::test(start_paused = true)]
async fn unauthorized_is_final() {
    let mut sockets = Sockets::new();
    let connecting = tokio::spawn(builder(&sockets).connect());
    let mut platform = sockets.next().await;
    platform.refuse().await;
    assert_eq!(platform.next().await, Seen::Closed(Some(1000)));
    platform.close();
    let reason = EndReason::Refused { status: Status::UNAUTHORIZED, reason: None };
    let Err(StartError::Ended(ended)) = connecting.await.unwrap() else { panic!("not ended") };
    assert_eq!(ended, reason);
    tokio::time::sleep(seconds(1000)).await;
    assert!(sockets.is_quiet());
}

#[tokio::test(start_paused = true)]
async fn connect_returns_the_first_error_and_leaves() {
    let mut sockets = Sockets::new();
    sockets.is_down.store(true, Ordering::Relaxed);
    let start = Instant::now();
    let Err(StartError::Ended(reason)) = builder(&sockets).connect().await else { panic!() };
    assert_eq!(reason.to_string(), "no WebSocket: connection refused");
    let without_key = builder(&sockets).credentials(|| async { Err(std::io::Error::other("no")) });
    let Err(StartError::Ended(reason)) = without_key.connect().await else { panic!() };
    assert_eq!(reason, EndReason::NoCredentials);
    assert_eq!(start.elapsed(), seconds(0));
    sockets.is_down.store(false, Ordering::Relaxed);
    tokio::time::sleep(seconds(1000)).await;
    assert!(sockets.is_quiet());
    assert_eq!(sockets.attempts.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn connect_retrying_goes_on_until_the_platform_is_there() {
    let mut sockets = Sockets::new();
    sockets.is_down.store(true, Ordering::Relaxed);
    let connecting = tokio::spawn(builder(&sockets).connect_retrying());
    tokio::time::sleep(seconds(20)).await;
    assert_eq!(sockets.attempts.load(Ordering::Relaxed), 3);
    sockets.is_down.store(false, Ordering::Relaxed);
    let mut platform = sockets.next().await;
    platform.accept().await;
    connecting.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn unauthorized_is_tried_again_where_that_is_asked_for() {
    let mut sockets = Sockets::new();
    let reconnect = Reconnect::default().with_after_unauthorized(true).with_jitter_ms(0);
    let edge = builder(&sockets).reconnect(reconnect).start().unwrap();
    let mut platform = sockets.next().await;
    platform.refuse().await;
    platform.close();
    let mut again = sockets.next().await;
    again.accept().await;
    edge.wait_authenticated().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_edge_waits_longer_with_each_attempt_that_fails() {
    let sockets = Sockets::new();
    sockets.is_down.store(true, Ordering::Relaxed);
    let start = Instant::now();
    let edge = builder(&sockets).start().unwrap();
    let mut state = edge.state();
    let mut waits = Vec::new();
    for attempt in 1..=4 {
        let is_next = |count: usize| count == attempt;
        state
            .wait_for(|state| {
                matches!(state.connection, ConnectionState::Waiting { .. })
                    && is_next(sockets.attempts.load(Ordering::Relaxed))
            })
            .await
            .unwrap();
        waits.push(start.elapsed().as_secs());
        let ConnectionState::Waiting { until, reason, repeated } =
            state.borrow().connection.clone()
        else {
            panic!("not waiting")
        };
        let kind = ConnectErrorKind::Unreachable(std::io::ErrorKind::ConnectionRefused);
        let text = "connection refused".to_owned();
        assert_eq!(reason, EndReason::NotConnected { kind, text });
        assert_eq!(usize::try_from(repeated).unwrap(), attempt - 1);
        assert!(until > SystemTime::now());
        // Requests fail at once with this error.
        let read = edge.read_property(SENSOR, "Temperature").await;
        assert_eq!(read, Err(RequestError::NotConnected));
    }
    assert_eq!(waits, [0, 5, 15, 35]);
}

#[tokio::test(start_paused = true)]
async fn edges_do_not_all_come_back_at_once() {
    let start = Instant::now();
    let mut lives = Vec::new();
    for _ in 0..20 {
        lives.push(tokio::spawn(async move {
            let mut sockets = Sockets::new();
            let _edge = builder(&sockets).reconnect(Reconnect::default()).start().unwrap();
            sockets.next().await.close();
            let _again = sockets.next().await;
            start.elapsed().as_millis()
        }));
    }
    let mut times = BTreeSet::new();
    for life in lives {
        times.insert(life.await.unwrap());
    }
    assert!(times.iter().all(|time| (5_000..=15_010).contains(time)), "{times:?}");
    assert!(times.len() > 10, "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn a_key_provider_that_fails_or_hangs_is_asked_again() {
    let mut sockets = Sockets::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let edge = builder(&sockets)
        .credentials(move || {
            let count = counted.fetch_add(1, Ordering::Relaxed);
            async move {
                match count {
                    0 => Err(std::io::Error::other(KEY)),
                    1 => std::future::pending().await,
                    _ => Ok(Credentials::app_key(KEY)),
                }
            }
        })
        .start()
        .unwrap();
    let mut state = edge.state();
    for count in 1..=2 {
        let waiting = state
            .wait_for(|state| {
                matches!(state.connection, ConnectionState::Waiting { .. })
                    && asked.load(Ordering::Relaxed) == count
            })
            .await
            .unwrap()
            .clone();
        let ConnectionState::Waiting { reason, .. } = waiting.connection else { panic!() };
        assert_eq!(reason, EndReason::NoCredentials);
    }
    let mut platform = sockets.next().await;
    platform.accept().await;
    edge.wait_authenticated().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn several_edges_live_in_one_process() {
    let (first, mut one) = bound().await;
    let (second, mut other) = bound().await;
    let answer = || alwayson::message::Response::of(alwayson::value::Table::result(1.0));
    let (asked, also_asked) =
        tokio::join!(first.invoke_service(SENSOR, "A", alwayson::value::Table::default()), async {
            let asked = second.invoke_service(SENSOR, "B", alwayson::value::Table::default());
            let answered = async {
                other.answer("POST Things/SteamSensor1/Services/B", answer()).await;
                one.answer("POST Things/SteamSensor1/Services/A", answer()).await;
            };
            tokio::join!(asked, answered).0
        });
    assert_eq!((asked.unwrap(), also_asked.unwrap()), (answer(), answer()));
}

#[tokio::test(start_paused = true)]
async fn an_edge_without_a_key_provider_is_not_started() {
    let sockets = Sockets::new();
    let started = Edge::builder_over(sockets.connector()).start();
    assert!(matches!(started, Err(StartError::NoCredentials)));
}

#[tokio::test]
async fn a_key_does_not_go_over_plain_sockets_to_another_machine() {
    let started = Edge::builder("ws://platform.example/Thingworx/WS")
        .unwrap()
        .credentials(|| async { Ok::<_, std::io::Error>(Credentials::app_key(KEY)) })
        .start();
    assert!(matches!(started, Err(StartError::Connect(_))));
}
