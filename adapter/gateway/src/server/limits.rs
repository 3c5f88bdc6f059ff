//! The limits of the server, each with its reason. They cannot be set.

use std::time::Duration;

/// The maximum number of headers of a request. Browsers send about 20.
pub(crate) const MAX_HEADERS: usize = 64;

/// The maximum length of the head of a request, in bytes. A name has up to 1,024 bytes, which are
/// up to 3,072 bytes if they are encoded, and a path has two names.
pub(crate) const MAX_HEAD: usize = 16 << 10;

/// The timeout of a TLS handshake. It only bounds how long an unused socket stays open.
pub(crate) const TLS: Duration = Duration::from_secs(10);

/// The time after which a connection is closed whose client accepts no data of an answer. It is
/// the default of `http_server.content_read_timeout`, the same time for the other direction.
pub(crate) const WRITE: Duration = Duration::from_secs(20);

/// The maximum time that the end of the gateway waits for answers to requests in flight.
pub(crate) const END: Duration = Duration::from_secs(5);
