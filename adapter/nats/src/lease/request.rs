//! What a lease asks of the store, and what the store answers.

use crate::time::BootTime;
use crate::token::{Epoch, Generation};

/// What the key of a node contains. The key itself is made of generation and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NodeEntry {
    /// A random number of this run of the node, by which it recognises its own entry when the
    /// answer to its registration was lost.
    pub incarnation: u64,
    /// The generation of the store.
    pub generation: Generation,
    /// The revision of the registration; `None` in the registration itself.
    pub registered: Option<u64>,
    /// The revision of the entry of another run that the registration replaced.
    pub over: Option<u64>,
    /// The revision of this entry.
    pub revision: u64,
}

impl NodeEntry {
    /// Returns the epoch of the run that wrote it.
    pub fn epoch(&self) -> Epoch {
        Epoch { generation: self.generation, revision: self.registered.unwrap_or(self.revision) }
    }
}

/// A request of the lease, and when it was sent. To be handed back with the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Attempt {
    /// When it was sent: the `now` of [`Lease::next`](super::Lease::next). The request must not leave earlier.
    pub sent: BootTime,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Register { generation: Generation, over: Option<u64> },
    Refresh { epoch: Epoch, revision: u64 },
    Read { generation: Generation },
}

/// What to do about the own registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LeaseAction {
    /// Find the generation of the store ([`crate::store`]) and report it with
    /// [`Lease::store_found`](super::Lease::store_found). Until then this is repeated every `retry`.
    FindStore,
    /// Write an entry with `registered: None`: create the key, or replace the entry with the
    /// revision `over` by compare-and-set.
    Register {
        /// To be handed back.
        attempt: Attempt,
        /// The generation, part of the key.
        generation: Generation,
        /// The expected revision; `None` if there must be no entry.
        over: Option<u64>,
    },
    /// Read the generation of the store at the leader; if it is `epoch.generation`, write the
    /// entry by compare-and-set.
    Refresh {
        /// To be handed back.
        attempt: Attempt,
        /// The epoch to write.
        epoch: Epoch,
        /// What the registration replaced, to write.
        over: Option<u64>,
        /// The expected revision.
        revision: u64,
    },
    /// Read the own entry at the leader.
    Read {
        /// To be handed back.
        attempt: Attempt,
        /// The generation, part of the key.
        generation: Generation,
    },
    /// Nothing until then.
    Wait(BootTime),
    /// Close all connections of edges and serve nothing more. The lease stays so; a new one
    /// needs a new incarnation. [`crate::nodes::Nodes::ended`] tells that this run is over.
    Fenced(Fence),
}

/// Why a node must not serve any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fence {
    /// No refresh was acknowledged in time. The node may register again.
    Deadline,
    /// Another run has registered under the same name.
    Replaced,
}

/// The answer to a request of the lease. If there is none, nothing is reported; the request is
/// then repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LeaseAnswer {
    /// Written, with this revision.
    Applied(u64),
    /// Not written, as the revision was another.
    Refused,
    /// What was read.
    Entry(Option<NodeEntry>),
    /// The store has another generation, or none.
    OtherGeneration,
}

impl Attempt {
    pub(super) const fn generation(&self) -> Generation {
        match self.kind {
            Kind::Register { generation, .. } | Kind::Read { generation } => generation,
            Kind::Refresh { epoch, .. } => epoch.generation,
        }
    }
}
