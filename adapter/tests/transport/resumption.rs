//! Sessions of TLS that are resumed, so that an edge that comes back costs little.

use std::sync::Arc;

use alwayson::transport::{ClientTls, ServerTls};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, HandshakeKind, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::tls::Authority;

/// A client that trusts this authority, without sessions.
fn client(authority: &Authority) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority.file()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_root_certificates(roots).with_no_client_auth()).into()
}

fn sockets() -> (DuplexStream, DuplexStream) {
    duplex(64 * 1024)
}

/// Connects the client to the platform, and returns the kind of handshake.
async fn connect(client: &TlsConnector, platform: &ServerTls) -> HandshakeKind {
    let (to_platform, to_client) = sockets();
    let platform = platform.clone();
    let platform = tokio::spawn(async move {
        let mut stream = platform.accept_from(to_client).await.unwrap();
        stream.write_all(b"x").await.unwrap();
        stream.flush().await.unwrap();
    });
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = client.connect(name, to_platform).await.unwrap();
    // The ticket comes before the first data.
    assert_eq!(stream.read_u8().await.unwrap(), b'x');
    platform.await.unwrap();
    stream.get_ref().1.handshake_kind().unwrap()
}

#[tokio::test]
async fn a_platform_resumes_the_session_of_any_edge_however_many_came_in_between() {
    let authority = Authority::new("one");
    let [certificate, key] = authority.sign("localhost", |_| {});
    let platform = ServerTls::from_files(certificate, key).unwrap();
    let first = client(&authority);
    assert_eq!(connect(&first, &platform).await, HandshakeKind::Full);
    // More than a cache of sessions would hold by default, which are 256.
    for _ in 0..300 {
        assert_eq!(connect(&client(&authority), &platform).await, HandshakeKind::Full);
    }
    assert_eq!(connect(&first, &platform).await, HandshakeKind::Resumed);
    // A resumed session can be resumed.
    assert_eq!(connect(&first, &platform).await, HandshakeKind::Resumed);
}

#[tokio::test]
async fn no_session_is_resumed_once_the_certificate_was_replaced() {
    let authority = Authority::new("one");
    let [certificate, key] = authority.sign("localhost", |_| {});
    let platform = ServerTls::from_files(&certificate, &key).unwrap();
    let client = client(&authority);
    assert_eq!(connect(&client, &platform).await, HandshakeKind::Full);
    assert_eq!(connect(&client, &platform).await, HandshakeKind::Resumed);
    platform.replace(&ServerTls::from_files(&certificate, &key).unwrap());
    assert_eq!(connect(&client, &platform).await, HandshakeKind::Full);
}

#[tokio::test]
async fn an_edge_resumes_its_session_when_it_connects_again() {
    let authority = Authority::new("one");
    let [certificate, key] = authority.sign("localhost", |_| {});
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap();
    let chain = vec![CertificateDer::from_pem_file(certificate).unwrap()];
    let config = config
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_file(key).unwrap())
        .unwrap();
    let platform = TlsAcceptor::from(Arc::new(config));
    let edge = ClientTls::new().ca_file(authority.file()).load().unwrap();
    let mut kinds = Vec::new();
    for _ in 0..3 {
        let (to_platform, to_edge) = sockets();
        let edge = edge.clone();
        let edge = tokio::spawn(async move {
            let mut stream = edge.connect_to("localhost", to_platform).await.unwrap();
            assert_eq!(stream.read_u8().await.unwrap(), b'x');
        });
        let mut stream = platform.accept(to_edge).await.unwrap();
        stream.write_all(b"x").await.unwrap();
        stream.flush().await.unwrap();
        edge.await.unwrap();
        kinds.push(stream.get_ref().1.handshake_kind().unwrap());
    }
    assert_eq!(kinds, [HandshakeKind::Full, HandshakeKind::Resumed, HandshakeKind::Resumed]);
}
