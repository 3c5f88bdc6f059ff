//! A certificate for the servers, which the clients trust.

use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// A certificate and its key in files.
pub(crate) struct Tls {
    pub(crate) folder: TempDir,
    /// Resumes sessions.
    pub(crate) connector: TlsConnector,
    /// Makes a full handshake each time.
    pub(crate) full: TlsConnector,
}

impl Tls {
    pub(crate) fn create() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]);
        let made = made.expect("a certificate");
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).expect("a certificate");
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().expect("versions");
        let config = config.with_root_certificates(roots).with_no_client_auth();
        let mut full = config.clone();
        full.resumption = Resumption::disabled();
        let this = Self { folder, connector: Arc::new(config).into(), full: Arc::new(full).into() };
        std::fs::write(this.certificate(), made.cert.pem()).expect("a file");
        std::fs::write(this.key(), made.signing_key.serialize_pem()).expect("a file");
        this
    }

    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.path().join(CERTIFICATE)
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.folder.path().join(KEY)
    }
}

/// The names of the files.
pub(crate) const CERTIFICATE: &str = "cert.pem";
pub(crate) const KEY: &str = "key.pem";
