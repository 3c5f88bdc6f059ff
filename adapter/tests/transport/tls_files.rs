//! Files of certificates and keys that cannot be used: each is named, and what is
//! wrong with it, in words of people who make them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use alwayson::transport::{AcceptOptions, ClientTls, ConnectOptions, ServerTls, TlsError, connect};
use rcgen::KeyPair;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::sign::{CertifiedKey, Signer, SigningKey, SingleCertAndKey};
use rustls::{SignatureAlgorithm, SignatureScheme};
use tempfile::TempDir;

use crate::tls::Authority;

/// A file of this folder's `pem`, made by openssl.
fn made(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/transport/pem")).join(name)
}

fn text(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap()
}

/// What is said of a platform's files, after the name of the one that is wrong.
fn said(certificate: &Path, key: &Path, wrong: &Path) -> String {
    let error = ServerTls::from_files(certificate, key).unwrap_err().to_string();
    let named = error.strip_prefix(&format!("{}: ", wrong.display()));
    named.unwrap_or_else(|| panic!("{error}")).to_owned()
}

#[test]
fn a_key_that_cannot_be_used_is_named_with_the_reason() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("key.pem");
    let key = text(&made("ec.key.pem"));
    let other = KeyPair::generate().unwrap().serialize_pem();
    for (content, begins) in [
        (text(&made("encrypted.key.pem")), "line 1: the private key is encrypted; openssl pkey"),
        (text(&made("encrypted-ec.key.pem")), "line 1: the private key is encrypted"),
        (text(&made("ec.pem")), "there is no private key in it, but a section CERTIFICATE"),
        (
            text(&made("request.pem")),
            "there is no private key in it, but a section CERTIFICATE REQ",
        ),
        (String::new(), "there is no private key in it, but no PEM at all"),
        (key.replace("-----END PRIVATE KEY-----", ""), "line 1: what begins here is not whole"),
        (format!("\n{}", key.replace("MIG", "M!G")), "line 2: what begins here is not whole"),
        (text(&made("weak.key.pem")), "line 1: a private key of this kind or size cannot be used"),
        (other, "its key does not belong to the certificate of "),
    ] {
        std::fs::write(&file, &content).unwrap();
        let said = said(&made("ec.pem"), &file, &file);
        assert!(said.starts_with(begins), "{begins}: {said}");
    }
    std::fs::write(&file, format!("\u{feff}{key}")).unwrap();
    assert!(ServerTls::from_files(made("ec.pem"), &file).is_ok(), "with a byte order mark");
    let missing = folder.path().join("missing");
    assert!(said(&made("ec.pem"), &missing, &missing).starts_with("cannot be read: "));
}

#[test]
fn a_certificate_that_cannot_be_used_is_named_with_the_reason() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("certificate.pem");
    let pem = text(&made("ec.pem"));
    let utf16: Vec<u8> = pem.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let authority = text(&Authority::new("one").file());
    let cut = pem.replace("\nFDES", "\n");
    for (content, begins) in [
        (std::fs::read(made("ec.der")).unwrap(), "it is binary, as DER and PKCS #12 are"),
        (utf16, "it is UTF-16: save it as UTF-8"),
        (b"-----BEGIN \0".to_vec(), "line 1 has a NUL in it"),
        (text(&made("ec.key.pem")).into_bytes(), "there is no certificate in it, but a section PR"),
        (text(&made("weak-v1.pem")).into_bytes(), "certificate 1 is of X.509 version 1 or 2"),
        (format!("{authority}{pem}").into_bytes(), "the key belongs to certificate 2 of the file"),
        (cut.into_bytes(), "certificate 1 cannot be read: "),
    ] {
        std::fs::write(&file, &content).unwrap();
        let said = said(&file, &made("ec.key.pem"), &file);
        assert!(said.starts_with(begins), "{begins}: {said}");
    }
    std::fs::write(&file, format!("{pem}{authority}")).unwrap();
    assert!(ServerTls::from_files(&file, made("ec.key.pem")).is_ok());
}

#[test]
fn files_of_an_edge_and_of_client_authorities_are_named_as_well() {
    let [certificate, key] = ["ec.pem", "ec.key.pem"].map(made);
    for error in [
        ClientTls::new().ca_file(&key).load().unwrap_err(),
        ClientTls::new().ca_file(&certificate).client_certificate(&key, &key).load().unwrap_err(),
        ServerTls::from_files_with_client_ca(&certificate, &key, &key).unwrap_err(),
    ] {
        assert!(matches!(&error, TlsError::Unusable { file, .. } if *file == key), "{error}");
        assert!(error.to_string().contains("there is no certificate in it"), "{error}");
    }
    let missing = made("missing.pem");
    let error = ClientTls::new().ca_file(&missing).load().unwrap_err();
    assert!(matches!(&error, TlsError::File(_)), "{error}");
    assert!(error.to_string().starts_with(missing.to_str().unwrap()), "{error}");
}

/// Signs without a key.
#[derive(Debug)]
struct NoKey;

impl SigningKey for NoKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered.contains(&SignatureScheme::RSA_PSS_SHA256).then(|| Box::new(Self) as _)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

impl Signer for NoKey {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        Ok(vec![7; 128])
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::RSA_PSS_SHA256
    }
}

#[tokio::test]
async fn a_certificate_of_version_1_with_a_weak_key_is_taken_where_any_is() {
    let pem = text(&made("weak-v1.pem"));
    let chain = vec![CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()];
    let identity = Arc::new(CertifiedKey::new(chain, Arc::new(NoKey)));
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(
            rustls::crypto::ring::default_provider(),
        ))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(Arc::clone(&identity))));
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (socket, _) = listener.accept().await.unwrap();
            let stream = acceptor.accept(socket).await.unwrap();
            alwayson::transport::accept(stream, &AcceptOptions::default()).await.map(drop)
        });
        let options = ConnectOptions::new(&format!("wss://localhost:{port}")).unwrap();
        let any = ClientTls::new().dangerous_accept_any_certificate();
        connect(&options.with_tls(&any).unwrap(), None).await.map(drop).unwrap();
        server.await.unwrap().unwrap();
    }
}
