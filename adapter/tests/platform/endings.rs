//! How connections end, as a platform reports it: by whom, and how.

use alwayson::platform::{Event, MemoryThings, Options, Platform};
use alwayson::transport::{Cause, Close, Ending, Party};
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::peer::Peer;
use super::support::{event, ms, platform, quiet};

/// Returns how the connection of a peer with this behaviour ends.
async fn ending(options: Options, lives: impl AsyncFnOnce(&Platform)) -> Ending {
    let platform = platform(&MemoryThings::any(), options).await;
    let mut events = platform.events();
    lives(&platform).await;
    match event(&mut events, |event| matches!(event, Event::Disconnected { .. })).await {
        Event::Disconnected { ending, .. } => ending,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_edge_that_leaves_in_order_differs_from_one_that_is_cut() {
    let left = ending(quiet(), async |platform| {
        let mut peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
        assert!(peer.unbind(&["Pump"]).await.starts_with("SUCCESS"));
        let close = CloseFrame { code: 1000.into(), reason: "".into() };
        peer.into_socket().close(Some(close)).await.unwrap();
    });
    let left = left.await;
    assert_eq!(left, Ending::closed(Party::Peer, Some(1000.into())));
    assert!(left.is_orderly());

    let cut = ending(quiet(), async |platform| {
        drop(Peer::bound(platform.local_addr(), &["Pump"]).await);
    });
    let cut = cut.await;
    assert_eq!(cut, Ending::cut());
    assert!(!cut.is_orderly());
}

#[tokio::test]
async fn a_close_with_a_reason_is_told_with_both() {
    let told = ending(quiet(), async |platform| {
        let peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
        let close = CloseFrame { code: 4001.into(), reason: "the battery is empty".into() };
        peer.into_socket().close(Some(close)).await.unwrap();
    });
    let close = Close::new(4001, "the battery is empty");
    assert_eq!(told.await, Ending::closed(Party::Peer, Some(close)));
}

#[tokio::test]
async fn limits_and_silence_are_told_with_name_and_value() {
    let late = ending(quiet().with_auth_timeout(ms(50)).unwrap(), async |platform| {
        let mut peer = Peer::open(platform.local_addr()).await;
        assert_eq!(peer.frame().await, "close 1008");
    });
    let limit = Cause::Limit { name: "auth_timeout_ms", value: 50 };
    let close = Close::new(1008, "no AUTH in time");
    assert_eq!(late.await, Ending::local(limit, Some(close)));

    let silent = ending(quiet().with_idle_timeout(ms(100)).unwrap(), async |platform| {
        let mut peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
        assert_eq!(peer.frame().await, "close 1001");
    });
    let silence = Cause::Silence { name: "idle_timeout_ms", ms: 100 };
    let close = Close::new(1001, "nothing came in time");
    assert_eq!(silent.await, Ending::local(silence, Some(close)));

    let long = ending(quiet(), async |platform| {
        let mut peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
        peer.send(&vec![0; (128 << 10) + 1]).await;
        assert_eq!(peer.frame().await, "close 1009");
    });
    let limit = Cause::Limit { name: "frame_limit", value: 128 << 10 };
    assert_eq!(long.await, Ending::local(limit, Some(1009.into())));
}

#[tokio::test]
async fn a_rule_that_was_broken_is_told_here_and_to_the_edge() {
    let broken = ending(quiet(), async |platform| {
        let mut peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
        peer.send(&[1, 0x40, 0, 0, 7]).await;
        let mut socket = peer.into_socket();
        let Some(Ok(Frame::Close(Some(close)))) = socket.next().await else { panic!("no close") };
        assert_eq!(u16::from(close.code), 1002);
        assert_eq!(
            close.reason.as_str(),
            "a message has no complete header: UnexpectedEnd at byte 5"
        );
    });
    let broken = broken.await;
    let rule = "a message has no complete header: UnexpectedEnd at byte 5";
    let close = Close::new(1002, rule);
    assert_eq!(broken, Ending::local(Cause::Protocol(rule.to_owned()), Some(close)));

    let early = ending(quiet(), async |platform| {
        let mut peer = Peer::open(platform.local_addr()).await;
        let bind = alwayson_codec::Bind::new(&["Pump"]).unwrap();
        peer.say(alwayson_codec::Body::Bind(bind)).await;
        assert_eq!(peer.frame().await, "close 1008");
    });
    let rule = "a message other than a valid AUTH came before AUTH was accepted";
    assert_eq!(early.await.cause, Cause::Protocol(rule.to_owned()));
}

#[tokio::test]
async fn a_platform_that_shuts_down_says_so() {
    let platform = platform(&MemoryThings::any(), quiet()).await;
    let mut events = platform.events();
    let mut socket = Peer::bound(platform.local_addr(), &["Pump"]).await.into_socket();
    let shut_down = tokio::spawn(platform.shut_down());
    let Some(Ok(Frame::Close(Some(close)))) = socket.next().await else { panic!("no close") };
    assert_eq!((u16::from(close.code), close.reason.as_str()), (1001, "the platform shuts down"));
    socket.flush().await.unwrap();
    drop(socket);
    shut_down.await.unwrap();
    let ended = event(&mut events, |event| matches!(event, Event::Disconnected { .. })).await;
    let Event::Disconnected { ending, .. } = ended else { panic!() };
    let close = Close::new(1001, "the platform shuts down");
    assert_eq!(ending, Ending::closed(Party::Local, Some(close)));
}
