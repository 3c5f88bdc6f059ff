//! The upgrade, as an edge asks for it.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use alwayson::transport::{
    AcceptOptions, ConnectError, ConnectErrorKind, ConnectOptions, Incoming, Outgoing, UrlError,
    connect,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{PATIENCE, echo, ending, message, platform, receive, send};

fn options(address: SocketAddr) -> ConnectOptions {
    ConnectOptions::new(&format!("ws://{address}")).unwrap()
}

/// Somebody who answers one client by hand.
async fn somebody<F: Future<Output = ()> + Send>(
    answers: impl FnOnce(TcpStream) -> F + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { answers(listener.accept().await.unwrap().0).await });
    address
}

/// Reads the head of a request.
async fn head(socket: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// Connects to somebody who answers the upgrade so; `ACCEPT` stands for the right
/// Sec-WebSocket-Accept.
async fn connect_to(answer: &'static str) -> Result<(), ConnectError> {
    let address = somebody(async move |mut socket| {
        let head = head(&mut socket).await;
        let key = head.lines().find_map(|line| line.strip_prefix("sec-websocket-key: "));
        let accept =
            tokio_tungstenite::tungstenite::handshake::derive_accept_key(key.unwrap().as_bytes());
        socket.write_all(answer.replace("ACCEPT", &accept).as_bytes()).await.unwrap();
        // Stays until the edge goes.
        let _ = socket.read_u8().await;
    })
    .await;
    tokio::time::timeout(PATIENCE, connect(&options(address), None)).await.unwrap().map(drop)
}

const ACCEPTS: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: ACCEPT\r\n\r\n";

/// The same with another line.
fn accepts_and(line: &str) -> &'static str {
    ACCEPTS.replace("\r\n\r\n", &format!("\r\n{line}\r\n\r\n")).leak()
}

#[tokio::test]
async fn messages_go_both_ways() {
    let (address, accepted) = platform(AcceptOptions::default()).await;
    let key = SecretString::from("a-key");
    let options = options(address).with_max_frame_size(8192);
    let mut edge = connect(&options, Some(&key)).await.unwrap();
    let accepted = accepted.await.unwrap().unwrap();
    assert_eq!(accepted.app_key.unwrap().expose_secret(), "a-key");
    assert_eq!(accepted.max_frame_size, Some(8192));
    let echo = tokio::spawn(echo(accepted.transport));
    for len in [0, 1, 125, 126, 8192, 65_535, 65_536, 100_000] {
        let bytes = bytes::Bytes::from(vec![7; len]);
        send(&mut edge, Outgoing::Message(bytes.clone())).await;
        assert_eq!(receive(&mut edge).await, Incoming::Message(bytes));
    }
    send(&mut edge, Outgoing::Ping).await;
    assert_eq!(receive(&mut edge).await, Incoming::Pong);
    send(&mut edge, Outgoing::Close(1000.into())).await;
    ending(&mut edge).await;
    echo.await.unwrap();
}

#[tokio::test]
async fn w09_a_frame_that_comes_with_the_answer_is_not_lost() {
    let address = somebody(async |mut socket| {
        let head = head(&mut socket).await;
        let key = head.lines().find_map(|line| line.strip_prefix("sec-websocket-key: "));
        let accept =
            tokio_tungstenite::tungstenite::handshake::derive_accept_key(key.unwrap().as_bytes());
        let answer = ACCEPTS.replace("ACCEPT", &accept);
        socket.write_all(&[answer.as_bytes(), b"\x82\x05early"].concat()).await.unwrap();
        let _ = socket.read_u8().await;
    })
    .await;
    let mut edge = connect(&options(address), None).await.unwrap();
    assert_eq!(receive(&mut edge).await, Incoming::Message(message(b"early")));
}

#[tokio::test]
async fn w10_a_wrong_accept_is_refused() {
    let wrong = ACCEPTS.replace("ACCEPT", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=").leak();
    assert!(matches!(connect_to(wrong).await, Err(ConnectError::WrongAccept)));
    let none = ACCEPTS.replace("Sec-WebSocket-Accept: ACCEPT\r\n", "").leak();
    assert!(matches!(connect_to(none).await, Err(ConnectError::WrongAccept)));
    connect_to(ACCEPTS).await.unwrap();
}

#[tokio::test]
async fn w10_an_answer_longer_than_any_buffer_is_refused() {
    let long = accepts_and(&format!("X: {}", "y".repeat(10_000)));
    assert!(matches!(connect_to(long).await, Err(ConnectError::Http(_))));
    let many = accepts_and("X: y\r\n".repeat(65).trim_end());
    assert!(matches!(connect_to(many).await, Err(ConnectError::Http(_))));
}

#[tokio::test]
async fn answers_that_are_no_upgrade_are_told_apart() {
    let not_found = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    let refused = connect_to(not_found).await.unwrap_err();
    assert!(matches!(refused, ConnectError::Refused(status) if status == 404));
    let moved = "HTTP/1.1 302 Found\r\nLocation: https://elsewhere/login?key=secret\r\n\
        Content-Length: 0\r\n\r\n";
    let refused = connect_to(moved).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the upgrade was answered with 302 Found: the platform is said to be at \
         https://elsewhere/login"
    );
    assert_eq!(refused.kind(), ConnectErrorKind::Redirected(302));
    let nowhere = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n";
    let refused = connect_to(nowhere).await.unwrap_err();
    assert!(matches!(refused, ConnectError::Refused(status) if status == 302));
    for header in ["Upgrade: websocket\r\n", "Connection: Upgrade\r\n"] {
        let answer = ACCEPTS.replace(header, "").leak();
        connect_to(answer).await.unwrap_err();
    }
    let other = ACCEPTS.replace("websocket", "h2c").leak();
    assert!(matches!(connect_to(other).await, Err(ConnectError::NotWebSocket)));
    let extension = accepts_and("Sec-WebSocket-Extensions: permessage-deflate");
    assert!(matches!(connect_to(extension).await, Err(ConnectError::NotOffered(_))));
    let protocol = accepts_and("Sec-WebSocket-Protocol: chat");
    assert!(matches!(connect_to(protocol).await, Err(ConnectError::NotOffered(_))));
    assert!(matches!(connect_to("nonsense\r\n\r\n").await, Err(ConnectError::Http(_))));
}

#[tokio::test]
async fn an_answer_of_tls_to_a_plain_request_says_that_the_url_is_one_of_wss() {
    // An alert, as servers with TLS answer what is no handshake.
    let address = somebody(async |mut socket| {
        head(&mut socket).await;
        socket.write_all(&[0x15, 3, 1, 0, 2, 2, 70]).await.unwrap();
    })
    .await;
    let refused = connect(&options(address), None).await.map(drop).unwrap_err();
    assert_eq!(refused.kind(), ConnectErrorKind::IsTls);
    assert!(refused.to_string().contains("begins with wss://"), "{refused}");
}

#[test]
fn another_try_is_made_unless_it_cannot_end_otherwise() {
    use ConnectErrorKind as K;
    let permanent = [K::Configuration, K::Redirected(301), K::Redirected(308), K::Refused(410)];
    assert!(permanent.into_iter().all(K::is_permanent));
    let temporary = [
        K::Timeout,
        K::Unreachable(std::io::ErrorKind::ConnectionRefused),
        K::Certificate,
        K::Tls,
        K::NotTls,
        K::IsTls,
        K::Proxy(407),
        K::Redirected(302),
        K::Redirected(307),
        K::Refused(401),
        K::Refused(404),
        K::Refused(503),
        K::NotWebSocket,
        K::Other,
    ];
    assert!(!temporary.into_iter().any(K::is_permanent));
}

#[tokio::test]
async fn a_platform_that_goes_without_an_answer_is_an_error() {
    let address = somebody(async |mut socket| drop(head(&mut socket).await)).await;
    let refused = connect(&options(address), None).await.map(drop);
    assert!(matches!(refused, Err(ConnectError::Http(_))), "{refused:?}");
}

#[tokio::test]
async fn a_platform_that_does_not_answer_is_left_at_the_deadline() {
    let address = somebody(async |mut socket| while socket.read_u8().await.is_ok() {}).await;
    let options = options(address).with_deadline(Duration::from_millis(50)).unwrap();
    assert!(matches!(connect(&options, None).await, Err(ConnectError::Timeout)));
}

#[tokio::test]
async fn a_port_where_nobody_is_is_an_error_of_the_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = options(listener.local_addr().unwrap());
    drop(listener);
    assert!(matches!(connect(&options, None).await, Err(ConnectError::Io(_))));
}

#[test]
fn k04_a_url_has_no_place_for_keys() {
    for (url, refused) in [
        ("ws://user:secret@host/", UrlError::UserInfo),
        ("wss://secret@host/", UrlError::UserInfo),
        ("wss://host/Thingworx/WS?appKey=secret", UrlError::Query),
        ("wss://host/#secret", UrlError::Fragment),
        ("https://host/", UrlError::Scheme),
        ("host", UrlError::Scheme),
        ("ws://host:secret/", UrlError::Invalid),
        ("ws://host:99999/", UrlError::Invalid),
        ("ws://host:0/", UrlError::Invalid),
        ("", UrlError::Invalid),
    ] {
        let error = ConnectOptions::new(url).unwrap_err();
        assert!(matches!(error, ConnectError::Url(error) if error == refused), "{url}: {error:?}");
        assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    }
}

#[test]
fn k04_a_key_is_shown_by_no_debug() {
    let options = ConnectOptions::new("ws://localhost").unwrap();
    let options = options.with_proxy("http://proxy:3128").unwrap();
    let options = options.with_proxy_credentials("user", SecretString::from("secret"));
    assert!(!format!("{options:?}").contains("secret"), "{options:?}");
}

#[test]
fn k06_a_key_goes_in_plain_to_loopback_only() {
    let may = |url: &str| ConnectOptions::new(url).unwrap().may_send_key().is_ok();
    assert!(may("WS://127.0.0.1") && may("wSs://example.com") && !may("Ws://example.com"));
    for url in [
        "wss://example.com",
        "ws://127.0.0.1:8080/Thingworx/WS",
        "ws://127.9.9.9",
        "ws://[::1]:80",
        "ws://[::ffff:127.0.0.1]",
        "ws://localhost",
        "ws://LOCALHOST",
    ] {
        assert!(may(url), "{url}");
    }
    for url in [
        "ws://example.com",
        "ws://10.0.0.1",
        "ws://[::2]",
        "ws://0.0.0.0",
        "ws://localhost.example.com",
        "ws://127.0.0.1.example.com",
    ] {
        assert!(!may(url), "{url}");
        let options = ConnectOptions::new(url).unwrap();
        options.clone().with_plain_key(true).may_send_key().unwrap();
        let error = options.may_send_key().unwrap_err();
        assert!(matches!(error, ConnectError::PlainKey), "{error:?}");
    }
    let loopback = ConnectOptions::new("ws://127.0.0.1").unwrap();
    let through = |proxy| loopback.clone().with_proxy(proxy).unwrap().may_send_key();
    through("http://127.0.0.1:3128").unwrap();
    through("http://10.0.0.1:3128").unwrap_err();
}

#[tokio::test]
async fn k06_a_key_that_may_not_be_sent_is_refused_before_anything_is() {
    // Nobody answers there; nobody is asked.
    let options = ConnectOptions::new("ws://192.0.2.1").unwrap();
    let refused = connect(&options, Some(&SecretString::from("secret"))).await.map(drop);
    assert!(matches!(refused, Err(ConnectError::PlainKey)));
}

#[tokio::test]
async fn a_key_that_no_header_can_have_is_refused() {
    let address = somebody(async |mut socket| while socket.read_u8().await.is_ok() {}).await;
    let key = SecretString::from("two\r\nlines");
    let refused = connect(&options(address), Some(&key)).await.map(drop).unwrap_err();
    assert!(matches!(refused, ConnectError::KeyCharacters), "{refused:?}");
    assert!(!format!("{refused} {refused:?}").contains("lines"));
}

#[tokio::test]
async fn w11_masking_keys_are_unpredictable() {
    use alwayson::transport::{Limits, WebSocket};
    const FRAMES: usize = 1000;
    let (io, mut peer) = tokio::io::duplex(1 << 16);
    let mut edge = WebSocket::client(io, &Limits::default()).await;
    let mut keys = std::collections::HashSet::new();
    let mut ones = [0_usize; 32];
    for _ in 0..FRAMES {
        send(&mut edge, Outgoing::Message(message(&[0; 4]))).await;
        let mut frame = [0; 10];
        peer.read_exact(&mut frame).await.unwrap();
        assert_eq!(frame[..2], [0x82, 0x84]);
        // Zeros, masked, are the key.
        assert_eq!(frame[2..6], frame[6..]);
        let key = u32::from_be_bytes(frame[2..6].try_into().unwrap());
        for (bit, ones) in ones.iter_mut().enumerate() {
            *ones += usize::from(key >> bit & 1 == 1);
        }
        keys.insert(key);
    }
    // Two of a thousand random keys are the same once in 8,600 runs; three, never.
    assert!(keys.len() >= FRAMES - 1, "{} keys", keys.len());
    // A bit that is one in less than 400 or more than 600 of 1,000 is off by six
    // standard deviations.
    assert!(ones.iter().all(|ones| (400..=600).contains(ones)), "{ones:?}");
}
