//! A platform over several machines: which node holds which Thing, and calls between nodes.
//!
//! Each edge has one connection to one node; any node calls any Thing. A platform asks two traits:
//! a [`Directory`] who holds which Thing over all nodes, and [`Peers`] to call the Things of other
//! nodes. [`Alone`], the default, is a platform on one machine: it needs no server and takes no
//! memory. [`Builder::cluster`](super::Builder::cluster) sets another one.
//!
//! The order of a BIND: the host looks the names up, the node claims their Things in the directory,
//! and then the names are bound on the node. What is not bound in the end is released, and so is
//! what is unbound later.

// | file | contents |
// | --- | --- |
// | `mod.rs` | the types that directory and peers share |
// | `directory.rs` | the trait of a directory, and what it reports |
// | `peers.rs` | the trait of calls and events between nodes |
// | `alone.rs` | a platform on one machine |
// | `view.rs` | what a node knows: its tokens and claims, and what it told the host |
// | `claimed.rs` | the claims of a BIND, which are released unless the names are bound |
// | `follow.rs` | applies what the directory reports |
// | `calling.rs` | who holds which Thing; calls to other nodes, and from them |
// | `laws.rs`, `laws_of_several.rs` | what every directory has to do |

mod alone;
mod calling;
mod claimed;
mod directory;
mod follow;
#[cfg(feature = "laws")]
pub mod laws;
#[cfg(feature = "laws")]
mod laws_of_several;
mod peers;
mod view;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use alwayson_codec::connection::registry::ConnectionId;

pub use alone::Alone;
pub(super) use claimed::{Claimed, claim};
pub use directory::{Change, ClaimError, Directory};
pub(super) use follow::{fenced, follow};
pub use peers::{Incoming, PeerError, Peers};
pub(super) use view::View;

/// The directory and the peers of a node.
#[derive(Clone)]
pub(super) struct Cluster {
    pub(super) directory: Arc<dyn Directory>,
    pub(super) peers: Arc<dyn Peers>,
}

/// A number that grows with each change of who holds a Thing. Of two owners, the one with the
/// greater token is the present one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token {
    /// Grows whenever the store of the directory was lost, and its revisions began anew.
    pub generation: u64,
    /// Grows with each change within a generation.
    pub revision: u64,
}

impl Token {
    /// Creates a token.
    pub const fn new(generation: u64, revision: u64) -> Self {
        Self { generation, revision }
    }
}

/// A node, from the time it joined until it left or was fenced.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// Its name, which is unique within the cluster.
    pub name: Arc<str>,
    /// The token with which it joined, which is greater each time a node of this name does.
    pub epoch: Token,
}

impl NodeId {
    /// Creates the identity of a node.
    pub fn new(name: impl Into<Arc<str>>, epoch: Token) -> Self {
        Self { name: name.into(), epoch }
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Who holds a Thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The node.
    pub node: NodeId,
    /// The connection on that node.
    pub connection: ConnectionId,
    /// The time of the BIND.
    pub since: SystemTime,
    /// The token of the claim.
    pub token: Token,
}

/// The claim of a Thing by a connection of this node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The Thing.
    pub thing: String,
    /// The name in the BIND: that of the Thing, or `*` and its identifier.
    pub wire_name: String,
    /// The gateway in the BIND, if it has one and the Thing is not that gateway.
    pub gateway: Option<String>,
    /// The connection.
    pub connection: ConnectionId,
    /// The time of the BIND.
    pub since: SystemTime,
}

/// Who holds a Thing, as a [`Handle`](super::Handle) returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Holder {
    /// The node; `None` for a platform on one machine.
    pub node: Option<NodeId>,
    /// The connection on that node.
    pub connection: ConnectionId,
    /// The time of the BIND.
    pub since: SystemTime,
}

impl Holder {
    pub(super) const fn here(connection: ConnectionId, since: SystemTime) -> Self {
        Self { node: None, connection, since }
    }
}

impl From<Owner> for Holder {
    fn from(owner: Owner) -> Self {
        let Owner { node, connection, since, .. } = owner;
        Self { node: Some(node), connection, since }
    }
}
