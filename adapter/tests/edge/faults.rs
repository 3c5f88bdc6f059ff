//! Unreadable messages of a platform, and sessions that it no longer knows.

use alwayson::edge::{ConnectionState, EndReason, RequestError};
use alwayson::message::{Request, Response};
use alwayson_codec::Status;
use alwayson_codec::connection::edge::End;
use tokio::time::Instant;

use crate::platform::Seen;
use crate::wire::Sockets;
use crate::{SENSOR, bound, builder, seconds, waiting};

/// `INVALID_SESSION` has the same number (section 2).
const INVALID_SESSION: Status = Status::NOT_IMPLEMENTED;

#[tokio::test(start_paused = true)]
async fn after_an_invalid_session_the_edge_authenticates_again_on_a_new_connection() {
    let mut sockets = Sockets::new();
    let edge = builder(&sockets).start().unwrap();
    let mut platform = sockets.next().await;
    platform.accept().await;
    platform.bind().await;
    edge.wait_bound(SENSOR).await.unwrap();

    // In answer to a request: its caller gets an error.
    let start = Instant::now();
    let asking = edge.clone();
    let read = tokio::spawn(async move { asking.read_property(SENSOR, "Serial").await });
    let shown = format!("GET Things/{SENSOR}/Properties/Serial");
    platform.answer(&shown, Response::error(INVALID_SESSION, "who are you?")).await;
    let reason_given = Some("who are you?".to_owned());
    let refused = RequestError::Refused { status: INVALID_SESSION, reason: reason_given };
    assert_eq!(read.await.unwrap(), Err(refused));
    assert_eq!(platform.next().await, Seen::Closed(Some(1000)));
    platform.close();
    let end = waiting(&edge).await;
    assert!(matches!(end, EndReason::Disconnected { end: End::InvalidSession, .. }), "{end:?}");

    // Then once more, and the names are bound as before.
    let mut platform = sockets.next().await;
    assert_eq!(start.elapsed(), seconds(5));
    assert_eq!(platform.accept().await.len(), 1);
    assert_eq!(platform.bind().await, [SENSOR]);
    edge.wait_bound(SENSOR).await.unwrap();
    assert_eq!(edge.counters().connections, 2);
}

#[tokio::test(start_paused = true)]
async fn an_invalid_session_in_answer_to_a_bind_refuses_no_name() {
    let mut sockets = Sockets::new();
    let edge = builder(&sockets).start().unwrap();
    let mut platform = sockets.next().await;
    platform.accept().await;
    platform.refuse_bind(INVALID_SESSION, SENSOR, "is of no session").await;
    assert_eq!(platform.next().await, Seen::Closed(Some(1000)));
    platform.close();
    let end = waiting(&edge).await;
    assert!(matches!(end, EndReason::Disconnected { end: End::InvalidSession, .. }), "{end:?}");
    let mut platform = sockets.next().await;
    platform.accept().await;
    assert_eq!(platform.bind().await, [SENSOR]);
    edge.wait_bound(SENSOR).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_has_no_header_is_told_as_the_reason_of_the_end_with_its_bytes() {
    let (edge, mut platform) = bound().await;
    platform.send_bytes(&[1, 0x40, 0, 0, 7]);
    assert_eq!(platform.next().await, Seen::Closed(Some(1002)));
    platform.close();
    let reason = waiting(&edge).await;
    let EndReason::Unreadable { end: End::Protocol, fault } = &reason else { panic!("{reason:?}") };
    assert_eq!((fault.kind, fault.offset, fault.len), ("UnexpectedEnd", Some(5), 5));
    assert_eq!(fault.excerpt, "0140000007");
    assert_eq!(
        reason.to_string(),
        "the platform sent what cannot be read: UnexpectedEnd: the message is cut short at byte \
         5; from byte 0 of 5: 0140000007"
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_auth_that_cannot_be_read_is_told_as_well() {
    let mut sockets = Sockets::new();
    let edge = builder(&sockets).start().unwrap();
    let mut platform = sockets.next().await;
    let Seen::Auth(_) = platform.next().await else { panic!("no AUTH") };
    let mut answer = vec![1, 0x40, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 77, 0];
    answer.extend([7, 0xFF]);
    platform.send_bytes(&answer);
    assert_eq!(platform.next().await, Seen::Closed(Some(1000)));
    platform.close();
    let reason = waiting(&edge).await;
    let EndReason::Unreadable { end: End::Declined, fault } = reason else { panic!("{reason:?}") };
    assert_eq!((fault.kind, fault.offset), ("InvalidMarker", Some(15)));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_cannot_be_read_is_a_bad_request_and_ends_nothing() {
    let (edge, mut platform) = bound().await;
    // GET of a Thing with a truncated name; no request has this id.
    let head = [1, 1, 0, 0, 0xFF, 1, 0, 0, 0, 5, 0, 0, 0, 77, 0];
    platform.send_bytes(&[&head[..], &[0x0A, 9, b'a']].concat());
    // The platform's machine has no such request and drops the answer.
    let read = platform.ask(Request::read_property(SENSOR, "Serial")).await;
    assert_eq!(read.status, Status::SUCCESS);
    assert_eq!(platform.dropped(), 1);
    assert!(matches!(
        edge.state().borrow().connection,
        ConnectionState::Authenticated { session: 77, .. }
    ));
}
