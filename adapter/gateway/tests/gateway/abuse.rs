//! What a harmful or slow client cannot do, over raw sockets.

use std::time::{Duration, Instant};

use alwayson::platform::MemoryThings;
use alwayson::serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::http::{get, json, parse, raw, send};
use crate::site::{PATIENCE, Site};

const SPEED: &str = "/Thingworx/Things/Pump/Properties/Speed";

#[tokio::test]
async fn a_body_may_have_one_mebibyte_and_no_byte_more() {
    let site = Site::start().await;
    // The JSON and the message are longer than the text itself.
    let body = |len: usize| {
        let frame = "{\"Speed\":\"\"}".len();
        format!("{{\"Speed\":\"{}\"}}", "x".repeat(len - frame))
    };
    let lines = "Content-Type: application/json\r\n";
    let most = 1 << 20;
    // The gateway accepts the body, but the message is longer than its limit.
    let answer = send(site.address, "PUT", SPEED, lines, &body(most)).await;
    assert_eq!(answer.status, 413);
    assert!(answer.reason().starts_with("the request has"), "{answer:?}");
    let answer = send(site.address, "PUT", SPEED, lines, &body(most - 200)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let answer = send(site.address, "PUT", SPEED, lines, &body(most + 1)).await;
    assert_eq!(
        (answer.status, answer.reason().as_str()),
        (413, "the body is longer than 1048576 bytes")
    );
    // A body without a Content-Length.
    let head = format!(
        "PUT {SPEED} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    let mut bytes = head.into_bytes();
    for _ in 0..17 {
        bytes.extend(format!("10000\r\n{}\r\n", "x".repeat(1 << 16)).into_bytes());
    }
    bytes.extend(b"0\r\n\r\n");
    assert_eq!(parse(&raw(site.address, &bytes).await).status, 413);
}

#[tokio::test]
async fn a_head_that_is_too_long_or_has_too_many_lines_is_refused() {
    let site = Site::start().await;
    let with = |lines: String| async move {
        let head = format!("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}\r\n");
        parse(&raw(site.address, head.as_bytes()).await).status
    };
    assert_eq!(with("x: y\r\n".repeat(62)).await, 200);
    assert_eq!(with("x: y\r\n".repeat(63)).await, 431);
    assert_eq!(with(format!("x: {}\r\n", "y".repeat(20_000))).await, 431);
}

async fn quick() -> Site {
    Site::with(MemoryThings::any(), |mut config, options| {
        config.http.content_read_timeout = Duration::from_millis(200);
        (config, options)
    })
    .await
}

/// Sends one byte at a time, and reads until the connection is closed.
async fn drip(site: &Site, begin: &str, rest: &str) -> (Vec<u8>, Duration) {
    let started = Instant::now();
    let mut socket = TcpStream::connect(site.address).await.unwrap();
    socket.write_all(begin.as_bytes()).await.unwrap();
    let (mut reader, mut writer) = socket.split();
    let mut answer = Vec::new();
    let dripping = async {
        for byte in rest.bytes().cycle() {
            if writer.write_all(&[byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        read = tokio::time::timeout(PATIENCE, reader.read_to_end(&mut answer)) => {
            let _ = read.expect("it was not ended");
        }
        () = dripping => unreachable!("it does not end"),
    }
    (answer, started.elapsed())
}

#[tokio::test]
async fn a_slow_head_is_ended_however_it_drips() {
    let site = quick().await;
    drip(&site, "GET / HTTP/1.1\r\nHost: localhost\r\n", "x: y\r\n").await;
    // A client that sends nothing.
    let mut socket = TcpStream::connect(site.address).await.unwrap();
    let mut answer = Vec::new();
    let read = tokio::time::timeout(PATIENCE, socket.read_to_end(&mut answer)).await;
    read.expect("it was not ended").unwrap();
}

#[tokio::test]
async fn a_slow_body_is_ended_however_it_drips() {
    let site = quick().await;
    let head = format!(
        "PUT {SPEED} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: 100000\r\n\r\n"
    );
    let (answer, _) = drip(&site, &head, "x").await;
    let answer = parse(&answer);
    assert_eq!((answer.status, answer.reason().as_str()), (408, "the body did not arrive in time"));
}

#[tokio::test]
async fn one_client_more_than_there_may_be_waits_until_another_has_ended() {
    let site = Site::with(MemoryThings::any(), |mut config, options| {
        config.http.max_clients = 2;
        (config, options)
    })
    .await;
    let hold = || async {
        let mut socket = TcpStream::connect(site.address).await.unwrap();
        socket.write_all(b"GET /").await.unwrap();
        socket
    };
    let first = hold().await;
    let _second = hold().await;
    // Connections are accepted in order: the third one waits.
    let third = get(site.address, "/");
    tokio::pin!(third);
    assert!(tokio::time::timeout(Duration::from_millis(100), &mut third).await.is_err());
    drop(first);
    let answer = tokio::time::timeout(PATIENCE, third).await.unwrap();
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_client_that_keeps_its_connection_is_told_to_close_when_others_wait() {
    let site = Site::with(MemoryThings::any(), |mut config, options| {
        config.http.max_clients = 1;
        (config, options)
    })
    .await;
    // The gateway closes the connection; otherwise this would wait.
    let ask = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let answer = tokio::time::timeout(PATIENCE, raw(site.address, ask)).await.unwrap();
    assert_eq!(parse(&answer).header("connection").as_deref(), Some("close"));
}

#[tokio::test]
async fn a_json_bomb_is_an_error_and_no_more() {
    let site = Site::start().await;
    let lines = "Content-Type: application/json\r\n";
    let deep = "[".repeat(500_000);
    assert_eq!(send(site.address, "PUT", SPEED, lines, &deep).await.status, 400);
    let answer = json(site.address, "PUT", SPEED, &json!({ "Speed": 1 })).await;
    assert_eq!(answer.status, 200);
}
