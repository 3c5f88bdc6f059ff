//! The HTTP proxy for the connection to the platform.

use std::net::SocketAddr;

use alwayson::platform::{AcceptAnyClaims, MemoryThings, Platform};
use alwayson::serde_json::json;
use alwayson_gateway::Config;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::site::Site;

/// Starts a proxy that accepts one connection, answers like this, and forwards data if the answer is
/// 200. Returns the request.
async fn proxy(answer: &'static str, platform: SocketAddr) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = tokio::spawn(async move {
        let (mut inner, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            assert!(inner.read_buf(&mut head).await.unwrap() > 0);
        }
        inner.write_all(answer.as_bytes()).await.unwrap();
        if answer.contains(" 200 ") {
            let mut outer = TcpStream::connect(platform).await.unwrap();
            tokio::spawn(
                async move { tokio::io::copy_bidirectional(&mut inner, &mut outer).await },
            );
        }
        String::from_utf8(head).unwrap()
    });
    (address, asked)
}

async fn through(proxy: SocketAddr, platform: SocketAddr) -> Site {
    let of_proxy = json!({
        "proxy": { "host": "127.0.0.1", "port": proxy.port(), "user": "u", "password": "p" },
    });
    let parsed = Config::parse(&of_proxy.to_string()).unwrap().config;
    let to = |mut config: Config, options| {
        config.proxy = parsed.proxy;
        (config, options)
    };
    Site::to(platform, to).await.unwrap()
}

#[tokio::test]
async fn a_gateway_connects_through_a_proxy_with_user_and_password() {
    let platform = Platform::builder(AcceptAnyClaims, MemoryThings::any());
    let platform = platform.listen("127.0.0.1:0").await.unwrap();
    let to = platform.local_addr();
    let (address, asked) = proxy("HTTP/1.1 200 Connection established\r\n\r\n", to).await;
    let site = through(address, to).await;
    site.told("connected, session").await;
    let asked = asked.await.unwrap();
    assert!(asked.starts_with(&format!("CONNECT {to} HTTP/1.1\r\n")), "{asked}");
    assert!(asked.contains("proxy-authorization: Basic dTpw\r\n"), "{asked}");
}

#[tokio::test]
async fn a_proxy_that_wants_digest_or_ntlm_is_told_as_not_supported() {
    let answer = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: NTLM\r\n\
                  Content-Length: 0\r\n\r\n";
    let to = "127.0.0.1:1".parse().unwrap();
    let (address, _asked) = proxy(answer, to).await;
    let site = through(address, to).await;
    let told = site.told("not connected").await.to_string();
    assert!(told.contains("Digest and NTLM are not"), "{told}");
}
