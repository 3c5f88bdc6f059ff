//! How an edge starts TLS.

use std::io;
use std::sync::OnceLock;

use rustls::pki_types::ServerName;

use super::{ClientTls, LoadedTls, TlsFailure};
use crate::transport::opening::FirstByte;
use crate::transport::{ConnectError, ConnectOptions, Io, UrlError};

/// The TLS configuration of an edge. Its files are read at the first connection that needs
/// them, unless they were read before.
#[derive(Clone, Debug, Default)]
pub(in crate::transport) struct LazyTls(OnceLock<LoadedTls>);

impl LazyTls {
    fn get(&self) -> Result<&LoadedTls, ConnectError> {
        if let Some(tls) = self.0.get() {
            return Ok(tls);
        }
        let tls = ClientTls::new().load()?;
        Ok(self.0.get_or_init(|| tls))
    }

    /// Starts TLS with the host of this name.
    pub(in crate::transport) async fn encrypt(
        &self,
        host: &str,
        io: impl Io,
        first: &FirstByte,
    ) -> Result<Box<dyn Io>, ConnectError> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| UrlError::Invalid)?;
        let stream = self.get()?.connect(name, io).await.map_err(|error: io::Error| {
            if first.is_other() {
                return ConnectError::NotTls;
            }
            match TlsFailure::find(&error) {
                Some(failure) => ConnectError::Tls(failure),
                None => ConnectError::Io(error),
            }
        })?;
        Ok(Box::new(stream))
    }
}

impl ConnectOptions {
    /// Sets how certificates are checked and presented. By default, the authorities that
    /// the system trusts are trusted.
    ///
    /// # Errors
    /// [`ConnectError::TlsFiles`] if a file cannot be used.
    pub fn with_tls(mut self, tls: &ClientTls) -> Result<Self, ConnectError> {
        self.tls = LazyTls(OnceLock::from(tls.load()?));
        Ok(self)
    }
}
