//! Probes whether applications listen, at the interval of each registration.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::registry::MAX_THINGS;
use super::{Entry, Registry};
use crate::application;
use crate::registration::Registration;

/// The number of failed probes in a row after which a Thing is unbound. One failure may be a
/// restart of the application.
const FAILURES: u32 = 2;

/// The maximum number of probes at a time. Each takes a socket for up to 5 s.
const AT_A_TIME: usize = 64;

/// A probe that is due at some time.
struct Due {
    at: Instant,
    entry: Weak<Entry>,
    /// The registration of the probe. A new registration has probes of its own.
    of: Weak<Registration>,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}

impl Due {
    /// Returns the next probe of a Thing; `None` if its probes are turned off.
    fn next(entry: &Arc<Entry>) -> Option<Reverse<Self>> {
        let of = entry.registration();
        let is_probed = !of.keepalive.is_zero() && !entry.is_leaving.load(Ordering::Relaxed);
        let at = Instant::now() + of.keepalive;
        let due = Self { at, entry: Arc::downgrade(entry), of: Arc::downgrade(&of) };
        is_probed.then_some(Reverse(due))
    }

    /// Returns the Thing; `None` if it was removed or registered again.
    fn entry(&self) -> Option<Arc<Entry>> {
        let entry = self.entry.upgrade()?;
        let is_same = Weak::ptr_eq(&Arc::downgrade(&entry.registration()), &self.of);
        (is_same && !entry.is_leaving.load(Ordering::Relaxed)).then_some(entry)
    }
}

/// Probes the applications of all Things in the registry. `registered` receives Things that
/// were registered, or registered again, later.
///
/// # Cancel safety
/// If the future is dropped, all probes end.
pub(crate) async fn watch(
    registry: Arc<Registry>,
    mut registered: mpsc::UnboundedReceiver<Arc<Entry>>,
) {
    let mut all: BinaryHeap<Reverse<Due>> =
        registry.list.all().iter().filter_map(Due::next).collect();
    let mut probes = JoinSet::new();
    loop {
        let next = all.peek().map(|Reverse(due)| due.at);
        let has_room = probes.len() < AT_A_TIME;
        tokio::select! {
            () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() && has_room => {
                let entry = all.pop().and_then(|Reverse(due)| due.entry());
                if let Some(entry) = entry {
                    all.extend(Due::next(&entry));
                    probes.spawn(probe(Arc::clone(&registry), entry));
                }
            }
            entry = registered.recv() => match entry {
                Some(entry) => {
                    all.extend(Due::next(&entry));
                    forget_replaced(&mut all);
                }
                None => return,
            },
            Some(_) = probes.join_next(), if !probes.is_empty() => {}
        }
    }
}

/// Forgets the probes of registrations that were replaced, as soon as they may be more than half
/// of all. An application may register itself again much more often than it is probed.
fn forget_replaced(all: &mut BinaryHeap<Reverse<Due>>) {
    if all.len() > 2 * MAX_THINGS {
        all.retain(|Reverse(due)| due.entry().is_some());
    }
}

/// Probes one application, and records the result.
async fn probe(registry: Arc<Registry>, entry: Arc<Entry>) {
    let registration = entry.registration();
    let target = &registration.target;
    match application::probe(&target.host, target.port).await {
        Ok(()) => registry.heard(&entry),
        Err(error) => {
            let failures = entry.failures.fetch_add(1, Ordering::Relaxed).saturating_add(1);
            // A registration that was replaced during the probe does not count.
            let is_same = Arc::ptr_eq(&registration, &entry.registration());
            if failures >= FAILURES && is_same && !entry.is_leaving.load(Ordering::Relaxed) {
                registry.silent(&entry, error.to_string());
            }
        }
    }
}
