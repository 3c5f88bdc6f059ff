//! Whether applications listen: a connection is opened to each, and closed without a
//! byte, as often as its registration says.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::{Entry, Registry};
use crate::application;

/// After how many probes that fail in a row a Thing is unbound.
const FAILURES: u32 = 2;

/// How many probes run at a time.
const AT_A_TIME: usize = 64;

/// Probes applications until it is dropped.
pub(crate) async fn watch(registry: Arc<Registry>) {
    let mut due: HashMap<String, (Instant, std::time::Duration)> = HashMap::new();
    let mut probes = JoinSet::new();
    loop {
        let now = Instant::now();
        let entries = registry.list.all();
        let mut next = None;
        let mut still = HashMap::with_capacity(due.len());
        for entry in entries {
            let keepalive = entry.registration().keepalive;
            if keepalive.is_zero() {
                continue;
            }
            // One that was registered with another time begins anew.
            let at = due.remove(&entry.name).filter(|(_, of)| *of == keepalive);
            let mut at = at.map_or(now + keepalive, |(at, _)| at);
            if at <= now && probes.len() < AT_A_TIME {
                at = now + keepalive;
                probes.spawn(probe(Arc::clone(&registry), Arc::clone(&entry)));
            }
            next = Some(next.map_or(at, |next: Instant| next.min(at)));
            still.insert(entry.name.clone(), (at, keepalive));
        }
        due = still;
        // With as many probes as may be, the end of one is waited for.
        let is_full = probes.len() >= AT_A_TIME;
        tokio::select! {
            () = sleep_until(next.unwrap_or(now)), if next.is_some() && !is_full => {}
            () = registry.has_changed.notified() => {}
            Some(_) = probes.join_next(), if !probes.is_empty() => {}
        }
    }
}

async fn probe(registry: Arc<Registry>, entry: Arc<Entry>) {
    let registration = entry.registration();
    let target = &registration.target;
    match application::probe(&target.host, target.port).await {
        Ok(()) => registry.heard(&entry),
        Err(error) => {
            let failures = entry.failures.fetch_add(1, Ordering::Relaxed).saturating_add(1);
            // What was registered meanwhile begins anew.
            let is_same = Arc::ptr_eq(&registration, &entry.registration());
            if failures >= FAILURES && is_same && !entry.is_leaving.load(Ordering::Relaxed) {
                registry.silent(&entry, error.to_string());
            }
        }
    }
}
