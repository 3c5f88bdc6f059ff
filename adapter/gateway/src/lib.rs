//! A local gateway to a ThingWorx platform: applications in any language register by
//! HTTP on this machine, and share one AlwaysOn connection. The platform's requests to
//! their Things go to them by HTTP, theirs go to the platform.
//!
//! ```no_run
//! use alwayson_gateway::{Config, Gateway, Options};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let parsed = Config::read("config.json".as_ref())?;
//! let options = Options::new().on_event(|event| println!("{event}"));
//! let gateway = Gateway::start(parsed.config, options).await?;
//! println!("applications register at {:?}", gateway.addresses());
//! tokio::signal::ctrl_c().await?;
//! gateway.shut_down().await;
//! # Ok(())
//! # }
//! ```
//!
//! The command `alwayson gateway` is such a program; its README says how it is used.

// | file | what it holds |
// | --- | --- |
// | `config/` | the file `config.json` |
// | `gateway.rs` | a gateway, from its start to its end |
// | `edge.rs` | the edge that the configuration makes |
// | `server/` | the HTTP server for applications |
// | `platform/` | requests of applications, handed on to the platform |
// | `application/` | requests of the platform, handed on to applications |
// | `local_ems.rs` | what the gateway itself is asked |
// | `things/` | registered Things |
// | `status/` | the status page, as data, as metrics |
// | `journal.rs`, `event.rs` | what has happened |
// | `answer.rs` | what applications are answered |
// | `hub.rs` | what all parts share |

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
mod platform;
mod server;
mod status;
mod things;

pub use config::Config;
pub use edge::{KeyProvider, PlatformError};
pub use event::Event;
pub use gateway::{Gateway, Options, StartError};
pub use server::ListenError;
pub use things::StateError;
