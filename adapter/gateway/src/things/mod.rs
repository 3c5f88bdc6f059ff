//! The registered Things.

// | file | contents |
// | --- | --- |
// | `mod.rs` | a registered Thing |
// | `registry.rs` | all registered Things; adding and removing |
// | `probe.rs` | probes whether applications listen |
// | `state_file.rs` | the file of registrations that survive a restart |

mod probe;
mod registry;
mod state_file;

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use alwayson::Status;
use alwayson::edge::{Thing, ThingState};
use alwayson::message::Response;

use crate::application::{self, Client};
use crate::journal::Journal;
use crate::registration::Registration;
pub(crate) use probe::watch;
pub(crate) use registry::{List, Registry};
pub use state_file::StateError;
pub(crate) use state_file::StateFile;

/// A registered Thing.
pub(crate) struct Entry {
    /// The name by which the Thing is bound.
    pub(crate) name: String,
    registration: RwLock<Arc<Registration>>,
    client: Arc<Client>,
    journal: Arc<Journal>,
    /// Whether the Thing is being removed. New requests are refused then.
    is_leaving: AtomicBool,
    /// Whether the application does not listen. The Thing is unbound until it does.
    is_silent: AtomicBool,
    /// Whether the Thing was bound at the last change of its state.
    is_bound: AtomicBool,
    /// The number of probes in a row that failed.
    failures: AtomicU32,
    /// When the state changed last, in milliseconds since 1970.
    since: AtomicI64,
    /// When the platform made its last request, in milliseconds since 1970; 0 for never.
    last_request: AtomicI64,
    /// When the application made its last push, in milliseconds since 1970; 0 for never.
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
            is_bound: AtomicBool::new(false),
            since: AtomicI64::new(now_ms()),
            last_request: AtomicI64::new(0),
            last_push: AtomicI64::new(0),
        }
    }

    /// Returns the current registration.
    pub(crate) fn registration(&self) -> Arc<Registration> {
        Arc::clone(&self.registration.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the registration.
    fn replace(&self, registration: Registration) {
        let registration = Arc::new(registration);
        *self.registration.write().unwrap_or_else(PoisonError::into_inner) = registration;
    }

    /// Returns whether the application does not listen.
    pub(crate) fn is_silent(&self) -> bool {
        self.is_silent.load(Ordering::Relaxed)
    }

    /// Records the state. Returns false if the Thing is still bound: that the platform has
    /// synchronised it is no change for applications.
    pub(crate) fn changes_to(&self, state: &ThingState) -> bool {
        let was_bound = self.is_bound.swap(state.is_bound(), Ordering::Relaxed);
        let is_change = !(was_bound && state.is_bound());
        if is_change {
            self.since.store(now_ms(), Ordering::Relaxed);
        }
        is_change
    }

    /// Returns when the state changed last, in milliseconds since 1970.
    pub(crate) fn since_ms(&self) -> i64 {
        self.since.load(Ordering::Relaxed)
    }

    /// Returns when the platform made its last request, in milliseconds since 1970.
    pub(crate) fn last_request_ms(&self) -> Option<i64> {
        Some(self.last_request.load(Ordering::Relaxed)).filter(|ms| *ms != 0)
    }

    /// Records a push of the application.
    pub(crate) fn has_pushed(&self) {
        self.last_push.store(now_ms(), Ordering::Relaxed);
    }

    /// Returns when the application made its last push, in milliseconds since 1970.
    pub(crate) fn last_push_ms(&self) -> Option<i64> {
        Some(self.last_push.load(Ordering::Relaxed)).filter(|ms| *ms != 0)
    }

    /// Creates the Thing for the edge. It forwards all requests to the application.
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
                let registration = entry.registration();
                application::forward(&entry.client, &entry.journal, &registration, request).await
            }
        })
    }
}

/// Returns the time, in milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}
