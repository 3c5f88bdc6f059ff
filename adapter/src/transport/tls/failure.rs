//! Why TLS with a platform has failed.

use std::error::Error;
use std::fmt;

use rustls::Error as TlsFault;

use super::words;

/// Why TLS with a platform has failed: most often, one side refuses the certificate of the
/// other. Its text says it in words, which stand for those of the TLS library.
#[derive(Clone, Debug)]
pub struct TlsFailure(TlsFault);

impl TlsFailure {
    /// Whether the edge refuses the certificate of the platform.
    pub const fn is_certificate(&self) -> bool {
        matches!(self.0, TlsFault::InvalidCertificate(_))
    }

    /// The error of the TLS library. It is no [`source`](Error::source), since the text has
    /// said it already.
    pub fn library_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        &self.0
    }

    /// Finds the failure of TLS among the causes of an error.
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
