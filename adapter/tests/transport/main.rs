//! WebSockets over real sockets and in memory: what goes wrong, and what must not.

mod accepting;
mod connecting;
#[cfg(feature = "deflate")]
mod deflate;
mod frames;
mod options;
mod proxy;
mod resumption;
mod support;
mod tls;
mod tls_files;
