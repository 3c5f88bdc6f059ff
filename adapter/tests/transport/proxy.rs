//! The way through an HTTP proxy.

use std::net::SocketAddr;

use alwayson::transport::{
    AcceptOptions, ClientTls, ConnectError, ConnectOptions, Incoming, Outgoing, ServerTls,
    UrlError, connect,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::support::{echo, ending, message, platform, receive, send};
use crate::tls::Authority;

/// A proxy that takes one client and answers it so. Where that is 200, it makes the
/// way. It tells what it was asked.
async fn proxy(answer: &'static str) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(client.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        let target = head.split(' ').nth(1).unwrap().to_owned();
        client.write_all(answer.as_bytes()).await.unwrap();
        if answer.contains(" 200 ") {
            let mut platform = TcpStream::connect(target).await.unwrap();
            // Either side may go first, and without a word.
            tokio::spawn(async move { copy_bidirectional(&mut client, &mut platform).await });
        }
        head
    });
    (address, asked)
}

fn through(proxy: SocketAddr, platform: SocketAddr) -> ConnectOptions {
    let options = ConnectOptions::new(&format!("ws://{platform}")).unwrap();
    options.with_proxy(&format!("http://{proxy}")).unwrap()
}

#[tokio::test]
async fn messages_go_both_ways_through_a_proxy() {
    let (platform, accepted) = platform(AcceptOptions::default()).await;
    let (proxy, asked) = proxy("HTTP/1.1 200 Connection established\r\n\r\n").await;
    let options =
        through(proxy, platform).with_proxy_credentials("user", SecretString::from("secret"));
    let mut edge = connect(&options, None).await.unwrap();
    let echo = tokio::spawn(echo(accepted.await.unwrap().unwrap().transport));
    send(&mut edge, Outgoing::Message(message(b"through"))).await;
    assert_eq!(receive(&mut edge).await, Incoming::Message(message(b"through")));
    send(&mut edge, Outgoing::Close(1000.into())).await;
    ending(&mut edge).await;
    echo.await.unwrap();
    let asked = asked.await.unwrap();
    assert!(asked.starts_with(&format!("CONNECT {platform} HTTP/1.1\r\n")), "{asked}");
    assert!(asked.contains(&format!("host: {platform}\r\n")), "{asked}");
    // "user:secret"
    assert!(asked.contains("proxy-authorization: Basic dXNlcjpzZWNyZXQ=\r\n"), "{asked}");
}

#[tokio::test]
async fn who_asks_may_be_said_before_the_proxy() {
    let (platform, _accepted) = platform(AcceptOptions::default()).await;
    let (proxy, asked) = proxy("HTTP/1.1 200 Connection established\r\n\r\n").await;
    let options = ConnectOptions::new(&format!("ws://{platform}")).unwrap();
    let options = options.with_proxy_credentials("user", SecretString::from("secret"));
    let options = options.with_proxy(&format!("http://{proxy}")).unwrap();
    connect(&options, None).await.unwrap();
    let asked = asked.await.unwrap();
    assert!(asked.contains("proxy-authorization: Basic dXNlcjpzZWNyZXQ=\r\n"), "{asked}");
}

#[tokio::test]
async fn a_proxy_sees_nothing_of_what_is_sent_over_tls() {
    let authority = Authority::new("one");
    let [certificate, key] = authority.sign("localhost", |_| {});
    let options =
        AcceptOptions::default().with_tls(ServerTls::from_files(certificate, key).unwrap());
    let (platform, accepted) = platform(options).await;
    let (proxy, asked) = proxy("HTTP/1.1 200 OK\r\n\r\n").await;
    let options = ConnectOptions::new(&format!("wss://localhost:{}", platform.port())).unwrap();
    let options = options.with_tls(&ClientTls::new().ca_file(authority.file())).unwrap();
    let options = options.with_proxy(&format!("http://{proxy}")).unwrap();
    let key = SecretString::from("secret");
    let mut edge = connect(&options, Some(&key)).await.unwrap();
    let accepted = accepted.await.unwrap().unwrap();
    assert_eq!(accepted.app_key.unwrap().expose_secret(), "secret");
    tokio::spawn(echo(accepted.transport));
    send(&mut edge, Outgoing::Message(message(b"through"))).await;
    assert_eq!(receive(&mut edge).await, Incoming::Message(message(b"through")));
    assert!(!asked.await.unwrap().contains("secret"));
}

#[tokio::test]
async fn a_proxy_that_refuses_is_told_apart_and_gets_no_key() {
    let (platform, _accepted) = platform(AcceptOptions::default()).await;
    let answer = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
    let (proxy, asked) = proxy(answer).await;
    let key = SecretString::from("secret");
    let refused = connect(&through(proxy, platform), Some(&key)).await.map(drop).unwrap_err();
    assert!(matches!(refused, ConnectError::Proxy(status) if status == 407), "{refused:?}");
    let asked = asked.await.unwrap();
    assert!(!asked.contains("secret") && !asked.contains("authorization"), "{asked}");
}

#[test]
fn k04_the_url_of_a_proxy_has_no_place_for_passwords() {
    let options = ConnectOptions::new("ws://localhost").unwrap();
    for (url, refused) in [
        ("http://user:secret@proxy", UrlError::UserInfo),
        ("http://proxy/path", UrlError::ProxyPath),
        ("http://proxy?secret", UrlError::Query),
        ("socks5://proxy", UrlError::ProxyScheme),
    ] {
        let error = options.clone().with_proxy(url).unwrap_err();
        assert!(matches!(error, ConnectError::Url(error) if error == refused), "{url}: {error:?}");
    }
}
