//! TLS: certificates that a peer accepts, and ones that it must refuse.

use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime,
};
use tokio_rustls::rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, ServerConfig, SignatureScheme,
};

/// What is wrong with the certificate of our platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing is.
    None,
    WrongHost,
    Expired,
    UnknownIssuer,
}

/// The issuer that an edge is told to trust, and another one.
pub(crate) struct Certificates {
    trusted: CertifiedIssuer<'static, KeyPair>,
    other: CertifiedIssuer<'static, KeyPair>,
}

fn issuer(name: &str) -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

impl Certificates {
    /// Makes new keys and certificates.
    ///
    /// # Errors
    /// The random numbers of the system cannot be read; the error says so, in words.
    pub(crate) fn new() -> Result<Self, String> {
        let made = |name| issuer(name).map_err(|error| error.to_string());
        Ok(Self {
            trusted: made("alwayson-conformance, trusted")?,
            other: made("alwayson-conformance, unknown")?,
        })
    }

    /// Returns the certificate that an edge must trust, as PEM.
    pub(crate) fn ca(&self) -> String {
        self.trusted.pem()
    }

    /// Returns what our platform uses, for a host as edges name it.
    ///
    /// # Errors
    /// The host can be in no certificate; the error says so, in words.
    pub(crate) fn server(&self, host: &str, fault: Fault) -> Result<Arc<ServerConfig>, String> {
        self.config(host, fault).map_err(|error| error.to_string())
    }

    fn config(
        &self,
        host: &str,
        fault: Fault,
    ) -> Result<Arc<ServerConfig>, Box<dyn std::error::Error>> {
        let host = if fault == Fault::WrongHost { "wrong.invalid" } else { host };
        let mut params = CertificateParams::new(vec![host.to_owned()])?;
        if fault == Fault::Expired {
            params.not_before = rcgen::date_time_ymd(2019, 1, 1);
            params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        }
        let key = KeyPair::generate()?;
        let issuer = if fault == Fault::UnknownIssuer { &self.other } else { &self.trusted };
        let certificate = params.signed_by(&key, issuer)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        Ok(Arc::new(config))
    }
}

/// Returns what our edges use: certificates of a file, or those of the system; or none, if any
/// certificate is taken, which is a fault.
///
/// # Errors
/// The file cannot be read or has no certificate; the error says so, in words.
pub(crate) fn client(ca: Option<&Path>, takes_any: bool) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = ca {
        let fault = |text: String| format!("{}: {text}", path.display());
        let read = CertificateDer::pem_file_iter(path);
        for certificate in read.map_err(|error| fault(error.to_string()))? {
            let certificate = certificate.map_err(|error| fault(error.to_string()))?;
            roots.add(certificate).map_err(|error| fault(error.to_string()))?;
        }
        if roots.is_empty() {
            return Err(fault("no certificate".to_owned()));
        }
    } else {
        let found = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(found.certs);
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let config = if takes_any {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(TakesAny))
    } else {
        builder.with_root_certificates(roots)
    };
    Ok(Arc::new(config.with_no_client_auth()))
}

/// Takes every certificate: the fault of an edge.
#[derive(Debug)]
struct TakesAny;

impl ServerCertVerifier for TakesAny {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        default_provider().signature_verification_algorithms.supported_schemes()
    }
}
