//! An edge whose WebSocket upgrade is refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use alwayson::edge::{ConnectionState, Credentials, Edge, EdgeState, EndReason, Reconnect};
use alwayson::transport::{AcceptOptions, ClientTls, ConnectErrorKind, ConnectOptions, accept};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::{KEY, waiting};

/// Returns an edge that reconnects at once.
fn edge(options: ConnectOptions) -> Edge {
    let reconnect = Reconnect::default().with_delay_ms(1).with_jitter_ms(0);
    let key = || async { Ok::<_, std::io::Error>(Credentials::app_key(KEY)) };
    Edge::builder_with(options).credentials(key).reconnect(reconnect).start().unwrap()
}

/// Waits for a state.
async fn state(edge: &Edge, is_meant: impl Fn(&ConnectionState) -> bool) -> ConnectionState {
    let mut states = edge.state();
    let meant = states.wait_for(|state: &EdgeState| is_meant(&state.connection)).await;
    meant.unwrap().connection.clone()
}

/// Answers every upgrade with this response; returns the address and the count.
async fn answers(answer: &'static str) -> (ConnectOptions, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = ConnectOptions::new(&format!("ws://{}", listener.local_addr().unwrap()));
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(socket.read_u8().await.unwrap());
            }
            counted.fetch_add(1, Ordering::Relaxed);
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (options.unwrap(), asked)
}

#[tokio::test]
async fn an_answer_that_is_for_ever_ends_the_edge_and_names_where_the_platform_is() {
    let (options, asked) = answers(
        "HTTP/1.1 308 Permanent Redirect\r\nLocation: https://elsewhere.example/\r\n\
         Content-Length: 0\r\n\r\n",
    )
    .await;
    let edge = edge(options);
    let ended = state(&edge, |state| matches!(state, ConnectionState::Ended { .. })).await;
    let ConnectionState::Ended { reason } = ended else { unreachable!() };
    assert!(reason.is_permanent());
    assert_eq!(
        reason.to_string(),
        "no WebSocket: the upgrade was answered with 308 Permanent Redirect: the platform is said \
         to be at https://elsewhere.example/"
    );
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn what_can_change_is_tried_again_and_how_often_it_was_the_same_is_counted() {
    let (options, asked) = answers("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await;
    let edge = edge(options);
    let waiting =
        state(&edge, |state| matches!(state, ConnectionState::Waiting { repeated: 2.., .. }));
    let ConnectionState::Waiting { reason, .. } = waiting.await else { unreachable!() };
    let EndReason::NotConnected { kind, text } = &reason else { panic!("{reason:?}") };
    assert_eq!(*kind, ConnectErrorKind::Refused(404));
    assert!(text.contains("the path of the URL may be wrong"), "{text}");
    assert!(asked.load(Ordering::Relaxed) >= 3);
}

#[tokio::test]
async fn wss_to_a_port_without_tls_says_so_in_words() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("wss://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            drop(accept(socket, &AcceptOptions::default()).await);
        }
    });
    let tls = ClientTls::new().dangerous_accept_any_certificate();
    let edge = edge(ConnectOptions::new(&url).unwrap().with_tls(&tls).unwrap());
    let reason = waiting(&edge).await;
    let EndReason::NotConnected { kind, text } = &reason else { panic!("{reason:?}") };
    assert_eq!(*kind, ConnectErrorKind::NotTls);
    assert!(text.contains("its URL begins with ws://, not with wss://"), "{text}");
}
