//! Starting and ending a gateway.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use alwayson::edge::store::{Store, StoreError, StoreOptions};
use alwayson::edge::{
    ConnectionState, Edge, EndReason, ServiceError, StartError as EdgeError, StateChange, Thing,
};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::application::Client;
use crate::config::Config;
use crate::edge::{self, KeyProvider, PlatformError};
use crate::event::Event;
use crate::hub::Hub;
use crate::journal::Journal;
use crate::local_ems;
use crate::options::Options;
use crate::registration::Registration;
use crate::server::{self, ListenError, Server};
use crate::things::{self, Entry, Registry, StateError, StateFile};

/// Why a gateway was not started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The gateway cannot listen for applications.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The settings of the connection to the platform cannot be used.
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// There is no application key.
    #[error("there is no key: set appKey, or pass --app-key-file or --app-key-env")]
    NoKey,
    /// The state file cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// An entry of `auto_bind` cannot be used: its name or its address is invalid.
    #[error("auto_bind: {0}")]
    AutoBind(ServiceError),
    /// The store cannot be opened.
    #[error("offline_msg_store: {0}")]
    Store(#[from] StoreError),
    /// The store is enabled, but has no directory.
    #[error("offline_msg_store is enabled, but has no directory (--store)")]
    NoDirectory,
    /// The edge was not started.
    #[error(transparent)]
    Edge(#[from] EdgeError),
}

/// A running gateway. If it is dropped, it ends at once: requests in flight are not answered,
/// and no Thing is unbound. [`shut_down`](Self::shut_down) ends it in order.
pub struct Gateway {
    hub: Arc<Hub>,
    addresses: Vec<SocketAddr>,
    end: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// The maximum time that [`Gateway::shut_down`] waits for the edge to unbind its Things and to
/// close the connection.
const LEAVE: Duration = Duration::from_secs(10);

impl Gateway {
    /// Checks a configuration without starting a gateway: the URL of the platform, certificates,
    /// the key, entries of `auto_bind`, the directory of the store, the state file. Nothing is
    /// opened to listen.
    ///
    /// # Errors
    /// As [`start`](Self::start), except for [`StartError::Listen`], [`StartError::Store`] and
    /// [`StartError::Edge`].
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

    /// Starts a gateway: it listens for applications, and connects to the platform. Returns
    /// before there is a connection. After a failure it connects again.
    ///
    /// # Errors
    /// Nothing is started in these cases:
    /// - [`StartError::Platform`] if the settings of the connection cannot be used
    /// - [`StartError::NoKey`] if neither the configuration nor the options have a key
    /// - [`StartError::State`] if the state file cannot be read
    /// - [`StartError::Listen`] if the gateway cannot listen at its address
    /// - [`StartError::NoDirectory`] or [`StartError::Store`] if the store cannot be opened
    /// - [`StartError::AutoBind`] if an entry of `auto_bind` cannot be used
    /// - [`StartError::Edge`] if the edge cannot be started
    ///
    /// # Cancel safety
    /// If the future is dropped, everything that it has started ends.
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
        // The configuration overrides the state file.
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

    /// Returns the addresses at which the gateway listens for applications.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Returns the edge of the gateway, for requests of the program itself.
    #[must_use]
    pub fn edge(&self) -> &Edge {
        &self.hub.registry.edge
    }

    /// Waits until the edge has ended, or more attempts to connect have failed in a row than
    /// `connect_retries` allows. Returns the reason of the last failure.
    ///
    /// # Cancel safety
    /// If the future is dropped, nothing is lost, but failed attempts are counted from zero by
    /// the next call.
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
            // This gateway holds the edge, so the sender exists.
            let _ = state.changed().await;
        }
    }

    /// Ends the gateway in order: refuses new connections of applications, answers requests in
    /// flight, unbinds all Things and closes the connection. Takes at most 5 s for the answers
    /// and 10 s for the rest.
    ///
    /// # Cancel safety
    /// If the future is dropped, the gateway ends at once, as when it is dropped itself.
    pub async fn shut_down(mut self) {
        self.end.send_replace(true);
        if let Some(server) = self.tasks.first_mut() {
            // The server ends within `limits::END`.
            let _ = server.await;
        }
        let _ = tokio::time::timeout(LEAVE, self.hub.registry.edge.leave()).await;
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Returns the provider of the key.
fn key(config: &Config, key: Option<KeyProvider>) -> Result<KeyProvider, StartError> {
    use alwayson::edge::Credentials;
    match (key, config.app_key.clone()) {
        (Some(key), _) => Ok(key),
        (None, Some(key)) => Ok(Arc::new(move || Ok(Credentials::app_key(key.clone())))),
        (None, None) => Err(StartError::NoKey),
    }
}

/// Opens the store, if it is enabled.
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

/// Returns the maximum length of an answer of an application, in bytes. JSON is longer than the
/// message that it becomes.
fn answer_limit(config: &Config) -> usize {
    usize::try_from(config.connection.max_msg_size).unwrap_or(usize::MAX).saturating_mul(2)
}

/// Returns the registrations of `auto_bind`, without that of the gateway itself.
fn registrations(config: &Config) -> Result<Vec<Registration>, StartError> {
    let entries = config.auto_bind.iter().filter(|entry| !entry.gateway);
    let read = |entry| Registration::from_auto_bind(entry).map_err(StartError::AutoBind);
    entries.map(read).collect()
}

/// Returns the name by which the gateway itself is bound, if it has one.
fn gateway_name(config: &Config) -> Option<String> {
    config.auto_bind.iter().find(|entry| entry.gateway)?.name.clone()
}

/// Adds the Thing of the gateway itself, which answers as `LocalEms`.
async fn answer_as(hub: &Arc<Hub>, name: &str) -> Result<(), StartError> {
    // Weak, because the hub holds the edge, and the edge holds the Thing.
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

/// Returns the listener of the edge. It records the states of the connection and of the Things.
fn told(
    config: &Config,
    list: &things::List,
    journal: &Arc<Journal>,
) -> impl Fn(&StateChange) + Send + Sync + 'static {
    let list = list.clone();
    let journal = Arc::clone(journal);
    let own = gateway_name(config);
    move |change| match change {
        StateChange::Connection(state) => {
            journal.tell(&Event::Connection(state.clone()));
        }
        StateChange::Thing { name, state } => {
            let entry = list.get(name);
            let is_change = match entry {
                Some(entry) => entry.changes_to(state),
                None => own.as_ref() == Some(name),
            };
            if is_change {
                journal.tell(&Event::Thing { name: name.clone(), state: state.clone() });
            }
        }
        _ => {}
    }
}
