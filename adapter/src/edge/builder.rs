//! The builder of an edge.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use alwayson_codec::connection::edge::Reconnect;
use tokio::sync::mpsc;

use super::credentials::Credentials;
use super::error::{BoxError, ThingError};
use super::handle::Edge;
use super::options::Options;
use super::setup::{Connector, Machine, Provider, Setup};
use super::shared::{OnChange, Shared};
use super::state::{EndReason, StateChange};
use super::task::{self, Task};
use super::thing::Thing;
use crate::frame::Observer;
use crate::option::OptionError;
use crate::transport::{AnyTransport, ConnectError, ConnectOptions, connect};

/// What an edge connects to.
enum Target {
    Url(Box<ConnectOptions>),
    Connector(Connector),
}

/// Configures and starts an [`Edge`].
#[must_use = "nothing happens before `start` or `connect`"]
pub struct Builder {
    target: Target,
    key_in_upgrade: bool,
    credentials: Option<Provider>,
    things: Vec<Thing>,
    gateway: Option<(String, String)>,
    options: Options,
    reconnect: Reconnect,
    observer: Option<Observer>,
    on_change: Option<OnChange>,
    pushes_all: bool,
    #[cfg(feature = "store")]
    store: Option<super::store::Store>,
}

/// Why an edge was not started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// No provider of credentials was set.
    #[error("there is no key provider")]
    NoCredentials,
    /// A Thing cannot be added.
    #[error("the Thing {name} cannot be added")]
    Thing {
        /// The name by which it would be bound.
        name: String,
        /// Why.
        source: ThingError,
    },
    /// The key would be sent to another machine without encryption
    /// ([`ConnectError::PlainKey`]).
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// An option is out of its range.
    #[error(transparent)]
    Option(#[from] OptionError),
    /// The first attempt failed, or the edge ended, before the platform had accepted the
    /// key.
    #[error("not connected: {0}")]
    Ended(EndReason),
}

impl Edge {
    /// Returns the builder of an edge that connects to this URL:
    /// `wss://host/Thingworx/WS`, where port and path are optional.
    ///
    /// # Errors
    /// [`ConnectError::Url`] if it is not such a URL.
    pub fn builder(url: &str) -> Result<Builder, ConnectError> {
        Ok(Self::builder_with(ConnectOptions::new(url)?))
    }

    /// Returns the builder of an edge that connects with these options: with a CA file, a
    /// client certificate, a proxy, limits of the WebSocket.
    pub fn builder_with(options: ConnectOptions) -> Builder {
        Builder::new(Target::Url(Box::new(options)))
    }

    /// Returns the builder of an edge over the transports that the connector opens. Its
    /// future is dropped when the edge leaves.
    pub fn builder_over<F, E>(connector: impl Fn() -> F + Send + Sync + 'static) -> Builder
    where
        F: Future<Output = Result<AnyTransport, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        Builder::new(Target::Connector(Box::new(move |_| {
            let opening = connector();
            Box::pin(async move { opening.await.map_err(Into::into) })
        })))
    }
}

impl Builder {
    fn new(target: Target) -> Self {
        Self {
            target,
            key_in_upgrade: false,
            credentials: None,
            things: Vec::new(),
            gateway: None,
            options: Options::default(),
            reconnect: Reconnect::default(),
            observer: None,
            on_change: None,
            pushes_all: false,
            #[cfg(feature = "store")]
            store: None,
        }
    }

    /// Sets the provider of the credentials. It is called for each connection, and the edge
    /// does not keep the result (PROTOCOL.md §7).
    ///
    /// Its future is dropped when the edge leaves, or when it takes longer than
    /// [`Options::key_timeout`].
    pub fn credentials<F, E>(mut self, provider: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Credentials, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        self.credentials = Some(Box::new(move || {
            let asked = provider();
            Box::pin(async move { asked.await.map_err(Into::into) })
        }));
        self
    }

    /// Sends an application key in the upgrade request, too. Some platforms require this;
    /// none accepts it in place of an AUTH (PROTOCOL.md §1).
    pub fn key_in_upgrade(self) -> Self {
        Self { key_in_upgrade: true, ..self }
    }

    /// Adds a Thing. It is bound as soon as there is a connection.
    pub fn thing(mut self, thing: Thing) -> Self {
        self.things.push(thing);
        self
    }

    /// Makes the edge a gateway of this name and type, through which its Things are reached
    /// (PROTOCOL.md §3).
    pub fn gateway(self, name: impl Into<String>, gateway_type: impl Into<String>) -> Self {
        Self { gateway: Some((name.into(), gateway_type.into())), ..self }
    }

    /// Sets the options: limits, timeouts and sizes.
    pub fn options(self, options: Options) -> Self {
        Self { options, ..self }
    }

    /// Sets the delays before the edge connects again.
    pub fn reconnect(self, reconnect: Reconnect) -> Self {
        Self { reconnect, ..self }
    }

    /// Sets an observer of all frames, in which keys are masked.
    pub fn observer(self, observer: Observer) -> Self {
        Self { observer: Some(observer), ..self }
    }

    /// Sets a callback for each change of the connection and of the Things, in order. The
    /// task of the edge calls it and waits for it: move work that takes time to another
    /// task. A panic in the callback is caught and logged.
    pub fn on_change(self, on_change: impl Fn(&StateChange) + Send + Sync + 'static) -> Self {
        Self { on_change: Some(Box::new(on_change)), ..self }
    }

    /// Sets the store of [`Edge::request_stored`](super::Edge::request_stored). By default, the
    /// edge has no store.
    #[cfg(feature = "store")]
    pub fn store(self, store: super::store::Store) -> Self {
        Self { store: Some(store), ..self }
    }

    /// Pushes all values, also those that the platform has not asked for.
    pub fn push_all(self) -> Self {
        Self { pushes_all: true, ..self }
    }

    /// Starts the edge: a task that connects, and connects again, until the edge leaves.
    ///
    /// # Errors
    /// [`StartError::NoCredentials`] if there is no provider of credentials;
    /// [`StartError::Thing`] if a Thing cannot be added; [`StartError::Option`] if an
    /// option is out of its range; [`StartError::Connect`] if the key would be sent over
    /// plain `ws://` to another machine. Nothing is started in these cases.
    ///
    /// # Panics
    /// If it is called outside a tokio runtime.
    pub fn start(self) -> Result<Edge, StartError> {
        let Self { target, key_in_upgrade, options, reconnect, .. } = self;
        let Self { observer, on_change, pushes_all, .. } = self;
        options.check()?;
        let settings = options.settings();
        let credentials = self.credentials.ok_or(StartError::NoCredentials)?;
        let connector = match target {
            Target::Connector(connector) => connector,
            Target::Url(connect_options) => {
                connect_options.check()?;
                connect_options.may_send_key()?;
                let connect_options = connect_options
                    .or_max_frame_size(options.chunk_size)
                    .message_limit(options.message_limit);
                over_sockets(connect_options, key_in_upgrade)
            }
        };
        let gateway = self.gateway.as_ref().map(|(name, _)| name.as_str());
        let shared = Shared::new(gateway, options.message_limit, on_change);
        #[cfg(feature = "store")]
        let shared = shared.with_store(self.store.map(|store| store.0));
        let shared = Arc::new(shared);
        let mut machine = match self.gateway {
            Some((name, of_type)) => Machine::gateway(settings, name, of_type, Vec::new()),
            None => Machine::new(settings, Vec::new()),
        };
        for thing in self.things {
            let name = thing.bound_as().to_owned();
            task::add(&shared, &mut machine, thing)
                .map_err(|source| StartError::Thing { name, source })?;
        }
        let (sender, commands) = mpsc::unbounded_channel();
        let edge = Edge::new(Arc::clone(&shared), sender, &options);
        let setup = Setup { connector, credentials, options, reconnect, observer, pushes_all };
        let mut task = Task::new(shared, setup, commands);
        task.tell_names(&machine);
        tokio::spawn(task.run(machine));
        #[cfg(feature = "store")]
        if let Some(store) = &edge.shared.store {
            tokio::spawn(super::store::deliver(Arc::clone(store), edge.downgrade()));
        }
        Ok(edge)
    }

    /// Starts the edge, and waits until the platform has accepted its key. If the first
    /// attempt fails, the edge leaves. When a connection ends later, the edge connects
    /// again.
    ///
    /// # Errors
    /// As [`start`](Self::start); [`StartError::Ended`] with the reason if the first
    /// attempt fails: the platform is down, TLS fails, there is no key, or the key is
    /// refused.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    ///
    /// # Cancel safety
    /// Dropping the future drops the edge, which then leaves.
    pub async fn connect(self) -> Result<Edge, StartError> {
        let edge = self.start()?;
        edge.wait_first().await.map_err(StartError::Ended)?;
        Ok(edge)
    }

    /// Starts the edge, and waits until the platform has accepted its key, with as many
    /// attempts as that takes. Each failed attempt is logged with its cause, and passed to
    /// [`on_change`](Self::on_change).
    ///
    /// # Errors
    /// As [`start`](Self::start); [`StartError::Ended`] if the end is final: the key is
    /// refused, or the reason [is permanent](EndReason::is_permanent).
    ///
    /// # Panics
    /// As [`start`](Self::start).
    ///
    /// # Cancel safety
    /// Dropping the future drops the edge, which then leaves.
    pub async fn connect_retrying(self) -> Result<Edge, StartError> {
        let edge = self.start()?;
        edge.wait_authenticated().await.map_err(StartError::Ended)?;
        Ok(edge)
    }
}

fn over_sockets(options: ConnectOptions, key_in_upgrade: bool) -> Connector {
    Box::new(move |credentials| {
        let options = options.clone();
        let key = match credentials {
            Credentials::AppKey(key) if key_in_upgrade => Some(key.clone()),
            _ => None,
        };
        Box::pin(async move { Ok(connect(&options, key.as_ref()).await?) })
    })
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("things", &self.things)
            .field("gateway", &self.gateway)
            .field("options", &self.options)
            .field("reconnect", &self.reconnect)
            .finish_non_exhaustive()
    }
}
