//! The platform's side over real sockets: it accepts edges, keeps track of their bindings, answers
//! their requests, and sends requests to their Things (PROTOCOL.md §7).
//!
//! ```no_run
//! use alwayson::message::Request;
//! use alwayson::platform::{KnownCredentials, Event, MemoryThings, Platform};
//! use alwayson::value::Table;
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let things = MemoryThings::new().with_thing("SteamSensor1");
//! let platform = Platform::builder(KnownCredentials::default().with_key("a key"), things.clone())
//!     .listen("127.0.0.1:8080")
//!     .await?;
//! let mut events = platform.events();
//! while let Ok(event) = events.recv().await {
//!     if let Event::Bound { thing, .. } = event {
//!         let read = Request::read_property(&thing, "Temperature");
//!         println!("{thing}: {}", platform.call(read).await?);
//!         let params = Table::of([("a", 1.0.into()), ("b", 2.0.into())]);
//!         let add = Request::invoke_service(&thing, "Add", Some(params));
//!         println!("1 + 2 = {}", platform.call(add).await?);
//!         println!("pushed: {:?}", things.property(&thing, "Temperature"));
//!         break;
//!     }
//! }
//! platform.shut_down().await;
//! # Ok(())
//! # }
//! ```

// | file | contents |
// | --- | --- |
// | `mod.rs` | `Platform` |
// | `builder.rs`, `handle.rs` | its builder and its handle |
// | `options.rs` | the options, with their defaults |
// | `authenticator.rs` | decides which edges may connect |
// | `things.rs` | the Things of a platform, as the host provides them |
// | `memory/` | Things in memory |
// | `metadata.rs` | keeps and reads the metadata of a Thing |
// | `gate.rs` | reports clients that were not upgraded |
// | `admission.rs` | when edges are let in |
// | `listener.rs` | accepts connections |
// | `session/` | the task of one connection |
// | `naming.rs` | the names of a BIND |
// | `after_bind.rs` | the requests to a Thing after it was bound |
// | `commands.rs` | what the task of a connection is told |
// | `hub.rs` | what all connections share |
// | `cluster/` | a platform over several machines |
// | `bindings.rs` | the storage of the registry |
// | `error.rs` | the error of a request to a Thing |
// | `disconnect.rs` | how a host ends a connection |
// | `event.rs` | the events |

mod admission;
mod after_bind;
mod authenticator;
mod bindings;
mod builder;
pub mod cluster;
mod commands;
mod disconnect;
mod error;
mod event;
mod gate;
mod handle;
mod hub;
mod listener;
mod memory;
mod metadata;
mod naming;
mod options;
mod session;
mod things;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::{broadcast, mpsc, watch};

pub use authenticator::{
    AcceptAnyClaims, Authenticator, Claims, KnownCredentials, SharedCredentials,
};
pub use builder::Builder;
pub use disconnect::Disconnect;
pub use error::RequestError;
pub use event::Event;
pub use handle::Handle;
pub use memory::{
    MAX_PROPERTIES, MAX_THINGS, MemoryThings, Property, Reaction, ThingState, Update,
};
pub use metadata::{Metadata, MetadataError};
pub use options::{AfterBind, Options};
pub use things::{BindAttempt, BindRefused, Thing, Things};

pub use crate::content::KnownType;

use crate::message::{Request, Response};
use crate::transport::AnyTransport;
use hub::Hub;

/// A platform that listens for edges.
///
/// Dropping it stops listening; its connections continue until they end. To close them, call
/// [`shut_down`](Self::shut_down) instead.
pub struct Platform {
    hub: Arc<Hub>,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    alive: mpsc::Receiver<()>,
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Platform").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Platform {
    /// Returns the address on which the platform listens.
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Returns a handle, which calls Things and receives events from anywhere.
    pub fn handle(&self) -> Handle {
        Handle { hub: Arc::clone(&self.hub) }
    }

    /// Returns a receiver of the events from now on, see [`Handle::events`].
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.handle().events()
    }

    /// Sends a request to a bound Thing, and returns its answer, see [`Handle::call`].
    ///
    /// # Errors
    /// Those of [`Handle::call`].
    ///
    /// # Cancel safety
    /// As for [`Handle::call`].
    pub async fn call(&self, request: Request) -> Result<Response, RequestError> {
        self.handle().call(request).await
    }

    /// Serves a connection that was accepted elsewhere, until its end. `max_frame_size` is the
    /// `Max-Frame-Size` that the edge announced, in bytes (PROTOCOL.md §1).
    ///
    /// # Cancel safety
    /// Dropping the future drops the connection without a close. Its Things are unbound in any
    /// case.
    pub fn serve(
        &self,
        transport: AnyTransport,
        max_frame_size: Option<u16>,
    ) -> impl Future<Output = ()> + Send + use<> {
        listener::run(Arc::clone(&self.hub), transport, max_frame_size, None, None)
    }

    /// Shuts the platform down: accepts no more connections, waits for the answers to requests that
    /// are in flight, closes all connections and waits until they have ended, at most for the
    /// timeouts of requests and closes.
    ///
    /// # Cancel safety
    /// If the future is dropped after its first poll, the shutdown continues in the background.
    pub async fn shut_down(mut self) {
        // The listener may have ended already.
        let _ = self.stop.send(true);
        self.hub.shut_down();
        // The channel closes when the listener and the last connection have ended.
        let _ = self.alive.recv().await;
        if let Some(cluster) = &self.hub.cluster {
            cluster.directory.leave().await;
        }
    }
}
