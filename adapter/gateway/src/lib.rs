//! A local gateway to a ThingWorx platform: applications in any language register by
//! HTTP on this machine, and share one AlwaysOn connection.

#![forbid(unsafe_code)]
#![warn(missing_docs, clippy::missing_errors_doc)]

pub mod config;

pub use config::Config;
