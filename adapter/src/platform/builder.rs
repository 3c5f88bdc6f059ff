//! The builder of a platform.

use std::fmt;
use std::io;
use std::sync::Arc;

use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::sync::{broadcast, mpsc, watch};

use super::authenticator::Authenticator;
use super::cluster::{Alone, Cluster, Directory, Peers, follow};
use super::event::Event;
use super::hub::{self, Hub};
use super::options::Options;
use super::things::Things;
use super::{Platform, listener};
use crate::frame::PlatformObserver;
use crate::transport::{AcceptOptions, Limits, ServerTls};

/// Configures a platform, and starts it.
pub struct Builder {
    options: Options,
    tls: Option<ServerTls>,
    observer: Option<PlatformObserver>,
    authenticator: Arc<dyn Authenticator>,
    things: Arc<dyn Things>,
    events: broadcast::Sender<Event>,
    cluster: Cluster,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("options", &self.options)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

impl Platform {
    /// Returns a builder of a platform with this authenticator and these Things.
    pub fn builder(authenticator: impl Authenticator, things: impl Things) -> Builder {
        let alone = Arc::new(Alone::new());
        Builder {
            options: Options::default(),
            tls: None,
            observer: None,
            authenticator: Arc::new(authenticator),
            things: Arc::new(things),
            events: hub::events(),
            cluster: Cluster { directory: alone.clone(), peers: alone },
        }
    }
}

impl Builder {
    /// Returns a receiver of all events of the platform, see [`Handle::events`](super::Handle::events). A receiver that is
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

    /// Makes the platform a node of a cluster. By default, it is [`Alone`].
    #[must_use]
    pub fn cluster<C: Directory + Peers>(mut self, cluster: Arc<C>) -> Self {
        self.cluster = Cluster { directory: cluster.clone(), peers: cluster };
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
        let Self { options, tls, observer, authenticator, things, events, cluster } = self;
        let mut accept_options = AcceptOptions::default();
        accept_options.path.clone_from(&options.path);
        accept_options.deadline = options.upgrade_timeout;
        accept_options.tls = tls;
        accept_options.local_only = options.local_only;
        accept_options.limits = limits(&options);
        let changes = cluster.directory.changes().zip(cluster.peers.incoming());
        let cluster = (!cluster.directory.is_alone()).then_some(cluster);
        let hub = Arc::new(Hub::new(options, authenticator, things, events, observer, cluster));
        if let Some((changes, incoming)) = changes {
            tokio::spawn(follow(Arc::downgrade(&hub), changes, incoming));
        }
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
