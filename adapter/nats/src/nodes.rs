//! Whether another node is alive.
//!
//! A name may be taken from a node only if the lease of that run is over: a node that is cut off
//! or frozen cannot be asked, and serves until its own deadline. That nobody answers for it ("no
//! responders") says nothing about that.
//!
//! The server does not tell watchers that an entry expired (nats-server 2.9), so each node
//! remembers when it last saw each other node refreshed, and looks. What it concludes from
//! silence is only a reason to read at the leader. What it reads there means:
//!
//! | entry of the node | the run that is asked about |
//! | --- | --- |
//! | with its epoch | is alive |
//! | with another epoch | was replaced: its lease is over one lease after its last refresh, if that was seen, or after the replacement was seen |
//! | none | has expired, so its lease is over - if the store has not lost its data |
//!
//! A store that has lost its data has no entries either, while nodes go on serving. So after
//! reading, the node refreshes its own entry by compare-and-set. If that succeeds, the store has
//! lost nothing since this node is registered; and if that is longer than one lease ago, the
//! lease of whoever was registered in an earlier store is over, too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::lease::{Lease, NodeEntry};
use crate::settings::Times;
use crate::time::BootTime;
use crate::token::Epoch;

/// One run of a node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// The name of the node, the same after a restart.
    pub name: Arc<str>,
    /// The run.
    pub epoch: Epoch,
}

/// Whether the lease of a run is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It is registered.
    Alive,
    /// Its lease is over.
    Dead,
    /// Not known before that time; to be confirmed again then.
    Until(BootTime),
}

/// What this node knows of the others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Nodes {
    times: Times,
    seen: BTreeMap<Arc<str>, Seen>,
    ended: BTreeSet<Node>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Seen {
    epoch: Epoch,
    revision: u64,
    last: BootTime,
    /// When the last refresh of the runs before was seen or could have been sent.
    before: BootTime,
}

impl Nodes {
    /// No nodes known.
    pub const fn new(times: Times) -> Self {
        Self { times, seen: BTreeMap::new(), ended: BTreeSet::new() }
    }

    /// Takes an entry that was received at `now`, from a watch or a read. Older ones than the
    /// one known are ignored.
    pub fn saw(&mut self, name: &Arc<str>, entry: &NodeEntry, now: BootTime) {
        let epoch = entry.epoch();
        // Without a predecessor in the store, what was before has expired.
        let start = BootTime::default();
        let before = if entry.over.is_some() { now } else { start };
        let fresh = Seen { epoch, revision: entry.revision, last: now, before };
        let seen = self.seen.entry(Arc::clone(name)).or_insert(fresh);
        if (seen.epoch.generation, seen.revision) >= (entry.generation, entry.revision) {
            return;
        }
        let before = if seen.epoch == epoch || entry.over.is_none() {
            seen.before
        } else if seen.epoch.generation == entry.generation && entry.over == Some(seen.revision) {
            // It was the last one: the run was replaced at the revision that was seen.
            seen.last.max(seen.before)
        } else {
            now
        };
        *seen = Seen { before, ..fresh };
    }

    /// An own run of before is over: it was fenced in this process, and its edges are closed.
    /// Its names need no waiting.
    pub fn ended(&mut self, node: Node) {
        self.ended.insert(node);
    }

    /// Returns whether a run was seen refreshed within the expiry.
    pub fn is_live(&self, node: &Node, now: BootTime) -> bool {
        self.seen.get(&node.name).is_some_and(|seen| {
            seen.epoch == node.epoch && now < seen.last.after(self.times.settings().expiry)
        })
    }

    /// Returns the runs that were seen, and whether each is live.
    pub fn iter(&self, now: BootTime) -> impl Iterator<Item = (Node, bool)> {
        self.seen.iter().map(move |(name, seen)| {
            let node = Node { name: Arc::clone(name), epoch: seen.epoch };
            let live = self.is_live(&node, now);
            (node, live)
        })
    }

    /// Returns the runs that are live, but have missed a refresh: the watch may be late.
    pub fn silent(&self, now: BootTime) -> impl Iterator<Item = Node> {
        let settings = self.times.settings();
        let after = settings.refresh.saturating_mul(2).saturating_add(settings.retry);
        let is_silent = move |seen: &Seen| seen.last.after(after) <= now;
        let silent = self.seen.iter().filter(move |(_, seen)| is_silent(seen));
        let node =
            |(name, seen): (&Arc<str>, &Seen)| Node { name: Arc::clone(name), epoch: seen.epoch };
        silent.map(node).filter(move |node| self.is_live(node, now))
    }

    /// Returns when the next run that is live now stops being so, if it is not refreshed.
    pub fn look_at(&self, now: BootTime) -> Option<BootTime> {
        let expiry = self.times.settings().expiry;
        self.seen.values().map(|seen| seen.last.after(expiry)).filter(|&at| now < at).min()
    }

    /// Decides about a run, given what was read at the leader, and that the own entry was
    /// refreshed after that.
    pub fn verdict(
        &mut self,
        node: &Node,
        entry: Option<&NodeEntry>,
        lease: &Lease,
        now: BootTime,
    ) -> Verdict {
        if let Some(entry) = entry {
            self.saw(&node.name, entry, now);
            if entry.epoch() == node.epoch {
                return Verdict::Alive;
            }
        }
        if self.ended.contains(node) {
            return Verdict::Dead;
        }
        let replaced = self.seen.get(&node.name).filter(|seen| seen.epoch != node.epoch);
        // Not registered: nothing can be claimed anyway.
        let Some(since) = lease.since() else {
            return Verdict::Until(now.after(self.times.settings().retry));
        };
        let until = replaced.map_or(since, |seen| seen.before.max(since));
        // With an entry, another run is there, so this one was replaced before it expired.
        let until = until.after(self.times.lease_of_others());
        if now < until { Verdict::Until(until) } else { Verdict::Dead }
    }
}

#[cfg(test)]
mod tests;
