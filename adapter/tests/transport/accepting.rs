//! The upgrade, as a platform answers it.

use alwayson::transport::{AcceptError, AcceptOptions, Incoming, RefusalKind, accept};
use secrecy::ExposeSecret;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{PATIENCE, UPGRADE, ask, masked, message, platform, receive};

/// Sends a request: the platform answers with this status, and closes.
async fn answers(request: &str, status: u16) -> String {
    let (address, accepted) = platform(AcceptOptions::default()).await;
    let answer = ask(address, request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1."), "{request}\n{answer}");
    assert_eq!(answer[8..13], format!(" {status} "), "{request}\n{answer}");
    assert!(accepted.await.unwrap().is_err());
    answer.to_lowercase()
}

#[tokio::test]
async fn a_right_request_is_upgraded() {
    let (address, accepted) = platform(AcceptOptions::default()).await;
    let mut socket = TcpStream::connect(address).await.unwrap();
    let request = UPGRADE.replace("Host", "appKey: a-key\r\nMax-Frame-Size: 4096\r\nHost");
    socket.write_all(request.as_bytes()).await.unwrap();
    let accepted = accepted.await.unwrap().unwrap();
    assert_eq!(accepted.app_key.unwrap().expose_secret(), "a-key");
    assert_eq!(accepted.max_frame_size, Some(4096));
    drop(accepted.transport);
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    let answer = answer.to_lowercase();
    assert!(answer.starts_with("http/1.1 101 "), "{answer}");
    assert!(answer.contains("upgrade: websocket\r\n"), "{answer}");
    assert!(answer.contains("connection: upgrade\r\n"), "{answer}");
    assert!(answer.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n"), "{answer}");
    assert!(!answer.contains("extensions"), "{answer}");
}

#[tokio::test]
async fn compression_is_declined() {
    let (address, accepted) = platform(AcceptOptions::default()).await;
    let mut socket = TcpStream::connect(address).await.unwrap();
    let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\nHost";
    socket.write_all(UPGRADE.replace("Host", offer).as_bytes()).await.unwrap();
    drop(accepted.await.unwrap().unwrap());
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    assert!(!answer.to_lowercase().contains("extensions"), "{answer}");
}

#[tokio::test]
async fn what_is_not_an_upgrade_gets_the_status_that_says_why() {
    let without = |header: &str| {
        let lines = UPGRADE.split_inclusive("\r\n").filter(|line| !line.starts_with(header));
        lines.collect::<String>()
    };
    for (request, status) in [
        (UPGRADE.replace("/Thingworx/WS", "/"), 404),
        (UPGRADE.replace("/Thingworx/WS", "/Thingworx/WS/"), 404),
        (UPGRADE.replace("/Thingworx/WS", "/thingworx/ws"), 404),
        (UPGRADE.replace("GET", "POST"), 405),
        (UPGRADE.replace("GET", "HEAD"), 405),
        (UPGRADE.replace("Version: 13", "Version: 8"), 426),
        (UPGRADE.replace("Version: 13", "Version: 013"), 426),
        (without("Upgrade"), 426),
        (UPGRADE.replace("websocket\r", "h2c\r"), 426),
        (without("Connection"), 400),
        (UPGRADE.replace("Connection: Upgrade", "Connection: close"), 400),
        (without("Sec-WebSocket-Version"), 400),
        (without("Sec-WebSocket-Key"), 400),
        (UPGRADE.replace("dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ="), 400),
        (UPGRADE.replace("dGhlIHNhbXBsZSBub25jZQ==", "no base64 at all"), 400),
        (UPGRADE.replace("Host", "Content-Length: 4\r\nHost"), 400),
        (without("Host"), 400),
        (UPGRADE.replace("Host", "Host: another\r\nHost"), 400),
        (UPGRADE.replace("Host", "Sec-WebSocket-Key: c2hvcnQ=\r\nHost"), 400),
        (UPGRADE.replace("Host", "Sec-WebSocket-Version: 13\r\nHost"), 426),
        (UPGRADE.replace("HTTP/1.1", "HTTP/1.0"), 505),
        ("nonsense\r\n\r\n".to_owned(), 400),
    ] {
        let answer = answers(&request, status).await;
        assert!(answer.contains("connection: ") && answer.contains("close\r\n"), "{answer}");
        assert_eq!(answer.contains("\r\nallow: get\r\n"), status == 405, "{answer}");
        assert_eq!(answer.contains("\r\nsec-websocket-version: 13\r\n"), status == 426);
        assert_eq!(answer.contains("\r\nupgrade: websocket\r\n"), status == 426);
    }
}

#[tokio::test]
async fn what_was_asked_for_and_why_that_is_refused_is_told() {
    use RefusalKind as K;
    for (request, kind, told) in [
        (
            UPGRADE.replace("/Thingworx/WS", "/Thingworx?appKey=secret"),
            K::Path,
            "GET /Thingworx: 404, this is not the path of the WebSocket",
        ),
        (
            UPGRADE.replace("GET", "POST"),
            K::Method,
            "POST /Thingworx/WS: 405, the method of an upgrade is GET",
        ),
        (
            UPGRADE.replace("HTTP/1.1", "HTTP/1.0"),
            K::HttpVersion,
            "GET /Thingworx/WS: 505, an upgrade needs HTTP/1.1",
        ),
        (
            UPGRADE.replace("websocket\r", "h2c\r"),
            K::NoUpgrade,
            "GET /Thingworx/WS: 426, the request does not ask for a WebSocket, or is incomplete",
        ),
        (
            "nonsense\r\n\r\n".to_owned(),
            K::NotHttp,
            "400, this is not HTTP, or its head is too long",
        ),
    ] {
        let (address, accepted) = platform(AcceptOptions::default()).await;
        ask(address, request.as_bytes()).await;
        let refusal = accepted.await.unwrap().map(drop).unwrap_err().refusal();
        assert_eq!((refusal.kind, &*refusal.to_string()), (kind, told));
    }
}

#[tokio::test]
async fn where_only_programs_of_this_machine_are_taken_pages_of_the_web_are_not() {
    for (host, origin, is_taken) in [
        ("127.0.0.1:8080", None, true),
        ("localhost", None, true),
        ("LocalHost:8080", None, true),
        ("[::1]:8080", None, true),
        ("127.8.9.10", None, true),
        ("127.0.0.1:8080", Some("https://page.example"), false),
        ("127.0.0.1:8080", Some("http://127.0.0.1:8080"), false),
        ("localhost", Some("null"), false),
        ("page.example:8080", None, false),
        ("localhost.page.example", None, false),
        ("127.0.0.1.page.example", None, false),
        ("user@localhost", None, false),
        ("192.168.0.7", None, false),
    ] {
        let options = AcceptOptions::default().with_local_only(true);
        let (address, accepted) = platform(options).await;
        let host = format!("Host: {host}");
        let mut request = UPGRADE.replace("Host: platform", &host);
        if let Some(origin) = origin {
            request = request.replace("Upgrade: w", &format!("Origin: {origin}\r\nUpgrade: w"));
        }
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let accepted = accepted.await.unwrap();
        let refused = accepted.map(drop).map_err(|error| error.refusal());
        let refused = refused.map_err(|refusal| (refusal.kind, refusal.status));
        let expected = Err((RefusalKind::ForeignPage, Some(403)));
        assert_eq!(refused, if is_taken { Ok(()) } else { expected }, "{host} {origin:?}");
    }
}

#[tokio::test]
async fn words_in_any_case_and_in_lists_are_understood() {
    let request = UPGRADE
        .replace("Connection: Upgrade", "CONNECTION: keep-alive, upgrade")
        .replace("websocket\r", "h2c, WebSocket\r");
    let (address, accepted) = platform(AcceptOptions::default()).await;
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    accepted.await.unwrap().unwrap();
}

#[tokio::test]
async fn nothing_is_read_from_a_connection_after_an_error() {
    let request = UPGRADE.replace("/Thingworx/WS", "/");
    let answer = answers(&format!("{request}{UPGRADE}"), 404).await;
    assert_eq!(answer.matches("http/1.1").count(), 1, "{answer}");
}

#[tokio::test]
async fn w09_frames_that_come_with_the_request_are_not_lost() {
    let (address, accepted) = platform(AcceptOptions::default()).await;
    let mut socket = TcpStream::connect(address).await.unwrap();
    let bytes = [UPGRADE.as_bytes(), &masked(0x82, b"one"), &masked(0x82, b"two")].concat();
    socket.write_all(&bytes).await.unwrap();
    let mut transport = accepted.await.unwrap().unwrap().transport;
    assert_eq!(receive(&mut transport).await, Incoming::Message(message(b"one")));
    assert_eq!(receive(&mut transport).await, Incoming::Message(message(b"two")));
}

#[tokio::test]
async fn w10_a_head_that_is_too_long_gets_431() {
    let long = format!("X-Long: {}\r\nHost", "x".repeat(9000));
    answers(&UPGRADE.replace("Host", &long), 431).await;
    let many = format!("{}Host", "X-Many: x\r\n".repeat(65));
    answers(&UPGRADE.replace("Host", &many), 431).await;
}

#[tokio::test]
async fn w10_a_flood_of_headers_without_an_end_is_cut() {
    let (address, accepted) = platform(AcceptOptions::default()).await;
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(b"GET /Thingworx/WS HTTP/1.1\r\n").await.unwrap();
    let flood = async { while socket.write_all(&b"X: y\r\n".repeat(1000)).await.is_ok() {} };
    tokio::time::timeout(PATIENCE, flood).await.expect("the flood is taken");
    assert!(matches!(accepted.await.unwrap(), Err(AcceptError::Http(_))));
}

#[tokio::test(start_paused = true)]
async fn s05_a_client_that_sends_a_byte_a_second_is_cut_after_ten() {
    let (io, mut peer) = tokio::io::duplex(1 << 16);
    let start = tokio::time::Instant::now();
    let options = AcceptOptions::default();
    let slow = async {
        for byte in UPGRADE.bytes() {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            if peer.write_all(&[byte]).await.is_err() {
                break;
            }
        }
    };
    let (accepted, ()) = tokio::join!(accept(io, &options), slow);
    assert!(matches!(accepted, Err(AcceptError::Timeout)));
    // The eleventh byte finds nobody.
    assert_eq!(start.elapsed(), std::time::Duration::from_secs(11));
}

#[tokio::test(start_paused = true)]
async fn s05_a_client_that_is_silent_is_cut_after_ten_seconds() {
    let (io, peer) = tokio::io::duplex(1 << 16);
    let start = tokio::time::Instant::now();
    let accepted = accept(io, &AcceptOptions::default()).await;
    assert!(matches!(accepted, Err(AcceptError::Timeout)));
    assert_eq!(start.elapsed().as_secs(), 10);
    drop(peer);
}

#[tokio::test]
async fn a_client_that_goes_at_once_is_told_apart() {
    let (address, accepted) = platform(AcceptOptions::default()).await;
    assert_eq!(ask_nothing(address).await, "");
    assert!(matches!(accepted.await.unwrap(), Err(AcceptError::NoRequest)));
}

async fn ask_nothing(address: std::net::SocketAddr) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.shutdown().await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}
