//! How the command reports the end of connections.

use std::future::poll_fn;

use alwayson::platform::{AcceptAnyClaims, MemoryThings, Platform};
use alwayson::transport::{Close, ConnectOptions, Outgoing, Transport, connect};
use serde_json::json;

use crate::peer::Peer;
use crate::process::{Process, alwayson};

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_connection_is_told_with_who_ended_it_and_how() {
    let (mut platform, address) = Process::platform(&["--json"]);
    let options = ConnectOptions::new(&format!("ws://{address}")).unwrap();
    let mut edge = connect(&options, None).await.unwrap();
    let close = Close::new(4001, "the battery is empty");
    poll_fn(|context| edge.poll_ready(context)).await.unwrap();
    edge.start_send(Outgoing::Close(close)).unwrap();
    poll_fn(|context| edge.poll_flush(context)).await.unwrap();
    let line = platform.find_json("event", "disconnected");
    assert_eq!((&line["by"], &line["how"]), (&json!("edge"), &json!("closed")));
    assert_eq!((&line["code"], &line["orderly"]), (&json!(4001), &json!(false)));
    assert_eq!(line["closeReason"], "the battery is empty");

    let mut peer = Peer::connect(&address).await;
    peer.join().await;
    drop(peer);
    let line = platform.find_json("event", "disconnected");
    assert_eq!(line["by"], "network");
    // The system resets a connection whose peer has left something unread.
    assert!(["cut", "reset"].map(|how| json!(how)).contains(&line["how"]), "{line}");

    let (mut platform, address) = Process::platform(&["--auth-timeout-ms", "50"]);
    let mut peer = Peer::connect(&address).await;
    assert_eq!(peer.receive().await, None);
    platform.find_text(
        "disconnected   it did not send AUTH in time; a limit was reached: auth_timeout_ms, \
         50 ms; closed with 1008, no AUTH in time",
    );
}

#[test]
fn what_became_no_websocket_is_a_line_and_a_page_of_the_web_is_refused() {
    use std::io::{Read, Write};
    let ask = |address: &str, request: &str| {
        let mut socket = std::net::TcpStream::connect(address).unwrap();
        socket.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer
    };
    let (mut platform, address) = Process::platform(&[]);
    let line = format!("GET /wrong HTTP/1.1\r\nHost: {address}\r\n\r\n");
    assert!(ask(&address, &line).starts_with("HTTP/1.1 404 "));
    let line = platform.find_text("not upgraded   from 127.0.0.1:");
    assert!(line.ends_with(": GET /wrong: 404, this is not the path of the WebSocket"), "{line}");

    // Any key is accepted, so web pages are rejected.
    let (mut platform, address) = Process::platform(&["--json"]);
    let page = format!("GET / HTTP/1.1\r\nHost: {address}\r\nOrigin: https://page.example\r\n\r\n");
    assert!(ask(&address, &page).starts_with("HTTP/1.1 403 "));
    let line = platform.find_json("event", "not-upgraded");
    assert_eq!((&line["kind"], &line["status"]), (&json!("foreign-page"), &json!(403)));
    assert_eq!((&line["method"], &line["path"]), (&json!("GET"), &json!("/")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_user_of_an_edge_reads_why_the_platform_has_closed_and_the_reason_once() {
    let things = MemoryThings::any();
    let platform = Platform::builder(AcceptAnyClaims, things).listen("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", platform.local_addr());
    let mut edge = Process::start(alwayson().args(["edge", "--url", &url, "--thing", "Pump"]));
    let handle = platform.handle();
    let connection = handle.wait_bound("Pump").await;
    handle.disconnect(connection, Close::new(1008, "application key expired"));
    let line = edge.find_text("waiting to reconnect");
    assert!(
        line.ends_with("the platform closed the connection: 1008, application key expired"),
        "{line}"
    );

    // The port has no TLS, and the edge retries: the reason is printed once.
    let url = url.replace("ws:", "wss:");
    let args = ["edge", "--url", &url, "--thing", "Pump", "--insecure-accept-any-certificate"];
    let mut edge =
        Process::start(alwayson().args(args).args(["--app-key-env", "KEY"]).env("KEY", "k"));
    let line = edge.find_text("waiting to reconnect");
    assert!(line.contains("begins with ws://, not with wss://"), "{line}");
    let line = edge.find_text("waiting to reconnect");
    assert!(line.ends_with(": the same after 2 attempts"), "{line}");
}
