//! What two ends of rustls say to each other, decrypted with the key log of one of them.

use std::io::{Read, Write};
use std::sync::{Arc, Mutex};

use alwayson_conformance::pcap::tls::{KeyLog, Tls, begins_with_tls};
use tokio_rustls::rustls::crypto::ring::{ALL_CIPHER_SUITES, default_provider};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::{PrivatePkcs8KeyDer, ServerName};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, Connection, RootCertStore, ServerConfig, ServerConnection,
    SupportedCipherSuite,
};

#[derive(Debug, Default)]
struct Log(Mutex<String>);

impl tokio_rustls::rustls::KeyLog for Log {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let hex = alwayson_conformance::hex::encode;
        let line = format!("{label} {} {}\n", hex(client_random), hex(secret));
        self.0.lock().unwrap().push_str(&line);
    }
}

/// Two ends, and what passes between them, decrypted.
struct Pair {
    ends: [Connection; 2],
    log: Arc<Log>,
    tls: Tls,
    /// The bytes that are passed at once.
    portion: usize,
    plain: [Vec<u8>; 2],
    problems: Vec<String>,
}

impl Pair {
    fn new(suite: SupportedCipherSuite, portion: usize, retries: bool) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = made.cert.der().clone();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let provider = |kx_groups| {
            let provider = default_provider();
            let cipher_suites = vec![suite];
            Arc::new(CryptoProvider { cipher_suites, kx_groups, ..provider })
        };
        let [x25519, p256] = [ring::kx_group::X25519, ring::kx_group::SECP256R1];
        // A client that begins with a group that the server does not take is asked again.
        let of_server = if retries { vec![p256] } else { vec![x25519] };
        let versions = [suite.version()];
        let server = ServerConfig::builder_with_provider(provider(of_server))
            .with_protocol_versions(&versions)
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key.into())
            .unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(certificate).unwrap();
        let mut client = ClientConfig::builder_with_provider(provider(vec![x25519, p256]))
            .with_protocol_versions(&versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let log = Arc::new(Log::default());
        client.key_log = log.clone();
        let name = ServerName::try_from("localhost").unwrap();
        let client = ClientConnection::new(Arc::new(client), name).unwrap();
        let server = ServerConnection::new(Arc::new(server)).unwrap();
        let ends = [Connection::from(client), Connection::from(server)];
        let plain = Default::default();
        let problems = Vec::new();
        let mut pair = Self { ends, log, tls: Tls::default(), portion, plain, problems };
        for _ in 0..6 {
            pair.pass(0);
            pair.pass(1);
        }
        assert!(pair.ends.iter().all(|end| !end.is_handshaking()));
        pair
    }

    fn say(&mut self, end: usize, bytes: &[u8]) {
        for part in bytes.chunks(10_000) {
            self.ends[end].writer().write_all(part).unwrap();
            self.pass(end);
            let mut heard = vec![0; part.len()];
            self.ends[1 - end].reader().read_exact(&mut heard).unwrap();
        }
    }

    /// Passes what an end sends.
    fn pass(&mut self, end: usize) {
        let mut bytes = Vec::new();
        while self.ends[end].wants_write() {
            self.ends[end].write_tls(&mut bytes).unwrap();
        }
        let other = &mut self.ends[1 - end];
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            other.read_tls(&mut rest).unwrap();
            other.process_new_packets().unwrap();
        }
        let log = KeyLog::parse(&self.log.0.lock().unwrap());
        for portion in bytes.chunks(self.portion) {
            match self.tls.bytes(end == 0, portion, &log) {
                Ok(plain) => self.plain[end].extend(plain),
                Err(problem) => self.problems.push(problem),
            }
        }
    }
}

#[test]
fn every_suite_of_both_versions_is_decrypted_in_portions_of_any_size() {
    for suite in ALL_CIPHER_SUITES {
        // The certificate of the test has no key of RSA.
        if format!("{:?}", suite.suite()).contains("_RSA_") {
            continue;
        }
        for portion in [1, 7, 1460, usize::MAX] {
            let mut pair = Pair::new(*suite, portion, false);
            let long = vec![b'x'; 40_000];
            pair.say(0, b"question");
            pair.say(1, &long);
            pair.say(0, b" and more");
            assert_eq!(pair.problems, [""; 0], "{suite:?}");
            assert_eq!(pair.plain[0], b"question and more", "{suite:?}");
            assert!(pair.plain[1] == long, "{suite:?}");
        }
    }
}

#[test]
fn keys_that_are_renewed_and_hellos_that_are_repeated_are_followed() {
    let suite = ring::cipher_suite::TLS13_AES_128_GCM_SHA256;
    let mut pair = Pair::new(suite, usize::MAX, true);
    for _ in 0..3 {
        pair.say(0, b"a");
        pair.say(1, b"b");
        for end in 0..2 {
            match &mut pair.ends[end] {
                Connection::Client(end) => end.refresh_traffic_keys().unwrap(),
                Connection::Server(end) => end.refresh_traffic_keys().unwrap(),
            }
            pair.pass(end);
        }
    }
    assert_eq!(pair.problems, [""; 0]);
    assert_eq!(pair.plain, [b"aaa".to_vec(), b"bbb".to_vec()]);
}

#[test]
fn without_the_secrets_the_problem_is_told_once() {
    let mut tls = Tls::default();
    let none = KeyLog::default();
    let hello = [22, 3, 1, 0, 38, 1, 0, 0, 34, 3, 3];
    let hello = [&hello[..], &[7; 32]].concat();
    assert!(begins_with_tls(&hello));
    assert_eq!(tls.bytes(true, &hello, &none), Ok(Vec::new()));
    let server = [22, 3, 3, 0, 50, 2, 0, 0, 46, 3, 3];
    // The suite, and TLS 1.3 as the only extension.
    let extension = [0, 0x13, 0x01, 0, 0, 6, 0, 43, 0, 2, 3, 4];
    let server = [&server[..], &[8; 32], &extension].concat();
    let told = tls.bytes(false, &server, &none);
    assert_eq!(told, Err("the key log has no secrets of this connection".to_owned()));
    assert_eq!(tls.bytes(false, b"anything", &none), Ok(Vec::new()));
}

#[test]
fn any_bytes_are_taken() {
    let log = KeyLog::parse("# comment\nCLIENT_RANDOM 00 zz\n\nshort\n");
    assert!(log.is_empty());
    for seed in 0..2_000_u32 {
        let mut tls = Tls::default();
        let mut bytes: Vec<u8> = (0..60).map(|at| (seed * 31 + at * at).to_le_bytes()[0]).collect();
        bytes[..6].copy_from_slice(&[22, 3, 1, 0, 55, 1 + u8::from(seed % 2 == 0)]);
        let _ = tls.bytes(seed % 2 == 0, &bytes, &log);
    }
}
