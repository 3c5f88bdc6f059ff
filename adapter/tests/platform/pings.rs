//! Pings of a platform, and the limit of frames.

use std::time::Duration;

use alwayson::platform::{Event, MemoryThings};
use alwayson::transport::{Cause, Ending};
use futures_util::StreamExt;
use tokio_tungstenite::tungstenite::Message as Frame;

use super::peer::Peer;
use super::support::{event, ms, platform, quiet};

#[tokio::test]
async fn an_edge_that_answers_pings_is_not_cut_for_silence() {
    let options = quiet()
        .with_idle_timeout(ms(200))
        .unwrap()
        .with_ping_interval(Duration::from_millis(40))
        .unwrap();
    let platform = platform(&MemoryThings::any(), options).await;
    let peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
    let mut socket = peer.into_socket();
    // The library answers each ping when it waits for the next one; together this takes longer
    // than the idle timeout.
    for _ in 0..10 {
        let Some(Ok(Frame::Ping(_))) = socket.next().await else { panic!("no ping") };
    }
    assert!(platform.handle().holder("Pump").is_some());
}

#[tokio::test]
async fn an_edge_that_answers_no_pings_is_cut_as_without_them() {
    let options = quiet()
        .with_idle_timeout(ms(100))
        .unwrap()
        .with_ping_interval(Duration::from_millis(30))
        .unwrap();
    let platform = platform(&MemoryThings::any(), options).await;
    let mut events = platform.events();
    let peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
    let ended = event(&mut events, |event| matches!(event, Event::Disconnected { .. })).await;
    let Event::Disconnected { ending, .. } = ended else { panic!() };
    assert_eq!(ending.cause, Cause::Silence { name: "idle_timeout_ms", ms: 100 });
    drop(peer);
}

#[tokio::test]
async fn a_frame_at_the_limit_is_taken_and_one_byte_more_is_not() {
    let options = || quiet().with_frame_limit(9000).unwrap();
    for (len, is_taken) in [(8_999, true), (9_000, true), (9_001, false)] {
        let platform = platform(&MemoryThings::any(), options()).await;
        let mut events = platform.events();
        let mut peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
        // A KEEP_ALIVE, and bytes of nothing after it.
        let mut frame = vec![1, 0x1F, 0, 0, 0, 9, 0, 0, 0, 0];
        frame.extend(peer.session.to_be_bytes());
        frame.resize(len, 0);
        peer.send(&frame).await;
        if is_taken {
            assert!(peer.bind(&["Valve"]).await.starts_with("SUCCESS"), "{len}");
        } else {
            let ended =
                event(&mut events, |event| matches!(event, Event::Disconnected { .. })).await;
            let Event::Disconnected { ending, .. } = ended else { panic!() };
            let limit = Cause::Limit { name: "frame_limit", value: 9000 };
            assert_eq!(ending, Ending::local(limit, Some(1009.into())));
        }
    }
}
