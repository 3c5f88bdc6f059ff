//! Files of certificates and keys, and their errors.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use zeroize::Zeroizing;

use super::TlsError;
use crate::text_file::{self, FileError};

const BEGIN: &str = "-----BEGIN ";
const CERTIFICATE: &str = "CERTIFICATE";
const PRIVATE_KEY: &str = "PRIVATE KEY";

/// What is wrong with a file of certificates or keys. Its `Display` contains nothing of a
/// key. Lines and certificates are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PemProblem {
    /// The file is not PEM.
    #[error("it is binary, as DER and PKCS #12 are, not PEM: convert it, for example by openssl")]
    Binary,
    /// The file has no certificate.
    #[error("there is no certificate in it, but {0}")]
    NoCertificate(PemSections),
    /// The file has no private key.
    #[error("there is no private key in it, but {0}")]
    NoKey(PemSections),
    /// The private key, at this line, is encrypted.
    #[error(
        "line {0}: the private key is encrypted; openssl pkey -in FILE -out NEW writes one that is \
         not"
    )]
    Encrypted(usize),
    /// A section is incomplete, or is not base64.
    #[error("line {line}: what begins here is not whole: {problem}")]
    Damaged {
        /// The line at which the section begins.
        line: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// The private key, at this line, has a type or a size that is not supported.
    #[error(
        "line {0}: a private key of this kind or size cannot be used; RSA from 2,048 bits, ECDSA \
         of P-256 and P-384, and Ed25519 can"
    )]
    UnsupportedKey(usize),
    /// The key does not belong to the certificate in this file.
    #[error("its key does not belong to the certificate of {0}")]
    NotMatching(String),
    /// The key belongs to this certificate of the file, which is not the first one.
    #[error(
        "the key belongs to certificate {0} of the file: the server's own has to be the first, \
         then the one that has signed it, and so on"
    )]
    WrongOrder(usize),
    /// This certificate is of X.509 version 1 or 2.
    #[error("certificate {0} is of X.509 version 1 or 2, which is too old: version 3 can be used")]
    TooOld(usize),
    /// This certificate cannot be read, for this reason.
    #[error("certificate {0} cannot be read: {1}")]
    Certificate(usize, String),
}

/// The sections of a file that should contain something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PemSections(Vec<String>);

impl fmt::Display for PemSections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0[..] {
            [] => f.write_str("no PEM at all: that begins with -----BEGIN"),
            [one] => write!(f, "a section {one}"),
            [first, .., last] => write!(f, "sections from {first} to {last}"),
        }
    }
}

/// One section of a file.
struct Section<'a> {
    /// The line at which it begins.
    line: usize,
    label: &'a str,
    /// The whole section, with its lines BEGIN and END.
    text: &'a str,
}

impl Section<'_> {
    fn is_encrypted(&self) -> bool {
        self.label.starts_with("ENCRYPTED") || self.text.contains("ENCRYPTED\n")
    }

    fn damaged(&self, error: &pem::Error) -> PemProblem {
        let problem = match error {
            pem::Error::MissingSectionEnd { .. } => "its line -----END is missing",
            pem::Error::Base64Decode(_) => "it is no base64",
            _ => "it is no PEM",
        };
        PemProblem::Damaged { line: self.line, problem }
    }
}

fn sections(text: &str) -> Vec<Section<'_>> {
    let mut begins = Vec::new();
    let mut at = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if let Some(rest) = line.strip_prefix(BEGIN) {
            let label = rest.trim_end().trim_end_matches('-');
            begins.push((at, index + 1, label));
        }
        at += line.len();
    }
    let ends = begins.iter().skip(1).map(|(at, ..)| *at).chain([text.len()]);
    let section = |(&(at, line, label), end): (&_, _)| {
        let text = text.get(at..end).unwrap_or_default();
        Section { line, label, text }
    };
    begins.iter().zip(ends).map(section).collect()
}

fn found(sections: &[Section<'_>]) -> PemSections {
    PemSections(sections.iter().map(|section| section.label.to_owned()).collect())
}

/// Returns the text of a file.
fn read(file: &Path) -> Result<Zeroizing<String>, TlsError> {
    match text_file::read(file) {
        // A file that is not text is DER if it begins so; otherwise it is something else.
        Err(FileError::Text { .. }) if is_der(file) => Err(unusable(file, PemProblem::Binary)),
        read => read.map_err(TlsError::File),
    }
}

fn is_der(file: &Path) -> bool {
    // A DER sequence, with its length in one to four bytes.
    std::fs::read(file).is_ok_and(|bytes| matches!(bytes[..], [0x30, 0x81..=0x84, ..]))
}

pub(super) fn unusable(file: &Path, problem: PemProblem) -> TlsError {
    TlsError::Unusable { file: file.to_owned(), problem }
}

/// Returns the certificates of a file.
fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = read(file)?;
    let sections = sections(&text);
    let are_certificates = sections.iter().filter(|section| section.label == CERTIFICATE);
    let certificates = are_certificates
        .map(|section| {
            CertificateDer::from_pem_slice(section.text.as_bytes())
                .map_err(|error| unusable(file, section.damaged(&error)))
        })
        .collect::<Result<Vec<_>, _>>()?;
    if certificates.is_empty() {
        return Err(unusable(file, PemProblem::NoCertificate(found(&sections))));
    }
    for (index, certificate) in certificates.iter().enumerate() {
        check(certificate, index + 1).map_err(|problem| unusable(file, problem))?;
    }
    Ok(certificates)
}

/// Checks that a certificate can be read. `number` is its number in the file.
fn check(certificate: &CertificateDer<'_>, number: usize) -> Result<(), PemProblem> {
    match webpki::EndEntityCert::try_from(certificate) {
        Ok(_) => Ok(()),
        Err(webpki::Error::UnsupportedCertVersion) => Err(PemProblem::TooOld(number)),
        Err(error) => Err(PemProblem::Certificate(number, error.to_string())),
    }
}

/// Returns a certificate with its chain and its key, from two files.
pub(super) fn identity(
    file: &Path,
    key_file: &Path,
    provider: &CryptoProvider,
) -> Result<Arc<CertifiedKey>, TlsError> {
    let chain = certificates(file)?;
    let text = read(key_file)?;
    let sections = sections(&text);
    let key = sections.iter().find(|section| section.label.ends_with(PRIVATE_KEY));
    let problem = |problem| unusable(key_file, problem);
    let key = key.ok_or_else(|| problem(PemProblem::NoKey(found(&sections))))?;
    if key.is_encrypted() {
        return Err(problem(PemProblem::Encrypted(key.line)));
    }
    let der = PrivateKeyDer::from_pem_slice(key.text.as_bytes()).map_err(|error| match error {
        pem::Error::NoItemsFound => problem(PemProblem::NoKey(found(&sections))),
        error => problem(key.damaged(&error)),
    })?;
    let signing = provider.key_provider.load_private_key(der);
    let signing = signing.map_err(|_| problem(PemProblem::UnsupportedKey(key.line)))?;
    let fits = |certificate: &CertificateDer<'static>| {
        let keys = CertifiedKey::new(vec![certificate.clone()], Arc::clone(&signing));
        // A key that does not expose its public part may match.
        !matches!(keys.keys_match(), Err(rustls::Error::InconsistentKeys(mismatch))
            if mismatch == rustls::InconsistentKeys::KeyMismatch)
    };
    match chain.iter().position(fits) {
        Some(0) => Ok(Arc::new(CertifiedKey::new(chain, signing))),
        Some(index) => Err(unusable(file, PemProblem::WrongOrder(index + 1))),
        None => Err(problem(PemProblem::NotMatching(file.display().to_string()))),
    }
}

/// Returns the certificates to trust: as authorities for others, and as they are.
pub(super) fn authorities(
    file: &Path,
) -> Result<(RootCertStore, Vec<CertificateDer<'static>>), TlsError> {
    let certificates = certificates(file)?;
    let mut roots = RootCertStore::empty();
    for (index, certificate) in certificates.iter().enumerate() {
        roots.add(certificate.clone()).map_err(|error| {
            unusable(file, PemProblem::Certificate(index + 1, error.to_string()))
        })?;
    }
    Ok((roots, certificates))
}
