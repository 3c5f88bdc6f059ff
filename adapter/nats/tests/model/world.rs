//! The store: two buckets with a counter of revisions each, compare-and-set, and expiry.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use alwayson_nats::claim::Owner;
use alwayson_nats::lease::NodeEntry;
use alwayson_nats::nodes::Node;
use alwayson_nats::store::StoreEntry;
use alwayson_nats::token::{Generation, Token};

/// Which buckets lose their data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Loss {
    Both,
    Nodes,
    Owners,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) generation: Option<StoreEntry>,
    settled: BTreeSet<Generation>,
    nodes: BTreeMap<(Generation, Arc<str>), (NodeEntry, u64)>,
    owners: BTreeMap<Generation, Owner>,
    node_revision: u64,
    owner_revision: u64,
    /// How often data were lost; stands for the wall clock.
    pub(crate) losses: u64,
}

impl World {
    /// An empty store.
    pub(crate) fn new() -> Self {
        Self { losses: 1, ..Self::default() }
    }

    pub(crate) fn lose(&mut self, loss: Loss) {
        self.losses += 1;
        if loss != Loss::Owners {
            self.nodes.clear();
            self.node_revision = 0;
        }
        if loss != Loss::Nodes {
            self.owners.clear();
            self.generation = None;
            self.settled.clear();
            self.owner_revision = 0;
        }
    }

    /// The server removes what was not refreshed for `expiry` milliseconds of its clock.
    pub(crate) fn expire(&mut self, now: u64, expiry: u64) {
        self.nodes.retain(|_, (_, written)| now - *written < expiry);
    }

    pub(crate) fn node(&self, generation: Generation, name: &Arc<str>) -> Option<NodeEntry> {
        self.nodes.get(&(generation, Arc::clone(name))).map(|(entry, _)| *entry)
    }

    /// Writes the entry of a node if its revision is the expected one.
    pub(crate) fn write_node(
        &mut self,
        name: &Arc<str>,
        entry: NodeEntry,
        expected: Option<u64>,
        now: u64,
    ) -> Option<u64> {
        let found = self.node(entry.generation, name).map(|entry| entry.revision);
        if found != expected {
            return None;
        }
        self.node_revision += 1;
        let revision = self.node_revision;
        let key = (entry.generation, Arc::clone(name));
        self.nodes.insert(key, (NodeEntry { revision, ..entry }, now));
        Some(revision)
    }

    /// Writes the generation if its revision is the expected one; returns whether it was.
    pub(crate) fn write_generation(
        &mut self,
        generation: Generation,
        expected: Option<u64>,
    ) -> bool {
        let is_written = self.generation.map(|entry| entry.revision) == expected;
        if is_written {
            self.owner_revision += 1;
            let revision = self.owner_revision;
            self.generation = Some(StoreEntry { generation, revision });
        }
        is_written
    }

    /// Creates the key that says that a generation is settled.
    pub(crate) fn settle(&mut self, generation: Generation) {
        if self.settled.insert(generation) {
            self.owner_revision += 1;
        }
    }

    pub(crate) fn is_settled(&self, generation: Generation) -> bool {
        self.settled.contains(&generation)
    }

    pub(crate) fn owner(&self, key: Generation) -> Option<&Owner> {
        self.owners.get(&key)
    }

    /// Writes who owns the Thing if the revision is the expected one.
    pub(crate) fn write_owner(
        &mut self,
        key: Generation,
        node: &Node,
        claim: u64,
        expected: Option<u64>,
    ) -> Option<Token> {
        if self.owner(key).map(|owner| owner.token.revision) != expected {
            return None;
        }
        self.owner_revision += 1;
        let token = Token { generation: node.epoch.generation, revision: self.owner_revision };
        self.owners.insert(key, Owner { node: node.clone(), claim, token });
        Some(token)
    }

    /// Deletes the entry of the Thing if its revision is the expected one, or whatever it is.
    pub(crate) fn delete_owner(&mut self, key: Generation, expected: Option<u64>) {
        let found = self.owner(key).map(|owner| owner.token.revision);
        if found.is_some() && (expected.is_none() || found == expected) {
            self.owner_revision += 1;
            self.owners.remove(&key);
        }
    }
}
