//! All registered Things, and how they come and go.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alwayson::Status;
use alwayson::edge::{Edge, ServiceError, ThingError, ThingState};
use tokio::sync::{mpsc, watch};

use super::state_file::StateFile;
use super::{Entry, Registration};
use crate::application::Client;
use crate::event::Event;
use crate::journal::Journal;

/// How many Things may be registered: as many names a connection has.
pub(crate) const MAX_THINGS: usize = 4_096;

/// A place among the registered Things.
enum Slot {
    Here(Arc<Entry>),
    /// It is unregistered once its requests are answered; then the sender is gone.
    Leaving(watch::Receiver<()>),
}

/// The list of registered Things. Locks are held for a moment, and never over an await.
#[derive(Clone, Default)]
pub(crate) struct List(Arc<Mutex<BTreeMap<String, Slot>>>);

impl List {
    /// A list of these, each as a Thing for the edge.
    pub(crate) fn begin(&self, entry: &Arc<Entry>) {
        self.lock().insert(entry.name.clone(), Slot::Here(Arc::clone(entry)));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Slot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The Thing of this name.
    pub(crate) fn get(&self, name: &str) -> Option<Arc<Entry>> {
        match self.lock().get(name) {
            Some(Slot::Here(entry)) => Some(Arc::clone(entry)),
            _ => None,
        }
    }

    /// All of them, by name.
    pub(crate) fn all(&self) -> Vec<Arc<Entry>> {
        let here = |slot: &Slot| match slot {
            Slot::Here(entry) => Some(Arc::clone(entry)),
            Slot::Leaving(_) => None,
        };
        self.lock().values().filter_map(here).collect()
    }
}

/// The registered Things, and the edge that has them bound.
pub(crate) struct Registry {
    pub(crate) edge: Edge,
    pub(crate) list: List,
    pub(crate) client: Arc<Client>,
    pub(crate) journal: Arc<Journal>,
    state_file: Option<StateFile>,
    /// Is told the Things that were registered, or registered anew.
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

    /// Registers a Thing, or replaces what is registered of it.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` if there is no room for another one, or the edge has left;
    /// `BAD_REQUEST` if its name is too long for a BIND; CONFLICT if it is the name of
    /// the gateway.
    pub(crate) async fn add(&self, registration: Registration) -> Result<(), ServiceError> {
        let is_persistent = registration.is_persistent;
        if is_persistent && self.state_file.is_none() {
            let name = &registration.name;
            let text =
                format!("{name}: persist is asked for, and there is no state file (--state)");
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
        // Whoever probes is gone at the end alone.
        let _ = self.registered.send(entry);
        self.journal.tell(&Event::Registered { name, application, is_new });
        self.save().await;
        Ok(())
    }

    /// Finds the place for a registration, and puts it there. One that is being
    /// unregistered is waited for.
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
                        let (client, journal) =
                            (Arc::clone(&self.client), Arc::clone(&self.journal));
                        let name = registration.name.clone();
                        let entry = Arc::new(Entry::new(registration, client, journal));
                        list.insert(name, Slot::Here(Arc::clone(&entry)));
                        return Ok((entry, true));
                    }
                }
            };
            // Its sender says nothing, and is dropped at the end.
            let _ = leaving.changed().await;
        }
    }

    /// Unregisters a Thing: it is asked for nothing new, what is under way is answered,
    /// then it is unbound. Returns at once, and whether it was registered.
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
        let (registry, name) = (Arc::clone(self), name.to_owned());
        self.save().await;
        tokio::spawn(async move {
            // It is gone all the same where the edge has left.
            let _ = registry.edge.retire(&name).await;
            registry.list.lock().remove(&name);
            drop(gone);
            registry.journal.tell(&Event::Unregistered { name });
        });
        true
    }

    /// How a Thing is bound, and why not.
    pub(crate) fn state(&self, entry: &Entry) -> (ThingState, Option<String>) {
        let state = self.edge.state();
        let state = state.borrow();
        let thing = state.things.get(&entry.name).cloned().unwrap_or_default();
        let reason = match &thing {
            ThingState::Bound { .. } => None,
            _ if entry.is_silent() => {
                Some(format!("nobody listens at {}", entry.registration().target))
            }
            state @ ThingState::Refused { .. } => Some(crate::event::thing(state)),
            ThingState::Binding => None,
            _ => Some("there is no connection to the platform".to_owned()),
        };
        (thing, reason)
    }

    /// An application listens, as it says itself or a probe has found.
    pub(super) fn heard(&self, entry: &Entry) {
        entry.failures.store(0, Ordering::Relaxed);
        if entry.is_silent.swap(false, Ordering::Relaxed) {
            // It is unknown where it is just being unregistered.
            let _ = self.edge.bind(&entry.name);
            let application = entry.registration().target.to_string();
            self.journal.tell(&Event::Listens { name: entry.name.clone(), application });
        }
    }

    /// An application does not listen: its Thing is unbound.
    pub(super) fn silent(&self, entry: &Entry, reason: String) {
        if !entry.is_silent.swap(true, Ordering::Relaxed) {
            let application = entry.registration().target.to_string();
            let name = entry.name.clone();
            self.journal.tell(&Event::Silent { name, application, reason });
            let _ = self.edge.unbind(&entry.name);
        }
    }

    /// Writes those that survive a restart.
    async fn save(&self) {
        let Some(file) = &self.state_file else { return };
        let all = self.list.all().into_iter().map(|entry| entry.registration());
        let kept: Vec<_> = all.filter(|registration| registration.is_persistent).collect();
        if let Err(error) = file.write(&kept).await {
            self.journal.tell(&Event::Problem(error.to_string()));
        }
    }
}

fn no_room() -> ServiceError {
    let reason = format!("{MAX_THINGS} Things are registered, and no more can be");
    ServiceError::new(Status::SERVICE_UNAVAILABLE, reason)
}

fn not_added(error: ThingError) -> ServiceError {
    let status = match error {
        ThingError::NameTooLong => Status::BAD_REQUEST,
        ThingError::Double => Status::CONFLICT,
        _ => Status::SERVICE_UNAVAILABLE,
    };
    ServiceError::new(status, error.to_string())
}
