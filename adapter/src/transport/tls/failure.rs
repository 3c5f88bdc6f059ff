//! Errors of TLS with a platform.

use std::error::Error;
use std::fmt;

use rustls::Error as TlsFault;

use super::words;

/// Why TLS with a platform has failed: most often, one side refuses the certificate of the
/// other. Its `Display` explains the failure instead of repeating the text of the TLS
/// library.
#[derive(Clone, Debug)]
pub struct TlsFailure(TlsFault);

impl TlsFailure {
    /// Returns whether the edge refuses the certificate of the platform.
    pub const fn is_certificate(&self) -> bool {
        matches!(self.0, TlsFault::InvalidCertificate(_))
    }

    /// Returns the error of the TLS library. It is not a [`source`](Error::source), because
    /// the `Display` of this error covers it.
    pub fn library_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        &self.0
    }

    /// Returns the failure of TLS among the causes of an error, if there is one.
    pub(in crate::transport) fn find(error: &(dyn Error + 'static)) -> Option<Self> {
        let causes = std::iter::successors(Some(error), |error| (*error).source());
        let fault = causes.filter_map(|error| {
            let inner = error.downcast_ref::<std::io::Error>()?.get_ref()?;
            inner.downcast_ref::<TlsFault>().cloned()
        });
        fault.map(Self).next()
    }
}

impl fmt::Display for TlsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TLS failed: {}", words::of_edge(&self.0))
    }
}

impl Error for TlsFailure {}
