//! TLS of both sides, from the files that options name.

use std::path::{Path, PathBuf};

use alwayson::transport::{ClientTls, KeyLog, ServerTls};

use crate::failure::{Failure, in_full};

/// A certificate with its chain, and its private key.
pub(crate) type Certificate<'f> = (&'f PathBuf, &'f PathBuf);

/// Loads the TLS of a side that accepts connections.
pub(crate) fn server(
    (certificate, key): Certificate<'_>,
    client_ca: Option<&Path>,
    log: Option<&KeyLog>,
) -> Result<ServerTls, Failure> {
    let tls = match client_ca {
        Some(client_ca) => ServerTls::from_files_with_client_ca(certificate, key, client_ca),
        None => ServerTls::from_files(certificate, key),
    };
    let tls = tls.map_err(|error| Failure::Usage(in_full(&error)))?;
    Ok(match log {
        Some(log) => tls.with_key_log(log),
        None => tls,
    })
}

/// Returns the TLS of a side that connects.
pub(crate) fn client(
    ca: Option<&Path>,
    certificate: Option<Certificate<'_>>,
    accepts_any: bool,
    log: Option<KeyLog>,
) -> ClientTls {
    let mut tls = ClientTls::new();
    if let Some(file) = ca {
        tls = tls.ca_file(file);
    }
    if let Some((certificate, key)) = certificate {
        tls = tls.client_certificate(certificate, key);
    }
    if accepts_any {
        tls = tls.dangerous_accept_any_certificate();
    }
    match log {
        Some(log) => tls.key_log(log),
        None => tls,
    }
}

/// Opens the file of `--keylog`.
pub(crate) fn key_log(file: Option<&Path>) -> Result<Option<KeyLog>, Failure> {
    let Some(file) = file else { return Ok(None) };
    let opened = KeyLog::append_to(file);
    opened.map(Some).map_err(|error| {
        Failure::Usage(format!("--keylog: {}: cannot be written: {error}", file.display()))
    })
}
