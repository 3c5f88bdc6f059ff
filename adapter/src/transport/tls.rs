//! Certificates and keys, of both sides.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, ServerConfig, SignatureScheme,
};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

use super::Io;

/// What is wrong with certificates or keys.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read, or is not PEM.
    #[error("{file}: cannot read it as PEM")]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        #[source]
        problem: pem::Error,
    },
    /// A file holds no certificate.
    #[error("{0}: there is no certificate in it")]
    NoCertificate(PathBuf),
    /// A file holds a certificate or a key that cannot be used.
    #[error("{file}: it cannot be used")]
    Unusable {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        #[source]
        problem: Error,
    },
    /// A file holds certificates that cannot be trusted.
    #[error("{file}: it cannot be used as a CA: {problem}")]
    Authority {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The system has no certificates to trust.
    #[error("the system has no certificates to trust: name a CA file")]
    NoNativeRoots,
}

/// How an edge checks the platform's certificate, and shows its own.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ClientTls {
    authority: Option<PathBuf>,
    identity: Option<(PathBuf, PathBuf)>,
    accepts_any: bool,
}

impl ClientTls {
    /// Trusts what the system trusts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts the certificates in this PEM file, and no others.
    pub fn ca_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.authority = Some(file.into());
        self
    }

    /// Shows this certificate, with its chain, to a platform that asks. Both
    /// files are PEM.
    pub fn client_certificate(
        mut self,
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        self.identity = Some((certificate.into(), key.into()));
        self
    }

    /// Takes any certificate of anybody: whoever is on the way can read along,
    /// keys included, and change what he likes. For tests.
    pub fn dangerous_accept_any_certificate(mut self) -> Self {
        self.accepts_any = true;
        self
    }

    /// Reads the files, and is ready for any number of connections.
    ///
    /// # Errors
    /// A file cannot be used, or the system has no certificates.
    pub fn load(&self) -> Result<LoadedTls, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|problem| TlsError::Unusable { file: PathBuf::new(), problem })?;
        let builder = if self.accepts_any {
            let any = Arc::new(AnyCertificate(provider));
            builder.dangerous().with_custom_certificate_verifier(any)
        } else {
            builder.with_root_certificates(match &self.authority {
                Some(file) => authorities(file)?,
                None => native_roots()?,
            })
        };
        let config = match &self.identity {
            Some((file, key_file)) => builder
                .with_client_auth_cert(certificates(file)?, key(key_file)?)
                .map_err(|problem| TlsError::Unusable { file: key_file.clone(), problem })?,
            None => builder.with_no_client_auth(),
        };
        Ok(LoadedTls(TlsConnector::from(Arc::new(config))))
    }
}

/// [`ClientTls`] with its files read.
#[derive(Clone)]
pub struct LoadedTls(TlsConnector);

impl fmt::Debug for LoadedTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadedTls").finish_non_exhaustive()
    }
}

impl LoadedTls {
    /// Begins TLS with the host of this name.
    pub(super) async fn connect<T: Io>(
        &self,
        name: ServerName<'static>,
        io: T,
    ) -> io::Result<client::TlsStream<T>> {
        self.0.connect(name, io).await
    }
}

/// What a platform shows, and whether it wants to see certificates.
#[derive(Clone)]
pub struct ServerTls(TlsAcceptor);

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerTls").finish_non_exhaustive()
    }
}

impl ServerTls {
    /// Shows this certificate, with its chain. Both files are PEM.
    ///
    /// # Errors
    /// A file cannot be used.
    pub fn from_files(
        certificate: impl AsRef<Path>,
        key: impl AsRef<Path>,
    ) -> Result<Self, TlsError> {
        Self::build(certificate.as_ref(), key.as_ref(), None)
    }

    /// As [`from_files`](Self::from_files), and only clients whose certificate
    /// one of those in this PEM file has signed get in.
    ///
    /// # Errors
    /// A file cannot be used.
    pub fn from_files_with_client_ca(
        certificate: impl AsRef<Path>,
        key: impl AsRef<Path>,
        client_ca: impl AsRef<Path>,
    ) -> Result<Self, TlsError> {
        Self::build(certificate.as_ref(), key.as_ref(), Some(client_ca.as_ref()))
    }

    fn build(file: &Path, key_file: &Path, client_ca: Option<&Path>) -> Result<Self, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let unusable = |file: &Path| {
            let file = file.to_owned();
            move |problem| TlsError::Unusable { file, problem }
        };
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(unusable(file))?;
        let builder = match client_ca {
            Some(client_ca) => {
                let roots = Arc::new(authorities(client_ca)?);
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider)
                    .build()
                    .map_err(|problem| TlsError::Authority {
                        file: client_ca.to_owned(),
                        problem: problem.to_string(),
                    })?;
                builder.with_client_cert_verifier(verifier)
            }
            None => builder.with_no_client_auth(),
        };
        let config = builder
            .with_single_cert(certificates(file)?, key(key_file)?)
            .map_err(unusable(key_file))?;
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    /// Waits for the client to begin TLS.
    pub(super) async fn accept<T: Io>(&self, io: T) -> io::Result<server::TlsStream<T>> {
        self.0.accept(io).await
    }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let problem = |problem| TlsError::File { file: file.to_owned(), problem };
    let certificates = CertificateDer::pem_file_iter(file)
        .map_err(problem)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(problem)?;
    if certificates.is_empty() {
        return Err(TlsError::NoCertificate(file.to_owned()));
    }
    Ok(certificates)
}

fn key(file: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_file(file)
        .map_err(|problem| TlsError::File { file: file.to_owned(), problem })
}

fn authorities(file: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(file)? {
        roots
            .add(certificate)
            .map_err(|problem| TlsError::Unusable { file: file.to_owned(), problem })?;
    }
    Ok(roots)
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

/// Takes any certificate. That whoever shows it has its key is still checked.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
