//! A TLS connection in memory, with a key log.

use std::io::{Read, Write};
use std::sync::{Arc, Mutex};

use alwayson_conformance::pcap::Sender;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{PrivatePkcs8KeyDer, ServerName};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, KeyLog, RootCertStore, ServerConfig, ServerConnection,
};

const HOST: &str = "platform.example";

#[derive(Debug, Default)]
struct Log(Mutex<String>);

impl KeyLog for Log {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let hex = alwayson_conformance::hex::encode;
        let line = format!("{label} {} {}\n", hex(client_random), hex(secret));
        self.0.lock().unwrap().push_str(&line);
    }
}

/// Both ends of a connection.
pub(crate) struct Tls {
    client: ClientConnection,
    server: ServerConnection,
    log: Arc<Log>,
}

impl Tls {
    /// Connects. Returns the bytes of the handshake as well.
    pub(crate) fn connect() -> (Self, Vec<(Sender, Vec<u8>)>) {
        let certified = rcgen::generate_simple_self_signed([HOST.to_owned()]).unwrap();
        let certificate = certified.cert.der().clone();
        let key = PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
        let provider = Arc::new(default_provider());
        let server = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key.into())
            .unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(certificate).unwrap();
        let mut client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let log = Arc::new(Log::default());
        client.key_log = log.clone();
        let name = ServerName::try_from(HOST).unwrap();
        let mut tls = Self {
            client: ClientConnection::new(Arc::new(client), name).unwrap(),
            server: ServerConnection::new(Arc::new(server)).unwrap(),
            log,
        };
        let mut sent = Vec::new();
        while tls.client.wants_write() || tls.server.wants_write() {
            for from in [Sender::Client, Sender::Server] {
                sent.push((from, tls.pass(from)));
            }
        }
        assert!(!tls.client.is_handshaking() && !tls.server.is_handshaking());
        sent.retain(|(_, bytes)| !bytes.is_empty());
        (tls, sent)
    }

    /// Returns what one end sends for these bytes.
    pub(crate) fn encrypt(&mut self, from: Sender, bytes: &[u8]) -> Vec<u8> {
        let mut sent = Vec::new();
        // Both ends buffer at most 64 KiB.
        for part in bytes.chunks(10_000) {
            let received = match from {
                Sender::Client => {
                    self.client.writer().write_all(part).unwrap();
                    sent.extend(self.pass(from));
                    let mut received = vec![0; part.len()];
                    self.server.reader().read_exact(&mut received).unwrap();
                    received
                }
                Sender::Server => {
                    self.server.writer().write_all(part).unwrap();
                    sent.extend(self.pass(from));
                    let mut received = vec![0; part.len()];
                    self.client.reader().read_exact(&mut received).unwrap();
                    received
                }
            };
            assert_eq!(received, part);
        }
        sent
    }

    /// Returns the secrets of the connection, in the format of `SSLKEYLOGFILE`.
    pub(crate) fn key_log(&self) -> String {
        self.log.0.lock().unwrap().clone()
    }

    /// Passes what one end sends to the other, and returns it.
    fn pass(&mut self, from: Sender) -> Vec<u8> {
        let mut bytes = Vec::new();
        match from {
            Sender::Client => {
                while self.client.wants_write() {
                    self.client.write_tls(&mut bytes).unwrap();
                }
                let mut rest = &bytes[..];
                while !rest.is_empty() {
                    self.server.read_tls(&mut rest).unwrap();
                    self.server.process_new_packets().unwrap();
                }
            }
            Sender::Server => {
                while self.server.wants_write() {
                    self.server.write_tls(&mut bytes).unwrap();
                }
                let mut rest = &bytes[..];
                while !rest.is_empty() {
                    self.client.read_tls(&mut rest).unwrap();
                    self.client.process_new_packets().unwrap();
                }
            }
        }
        bytes
    }
}
