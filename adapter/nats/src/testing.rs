//! A node that is registered in a settled store, for the tests of this crate.

use std::sync::Arc;
use std::time::Duration;

use crate::claim::Ground;
use crate::lease::{Lease, LeaseAction, LeaseAnswer, NodeEntry};
use crate::nodes::{Node, Nodes};
use crate::settings::{LeaseSettings, Times};
use crate::store::{Store, StoreEntry};
use crate::time::BootTime;
use crate::token::{Epoch, Generation};

pub(crate) const GENERATION: Generation = Generation(1);

pub(crate) fn at(ms: u64) -> BootTime {
    BootTime::since_boot(Duration::from_millis(ms))
}

pub(crate) fn times() -> Times {
    LeaseSettings::default().check().unwrap()
}

pub(crate) fn epoch(revision: u64) -> Epoch {
    Epoch { generation: GENERATION, revision }
}

pub(crate) fn node(name: &str, revision: u64) -> Node {
    Node { name: name.into(), epoch: epoch(revision) }
}

/// The entry of a node, with the revisions of its registration and of itself.
pub(crate) fn entry(registered: u64, revision: u64) -> NodeEntry {
    NodeEntry {
        incarnation: registered,
        generation: GENERATION,
        registered: (registered != revision).then_some(registered),
        over: None,
        revision,
    }
}

pub(crate) struct Registered {
    pub(crate) me: Node,
    pub(crate) lease: Lease,
    pub(crate) nodes: Nodes,
    pub(crate) store: Store,
}

impl Registered {
    /// Registered at 0 ms with this revision.
    pub(crate) fn new(name: &str, revision: u64) -> Self {
        let mut lease = Lease::new(times(), revision);
        lease.store_found(GENERATION, at(0));
        let LeaseAction::Register { attempt, .. } = lease.next(at(0)) else { panic!() };
        lease.answer(attempt, LeaseAnswer::Applied(revision), at(0));
        let mut store = Store::new(times());
        store.found(Some(StoreEntry { generation: GENERATION, revision: 1 }), at(0));
        store.settled(GENERATION);
        Self { me: node(name, revision), lease, nodes: Nodes::new(times()), store }
    }

    pub(crate) fn ground(&self, ms: u64) -> Ground<'_> {
        Ground { now: at(ms), lease: &self.lease, nodes: &self.nodes, store: &self.store }
    }

    pub(crate) fn sees(&mut self, name: &str, entry: &NodeEntry, ms: u64) {
        self.nodes.saw(&Arc::from(name), entry, at(ms));
    }
}
