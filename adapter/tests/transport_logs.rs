//! The log of a connection at every level, including the libraries.
//!
//! A separate test program, because the logger is global.

use std::fmt::Write as _;
use std::future::poll_fn;
use std::sync::Mutex;

use alwayson::transport::{
    AcceptOptions, ClientTls, ConnectOptions, Incoming, Outgoing, ServerTls, Transport, accept,
    connect,
};
use alwayson_conformance::hex;
use bytes::Bytes;
use log::{Level, LevelFilter, Log, Metadata, Record};
use rcgen::{CertificateParams, KeyPair};
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::net::TcpListener;

const KEY: &str = "7f3b29d0-SECRET-KEY-5c1e";

static LOGGER: Logger = Logger(Mutex::new(String::new()));

/// Keeps all that is logged, but what the crate's page tells users to leave out: the
/// WebSocket library shows whole frames at level trace.
struct Logger(Mutex<String>);

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let crate_name = metadata.target().split("::").next();
        let is_websocket = matches!(crate_name, Some("tungstenite" | "tokio_tungstenite"));
        !(is_websocket && metadata.level() == Level::Trace)
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let mut log = self.0.lock().unwrap();
        writeln!(log, "{} {}: {}", record.level(), record.target(), record.args()).unwrap();
    }

    fn flush(&self) {}
}

async fn receive(transport: &mut impl Transport) -> Incoming {
    poll_fn(|context| transport.poll_receive(context)).await
}

/// Sends the key in an upgrade and in both directions, and drops the connection.
async fn carry_a_key(options: AcceptOptions, scheme: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("{scheme}://localhost:{}", listener.local_addr().unwrap().port());
    let accepted = async { accept(listener.accept().await.unwrap().0, &options).await.unwrap() };
    let key = SecretString::from(KEY);
    let any = ClientTls::new().dangerous_accept_any_certificate();
    let asks = ConnectOptions::new(&url).unwrap().with_tls(&any).unwrap();
    let (accepted, edge) = tokio::join!(accepted, connect(&asks, Some(&key)));
    let mut ends = [edge.unwrap(), accepted.transport];
    for from in [0, 1] {
        let message = Outgoing::Message(Bytes::from_static(KEY.as_bytes()));
        ends[from].start_send(message).unwrap();
        poll_fn(|context| ends[from].poll_flush(context)).await.unwrap();
        let received = receive(&mut ends[1 - from]).await;
        assert_eq!(received, Incoming::Message(Bytes::from_static(KEY.as_bytes())));
    }
    let [edge, mut platform] = ends;
    drop(edge);
    assert!(matches!(receive(&mut platform).await, Incoming::Closed(_)));
}

#[tokio::test]
async fn k01_no_level_of_any_log_shows_a_key() {
    log::set_logger(&LOGGER).unwrap();
    log::set_max_level(LevelFilter::Trace);

    carry_a_key(AcceptOptions::default(), "ws").await;
    let options = AcceptOptions::default().with_tls(certify());
    carry_a_key(options, "wss").await;

    let log = LOGGER.0.lock().unwrap();
    assert!(log.contains("rustls"), "nothing is logged: {log}");
    for part in [KEY, &KEY[..8], &KEY[9..19]] {
        assert!(!log.contains(part), "{log}");
        assert!(!log.to_lowercase().contains(&hex::encode(part.as_bytes())), "{log}");
        assert!(!log.contains(&format!("{:?}", part.as_bytes())[1..20]), "{log}");
    }
}

/// A certificate for localhost.
fn certify() -> ServerTls {
    let folder = TempDir::new().unwrap();
    let [certificate, key_file] =
        ["certificate.pem", "key.pem"].map(|name| folder.path().join(name));
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(&certificate, params.self_signed(&key).unwrap().pem()).unwrap();
    std::fs::write(&key_file, key.serialize_pem()).unwrap();
    ServerTls::from_files(certificate, key_file).unwrap()
}
