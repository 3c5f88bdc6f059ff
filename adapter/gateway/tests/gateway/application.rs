//! An application: an HTTP server that records its requests, and answers as the test defines,
//! also with bytes that are not HTTP.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alwayson::serde_json::{self, Value as Json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// A request to an application.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    /// The head as it was received.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let of_name = |line: &&str| {
            line.split_once(':').is_some_and(|(found, _)| found.eq_ignore_ascii_case(name))
        };
        let line = self.head.lines().find(of_name)?;
        Some(line.split_once(':')?.1.trim())
    }

    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// Returns method, characteristic and name, for example `POST Services/Restart`.
    pub(crate) fn line(&self) -> String {
        let mut parts = self.path.rsplitn(3, '/');
        let name = parts.next().unwrap();
        let part = parts.next().unwrap();
        format!("{} {part}/{name}", self.method)
    }
}

/// An answer of an application.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// A status, further header lines, and a body.
    Http(u16, String, String),
    /// These bytes; then the connection is closed.
    Bytes(Vec<u8>),
    /// No bytes: the connection is closed.
    Close,
    /// Another answer, after this time.
    After(Duration, Box<Reply>),
    /// Another answer, as soon as the watched number is greater than this one.
    When(watch::Receiver<usize>, usize, Box<Reply>),
    /// No answer; the connection stays open.
    Never,
}

impl Reply {
    pub(crate) fn json(body: &Json) -> Self {
        Self::text(200, &body.to_string())
    }

    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self::Http(status, "Content-Type: application/json\r\n".to_owned(), body.to_owned())
    }

    pub(crate) fn status(status: u16) -> Self {
        Self::text(status, "")
    }
}

type Handler = Arc<dyn Fn(&Request) -> Reply + Send + Sync>;

/// An application that listens until it is dropped.
pub(crate) struct Application {
    pub(crate) address: SocketAddr,
    requests: mpsc::UnboundedReceiver<Request>,
    /// The number of connections that were opened and closed without a byte.
    pub(crate) probes: Arc<Mutex<u32>>,
    /// The number of all connections.
    pub(crate) connections: Arc<Mutex<u32>>,
    /// The number of open connections.
    pub(crate) open: watch::Sender<usize>,
    task: JoinHandle<()>,
}

impl Drop for Application {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Application {
    /// Starts an application with this handler at a free port.
    pub(crate) async fn start(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::at("127.0.0.1:0", handler).await
    }

    pub(crate) async fn at(
        address: &str,
        handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, requests) = mpsc::unbounded_channel();
        let handler: Handler = Arc::new(handler);
        let probes = Arc::<Mutex<u32>>::default();
        let connections = Arc::<Mutex<u32>>::default();
        let counted = Arc::clone(&probes);
        let opened = Arc::clone(&connections);
        let open = watch::Sender::new(0);
        let is_open = open.clone();
        let task = tokio::spawn(async move {
            let mut all = tokio::task::JoinSet::new();
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                *opened.lock().unwrap() += 1;
                let handler = Arc::clone(&handler);
                let sender = sender.clone();
                let counted = Arc::clone(&counted);
                let is_open = is_open.clone();
                all.spawn(async move {
                    is_open.send_modify(|open| *open += 1);
                    serve(socket, handler, sender, counted).await;
                    is_open.send_modify(|open| *open -= 1);
                });
            }
        });
        Self { address, requests, probes, connections, open, task }
    }

    /// Waits for the next request, without those that the platform sends after a BIND.
    pub(crate) async fn next(&mut self) -> Request {
        loop {
            let request = self.any().await;
            if !is_after_bind(&request) {
                return request;
            }
        }
    }

    /// Waits for the next request.
    pub(crate) async fn any(&mut self) -> Request {
        let next = tokio::time::timeout(Duration::from_secs(20), self.requests.recv()).await;
        next.expect("nothing was asked").unwrap()
    }
}

impl Application {
    /// Returns the next request without waiting; `None` if there is none.
    pub(crate) fn try_any(&mut self) -> Option<Request> {
        self.requests.try_recv().ok()
    }
}

/// Returns whether the platform sends this request after a BIND.
pub(crate) fn is_after_bind(request: &Request) -> bool {
    ["GetMetadata", "NotifyPropertyUpdate", "SynchronizeModelState"]
        .iter()
        .any(|name| request.path.ends_with(name))
}

async fn serve(
    mut socket: TcpStream,
    handler: Handler,
    requests: mpsc::UnboundedSender<Request>,
    probes: Arc<Mutex<u32>>,
) {
    let mut bytes = Vec::new();
    let mut has_asked = false;
    loop {
        let Some(request) = read(&mut socket, &mut bytes).await else {
            // A connection that was kept after a request is no probe.
            if bytes.is_empty() && !has_asked {
                *probes.lock().unwrap() += 1;
            }
            return;
        };
        has_asked = true;
        let mut reply = handler(&request);
        let closes = request.header("connection").is_some_and(|value| value == "close");
        let _ = requests.send(request);
        loop {
            reply = match reply {
                Reply::After(time, then) => {
                    tokio::time::sleep(time).await;
                    *then
                }
                Reply::When(mut let_go, number, then) => {
                    let _ = let_go.wait_for(|count| *count > number).await;
                    *then
                }
                _ => break,
            }
        }
        match reply {
            Reply::Http(status, head, body) => {
                let len = body.len();
                let text =
                    format!("HTTP/1.1 {status} X\r\nContent-Length: {len}\r\n{head}\r\n{body}");
                if socket.write_all(text.as_bytes()).await.is_err() || closes {
                    return;
                }
            }
            Reply::Bytes(bytes) => {
                let _ = socket.write_all(&bytes).await;
                return;
            }
            Reply::Close => return,
            Reply::Never => std::future::pending().await,
            Reply::After(..) | Reply::When(..) => unreachable!("it was waited for"),
        }
    }
}

/// Reads the next request of a connection.
async fn read(socket: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<Request> {
    loop {
        let text = String::from_utf8_lossy(bytes).into_owned();
        if let Some((head, rest)) = text.split_once("\r\n\r\n") {
            let mut words = head.split(' ');
            let method = words.next()?.to_owned();
            let path = words.next()?.to_owned();
            let head = head.to_owned();
            let mut request = Request { method, path, head, body: String::new() };
            let len: usize = request.header("content-length").map_or(0, |len| len.parse().unwrap());
            if rest.len() >= len {
                rest[..len].clone_into(&mut request.body);
                let used = request.head.len() + 4 + len;
                bytes.drain(..used);
                return Some(request);
            }
        }
        if socket.read_buf(bytes).await.ok()? == 0 {
            return None;
        }
    }
}
