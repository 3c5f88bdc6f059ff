//! The end of connections and of edges.

use std::sync::atomic::Ordering;

use alwayson::edge::{ConnectionState, Credentials, EndReason, RequestError, ThingState};
use alwayson::transport::{Cause, Close, Ending};
use alwayson_codec::connection::edge::End;
use tokio::time::Instant;

use crate::platform::Seen;
use crate::wire::Sockets;
use crate::{SENSOR, bare, bound, builder, seconds, waiting};

#[tokio::test(start_paused = true)]
async fn a_platform_that_does_not_answer_auth_is_left_for_another_try() {
    let mut sockets = Sockets::new();
    let edge = builder(&sockets).start().unwrap();
    let mut platform = sockets.next().await;
    let Seen::Auth(_) = platform.next().await else { panic!("no AUTH") };
    assert_eq!(platform.next().await, Seen::Closed(Some(1000)));
    platform.close();
    let reason = waiting(&edge).await;
    let limit = Cause::Limit { name: "request_timeout_ms", value: 10_000 };
    let close = Close::new(1000, "no answer to AUTH in time");
    let ending = Ending::local(limit, Some(close));
    assert_eq!(reason, EndReason::Disconnected { end: End::AuthTimeout, ending });
}

#[tokio::test(start_paused = true)]
async fn a_silent_platform_is_given_up() {
    let (edge, platform) = bound().await;
    let start = Instant::now();
    // The platform answers nothing, not even pings.
    let lost = waiting(&edge).await;
    let silence = Cause::Silence { name: "pong_timeout_ms", ms: 10_000 };
    let ending = Ending::local(silence, None);
    let reason = EndReason::Disconnected { end: End::Silent, ending };
    assert_eq!(
        reason.to_string(),
        "the platform does not answer pings: no sign of life of the platform in 10000 ms \
         (pong_timeout_ms)"
    );
    assert_eq!(lost, reason);
    assert_eq!(start.elapsed(), seconds(65));
    drop(platform);
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_takes_nothing_is_given_up() {
    let (edge, platform) = bound().await;
    platform.edge_is_stopped.store(true, Ordering::Relaxed);
    let start = Instant::now();
    let read = edge.read_property(SENSOR, "Temperature").await;
    // The machine's request timeout is shorter.
    assert_eq!(read, Err(RequestError::Timeout));
    let waiting = edge
        .state()
        .wait_for(|state| matches!(state.connection, ConnectionState::Waiting { .. }))
        .await
        .unwrap()
        .clone();
    assert_eq!(start.elapsed(), seconds(20));
    let ConnectionState::Waiting { reason, .. } = waiting.connection else { panic!() };
    let limit = Cause::Limit { name: "send_timeout_ms", value: 20_000 };
    let ending = Ending::local(limit, None);
    assert_eq!(reason, EndReason::Disconnected { end: End::Lost, ending });
}

#[tokio::test(start_paused = true)]
async fn the_close_of_the_platform_is_told_with_its_code_and_reason_and_a_cut_as_a_cut() {
    let (edge, platform) = bound().await;
    platform.close_with(Close::new(1008, "application key expired"));
    let reason = waiting(&edge).await;
    assert_eq!(
        reason.to_string(),
        "the platform closed the connection: 1008, application key expired"
    );

    let (edge, platform) = bound().await;
    drop(platform);
    let reason = waiting(&edge).await;
    assert_eq!(reason, EndReason::Disconnected { end: End::Lost, ending: Ending::cut() });
}

#[tokio::test(start_paused = true)]
async fn an_edge_leaves_by_unbind_and_a_close() {
    let (edge, mut platform) = bound().await;
    let leaving = edge.clone();
    let leaving = tokio::spawn(async move { leaving.leave().await });
    assert_eq!(platform.bind().await, [SENSOR]);
    assert_eq!(edge.state().borrow().connection, ConnectionState::Leaving);
    assert_eq!(platform.next().await, Seen::Closed(Some(1000)));
    platform.close();
    leaving.await.unwrap();
    let state = edge.state().borrow().clone();
    let reason = EndReason::Left;
    assert_eq!(state.connection, ConnectionState::Ended { reason });
    assert_eq!(state.things[SENSOR], ThingState::Unbound);
    assert_eq!(edge.read_property(SENSOR, "x").await, Err(RequestError::Left));
    // A second call is safe.
    edge.leave().await;
}

#[tokio::test(start_paused = true)]
async fn an_edge_without_handles_leaves() {
    let (edge, mut platform) = bound().await;
    drop(edge);
    assert_eq!(platform.bind().await, [SENSOR]);
    assert_eq!(platform.next().await, Seen::Closed(Some(1000)));
}

#[tokio::test(start_paused = true)]
async fn an_edge_leaves_while_it_waits_to_connect_again() {
    let sockets = Sockets::new();
    sockets.is_down.store(true, Ordering::Relaxed);
    let edge = builder(&sockets).start().unwrap();
    waiting(&edge).await;
    let start = Instant::now();
    edge.leave().await;
    assert_eq!(start.elapsed(), seconds(0));
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_is_told_that_a_key_provider_has_panicked() {
    let sockets = Sockets::new();
    let edge = bare(&sockets)
        .credentials(|| async {
            tokio::task::yield_now().await;
            panic!("as it should") as Result<Credentials, std::io::Error>
        })
        .start()
        .unwrap();
    assert_eq!(edge.wait_authenticated().await, Err(EndReason::Stopped));
    assert_eq!(edge.read_property(SENSOR, "x").await, Err(RequestError::Left));
    edge.leave().await;
}

#[test]
fn a_request_that_was_sent_is_not_called_unsent_when_the_runtime_stops() {
    let stops = tokio::runtime::Runtime::new();
    let stays = tokio::runtime::Runtime::new();
    let stops = stops.unwrap();
    let stays = stays.unwrap();
    let (edge, mut platform) = stops.block_on(bound());
    stays.block_on(async {
        let stop = async {
            platform.request().await;
            stops.shutdown_background();
        };
        let (read, ()) = tokio::join!(edge.read_property(SENSOR, "Temperature"), stop);
        assert_eq!(read, Err(RequestError::ConnectionEnded));
    });
}
