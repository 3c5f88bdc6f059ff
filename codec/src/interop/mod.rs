//! Integrations of other crates, each behind a feature of its name.

#[cfg(feature = "defmt")]
mod defmt;
#[cfg(feature = "embedded-io")]
pub mod embedded_io;
