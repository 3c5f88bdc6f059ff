//! How an edge is made.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use alwayson_codec::connection::edge::{Reconnect, Settings};
use secrecy::SecretString;
use tokio::sync::mpsc;

use super::error::{BoxError, ThingError};
use super::handle::Edge;
use super::shared::{OnChange, Shared};
use super::state::{EndReason, StateChange};
use super::task::{self, Machine, Task};
use super::thing::Thing;
use crate::frame::Observer;
use crate::message::{BoxFuture, DEFAULT_JOINED_MEMORY, MessageLimit};
use crate::option_error::{self, MIN_CHUNK_SIZE, MOST_AT_A_TIME, OptionError};
use crate::transport::{AnyTransport, ConnectError, ConnectOptions, connect};

/// Who an edge says it is. It is wiped when it was sent.
#[derive(Debug)]
pub enum Credentials {
    /// An application key.
    AppKey(SecretString),
    /// A user with a password.
    UserPassword {
        /// The user's name.
        user: String,
        /// The password.
        password: SecretString,
    },
}

impl Credentials {
    /// An application key. The text that is handed in is not wiped; a
    /// `SecretString` is.
    pub fn app_key(key: impl Into<SecretString>) -> Self {
        Self::AppKey(key.into())
    }
}

/// What an edge may take at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdgeLimits {
    /// The longest message, in both directions; 1 MiB by default. It is that of the
    /// WebSocket, too, whatever that is set to.
    pub message: MessageLimit,
    /// The memory for what has come of unfinished long messages, in bytes; 64 MiB by
    /// default, and no less than the longest message. A chunk that finds no room
    /// ends its message: SERVICE_UNAVAILABLE.
    pub joined_memory: usize,
    /// Requests of this edge that wait for their answers; from 1 to 256, which is
    /// the default.
    pub requests: usize,
    /// Pushes that are held back or wait for their answers; 256 by default, and at
    /// least one.
    pub pushes: usize,
    /// Handlers that run at a time; 64 by default, and at least one. More requests of the platform
    /// wait, up to 500, and no longer than a platform waits for their answers:
    /// then they are answered GATEWAY_TIMEOUT, and not done any more.
    pub handlers: usize,
    /// How long pushes are held back after a Thing was bound, if the platform
    /// does not synchronise it; 10 s by default.
    pub hold: Duration,
    /// How long a push is held back at most, also while there is no connection; then
    /// it fails. 60 s by default: a platform may hold the binding of a connection
    /// that broke for as long (section 7). At least 1 ms.
    pub push_timeout: Duration,
    /// The time for the key provider; 10 s by default.
    pub key_timeout: Duration,
    /// After how long a connection is lost that takes nothing; 20 s by default.
    pub send_timeout: Duration,
}

impl Default for EdgeLimits {
    fn default() -> Self {
        Self {
            message: MessageLimit::default(),
            joined_memory: DEFAULT_JOINED_MEMORY,
            requests: MAX_REQUESTS,
            pushes: 256,
            handlers: 64,
            hold: Duration::from_secs(10),
            push_timeout: Duration::from_secs(60),
            key_timeout: Duration::from_secs(10),
            send_timeout: Duration::from_secs(20),
        }
    }
}

impl EdgeLimits {
    fn check(&self) -> Result<(), OptionError> {
        let least = self.message.bytes();
        option_error::check("joined_memory", self.joined_memory, least..=usize::MAX)?;
        option_error::check("requests", self.requests, 1..=MAX_REQUESTS)?;
        option_error::check("pushes", self.pushes, 1..=MOST_AT_A_TIME)?;
        option_error::check("handlers", self.handlers, 1..=MOST_AT_A_TIME)?;
        option_error::check_times([
            ("push_timeout", self.push_timeout),
            ("key_timeout", self.key_timeout),
            ("send_timeout", self.send_timeout),
        ])
    }
}

fn check_settings(settings: &Settings) -> Result<(), OptionError> {
    let Settings {
        request_timeout_ms,
        answer_timeout_ms,
        ping_interval_ms,
        pong_timeout_ms,
        close_timeout_ms,
        rebind_delay_ms,
        chunk_size,
        several_messages: _,
        first_request_id: _,
        ..
    } = *settings;
    option_error::check_ms([
        ("settings.request_timeout_ms", request_timeout_ms),
        ("settings.answer_timeout_ms", answer_timeout_ms),
        ("settings.ping_interval_ms", ping_interval_ms),
        ("settings.pong_timeout_ms", pong_timeout_ms),
        ("settings.close_timeout_ms", close_timeout_ms),
        ("settings.rebind_delay_ms", rebind_delay_ms),
    ])?;
    option_error::check("settings.chunk_size", chunk_size, MIN_CHUNK_SIZE..=u16::MAX)
}

/// As many find room in the machine, with those that the edge sends itself.
const MAX_REQUESTS: usize = 256;

type Provider = Box<dyn Fn() -> BoxFuture<'static, Result<Credentials, BoxError>> + Send + Sync>;

/// Opens WebSockets, with the credentials for whoever needs them in the upgrade.
pub(super) type Connector =
    Box<dyn Fn(&Credentials) -> BoxFuture<'static, Result<AnyTransport, BoxError>> + Send + Sync>;

pub(super) struct Options {
    pub(super) connector: Connector,
    pub(super) credentials: Provider,
    pub(super) limits: EdgeLimits,
    /// After how long the machine answers what no handler has.
    pub(super) answer_timeout: Duration,
    pub(super) reconnect: Reconnect,
    pub(super) observer: Option<Observer>,
    pub(super) pushes_all: bool,
}

/// Where an edge connects.
enum Target {
    Url(Box<ConnectOptions>),
    Connector(Connector),
}

/// Makes an [`Edge`].
#[must_use = "nothing happens before `start` or `connect`"]
pub struct Builder {
    target: Target,
    key_in_upgrade: bool,
    credentials: Option<Provider>,
    things: Vec<Thing>,
    gateway: Option<(String, String)>,
    settings: Settings,
    limits: EdgeLimits,
    reconnect: Reconnect,
    observer: Option<Observer>,
    on_change: Option<OnChange>,
    pushes_all: bool,
}

/// Why an edge is not started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Nobody says what the key is.
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
    /// The key would go to another machine, readable for everybody on the way.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// An option is out of its range.
    #[error(transparent)]
    Option(#[from] OptionError),
    /// The first connection has failed, or the edge has ended, before the platform has
    /// accepted its key.
    #[error("not connected: {0}")]
    Ended(EndReason),
}

impl Builder {
    pub(super) fn to(options: ConnectOptions) -> Self {
        Self::new(Target::Url(Box::new(options)))
    }

    pub(super) fn over<F, E>(connector: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<AnyTransport, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        Self::new(Target::Connector(Box::new(move |_| {
            let opening = connector();
            Box::pin(async move { opening.await.map_err(Into::into) })
        })))
    }

    fn new(target: Target) -> Self {
        Self {
            target,
            key_in_upgrade: false,
            credentials: None,
            things: Vec::new(),
            gateway: None,
            settings: Settings::default(),
            limits: EdgeLimits::default(),
            reconnect: Reconnect::default(),
            observer: None,
            on_change: None,
            pushes_all: false,
        }
    }

    /// Asks for the key at each connect, and keeps it nowhere (section 7).
    ///
    /// The future is dropped when the edge leaves, or when it takes longer than
    /// [`EdgeLimits::key_timeout`].
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

    /// Names an application key in the upgrade request, too. No platform takes it
    /// for an AUTH, and some want it (section 1).
    pub fn key_in_upgrade(self) -> Self {
        Self { key_in_upgrade: true, ..self }
    }

    /// A Thing of this edge. It is bound as soon as there is a connection.
    pub fn thing(mut self, thing: Thing) -> Self {
        self.things.push(thing);
        self
    }

    /// Stands before its Things as a gateway of this name and type (section 3).
    pub fn gateway(self, name: impl Into<String>, gateway_type: impl Into<String>) -> Self {
        Self { gateway: Some((name.into(), gateway_type.into())), ..self }
    }

    /// Times and sizes of the connection.
    pub fn settings(self, settings: Settings) -> Self {
        Self { settings, ..self }
    }

    /// What it may take at most.
    pub fn limits(self, limits: EdgeLimits) -> Self {
        Self { limits, ..self }
    }

    /// When it connects again.
    pub fn reconnect(self, reconnect: Reconnect) -> Self {
        Self { reconnect, ..self }
    }

    /// Shows each frame to this, keys masked.
    pub fn observer(self, observer: Observer) -> Self {
        Self { observer: Some(observer), ..self }
    }

    /// Calls this with each step of connection and Things, in their order. It is called
    /// by the task of the edge, which waits for it: hand on what takes time. A panic in
    /// it is caught, and logged.
    pub fn on_change(self, on_change: impl Fn(&StateChange) + Send + Sync + 'static) -> Self {
        Self { on_change: Some(Box::new(on_change)), ..self }
    }

    /// Pushes all values, also those that the platform has not asked for.
    pub fn push_all(self) -> Self {
        Self { pushes_all: true, ..self }
    }

    /// Starts the edge: a task that connects, and connects again, until it is
    /// left. To be called within a runtime.
    ///
    /// # Errors
    /// Nothing is started: there is no key provider, a Thing cannot be added, an
    /// option is out of its range, or the key would go over plain `ws://` to another
    /// machine.
    pub fn start(self) -> Result<Edge, StartError> {
        let Self { target, key_in_upgrade, settings, limits, reconnect, .. } = self;
        let Self { observer, on_change, pushes_all, .. } = self;
        limits.check()?;
        check_settings(&settings)?;
        let credentials = self.credentials.ok_or(StartError::NoCredentials)?;
        let connector = match target {
            Target::Connector(connector) => connector,
            Target::Url(options) => {
                options.check()?;
                options.may_send_key()?;
                let options = options.or_max_frame_size(settings.chunk_size);
                over_sockets(options.message_limit(limits.message), key_in_upgrade)
            }
        };
        let gateway = self.gateway.as_ref().map(|(name, _)| name.as_str());
        let shared = Arc::new(Shared::new(gateway, limits.message, on_change));
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
        let answer_timeout = Duration::from_millis(settings.answer_timeout_ms.into());
        let options = Options {
            connector,
            credentials,
            limits,
            answer_timeout,
            reconnect,
            observer,
            pushes_all,
        };
        let mut task = Task::new(Arc::clone(&shared), options, commands);
        task.tell_names(&machine);
        tokio::spawn(task.run(machine));
        Ok(Edge::new(shared, sender, &limits))
    }

    /// Starts the edge, and waits until the platform has accepted its key. If the
    /// first try fails, the edge leaves. A connection that ends later is made again.
    ///
    /// # Cancel safety
    /// Dropping the future drops the edge, which leaves then.
    ///
    /// # Errors
    /// As [`start`](Self::start); [`StartError::Ended`] with the reason if the first
    /// try fails: the platform is down, TLS fails, there is no key, or it is refused.
    pub async fn connect(self) -> Result<Edge, StartError> {
        let edge = self.start()?;
        edge.wait_first().await.map_err(StartError::Ended)?;
        Ok(edge)
    }

    /// Starts the edge, and waits until the platform has accepted its key, however
    /// often that takes: each try that fails is logged with its cause, and told by
    /// [`on_change`](Self::on_change).
    ///
    /// # Cancel safety
    /// Dropping the future drops the edge, which leaves then.
    ///
    /// # Errors
    /// As [`start`](Self::start); [`StartError::Ended`] where the end is final: the key
    /// is refused.
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
            .field("settings", &self.settings)
            .field("limits", &self.limits)
            .field("reconnect", &self.reconnect)
            .finish_non_exhaustive()
    }
}
