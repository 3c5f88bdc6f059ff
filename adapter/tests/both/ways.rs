//! Ways to a platform: through a proxy, with a certificate, without a runtime;
//! and an edge whose platform is gone.

use std::time::{Duration, SystemTime};

use alwayson::edge::Options as EdgeOptions;
use alwayson::edge::{EndReason, Reconnect, Thing, blocking};
use alwayson::message::Request;
use alwayson::platform::{Builder, KnownCredentials, MemoryThings, Platform};
use alwayson::transport::{ClientTls, ConnectOptions, ServerTls};
use alwayson_codec::connection::edge::End;
use alwayson_codec::{Body, Header, Ids, Message, Response, Status};
use futures_util::{SinkExt, StreamExt};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{WebSocketStream, accept_async};

use crate::{KEY, PATIENCE, edge, plain, soon, waiting};

fn platform() -> Builder {
    Platform::builder(KnownCredentials::default().with_key(KEY), MemoryThings::any())
}

fn pump() -> Thing {
    Thing::new("Pump").property("Pressure", 2.5)
}

/// Binds an edge that connects with these options, and sends it a request.
async fn live(platform: &Platform, options: ConnectOptions) {
    let edge = soon(edge(options).thing(pump()).connect()).await.unwrap();
    soon(edge.wait_bound("Pump")).await.unwrap();
    let read = soon(platform.call(Request::read_property("Pump", "Pressure"))).await.unwrap();
    assert_eq!(read.value(), Some(&2.5.into()));
    soon(edge.leave()).await;
}

/// Runs a proxy for one connection; returns its target.
async fn proxy(listener: TcpListener) -> String {
    let (mut near, _) = listener.accept().await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(near.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let target = head.split(' ').nth(1).unwrap().to_owned();
    let mut far = TcpStream::connect(&target).await.unwrap();
    near.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
    // Either side may close first.
    drop(copy_bidirectional(&mut near, &mut far).await);
    target
}

#[tokio::test]
async fn an_edge_lives_behind_a_proxy() {
    let platform = platform().listen("127.0.0.1:0").await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let through = tokio::spawn(proxy(listener));
    live(&platform, plain(platform.local_addr()).with_proxy(&url).unwrap()).await;
    assert_eq!(soon(through).await.unwrap(), platform.local_addr().to_string());
}

#[tokio::test]
async fn an_edge_lives_with_a_certificate_where_the_platform_wants_one_and_not_without() {
    let folder = TempDir::new().unwrap();
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let [certificate, key] = ["certificate.pem", "key.pem"].map(|name| folder.path().join(name));
    std::fs::write(&certificate, cert.pem()).unwrap();
    std::fs::write(&key, signing_key.serialize_pem()).unwrap();
    let tls = ServerTls::from_files_with_client_ca(&certificate, &key, &certificate).unwrap();
    let platform = platform().tls(tls).listen("127.0.0.1:0").await.unwrap();
    let url = format!("wss://localhost:{}", platform.local_addr().port());
    let options = |tls: &ClientTls| ConnectOptions::new(&url).unwrap().with_tls(tls).unwrap();
    let trusting = ClientTls::new().ca_file(&certificate);

    let without = edge(options(&trusting)).thing(pump()).start().unwrap();
    waiting(&without).await;
    assert_eq!(platform.handle().connections(), 0);
    live(&platform, options(&trusting.client_certificate(&certificate, &key))).await;
}

#[test]
fn a_program_without_a_runtime_has_an_edge_of_a_real_platform() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let platform = runtime.block_on(platform().listen("127.0.0.1:0")).unwrap();
    let builder = edge(plain(platform.local_addr())).thing(pump());
    let edge = blocking::Edge::connect(builder).unwrap();
    edge.wait_bound("Pump", PATIENCE).unwrap();
    edge.write_property("Pump", "Level", 0.5).unwrap();
    assert_eq!(edge.read_property("Pump", "Level").unwrap(), 0.5.into());
    let read = runtime.block_on(platform.call(Request::read_property("Pump", "Pressure")));
    assert_eq!(read.unwrap().value(), Some(&2.5.into()));
    edge.leave();
    assert_eq!(platform.handle().holder("Pump"), None);
    runtime.block_on(soon(platform.shut_down()));
}

/// Accepts a key, and then neither reads nor writes.
async fn accept_and_fall_silent(listener: &TcpListener) -> WebSocketStream<TcpStream> {
    let (socket, _) = soon(listener.accept()).await.unwrap();
    let mut socket = accept_async(socket).await.unwrap();
    let Some(Ok(Frame::Binary(auth))) = soon(socket.next()).await else { panic!("no AUTH") };
    let Ids { request, .. } = Header::decode(&auth).unwrap().ids;
    let ids = Ids { request, endpoint: 0, session: 77 };
    let message = Message { ids, body: Body::Response(Response::new(Status::SUCCESS)) };
    let mut bytes = vec![0; message.encoded_len().unwrap()];
    message.encode(&mut bytes).unwrap();
    socket.send(Frame::Binary(bytes.into())).await.unwrap();
    socket
}

#[tokio::test]
async fn s07_a_silent_platform_is_found_out_by_its_missing_pong_and_connected_to_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let options = EdgeOptions::default()
        .with_ping_interval(Duration::from_millis(100))
        .unwrap()
        .with_pong_timeout(Duration::from_millis(100))
        .unwrap();
    let reconnect = Reconnect::default().with_delay_ms(300).with_jitter_ms(200);
    let builder = edge(plain(address)).thing(pump()).options(options).reconnect(reconnect);
    let edge = builder.start().unwrap();
    for _ in 0..2 {
        let start = Instant::now();
        let silent = accept_and_fall_silent(&listener).await;
        let (until, reason) = waiting(&edge).await;
        assert!(matches!(reason, EndReason::Disconnected { end: End::Silent, .. }), "{reason:?}");
        assert!(start.elapsed() >= Duration::from_millis(190));
        // The delay plus a random time.
        let wait = until.duration_since(SystemTime::now()).unwrap_or_default();
        assert!(wait <= Duration::from_millis(501), "{wait:?}");
        drop(silent);
    }
    assert_eq!(edge.counters().connections, 2);
}
