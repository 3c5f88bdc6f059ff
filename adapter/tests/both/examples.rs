//! Tests of all examples except the edge, which is in `example.rs`.

use std::net::SocketAddr;

use alwayson::platform::{AcceptAnyClaims, Event, MemoryThings, Platform};
use alwayson::transport::ServerTls;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast::Receiver;

use super::soon;

#[path = "../../examples/blocking.rs"]
#[expect(dead_code, reason = "its `main` is not called here")]
mod blocking;
#[path = "../../examples/gateway_of_things.rs"]
#[expect(dead_code, reason = "its `main` is not called here")]
mod gateway_of_things;
#[path = "../../examples/own_things.rs"]
#[expect(dead_code, reason = "its `main` is not called here")]
mod own_things;
#[path = "../../examples/platform.rs"]
#[expect(dead_code, reason = "its `main` is not called here")]
mod platform;
#[path = "../../examples/proxy.rs"]
#[expect(dead_code, reason = "its `main` is not called here")]
mod proxy;
#[path = "../../examples/tls.rs"]
#[expect(dead_code, reason = "its `main` is not called here")]
mod tls;

async fn listening(things: MemoryThings) -> (Platform, String) {
    let platform = Platform::builder(AcceptAnyClaims, things).listen("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", platform.local_addr());
    (platform, url)
}

/// Waits until a Thing of this name is bound.
async fn bound(events: &mut Receiver<Event>, name: &str) {
    let is_it = |event: &Event| matches!(event, Event::Bound { thing, .. } if thing == name);
    while !is_it(&soon(events.recv()).await.unwrap()) {}
}

#[tokio::test]
async fn the_platform_serves_until_it_is_to_stop() {
    let things = platform::things();
    let (platform, url) = listening(things.clone()).await;
    let mut events = platform.events();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(platform::serve(platform, things, stopped));
    soon(proxy_to(&url)).await;
    bound(&mut events, "SteamSensor1").await;
    stop.send(()).unwrap();
    soon(serving).await.unwrap();
}

/// Runs the proxy example through a proxy that forwards everything.
async fn proxy_to(url: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (client, _) = listener.accept().await.unwrap();
        let mut client = BufReader::new(client);
        let mut request = String::new();
        while !request.ends_with("\r\n\r\n") {
            client.read_line(&mut request).await.unwrap();
        }
        let to = request.split(' ').nth(1).unwrap();
        let mut platform = TcpStream::connect(to).await.unwrap();
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        // It ends with the connection.
        let _ = copy_bidirectional(&mut client, &mut platform).await;
    });
    proxy::run(url, &format!("http://{address}"), None).await.unwrap();
}

#[tokio::test]
async fn the_gateway_binds_its_machines_one_after_the_other() {
    let (platform, url) = listening(MemoryThings::any()).await;
    let mut events = platform.events();
    soon(gateway_of_things::run(&url, "any key")).await.unwrap();
    for name in ["Lathe", "Mill", "Press"] {
        bound(&mut events, name).await;
    }
}

#[tokio::test]
async fn the_edge_without_a_runtime_reads_what_it_has_written() {
    let (_platform, url) = listening(MemoryThings::any()).await;
    let read = move || blocking::run(&url, "any key").map_err(|error| error.to_string());
    assert_eq!(soon(tokio::task::spawn_blocking(read)).await.unwrap(), Ok(2.5));
}

#[tokio::test]
async fn a_platform_with_things_of_its_own_binds_those_that_there_are() {
    let machines = own_things::Machines(vec!["SteamSensor1".to_owned()]);
    let platform =
        Platform::builder(AcceptAnyClaims, machines).listen("127.0.0.1:0").await.unwrap();
    let mut events = platform.events();
    soon(proxy_to(&format!("ws://{}", platform.local_addr()))).await;
    bound(&mut events, "SteamSensor1").await;
}

#[tokio::test]
async fn over_tls_the_edge_trusts_the_file_that_it_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let [certificate, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let tls = ServerTls::from_files(&certificate, &key).unwrap();
    let platform = Platform::builder(AcceptAnyClaims, MemoryThings::any()).tls(tls);
    let platform = platform.listen("127.0.0.1:0").await.unwrap();
    let url = format!("wss://localhost:{}", platform.local_addr().port());
    soon(tls::run(&url, &certificate, Some([&certificate, &key]))).await.unwrap();
    // A missing file is reported before connecting.
    let error = soon(tls::run(&url, &key, None)).await.unwrap_err();
    assert!(error.to_string().contains("key.pem: there is no certificate in it"), "{error}");
}
