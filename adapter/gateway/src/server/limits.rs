//! The bounds of the server, each with its reason.

use std::time::Duration;

/// The most headers of a request. Browsers send some 20.
pub(crate) const MAX_HEADERS: usize = 64;

/// The most bytes of the head of a request. A name has 1,024 bytes, some 3,072 encoded.
pub(crate) const MAX_HEAD: usize = 16 << 10;

/// The time for a TLS handshake.
pub(crate) const TLS: Duration = Duration::from_secs(10);

/// How long a client may take nothing of an answer.
pub(crate) const WRITE: Duration = Duration::from_secs(20);

/// How long the end waits for answers that are under way.
pub(crate) const END: Duration = Duration::from_secs(5);
