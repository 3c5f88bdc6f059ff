//! Connections that do not become WebSockets, as a platform reports them.

use std::net::SocketAddr;

use alwayson::platform::{Event, MemoryThings};
use alwayson::transport::{Refusal, RefusalKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::broadcast;

use super::peer::Peer;
use super::support::{event, platform, quiet};

/// Writes a request, and reads the answer to its end; says from where.
async fn ask(address: SocketAddr, request: &str) -> (SocketAddr, String) {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A reset after the answer counts as its end.
    let _ = socket.read_to_end(&mut answer).await;
    (socket.local_addr().unwrap(), String::from_utf8_lossy(&answer).into_owned())
}

async fn told(events: &mut broadcast::Receiver<Event>) -> (SocketAddr, Refusal, u64) {
    match event(events, |event| matches!(event, Event::NotUpgraded { .. })).await {
        Event::NotUpgraded { peer, refusal, untold } => (peer, refusal, untold),
        other => panic!("{other:?}"),
    }
}

const WRONG_PATH: &str = "GET /wrong HTTP/1.1\r\nHost: platform\r\n\r\n";

#[tokio::test]
async fn a_wrong_path_is_told_with_peer_path_and_status() {
    let platform = platform(&MemoryThings::any(), quiet()).await;
    let mut events = platform.events();
    let (from, answer) = ask(platform.local_addr(), WRONG_PATH).await;
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    let (peer, refusal, untold) = told(&mut events).await;
    assert_eq!((peer, untold), (from, 0));
    assert_eq!((refusal.kind, refusal.status), (RefusalKind::Path, Some(404)));
    assert_eq!(refusal.request, Some(("GET".to_owned(), "/wrong".to_owned())));
}

#[tokio::test]
async fn a_hello_of_tls_and_a_client_that_says_nothing_are_told_apart() {
    let platform = platform(&MemoryThings::any(), quiet()).await;
    let mut events = platform.events();
    ask(platform.local_addr(), "\u{16}\u{3}\u{1}\u{0}\u{5}hello\r\n\r\n").await;
    assert_eq!(told(&mut events).await.1.kind, RefusalKind::UnexpectedTls);
    drop(TcpStream::connect(platform.local_addr()).await.unwrap());
    assert_eq!(told(&mut events).await.1.kind, RefusalKind::Left);
}

#[tokio::test]
async fn a_connection_too_many_is_told() {
    let options = quiet().with_connections(1).unwrap();
    let platform = platform(&MemoryThings::any(), options).await;
    let mut events = platform.events();
    let _one = Peer::authenticated(platform.local_addr()).await;
    ask(platform.local_addr(), "").await;
    assert_eq!(told(&mut events).await.1.kind, RefusalKind::TooMany);
}

#[tokio::test]
async fn a_page_of_the_web_is_refused_where_only_programs_of_this_machine_are_taken() {
    let options = quiet().with_local_only(true);
    let platform = platform(&MemoryThings::any(), options).await;
    let mut events = platform.events();
    let upgrade = |host: &str, more: &str| {
        format!(
            "GET /Thingworx/WS HTTP/1.1\r\nHost: {host}\r\n{more}Upgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
    };
    let address = platform.local_addr();
    for request in [
        upgrade(&address.to_string(), "Origin: https://page.example\r\n"),
        // A name that points to this machine.
        upgrade("page.example", ""),
    ] {
        let (_, answer) = ask(address, &request).await;
        assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
        assert_eq!(told(&mut events).await.1.kind, RefusalKind::ForeignPage);
    }
    Peer::authenticated(address).await;
}
