//! Following a run while it lasts, and ending it early.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

use super::verdict::CaseReport;

/// How far a run is, after a case has ended.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Progress<'r> {
    /// The report of the case.
    pub case: &'r CaseReport,
    /// The number of cases that have ended.
    pub ended: usize,
    /// The number of cases of the run.
    pub all: usize,
}

/// What is called after each case of an edge or a platform. It should not wait: the cases run in
/// the same thread.
#[derive(Clone)]
pub struct OnCase(Arc<dyn Fn(Progress<'_>) + Send + Sync>);

impl OnCase {
    /// Calls this.
    pub fn new(on_case: impl Fn(Progress<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(on_case))
    }

    pub(super) fn call(&self, progress: Progress<'_>) {
        (self.0)(progress);
    }
}

impl fmt::Debug for OnCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnCase").finish_non_exhaustive()
    }
}

/// Ends a run early. Clones end the same run.
#[derive(Clone, Debug)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Stop {
    /// Ends the run: cases that have not ended are *not run*, and the run returns its report.
    pub fn now(&self) {
        self.0.send_replace(true);
    }

    /// Returns whether the run was ended.
    pub fn is_now(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until the run is ended.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect.
    pub(super) async fn wait(&self) {
        // The sender lives as long as this.
        let _ = self.0.subscribe().wait_for(|is_now| *is_now).await;
    }
}
