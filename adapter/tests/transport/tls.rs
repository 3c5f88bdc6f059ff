//! TLS, with certificates that are made here.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use alwayson::transport::{
    AcceptError, AcceptOptions, ClientTls, ConnectError, ConnectErrorKind, ConnectOptions,
    Incoming, Outgoing, RefusalKind, ServerTls, TlsError, TlsFailure, connect,
};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, SanType, date_time_ymd,
};
use rustls::{CertificateError, Error};
use secrecy::SecretString;
use tempfile::TempDir;

use crate::support::{echo, ending, message, platform, receive, send};

/// An authority, and a folder with what it signed.
pub(crate) struct Authority {
    folder: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { folder, issuer }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Signs a certificate for this host; says where it is, and its key.
    pub(crate) fn sign(
        &self,
        host: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> [PathBuf; 2] {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        write(self.folder.path(), &certificate.pem(), &key)
    }
}

fn write(folder: &Path, certificate: &str, key: &KeyPair) -> [PathBuf; 2] {
    let files = ["certificate.pem", "key.pem"].map(|name| folder.join(name));
    std::fs::write(&files[0], certificate).unwrap();
    std::fs::write(&files[1], key.serialize_pem()).unwrap();
    files
}

fn options(tls: ServerTls) -> AcceptOptions {
    AcceptOptions::default().with_tls(tls)
}

fn to(address: SocketAddr, tls: &ClientTls) -> ConnectOptions {
    ConnectOptions::new(&format!("wss://localhost:{}", address.port()))
        .unwrap()
        .with_tls(tls)
        .unwrap()
}

fn library_error(failure: &TlsFailure) -> Error {
    failure.library_error().downcast_ref::<Error>().unwrap().clone()
}

/// An edge that trusts so connects to a platform with this certificate: why that
/// fails.
async fn refuses([certificate, key]: &[PathBuf; 2], tls: &ClientTls) -> CertificateError {
    let server = ServerTls::from_files(certificate, key).unwrap();
    let (address, accepted) = platform(options(server)).await;
    let key = SecretString::from("a-key");
    let refused = connect(&to(address, tls), Some(&key)).await.map(drop).unwrap_err();
    // The platform got no request, and no key.
    assert!(matches!(accepted.await.unwrap(), Err(AcceptError::Tls(_))));
    let ConnectError::Tls(failure) = refused else { panic!("{refused:?}") };
    assert!(failure.is_certificate());
    match library_error(&failure) {
        Error::InvalidCertificate(error) => error,
        other => panic!("{other:?}"),
    }
}

/// An edge that trusts so gets through to a platform with this certificate.
async fn takes([certificate, key]: &[PathBuf; 2], tls: &ClientTls) {
    let server = ServerTls::from_files(certificate, key).unwrap();
    let (address, accepted) = platform(options(server)).await;
    let mut edge = connect(&to(address, tls), None).await.unwrap();
    let echo = tokio::spawn(echo(accepted.await.unwrap().unwrap().transport));
    for len in [5, 100_000] {
        let bytes = bytes::Bytes::from(vec![7; len]);
        send(&mut edge, Outgoing::Message(bytes.clone())).await;
        assert_eq!(receive(&mut edge).await, Incoming::Message(bytes));
    }
    send(&mut edge, Outgoing::Close(1000.into())).await;
    ending(&mut edge).await;
    echo.await.unwrap();
}

#[tokio::test]
async fn messages_go_both_ways_over_tls() {
    let authority = Authority::new("one");
    let files = authority.sign("localhost", |_| {});
    takes(&files, &ClientTls::new().ca_file(authority.file())).await;
}

#[tokio::test]
async fn k05_a_certificate_of_another_host_is_refused() {
    let authority = Authority::new("one");
    let files = authority.sign("elsewhere.example", |_| {});
    let tls = ClientTls::new().ca_file(authority.file());
    let error = refuses(&files, &tls).await;
    assert!(matches!(error, CertificateError::NotValidForNameContext { .. }), "{error:?}");
    takes(&files, &tls.dangerous_accept_any_certificate()).await;
}

#[tokio::test]
async fn k05_an_expired_certificate_is_refused() {
    let authority = Authority::new("one");
    let files = authority.sign("localhost", |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    });
    let tls = ClientTls::new().ca_file(authority.file());
    let error = refuses(&files, &tls).await;
    assert!(matches!(error, CertificateError::ExpiredContext { .. }), "{error:?}");
    takes(&files, &tls.dangerous_accept_any_certificate()).await;
}

#[tokio::test]
async fn k05_a_self_signed_certificate_is_refused() {
    let another = Authority::new("another");
    let folder = TempDir::new().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let key = KeyPair::generate().unwrap();
    let files = write(folder.path(), &params.self_signed(&key).unwrap().pem(), &key);
    let tls = ClientTls::new().ca_file(another.file());
    let error = refuses(&files, &tls).await;
    assert!(matches!(error, CertificateError::UnknownIssuer), "{error:?}");
    takes(&files, &tls.dangerous_accept_any_certificate()).await;
    // Whoever names it trusts it.
    takes(&files, &ClientTls::new().ca_file(&files[0])).await;
}

#[tokio::test]
async fn k05_an_authority_that_was_not_named_is_refused() {
    let another = Authority::new("another");
    let authority = Authority::new("one");
    let files = authority.sign("localhost", |_| {});
    let error = refuses(&files, &ClientTls::new().ca_file(another.file())).await;
    assert!(matches!(error, CertificateError::UnknownIssuer), "{error:?}");
}

#[tokio::test]
async fn k05_without_options_only_the_systems_authorities_are_trusted() {
    let authority = Authority::new("one");
    let [certificate, key] = authority.sign("localhost", |_| {});
    let server = ServerTls::from_files(certificate, key).unwrap();
    let (address, _accepted) = platform(options(server)).await;
    let to = ConnectOptions::new(&format!("wss://localhost:{}", address.port())).unwrap();
    let refused = connect(&to, None).await.map(drop).unwrap_err();
    let unknown = Error::InvalidCertificate(CertificateError::UnknownIssuer);
    match refused {
        ConnectError::Tls(failure) => assert_eq!(library_error(&failure), unknown),
        // A system without authorities trusts nobody.
        ConnectError::TlsFiles(error) => assert!(matches!(error, TlsError::NoNativeRoots)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_platform_that_wants_certificates_takes_only_those_of_its_authority() {
    let authority = Authority::new("one");
    let [certificate, key] = authority.sign("localhost", |_| {});
    let server = ServerTls::from_files_with_client_ca(certificate, key, authority.file()).unwrap();
    let (address, accepted) = platform(options(server.clone())).await;
    let trusting = ClientTls::new().ca_file(authority.file());
    let refused = connect(&to(address, &trusting), None).await.map(drop);
    assert!(refused.is_err());
    assert!(matches!(accepted.await.unwrap(), Err(AcceptError::Tls(_))));

    let [certificate, key] = authority.sign("edge", |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    let (address, accepted) = platform(options(server)).await;
    let shows = trusting.client_certificate(certificate, key);
    let mut edge = connect(&to(address, &shows), None).await.unwrap();
    tokio::spawn(echo(accepted.await.unwrap().unwrap().transport));
    send(&mut edge, Outgoing::Message(message(b"known"))).await;
    assert_eq!(receive(&mut edge).await, Incoming::Message(message(b"known")));
}

#[tokio::test]
async fn a_platform_with_tls_refuses_who_begins_without() {
    let authority = Authority::new("one");
    let [certificate, key] = authority.sign("localhost", |_| {});
    let server = ServerTls::from_files(certificate, key).unwrap();
    let (address, accepted) = platform(options(server)).await;
    let plain = ConnectOptions::new(&format!("ws://{address}")).unwrap();
    assert!(matches!(connect(&plain, None).await.map(drop), Err(ConnectError::IsTls)));
    let refusal = accepted.await.unwrap().map(drop).unwrap_err().refusal();
    assert_eq!((refusal.kind, refusal.status), (RefusalKind::PlainHttp, Some(426)));
    assert_eq!(
        refusal.to_string(),
        "GET /Thingworx/WS: 426, plain HTTP on a port with TLS: use wss://"
    );
}

#[tokio::test]
async fn who_refuses_the_certificate_of_whom_is_said_on_both_sides() {
    let authority = Authority::new("one");
    let [certificate, key] = authority.sign("localhost", |_| {});
    let server = ServerTls::from_files(&certificate, &key).unwrap();
    let (address, accepted) = platform(options(server)).await;
    let another = Authority::new("another");
    let refusing = ClientTls::new().ca_file(another.file());
    let refused = connect(&to(address, &refusing), None).await.map(drop).unwrap_err();
    assert_eq!(refused.kind(), ConnectErrorKind::Certificate);
    let refusal = accepted.await.unwrap().map(drop).unwrap_err().refusal();
    assert_eq!(refusal.kind, RefusalKind::Tls);
    let detail = refusal.detail.unwrap();
    assert!(detail.contains("the client refuses the certificate"), "{detail}");
    let text = "TLS failed: the certificate of the platform is refused: who has signed it is not \
                trusted";
    assert_eq!(refused.to_string(), text);

    let server = ServerTls::from_files_with_client_ca(&certificate, &key, authority.file());
    let (address, accepted) = platform(options(server.unwrap())).await;
    let trusting = ClientTls::new().ca_file(authority.file());
    let refused = connect(&to(address, &trusting), None).await.map(drop).unwrap_err();
    assert_eq!(refused.kind(), ConnectErrorKind::Tls);
    assert_eq!(refused.to_string(), "TLS failed: the platform wants a certificate of this edge");
    let refusal = accepted.await.unwrap().map(drop).unwrap_err().refusal();
    assert_eq!(refusal.to_string(), "TLS failed: the client shows no certificate");
}

#[tokio::test]
async fn an_edge_with_tls_refuses_a_platform_without() {
    let (address, accepted) = platform(AcceptOptions::default()).await;
    let tls = ClientTls::new().dangerous_accept_any_certificate();
    let refused = connect(&to(address, &tls), None).await.map(drop);
    let refused = refused.unwrap_err();
    assert_eq!(refused.kind(), ConnectErrorKind::NotTls);
    assert!(refused.to_string().contains("begins with ws://"), "{refused}");
    let refusal = accepted.await.unwrap().map(drop).unwrap_err().refusal();
    assert_eq!(refusal.kind, RefusalKind::UnexpectedTls);
}

/// A certificate that nobody else has signed, as `openssl req -x509` makes it.
fn self_signed(folder: &Path, change: impl FnOnce(&mut CertificateParams)) -> [PathBuf; 2] {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    write(folder, &certificate.pem(), &key)
}

#[tokio::test]
async fn a_self_signed_certificate_that_is_of_an_authority_is_trusted_for_itself() {
    let folder = TempDir::new().unwrap();
    let files = self_signed(folder.path(), |_| {});
    let tls = ClientTls::new().ca_file(&files[0]);
    takes(&files, &tls).await;
    // Another one that looks the same is not.
    let other = TempDir::new().unwrap();
    let impostor = self_signed(other.path(), |_| {});
    refuses(&impostor, &tls).await;
}

#[tokio::test]
async fn host_and_dates_of_a_certificate_that_is_trusted_for_itself_are_checked() {
    let folder = TempDir::new().unwrap();
    let files = self_signed(folder.path(), |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    });
    let error = refuses(&files, &ClientTls::new().ca_file(&files[0])).await;
    assert!(matches!(error, CertificateError::ExpiredContext { .. }), "{error:?}");
    let files = self_signed(folder.path(), |params| {
        params.not_before = date_time_ymd(4000, 1, 1);
        params.not_after = date_time_ymd(4001, 1, 1);
    });
    let error = refuses(&files, &ClientTls::new().ca_file(&files[0])).await;
    assert!(matches!(error, CertificateError::NotValidYetContext { .. }), "{error:?}");
    let files = self_signed(folder.path(), |params| {
        params.subject_alt_names = vec![SanType::DnsName("elsewhere.example".try_into().unwrap())];
    });
    let error = refuses(&files, &ClientTls::new().ca_file(&files[0])).await;
    assert!(matches!(error, CertificateError::NotValidForNameContext { .. }), "{error:?}");
}
