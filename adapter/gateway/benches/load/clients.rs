//! The clients: programs that read a property again and again.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use alwayson::edge::Edge;
use alwayson::message::Request;
use alwayson::platform::Handle;
use alwayson::serde_json::Value as Json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use crate::figures::{Asks, Figures, nanos};
use crate::process::Server;
use crate::servers::{PROPERTY, THING};

/// A client, and how it reads.
pub(crate) enum Client {
    /// By HTTP, over a connection of its own.
    Http(Http),
    /// As an edge, over the connection that all share.
    Edge(Edge),
    /// As a platform, from this Thing.
    Platform(Handle, String),
}

impl Asks for Client {
    /// Reads the property.
    async fn ask(&mut self) {
        match self {
            Self::Http(http) => http.ask().await,
            Self::Edge(edge) => {
                edge.read_property(THING, PROPERTY).await.expect("a value");
            }
            Self::Platform(platform, thing) => {
                let request = Request::read_property(thing.as_str(), PROPERTY);
                let response = platform.call(request).await.expect("an answer");
                assert!(response.status.is_success(), "{response:?}");
            }
        }
    }
}

/// A bare connection of HTTP, with a request that is encoded in advance.
pub(crate) struct Http {
    socket: TcpStream,
    request: Vec<u8>,
    answer: Vec<u8>,
    /// The length of an answer, once it is known: all are alike.
    len: Option<usize>,
}

impl Http {
    /// Connects, to read the property.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let path = format!("/Thingworx/Things/{THING}/Properties/{PROPERTY}");
        Self::with_request(address, format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n")).await
    }

    async fn with_request(address: SocketAddr, request: String) -> Self {
        let socket = TcpStream::connect(address).await.expect("a connection");
        socket.set_nodelay(true).expect("TCP_NODELAY");
        Self { socket, request: request.into(), answer: Vec::new(), len: None }
    }

    /// Registers Things at a gateway.
    pub(crate) async fn register(gateway: SocketAddr, things: impl Iterator<Item = Json>) {
        let mut http = Self::with_request(gateway, String::new()).await;
        let path = "/Thingworx/Things/LocalEms/Services/AddEdgeThing";
        for thing in things {
            let body = thing.to_string();
            let len = body.len();
            http.request = format!(
                "POST {path} HTTP/1.1\r\nHost: {gateway}\r\nContent-Type: application/json\r\n\
                 Content-Length: {len}\r\n\r\n{body}"
            )
            .into();
            http.ask().await;
        }
    }

    async fn ask(&mut self) {
        self.socket.write_all(&self.request).await.expect("it is sent");
        self.answer.clear();
        while self.len.is_none_or(|len| self.answer.len() < len) {
            let read = self.socket.read_buf(&mut self.answer).await.expect("it is received");
            assert!(read > 0, "the connection was closed");
            self.len = self.len.or_else(|| answer_len(&self.answer));
        }
        let is_success = self.answer.starts_with(b"HTTP/1.1 200 ");
        assert!(is_success, "{}", String::from_utf8_lossy(&self.answer));
    }
}

/// Returns the length of an answer with its head, once the head is there.
fn answer_len(answer: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(answer).expect("UTF-8").to_ascii_lowercase();
    let (head, _) = text.split_once("\r\n\r\n")?;
    let len = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let len: usize = len.expect("a length").parse().expect("a number");
    Some(head.len() + 4 + len)
}

/// Lets the clients ask at a fixed rate, in requests per second, for this time. The latency of a
/// request begins when it is due, even if its client still waits for the answer before.
pub(crate) fn ask_at_rate(
    runtime: &Runtime,
    clients: &mut [Client],
    servers: &[&Server],
    rate: u32,
    time: Duration,
) -> Figures {
    let begin = Instant::now() + Duration::from_millis(10);
    let cpu = cpu_seconds(servers);
    let count = u32::try_from(clients.len()).expect("some clients");
    let interval = Duration::from_secs(1) * count / rate;
    let mut figures = Figures::default();
    // The timer of the runtime is too coarse: it counts in milliseconds.
    thread::scope(|scope| {
        let asking = (0..count).zip(clients.iter_mut()).map(|(number, client)| {
            scope.spawn(move || {
                let mut latency = Figures::default().latency_ns;
                let mut due = begin + interval * number / count;
                while due < begin + time {
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    runtime.block_on(client.ask());
                    latency.saturating_record(nanos(due.elapsed()));
                    due += interval;
                }
                latency
            })
        });
        let asking: Vec<_> = asking.collect();
        for thread in asking {
            let latency = thread.join().expect("no panic");
            figures.requests += latency.len();
            figures.latency_ns.add(latency).expect("the same bounds");
        }
    });
    figures.time = time;
    figures.server_cpu = cpu_seconds(servers) - cpu;
    figures
}

pub(crate) fn cpu_seconds(servers: &[&Server]) -> f64 {
    servers.iter().map(|server| server.cpu_seconds()).sum()
}
