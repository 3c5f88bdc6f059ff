//! The platform's side over real sockets: it takes edges in, keeps who has bound
//! what, answers their requests, and sends requests to their Things (section 7).
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

// | file | what it holds |
// | --- | --- |
// | `mod.rs` | `Platform`, and how one is started |
// | `options.rs` | what it can be set to, with defaults |
// | `authenticator.rs` | who may connect |
// | `things.rs` | what the host knows about Things |
// | `memory/` | Things in memory |
// | `metadata.rs` | what the metadata of a Thing say |
// | `gate.rs` | what is told of connections that became no WebSocket |
// | `listener.rs` | takes connections in |
// | `session/` | the task of one connection |
// | `naming.rs` | the names of a BIND |
// | `after_bind.rs` | what is asked of a Thing after it was bound |
// | `hub.rs` | what all connections share |
// | `bindings.rs` | where the registry keeps what it decided |
// | `error.rs` | why a request to a Thing has no answer |
// | `disconnect.rs` | how a host ends a connection |
// | `event.rs` | what is told |

mod after_bind;
mod authenticator;
mod bindings;
mod disconnect;
mod error;
mod event;
mod gate;
mod hub;
mod listener;
mod memory;
mod metadata;
mod naming;
mod options;
mod session;
mod things;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use alwayson_codec::connection::registry::ConnectionId;
use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

pub use authenticator::{
    AcceptAnyClaims, Authenticator, Claims, KnownCredentials, SharedCredentials,
};
pub use disconnect::Disconnect;
pub use error::RequestError;
pub use event::Event;
pub use memory::{
    MAX_PROPERTIES, MAX_THINGS, MemoryThings, Property, Reaction, ThingState, Update,
};
pub use options::{AfterBind, Options};
pub use things::{BindAttempt, BindRefused, Thing, Things};

pub use crate::content::KnownType;

use crate::frame::PlatformObserver;
use crate::message::{Request, Response};
use crate::transport::ServerTls;
use crate::transport::{AcceptOptions, AnyTransport, Limits};
use hub::Hub;

/// A platform that listens. It stops listening when it is dropped; connections go
/// on until they end, or [`shut_down`](Self::shut_down) is called.
pub struct Platform {
    hub: Arc<Hub>,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    alive: mpsc::Receiver<()>,
}

/// A platform that is to be started.
pub struct Builder {
    options: Options,
    tls: Option<ServerTls>,
    observer: Option<PlatformObserver>,
    authenticator: Arc<dyn Authenticator>,
    things: Arc<dyn Things>,
    events: broadcast::Sender<Event>,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("options", &self.options)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

impl Builder {
    /// The events of the platform, from the first on: an edge may be bound before
    /// [`listen`](Self::listen) has returned. See [`Handle::events`].
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Sets times, sizes and limits.
    #[must_use]
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Accepts TLS connections only. Without it, only plain ones are accepted.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, tls: ServerTls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Calls the observer with every frame.
    #[must_use]
    pub fn observer(mut self, observer: PlatformObserver) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Starts to listen: at an address and port, port 0 for any that is free.
    /// Dropping the future before it is ready starts nothing.
    ///
    /// # Errors
    /// The address cannot be listened at; or, of the kind `InvalidInput`, an option
    /// is out of its range: there is an [`OptionError`](crate::OptionError) in it.
    pub async fn listen(self, address: impl ToSocketAddrs) -> io::Result<Platform> {
        self.options.check().map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let Self { options, tls, observer, authenticator, things, events } = self;
        let mut accept_options = AcceptOptions::default();
        accept_options.path.clone_from(&options.path);
        accept_options.deadline = options.upgrade_timeout;
        accept_options.tls = tls;
        accept_options.local_only = options.local_only;
        accept_options.limits = limits(&options);
        let hub = Arc::new(Hub::new(options, authenticator, things, events, observer));
        let (stop, stopped) = watch::channel(false);
        let (alive_sender, alive) = mpsc::channel(1);
        let listening =
            listener::listen(Arc::clone(&hub), listener, accept_options, stopped, alive_sender);
        tokio::spawn(listening);
        Ok(Platform { hub, address, stop, alive })
    }
}

/// A WebSocket message may be as long as a message of the protocol, since it may
/// be fragmented.
fn limits(options: &Options) -> Limits {
    let (message, frame) = (options.message_limit.bytes(), options.frame_limit);
    Limits { message, frame, ..Limits::default() }
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Platform").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Platform {
    /// A platform with these users and Things.
    pub fn builder(authenticator: impl Authenticator, things: impl Things) -> Builder {
        Builder {
            options: Options::default(),
            tls: None,
            observer: None,
            authenticator: Arc::new(authenticator),
            things: Arc::new(things),
            events: hub::events(),
        }
    }

    /// Where it listens.
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// A handle from which Things can be called, and events heard, anywhere.
    pub fn handle(&self) -> Handle {
        Handle { hub: Arc::clone(&self.hub) }
    }

    /// See [`Handle::events`].
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.handle().events()
    }

    /// See [`Handle::call`].
    ///
    /// # Errors
    /// As there.
    pub async fn call(&self, request: Request) -> Result<Response, RequestError> {
        self.handle().call(request).await
    }

    /// Serves a connection that was accepted elsewhere, to its end. Dropping the
    /// future drops the connection without a close; its Things are freed all the
    /// same.
    pub async fn serve(&self, transport: AnyTransport, max_frame_size: Option<u16>) {
        listener::run(Arc::clone(&self.hub), transport, max_frame_size, None).await;
    }

    /// Shuts down: takes no connections in, has what is in flight answered, closes
    /// all connections and waits for their ends, which come within the times for
    /// requests and closes. Dropping the future leaves the rest to happen by
    /// itself.
    pub async fn shut_down(mut self) {
        // The listener may have gone already.
        let _ = self.stop.send(true);
        self.hub.shut_down();
        // No connection is left when all senders are gone.
        let _ = self.alive.recv().await;
    }
}

/// Calls Things of a platform, and hears of it, from anywhere.
#[derive(Clone)]
pub struct Handle {
    hub: Arc<Hub>,
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}

impl Handle {
    /// The events from now on. Whoever takes none for a long time loses the
    /// oldest, and is told how many.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.hub.events.subscribe()
    }

    /// Sends a request to a bound Thing, and waits for its answer: whatever its
    /// status is, it is no error. Dropping the future does not take the request
    /// back; its answer is dropped.
    ///
    /// # Errors
    /// The Thing is not bound, or no answer has come: in the time that the
    /// platform's settings give, or before the connection ended.
    pub async fn call(&self, request: Request) -> Result<Response, RequestError> {
        let (reply, response) = oneshot::channel();
        self.hub.call(request, reply);
        response.await.unwrap_or(Err(RequestError::Ended))
    }

    /// Sends a request as [`call`](Self::call) does, and waits no longer than
    /// this.
    ///
    /// # Errors
    /// As there.
    pub async fn call_within(
        &self,
        request: Request,
        deadline: Duration,
    ) -> Result<Response, RequestError> {
        let answered = tokio::time::timeout(deadline, self.call(request)).await;
        answered.unwrap_or(Err(RequestError::Timeout))
    }

    /// Ends a connection, by a close with a code and a reason, or without one; returns
    /// whether there is such a connection. Calls that wait for an answer over it end.
    ///
    /// ```
    /// # use alwayson::platform::{Disconnect, Handle};
    /// # use alwayson::transport::Close;
    /// # fn run(handle: &Handle) -> Option<()> {
    /// let connection = handle.holder("SteamSensor1")?;
    /// handle.disconnect(connection, Close::new(1008, "application key expired"));
    /// handle.disconnect(connection, Disconnect::Abort);
    /// # Some(())
    /// # }
    /// ```
    pub fn disconnect(&self, connection: ConnectionId, how: impl Into<Disconnect>) -> bool {
        self.hub.disconnect(connection, how.into())
    }

    /// Waits until a Thing is bound; returns by which connection.
    ///
    /// # Cancel safety
    /// Dropping the future does nothing.
    pub async fn wait_bound(&self, thing: &str) -> ConnectionId {
        let mut events = self.events();
        loop {
            if let Some(connection) = self.holder(thing) {
                return connection;
            }
            // The hub has the sender: it does not close, and what was lost is made up for
            // by looking again.
            let _ = events.recv().await;
        }
    }

    /// Which connection has bound a Thing.
    pub fn holder(&self, thing: &str) -> Option<ConnectionId> {
        self.hub.holder(thing)
    }

    /// How much memory the unfinished long messages of all connections take now, in
    /// bytes, of [`Options::joined_memory`].
    pub fn joined_memory(&self) -> usize {
        self.hub.join_budget.taken()
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        self.hub.connections()
    }
}
