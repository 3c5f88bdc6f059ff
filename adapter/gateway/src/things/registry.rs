//! All registered Things; adding and removing them.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alwayson::Status;
use alwayson::edge::{Edge, ServiceError, ThingError, ThingState};
use tokio::sync::{mpsc, watch};

use super::Entry;
use super::state_file::StateFile;
use crate::application::Client;
use crate::event::Event;
use crate::journal::Journal;
use crate::registration::Registration;

/// The maximum number of registered Things: the number of names of one connection.
pub(crate) const MAX_THINGS: usize = 4_096;

/// The state of a name in the list.
enum Slot {
    /// The Thing is registered.
    Here(Arc<Entry>),
    /// The Thing is removed as soon as its requests are answered. The sender is dropped then.
    Leaving(watch::Receiver<()>),
}

/// The list of registered Things. Its lock is never held across an await.
#[derive(Clone, Default)]
pub(crate) struct List(Arc<Mutex<BTreeMap<String, Slot>>>);

impl List {
    /// Adds a Thing that the edge has from its start.
    pub(crate) fn begin(&self, entry: &Arc<Entry>) {
        self.lock().insert(entry.name.clone(), Slot::Here(Arc::clone(entry)));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Slot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the Thing of this name.
    pub(crate) fn get(&self, name: &str) -> Option<Arc<Entry>> {
        match self.lock().get(name) {
            Some(Slot::Here(entry)) => Some(Arc::clone(entry)),
            _ => None,
        }
    }

    /// Returns all Things, sorted by name.
    pub(crate) fn all(&self) -> Vec<Arc<Entry>> {
        let here = |slot: &Slot| match slot {
            Slot::Here(entry) => Some(Arc::clone(entry)),
            Slot::Leaving(_) => None,
        };
        self.lock().values().filter_map(here).collect()
    }
}

/// The registered Things, and the edge that binds them.
pub(crate) struct Registry {
    pub(crate) edge: Edge,
    pub(crate) list: List,
    pub(crate) client: Arc<Client>,
    pub(crate) journal: Arc<Journal>,
    state_file: Option<StateFile>,
    /// Receives Things that were registered, or registered again.
    registered: mpsc::UnboundedSender<Arc<Entry>>,
}

impl Registry {
    pub(crate) fn new(
        edge: Edge,
        list: List,
        client: Arc<Client>,
        journal: Arc<Journal>,
        state_file: Option<StateFile>,
        registered: mpsc::UnboundedSender<Arc<Entry>>,
    ) -> Self {
        Self { edge, list, client, journal, state_file, registered }
    }

    /// Registers a Thing, or replaces its registration.
    ///
    /// # Errors
    /// - `SERVICE_UNAVAILABLE` if there are [`MAX_THINGS`] already, or the edge has left
    /// - `BAD_REQUEST` if the name is too long for a BIND
    /// - `CONFLICT` if it is the name of the gateway
    pub(crate) async fn add(&self, registration: Registration) -> Result<(), ServiceError> {
        let is_persistent = registration.is_persistent;
        if is_persistent && self.state_file.is_none() {
            let name = &registration.name;
            let text = format!("{name}: persist has no effect without a state file (--state)");
            self.journal.tell(&Event::Problem(text));
        }
        let application = registration.target.to_string();
        let name = registration.name.clone();
        let (entry, is_new) = self.place(registration).await?;
        if is_new {
            if let Err(error) = self.edge.add(entry.thing()).await {
                self.list.lock().remove(&name);
                return Err(not_added(error));
            }
        } else {
            self.heard(&entry);
        }
        // The task that probes ends only with the gateway.
        let _ = self.registered.send(entry);
        self.journal.tell(&Event::Registered { name, application, is_new });
        self.save().await;
        Ok(())
    }

    /// Adds a registration to the list, or replaces one. Returns the Thing, and whether it is
    /// new. If a Thing of this name is being removed, waits until it is gone.
    async fn place(&self, registration: Registration) -> Result<(Arc<Entry>, bool), ServiceError> {
        loop {
            let mut leaving = {
                let mut list = self.list.lock();
                match list.get(&registration.name) {
                    Some(Slot::Here(entry)) => {
                        let entry = Arc::clone(entry);
                        entry.replace(registration);
                        return Ok((entry, false));
                    }
                    Some(Slot::Leaving(leaving)) => leaving.clone(),
                    None if list.len() >= MAX_THINGS => return Err(no_room()),
                    None => {
                        let client = Arc::clone(&self.client);
                        let journal = Arc::clone(&self.journal);
                        let name = registration.name.clone();
                        let entry = Arc::new(Entry::new(registration, client, journal));
                        list.insert(name, Slot::Here(Arc::clone(&entry)));
                        return Ok((entry, true));
                    }
                }
            };
            // The sender sends nothing: dropping it is the signal.
            let _ = leaving.changed().await;
        }
    }

    /// Removes a Thing: new requests are refused, requests in flight are answered, and then
    /// the Thing is unbound. Returns whether it was registered, without waiting for the rest.
    pub(crate) async fn remove(self: &Arc<Self>, name: &str) -> bool {
        let (gone, leaving) = watch::channel(());
        {
            let mut list = self.list.lock();
            match list.get(name) {
                Some(Slot::Here(entry)) => entry.is_leaving.store(true, Ordering::Relaxed),
                _ => return false,
            }
            list.insert(name.to_owned(), Slot::Leaving(leaving));
        }
        let registry = Arc::clone(self);
        let name = name.to_owned();
        self.save().await;
        tokio::spawn(async move {
            // If the edge has left, the Thing is unbound anyway.
            let _ = registry.edge.retire(&name).await;
            registry.list.lock().remove(&name);
            drop(gone);
            registry.journal.tell(&Event::Unregistered { name });
        });
        true
    }

    /// Returns the state of a Thing, and the reason if it is not bound.
    pub(crate) fn state(&self, entry: &Entry) -> (ThingState, Option<String>) {
        let state = self.edge.state();
        let state = state.borrow();
        let thing = state.things.get(&entry.name).cloned().unwrap_or_default();
        let reason = match &thing {
            ThingState::Bound { .. } => None,
            _ if entry.is_silent() => {
                Some(format!("no application listens at {}", entry.registration().target))
            }
            state @ ThingState::Refused { .. } => Some(crate::event::thing(state)),
            ThingState::Binding => None,
            _ => Some("there is no connection to the platform".to_owned()),
        };
        (thing, reason)
    }

    /// Records that an application listens: it has registered, or a probe has succeeded.
    pub(super) fn heard(&self, entry: &Entry) {
        entry.failures.store(0, Ordering::Relaxed);
        if entry.is_silent.swap(false, Ordering::Relaxed) {
            // An error means that the Thing is being removed.
            let _ = self.edge.bind(&entry.name);
            let application = entry.registration().target.to_string();
            self.journal.tell(&Event::Listening { name: entry.name.clone(), application });
        }
    }

    /// Records that an application does not listen, and unbinds its Thing.
    pub(super) fn silent(&self, entry: &Entry, reason: String) {
        if !entry.is_silent.swap(true, Ordering::Relaxed) {
            let application = entry.registration().target.to_string();
            let name = entry.name.clone();
            self.journal.tell(&Event::NotListening { name, application, reason });
            let _ = self.edge.unbind(&entry.name);
        }
    }

    /// Writes the registrations that survive a restart to the state file.
    async fn save(&self) {
        let Some(file) = &self.state_file else { return };
        let all = self.list.all().into_iter().map(|entry| entry.registration());
        let kept: Vec<_> = all.filter(|registration| registration.is_persistent).collect();
        if let Err(error) = file.write(&kept).await {
            self.journal.tell(&Event::Problem(error.to_string()));
        }
    }
}

/// Returns the error if there is no room for another Thing.
fn no_room() -> ServiceError {
    let reason = format!("{MAX_THINGS} Things are registered, which is the limit");
    ServiceError::new(Status::SERVICE_UNAVAILABLE, reason)
}

/// Returns the error for an error of the edge.
fn not_added(error: ThingError) -> ServiceError {
    let status = match error {
        ThingError::NameTooLong => Status::BAD_REQUEST,
        ThingError::Double => Status::CONFLICT,
        _ => Status::SERVICE_UNAVAILABLE,
    };
    ServiceError::new(status, error.to_string())
}
