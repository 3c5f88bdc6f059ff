//! WebSockets over real sockets and in memory: what goes wrong, and what must not.

mod accepting;
mod connecting;
mod frames;
mod support;
