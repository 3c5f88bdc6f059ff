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
// | `mod.rs` | `Platform`, its builder and its handle |
// | `options.rs` | the options, with their defaults |
// | `authenticator.rs` | decides which edges may connect |
// | `things.rs` | the Things of a platform, as the host provides them |
// | `memory/` | Things in memory |
// | `metadata.rs` | reads the metadata of a Thing |
// | `gate.rs` | reports clients that were not upgraded |
// | `listener.rs` | accepts connections |
// | `session/` | the task of one connection |
// | `naming.rs` | the names of a BIND |
// | `after_bind.rs` | the requests to a Thing after it was bound |
// | `hub.rs` | what all connections share |
// | `bindings.rs` | the storage of the registry |
// | `error.rs` | the error of a request to a Thing |
// | `disconnect.rs` | how a host ends a connection |
// | `event.rs` | the events |

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

/// Configures a platform, and starts it.
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
    /// Returns a receiver of all events of the platform, see [`Handle::events`]. A receiver that is
    /// created after [`listen`](Self::listen) has returned may miss the first ones.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Sets the options: timeouts, sizes and limits.
    #[must_use]
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Accepts only TLS connections. By default, only connections without TLS are accepted.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, tls: ServerTls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Sets the observer, which is called with every frame.
    #[must_use]
    pub fn observer(mut self, observer: PlatformObserver) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Starts to listen on an address and port. Port 0 is any free port, see
    /// [`Platform::local_addr`].
    ///
    /// # Errors
    /// - [`InvalidInput`](io::ErrorKind::InvalidInput), with an
    ///   [`OptionError`](crate::OptionError), if an option does not agree with another one,
    /// - the error of the system if it cannot listen on the address.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    ///
    /// # Cancel safety
    /// Dropping the future before it is ready starts nothing.
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

/// Returns the limits of the transport. A WebSocket message, which may be fragmented, may be as
/// long as a message of the protocol.
fn limits(options: &Options) -> Limits {
    let message = options.message_limit.bytes();
    let frame = options.frame_limit;
    Limits { message, frame, ..Limits::default() }
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Platform").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Platform {
    /// Returns a builder of a platform with this authenticator and these Things.
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
    pub async fn serve(&self, transport: AnyTransport, max_frame_size: Option<u16>) {
        listener::run(Arc::clone(&self.hub), transport, max_frame_size, None).await;
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
    }
}

/// Calls the Things of a platform and receives its events, from any task. Clones refer to the same
/// platform.
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
    /// Returns a receiver of the events from now on. A receiver that falls more than 4,096 events
    /// behind loses the oldest, and gets
    /// [`Lagged`](tokio::sync::broadcast::error::RecvError::Lagged) with their number.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.hub.events.subscribe()
    }

    /// Sends a request to a bound Thing, and returns its answer. An answer of any status is `Ok`.
    ///
    /// # Errors
    /// - [`NotBound`](RequestError::NotBound) if the Thing is not bound,
    /// - [`Timeout`](RequestError::Timeout) if no answer came within
    ///   [`Options::request_timeout`],
    /// - [`Ended`](RequestError::Ended) if the connection ended before the answer came,
    /// - [`Unreadable`](RequestError::Unreadable) if the answer cannot be read,
    /// - [`Busy`](RequestError::Busy), [`TooLong`](RequestError::TooLong) or
    ///   [`Encode`](RequestError::Encode) if the request cannot be sent.
    ///
    /// # Cancel safety
    /// Dropping the future does not withdraw the request, once it was polled. The answer is
    /// discarded.
    pub async fn call(&self, request: Request) -> Result<Response, RequestError> {
        let (reply, response) = oneshot::channel();
        self.hub.call(request, reply);
        response.await.unwrap_or(Err(RequestError::Ended))
    }

    /// Sends a request like [`call`](Self::call), with a shorter timeout.
    ///
    /// # Errors
    /// Those of [`call`](Self::call), with [`Timeout`](RequestError::Timeout) also if no answer
    /// came within `deadline`.
    ///
    /// # Cancel safety
    /// As for [`call`](Self::call).
    pub async fn call_within(
        &self,
        request: Request,
        deadline: Duration,
    ) -> Result<Response, RequestError> {
        let answered = tokio::time::timeout(deadline, self.call(request)).await;
        answered.unwrap_or(Err(RequestError::Timeout))
    }

    /// Ends a connection, with a close of a code and a reason, or without a close. Returns whether
    /// the connection exists. Calls that wait for an answer on it return
    /// [`RequestError::Ended`].
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

    /// Waits until a Thing is bound. Returns the connection that has bound it.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect.
    pub async fn wait_bound(&self, thing: &str) -> ConnectionId {
        let mut events = self.events();
        loop {
            if let Some(connection) = self.holder(thing) {
                return connection;
            }
            // The hub has the sender, so the channel does not close. Lost events do not matter,
            // since the holder is looked up again.
            let _ = events.recv().await;
        }
    }

    /// Returns the connection that has bound a Thing, if there is one.
    pub fn holder(&self, thing: &str) -> Option<ConnectionId> {
        self.hub.holder(thing)
    }

    /// Returns the memory that the incomplete long messages of all connections take now, in bytes.
    /// Its limit is [`Options::joined_memory`].
    pub fn joined_memory(&self) -> usize {
        self.hub.join_budget.taken()
    }

    /// Returns the number of connections.
    pub fn connections(&self) -> usize {
        self.hub.connections()
    }
}
