//! The Things that applications have registered.

// | file | what it holds |
// | --- | --- |
// | `mod.rs` | a registered Thing |
// | `registration.rs` | what a registration says, and how it is read |
// | `registry.rs` | all of them, and how they come and go |
// | `probe.rs` | whether their applications listen |
// | `state_file.rs` | those that survive a restart |

mod probe;
mod registration;
mod registry;
mod state_file;

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use alwayson::Status;
use alwayson::edge::Thing;
use alwayson::message::Response;

use crate::application::{self, Client};
use crate::journal::Journal;
pub(crate) use probe::watch;
pub(crate) use registration::{Origin, Parameters, Registration};
pub(crate) use registry::{List, Registry};
pub use state_file::StateError;
pub(crate) use state_file::StateFile;

/// A registered Thing.
pub(crate) struct Entry {
    /// The name by which it is bound.
    pub(crate) name: String,
    registration: RwLock<Arc<Registration>>,
    client: Arc<Client>,
    journal: Arc<Journal>,
    /// It is being unregistered: it is asked for nothing any more.
    is_leaving: AtomicBool,
    /// Its application does not listen: it is unbound until it does.
    is_silent: AtomicBool,
    /// Probes that failed in a row.
    failures: AtomicU32,
    /// Times in milliseconds since 1970; 0 for never.
    since: AtomicI64,
    last_request: AtomicI64,
    last_push: AtomicI64,
}

impl Entry {
    pub(crate) fn new(
        registration: Registration,
        client: Arc<Client>,
        journal: Arc<Journal>,
    ) -> Self {
        Self {
            name: registration.name.clone(),
            registration: RwLock::new(Arc::new(registration)),
            client,
            journal,
            is_leaving: AtomicBool::new(false),
            is_silent: AtomicBool::new(false),
            failures: AtomicU32::new(0),
            since: AtomicI64::new(now_ms()),
            last_request: AtomicI64::new(0),
            last_push: AtomicI64::new(0),
        }
    }

    /// What was registered last.
    pub(crate) fn registration(&self) -> Arc<Registration> {
        Arc::clone(&self.registration.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn replace(&self, registration: Registration) {
        let registration = Arc::new(registration);
        *self.registration.write().unwrap_or_else(PoisonError::into_inner) = registration;
    }

    pub(crate) fn client(&self) -> Arc<Client> {
        Arc::clone(&self.client)
    }

    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    pub(crate) fn is_silent(&self) -> bool {
        self.is_silent.load(Ordering::Relaxed)
    }

    /// It is in its state since now.
    pub(crate) fn has_changed(&self) {
        self.since.store(now_ms(), Ordering::Relaxed);
    }

    /// Since when it is in its state.
    pub(crate) fn since_ms(&self) -> i64 {
        self.since.load(Ordering::Relaxed)
    }

    /// When the platform asked for something last.
    pub(crate) fn last_request_ms(&self) -> Option<i64> {
        Some(self.last_request.load(Ordering::Relaxed)).filter(|ms| *ms != 0)
    }

    /// Its application has pushed now.
    pub(crate) fn has_pushed(&self) {
        self.last_push.store(now_ms(), Ordering::Relaxed);
    }

    /// When its application pushed last.
    pub(crate) fn last_push_ms(&self) -> Option<i64> {
        Some(self.last_push.load(Ordering::Relaxed)).filter(|ms| *ms != 0)
    }

    /// The Thing that the edge has for it: each request goes to the application.
    pub(crate) fn thing(self: &Arc<Self>) -> Thing {
        let entry = Arc::clone(self);
        Thing::relayed(&self.name, move |request| {
            let entry = Arc::clone(&entry);
            async move {
                if entry.is_leaving.load(Ordering::Relaxed) {
                    let reason = "the Thing is being unregistered";
                    return Response::error(Status::NOT_FOUND, reason);
                }
                entry.last_request.store(now_ms(), Ordering::Relaxed);
                application::forward(entry, request).await
            }
        })
    }
}

/// The time, in milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}
