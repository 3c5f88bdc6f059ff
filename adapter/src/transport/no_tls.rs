//! The types of TLS without the feature `tls`. Most of them have no values.

use std::error::Error;
use std::fmt;
use std::io;

use super::opening::FirstByte;
use super::{ConnectError, Io};

/// An error of certificates or keys. Without TLS there is none.
#[derive(Clone, Copy, Debug)]
pub enum TlsError {}

/// Why TLS with a platform failed. Without the feature, it is never started.
#[derive(Clone, Copy, Debug)]
pub enum TlsFailure {}

/// The certificate of a platform. Without TLS there is none.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ServerTls {}

/// The TLS configuration of an edge. Without TLS it is empty.
#[derive(Clone, Debug, Default)]
pub(super) struct LazyTls(());

impl TlsFailure {
    /// Returns whether the edge refuses the certificate of the platform.
    pub const fn is_certificate(&self) -> bool {
        match *self {}
    }

    /// Returns the error of the TLS library.
    pub fn library_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        match *self {}
    }

    pub(super) const fn find(_: &(dyn Error + 'static)) -> Option<Self> {
        None
    }
}

impl ServerTls {
    #[expect(clippy::unused_async, reason = "as with the feature `tls`")]
    pub(super) async fn accept<T: Io>(&self, _: T) -> io::Result<T> {
        match *self {}
    }
}

impl LazyTls {
    #[expect(clippy::unused_async, reason = "as with the feature `tls`")]
    pub(super) async fn encrypt(
        &self,
        _: &str,
        _: impl Io,
        first: &FirstByte,
    ) -> Result<Box<dyn Io>, ConnectError> {
        let _ = first.is_other();
        Err(ConnectError::NoTls)
    }
}

/// Returns why a client has no TLS.
pub(super) fn client_problem(error: &io::Error) -> String {
    error.to_string()
}

impl fmt::Display for TlsError {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

impl fmt::Display for TlsFailure {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

impl Error for TlsError {}

impl Error for TlsFailure {}
