//! A gateway, from its start to its end.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use alwayson::edge::store::{Store, StoreError, StoreOptions};
use alwayson::edge::{
    ConnectionState, Edge, EndReason, ServiceError, StartError as EdgeError, StateChange, Thing,
};
use alwayson::frame::Observer;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::application::Client;
use crate::config::Config;
use crate::edge::{self, KeyProvider, PlatformError};
use crate::event::Event;
use crate::hub::Hub;
use crate::journal::Journal;
use crate::local_ems;
use crate::server::{self, ListenError, Server};
use crate::things::{self, Entry, Registration, Registry, StateError, StateFile};

/// What a gateway needs beside its configuration.
#[must_use]
pub struct Options {
    url: Option<String>,
    key: Option<KeyProvider>,
    state_file: Option<PathBuf>,
    listen_anywhere: bool,
    traces: bool,
    observer: Option<Observer>,
    listener: Box<dyn Fn(&Event) + Send + Sync>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            url: None,
            key: None,
            state_file: None,
            listen_anywhere: false,
            traces: false,
            observer: None,
            listener: Box::new(|_| ()),
        }
    }
}

impl Options {
    /// No more than the configuration.
    pub fn new() -> Self {
        Self::default()
    }

    /// The platform, `wss://host`, instead of the one of `ws_servers`.
    pub fn url(self, url: impl Into<String>) -> Self {
        Self { url: Some(url.into()), ..self }
    }

    /// Asks this for the key at each connect, instead of using `appKey`.
    pub fn key(self, key: KeyProvider) -> Self {
        Self { key: Some(key), ..self }
    }

    /// Keeps registrations with `persist` in this file.
    pub fn state_file(self, file: impl Into<PathBuf>) -> Self {
        Self { state_file: Some(file.into()), ..self }
    }

    /// Listens at addresses that other machines reach also without HTTPS and a password:
    /// whoever reaches them has the rights of the application key.
    pub fn insecure_listen_anywhere(self) -> Self {
        Self { listen_anywhere: true, ..self }
    }

    /// Tells of each single request, too.
    pub fn trace(self) -> Self {
        Self { traces: true, ..self }
    }

    /// Shows each frame of the connection to this, keys masked.
    pub fn observer(self, observer: Observer) -> Self {
        Self { observer: Some(observer), ..self }
    }

    /// Calls this with each event. It is called by the tasks of the gateway, which wait
    /// for it: hand on what takes time.
    pub fn on_event(self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Self { listener: Box::new(listener), ..self }
    }
}

/// Why a gateway does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// It cannot listen for applications.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The platform cannot be reached as it is configured.
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// There is no key.
    #[error("there is no key: the file has no appKey, and no other is named")]
    NoKey,
    /// The state file cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// An entry of `auto_bind` cannot be used.
    #[error("auto_bind: {0}")]
    AutoBind(ServiceError),
    /// The store cannot be opened.
    #[error("offline_msg_store: {0}")]
    Store(#[from] StoreError),
    /// The store has no directory.
    #[error("offline_msg_store is enabled, and has no directory (--store)")]
    NoDirectory,
    /// The edge does not start.
    #[error(transparent)]
    Edge(#[from] EdgeError),
}

/// A gateway that runs. When it is dropped, it ends at once, and the platform finds out
/// by itself: call [`shut_down`](Self::shut_down).
pub struct Gateway {
    hub: Arc<Hub>,
    addresses: Vec<SocketAddr>,
    end: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// How many names wait to be bound at the end at most until the gateway is gone.
const LEAVE: Duration = Duration::from_secs(10);

impl Gateway {
    /// Checks what can be wrong before a gateway starts: addresses and certificates,
    /// key, entries of `auto_bind`, the state file. Nothing is opened to listen.
    ///
    /// # Errors
    /// As [`start`](Self::start), but for what only shows when it listens.
    pub fn check(config: &Config, options: &Options) -> Result<(), StartError> {
        let url = edge::url(config, options.url.as_deref())?;
        edge::connect_options(config, &url)?;
        if options.key.is_none() && config.app_key.is_none() {
            return Err(StartError::NoKey);
        }
        registrations(config)?;
        if config.store.enabled && config.store.directory.is_none() {
            return Err(StartError::NoDirectory);
        }
        if let Some(file) = &options.state_file {
            StateFile::open(file)?;
        }
        Ok(())
    }

    /// Starts a gateway: it listens for applications, and connects to the platform,
    /// again and again.
    ///
    /// # Errors
    /// Nothing is started: see [`StartError`].
    pub async fn start(config: Config, options: Options) -> Result<Self, StartError> {
        let url = edge::url(&config, options.url.as_deref())?;
        let connect = edge::connect_options(&config, &url)?;
        let key = key(&config, options.key)?;
        let (state_file, kept) = match &options.state_file {
            None => (None, Vec::new()),
            Some(file) => {
                let (file, kept) = StateFile::open(file)?;
                (Some(file), kept)
            }
        };
        let listeners = server::bind(&config.http, options.listen_anywhere).await?;
        let addresses = listeners.addresses();
        let journal = Arc::new(Journal::new(options.listener, options.traces));
        let client = Arc::new(Client::new(answer_limit(&config)));
        let list = things::List::default();
        let mut builder = edge::builder(&config, connect, key).map_err(PlatformError::from)?;
        if let Some(observer) = options.observer {
            builder = builder.observer(observer);
        }
        if let Some(store) = store(&config, &journal)? {
            builder = builder.store(store);
        }
        // What the file says counts where both name a Thing.
        let configured = registrations(&config)?;
        let is_configured = |kept: &Registration| configured.iter().any(|c| c.name == kept.name);
        let kept: Vec<_> = kept.into_iter().filter(|kept| !is_configured(kept)).collect();
        for registration in configured.into_iter().chain(kept) {
            let entry = Entry::new(registration, Arc::clone(&client), Arc::clone(&journal));
            let entry = Arc::new(entry);
            list.begin(&entry);
            builder = builder.thing(entry.thing());
        }
        let builder = builder.on_change(told(&config, &list, &journal));
        let edge = builder.start()?;
        let name = gateway_name(&config);
        let (sender, registered) = mpsc::unbounded_channel();
        let registry = Registry::new(edge, list, client, Arc::clone(&journal), state_file, sender);
        let registry = Arc::new(registry);
        let hub = Arc::new(Hub { config, registry, journal, name, platform: url });
        if let Some(name) = &hub.name {
            answer_as(&hub, name).await?;
        }
        let (end, ended) = watch::channel(false);
        let server = Arc::new(Server::new(Arc::clone(&hub)));
        let tasks = vec![
            tokio::spawn(server::serve(listeners, server, ended)),
            tokio::spawn(things::watch(Arc::clone(&hub.registry), registered)),
        ];
        Ok(Self { hub, addresses, end, tasks })
    }

    /// Where it listens for applications.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Its edge, for what a program does beside.
    pub fn edge(&self) -> &Edge {
        &self.hub.registry.edge
    }

    /// Waits until the connection to the platform has ended for good: as many tries in a
    /// row have failed as `connect_retries` says.
    pub async fn wait_ended(&self) -> EndReason {
        let mut state = self.hub.registry.edge.state();
        let most = self.hub.config.connection.connect_retries;
        let mut failed = 0_u64;
        loop {
            let connection = state.borrow_and_update().connection.clone();
            match connection {
                ConnectionState::Ended { reason } => return reason,
                ConnectionState::Authenticated { .. } => failed = 0,
                ConnectionState::Waiting { reason, .. } => {
                    failed += 1;
                    if most.is_some_and(|most| failed > most) {
                        return reason;
                    }
                }
                _ => {}
            }
            // The edge is held by this gateway, so it cannot be gone.
            let _ = state.changed().await;
        }
    }

    /// Ends in order: no request is taken any more, what is under way is answered, all
    /// Things are unbound, the connection is closed.
    pub async fn shut_down(mut self) {
        self.end.send_replace(true);
        if let Some(server) = self.tasks.first_mut() {
            // It ends within its own bounds.
            let _ = server.await;
        }
        let _ = tokio::time::timeout(LEAVE, self.hub.registry.edge.leave()).await;
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

fn key(config: &Config, key: Option<KeyProvider>) -> Result<KeyProvider, StartError> {
    use alwayson::edge::Credentials;
    match (key, config.app_key.clone()) {
        (Some(key), _) => Ok(key),
        (None, Some(key)) => Ok(Arc::new(move || Ok(Credentials::app_key(key.clone())))),
        (None, None) => Err(StartError::NoKey),
    }
}

/// The store, if there is to be one.
fn store(config: &Config, journal: &Arc<Journal>) -> Result<Option<Store>, StartError> {
    if !config.store.enabled {
        return Ok(None);
    }
    let directory = config.store.directory.as_ref().ok_or(StartError::NoDirectory)?;
    let journal = Arc::clone(journal);
    let options = StoreOptions::default()
        .with_max_bytes(config.store.max_size)
        .map_err(PlatformError::from)?
        .on_event(move |request, event| journal.store(request, event));
    Ok(Some(Store::open(directory, options)?))
}

/// The longest answer of an application: JSON is longer than what becomes of it.
fn answer_limit(config: &Config) -> usize {
    usize::try_from(config.connection.max_msg_size).unwrap_or(usize::MAX).saturating_mul(2)
}

/// The Things of `auto_bind` that applications answer for.
fn registrations(config: &Config) -> Result<Vec<Registration>, StartError> {
    let entries = config.auto_bind.iter().filter(|entry| !entry.gateway);
    let read = |entry| Registration::from_auto_bind(entry).map_err(StartError::AutoBind);
    entries.map(read).collect()
}

fn gateway_name(config: &Config) -> Option<String> {
    config.auto_bind.iter().find(|entry| entry.gateway)?.name.clone()
}

/// Has the gateway answer for its own name.
async fn answer_as(hub: &Arc<Hub>, name: &str) -> Result<(), StartError> {
    // The edge holds the Thing, and the hub the edge.
    let weak = Arc::downgrade(hub);
    let thing = Thing::relayed(name, move |request| {
        let hub = weak.upgrade();
        async move {
            match hub {
                Some(hub) => local_ems::answer(hub, request).await,
                None => alwayson::message::Response::new(alwayson::Status::SERVICE_UNAVAILABLE),
            }
        }
    });
    let added = hub.registry.edge.add(thing).await;
    added.map_err(|source| {
        let name = name.to_owned();
        StartError::Edge(EdgeError::Thing { name, source })
    })
}

/// Tells each step of the connection and of registered Things.
fn told(
    config: &Config,
    list: &things::List,
    journal: &Arc<Journal>,
) -> impl Fn(&StateChange) + Send + Sync + 'static {
    let (list, journal, own) = (list.clone(), Arc::clone(journal), gateway_name(config));
    move |change| match change {
        StateChange::Connection(state) => {
            journal.tell(&Event::Connection(state.clone()));
        }
        StateChange::Thing { name, state } => {
            let entry = list.get(name);
            if let Some(entry) = &entry {
                entry.has_changed();
            }
            if entry.is_some() || own.as_ref() == Some(name) {
                journal.tell(&Event::Thing { name: name.clone(), state: state.clone() });
            }
        }
        _ => {}
    }
}
