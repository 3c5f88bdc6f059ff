//! A local gateway to a ThingWorx platform: applications in any language register Things by
//! HTTP on this machine, and share one AlwaysOn connection. The gateway forwards requests of
//! the platform to the applications, and requests of the applications to the platform.
//!
//! ```no_run
//! use alwayson_gateway::{Config, Gateway, Options};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let parsed = Config::read("config.json".as_ref())?;
//! let options = Options::new().on_event(|event| println!("{event}"));
//! let gateway = Gateway::start(parsed.config, options).await?;
//! println!("listening at {:?}", gateway.addresses());
//! tokio::signal::ctrl_c().await?;
//! gateway.shut_down().await;
//! # Ok(())
//! # }
//! ```
//!
//! The command `alwayson gateway` is such a program. The README describes the HTTP interface
//! and all settings.

// | file | contents |
// | --- | --- |
// | `config/` | the file `config.json` |
// | `options.rs` | the options that are not in the configuration |
// | `gateway.rs` | starting and ending a gateway |
// | `edge.rs` | the edge for a configuration |
// | `server/` | the HTTP server for applications |
// | `platform/` | requests of applications, forwarded to the platform |
// | `application/` | requests of the platform, forwarded to applications |
// | `local_ems.rs` | requests to the gateway itself |
// | `registration/` | registrations, and the addresses of applications |
// | `things/` | the registered Things |
// | `status/` | the status: as a page, as JSON, as metrics |
// | `event.rs` | the events of a gateway |
// | `journal.rs` | counters and the last errors |
// | `answer.rs` | the HTTP answers of the gateway |
// | `hub.rs` | the state that all parts share |

#![forbid(unsafe_code)]
#![warn(missing_docs, clippy::missing_errors_doc)]

mod answer;
mod application;
pub mod config;
mod edge;
mod event;
mod gateway;
mod hub;
mod journal;
mod local_ems;
mod options;
mod platform;
mod registration;
mod server;
mod status;
mod things;

pub use config::Config;
pub use edge::{KeyProvider, PlatformError};
pub use event::Event;
pub use gateway::{Gateway, StartError};
pub use options::Options;
pub use server::ListenError;
pub use things::StateError;
