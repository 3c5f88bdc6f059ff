//! Certificates and keys of both sides.

// | file | content |
// | --- | --- |
// | `key_log.rs` | the secrets of connections, for whoever records them |
// | `lazy.rs` | how an edge starts TLS |
// | `failure.rs` | why TLS has failed; `words.rs`: the texts |
// | `pem.rs` | files of certificates and keys, and their errors |
// | `verify.rs` | which certificates of platforms an edge accepts |

mod failure;
mod key_log;
mod lazy;
mod pem;
mod verify;
mod words;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::SingleCertAndKey;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

use super::Io;
use crate::text_file::FileError;
pub use failure::TlsFailure;
pub use key_log::KeyLog;
pub(super) use lazy::LazyTls;
pub use pem::{PemProblem, PemSections};
use pem::{authorities, identity, unusable};
use verify::{AnyCertificate, TrustedItself};

/// Why certificates or keys cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read, or is not text.
    #[error(transparent)]
    File(FileError),
    /// The content of a file cannot be used.
    #[error("{file}: {problem}")]
    Unusable {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        #[source]
        problem: PemProblem,
    },
    /// The system has no trusted certificates.
    #[error("the system has no certificates to trust: name a CA file")]
    NoNativeRoots,
}

/// How an edge checks the certificate of a platform, and which certificate it presents.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ClientTls {
    authorities: Vec<PathBuf>,
    identity: Option<(PathBuf, PathBuf)>,
    accepts_any: bool,
    takes_any_name: bool,
    key_log: Option<KeyLog>,
}

impl ClientTls {
    /// Creates a configuration that trusts the authorities that the system trusts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts only the certificates in this PEM file, and those that they have signed. The
    /// file may contain the certificate of a platform itself, even one that
    /// `openssl req -x509` made, although that is marked as a certificate of an authority
    /// (CA:TRUE), with which webpki lets no server identify itself. Host name and
    /// dates are checked in each case. Called again, it adds the certificates of
    /// another file.
    pub fn ca_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.authorities.push(file.into());
        self
    }

    /// Presents this certificate, with its chain, to a platform that requests one. Both
    /// files are PEM.
    pub fn client_certificate(
        mut self,
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        self.identity = Some((certificate.into(), key.into()));
        self
    }

    /// Accepts any certificate of any server, even one of X.509 version 1 or with a weak
    /// key: everyone on the way can read all data, including keys, and change it. For
    /// tests.
    pub fn dangerous_accept_any_certificate(mut self) -> Self {
        self.accepts_any = true;
        self
    }

    /// Takes a certificate that is that of another host, if it is trusted otherwise:
    /// whoever has any such certificate can stand in for the platform. For platforms
    /// whose certificate does not have the name by which they are reached.
    pub fn dangerous_accept_any_host_name(mut self) -> Self {
        self.takes_any_name = true;
        self
    }

    /// Writes the secrets of connections to this file: everyone who has it can decrypt what was
    /// recorded of them.
    pub fn key_log(mut self, log: KeyLog) -> Self {
        self.key_log = Some(log);
        self
    }

    /// Reads the files, and is ready for any number of connections.
    ///
    /// # Errors
    /// [`TlsError::File`] if a file cannot be read; [`TlsError::Unusable`] if its content
    /// cannot be used; [`TlsError::NoNativeRoots`] if there is no CA file, and the system
    /// has no trusted certificates.
    pub fn load(&self) -> Result<LoadedTls, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(rustls::ALL_VERSIONS)
            .unwrap_or_else(|_| unreachable!("ring has suites for all versions"));
        let builder = match self.authorities.first() {
            _ if self.accepts_any => {
                builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate))
            }
            None if !self.takes_any_name => builder.with_root_certificates(native_roots()?),
            first => {
                let (roots, trusted) = self.trusted()?;
                let takes_any_name = self.takes_any_name;
                let verifier =
                    TrustedItself::new(roots, trusted, takes_any_name, Arc::clone(&provider));
                let file = first.map_or(Path::new(""), PathBuf::as_path);
                let verifier = verifier.map_err(|error| unusable_as_ca(file, error))?;
                builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
            }
        };
        let mut config = match &self.identity {
            Some((file, key_file)) => {
                let identity = SingleCertAndKey::from(identity(file, key_file, &provider)?);
                builder.with_client_cert_resolver(Arc::new(identity))
            }
            None => builder.with_no_client_auth(),
        };
        if let Some(log) = &self.key_log {
            config.key_log = log.for_library();
        }
        Ok(LoadedTls(TlsConnector::from(Arc::new(config))))
    }
}

impl ClientTls {
    /// The authorities to trust, and the certificates that are trusted themselves.
    fn trusted(&self) -> Result<(RootCertStore, Vec<CertificateDer<'static>>), TlsError> {
        if self.authorities.is_empty() {
            return Ok((native_roots()?, Vec::new()));
        }
        let mut all = (RootCertStore::empty(), Vec::new());
        for file in &self.authorities {
            let (roots, trusted) = authorities(file)?;
            all.0.roots.extend(roots.roots);
            all.1.extend(trusted);
        }
        Ok(all)
    }
}

fn unusable_as_ca(file: &Path, error: String) -> TlsError {
    unusable(file, PemProblem::Certificate(1, error))
}

/// A [`ClientTls`] whose files were read. Clones share the sessions that they resume when they
/// connect again.
#[derive(Clone)]
pub struct LoadedTls(TlsConnector);

impl fmt::Debug for LoadedTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadedTls").finish_non_exhaustive()
    }
}

impl LoadedTls {
    /// Begins TLS with the host of this name or address, over a socket to it.
    ///
    /// # Errors
    /// The name is none; the handshake fails; the socket does.
    pub async fn connect_to(&self, host: &str, io: impl Io) -> io::Result<Box<dyn Io>> {
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(host).map_err(io::Error::other)?;
        Ok(Box::new(self.connect(name, io).await?))
    }

    /// Begins TLS with the host of this name.
    pub(super) async fn connect<T: Io>(
        &self,
        name: ServerName<'static>,
        io: T,
    ) -> io::Result<client::TlsStream<T>> {
        self.0.connect(name, io).await
    }
}

/// The certificate that a platform presents, and whether it requires certificates of
/// clients. Clones share it, so that it can be replaced while a platform listens.
///
/// A client that comes back within 12 hours can resume its session, which costs both sides a
/// fraction of the first handshake. It keeps the session in a ticket, whose key is new for each
/// configuration: after [`replace`](Self::replace) and in another process, no session is resumed.
#[derive(Clone)]
pub struct ServerTls(Arc<RwLock<TlsAcceptor>>);

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerTls").finish_non_exhaustive()
    }
}

impl ServerTls {
    /// Creates a configuration that presents this certificate, with its chain. Both files
    /// are PEM.
    ///
    /// # Errors
    /// [`TlsError::File`] if a file cannot be read; [`TlsError::Unusable`] if its content
    /// cannot be used.
    pub fn from_files(
        certificate: impl AsRef<Path>,
        key: impl AsRef<Path>,
    ) -> Result<Self, TlsError> {
        Self::build(certificate.as_ref(), key.as_ref(), None)
    }

    /// As [`from_files`](Self::from_files), but accepts only clients with a certificate
    /// that one of those in this PEM file has signed.
    ///
    /// # Errors
    /// [`TlsError::File`] if a file cannot be read; [`TlsError::Unusable`] if its content
    /// cannot be used.
    pub fn from_files_with_client_ca(
        certificate: impl AsRef<Path>,
        key: impl AsRef<Path>,
        client_ca: impl AsRef<Path>,
    ) -> Result<Self, TlsError> {
        Self::build(certificate.as_ref(), key.as_ref(), Some(client_ca.as_ref()))
    }

    fn build(file: &Path, key_file: &Path, client_ca: Option<&Path>) -> Result<Self, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(rustls::ALL_VERSIONS)
            .unwrap_or_else(|_| unreachable!("ring has suites for all versions"));
        let builder = match client_ca {
            Some(client_ca) => {
                let (roots, _) = authorities(client_ca)?;
                let roots = Arc::new(roots);
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(&provider));
                let verifier = verifier.build();
                let unusable = |error: rustls::server::VerifierBuilderError| {
                    unusable_as_ca(client_ca, error.to_string())
                };
                builder.with_client_cert_verifier(verifier.map_err(unusable)?)
            }
            None => builder.with_no_client_auth(),
        };
        let identity = SingleCertAndKey::from(identity(file, key_file, &provider)?);
        let mut config = builder.with_cert_resolver(Arc::new(identity));
        // By default, only the last 256 sessions can be resumed. With tickets, the edges keep them.
        match ring::Ticketer::new() {
            Ok(ticketer) => config.ticketer = ticketer,
            Err(error) => tracing::warn!(%error, "TLS sessions can hardly be resumed"),
        }
        Ok(Self(Arc::new(RwLock::new(TlsAcceptor::from(Arc::new(config))))))
    }

    /// Returns the same configuration, which writes the secrets of its connections to this file:
    /// everyone who has it can decrypt what was recorded of them.
    #[must_use]
    pub fn with_key_log(self, log: &KeyLog) -> Self {
        let mut config = ServerConfig::clone(self.acceptor().config());
        config.key_log = log.for_library();
        Self(Arc::new(RwLock::new(TlsAcceptor::from(Arc::new(config)))))
    }

    /// Replaces the configuration by that of another one, for new connections. Existing
    /// connections are not affected.
    pub fn replace(&self, other: &Self) {
        let acceptor = other.acceptor();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = acceptor;
    }

    fn acceptor(&self) -> TlsAcceptor {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for a client to begin TLS over its socket.
    ///
    /// # Errors
    /// The handshake fails, or the socket does.
    pub async fn accept_from(&self, io: impl Io) -> io::Result<Box<dyn Io>> {
        Ok(Box::new(self.accept(io).await?))
    }

    /// Waits for the client to begin TLS.
    pub(super) async fn accept<T: Io>(&self, io: T) -> io::Result<server::TlsStream<T>> {
        self.acceptor().accept(io).await
    }
}

/// Returns why a client has no TLS, and whose fault that is, if it is known.
pub(super) fn client_problem(error: &io::Error) -> String {
    let of_tls = error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>());
    of_tls.map_or_else(|| error.to_string(), words::of_platform)
}

fn native_roots() -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    for problem in &native.errors {
        tracing::warn!(%problem, "some of the system's certificates cannot be read");
    }
    roots.add_parsable_certificates(native.certs);
    if roots.is_empty() {
        return Err(TlsError::NoNativeRoots);
    }
    Ok(roots)
}
