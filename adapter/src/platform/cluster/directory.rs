//! The trait of a directory, and what it reports.

use alwayson_codec::connection::registry::BindPolicy;
use tokio::sync::{mpsc, oneshot};

use super::{Claim, NodeId, Owner, Token};
use crate::message::BoxFuture;

/// Who holds which Thing, over all nodes of a cluster.
///
/// A node claims a Thing before it binds it. A claim returns a [`Token`], which is greater than
/// that of every owner before. At no time do two nodes hold a Thing: a node that can no longer
/// refresh its lease is [fenced](Change::Fenced) before others may take over what it held.
///
/// Within a node, the platform decides: a directory does not tell the connections of one node
/// apart, and grants a node what it already holds, with the token that it has or a greater one.
///
/// [`laws`](super::laws), with the feature `laws`, are functions that every implementation has to
/// pass.
pub trait Directory: Send + Sync + 'static {
    /// Returns whether this node has no cluster. Its platform then claims nothing. By default, it
    /// has one.
    fn is_alone(&self) -> bool {
        false
    }

    /// Claims Things for this node: all of them, or none. Returns their tokens in the same order.
    ///
    /// A Thing of this node, of a node that has left, and of a node whose lease has ended is
    /// granted. A Thing of another node is granted with [`BindPolicy::LastInWins`] only. That node
    /// gets a [`Change::Lost`] first, and has applied it before this returns, unless it does not
    /// answer.
    ///
    /// # Errors
    /// Nothing is held then that was not held before.
    ///
    /// - [`Held`](ClaimError::Held) for the first Thing, in the order of names, that another node
    ///   holds, if the policy is [`BindPolicy::FirstInWins`],
    /// - [`Unavailable`](ClaimError::Unavailable) if the directory cannot be asked, or this node is
    ///   fenced. Some of the Things may still be taken; they are released as soon as possible.
    ///
    /// # Cancel safety
    /// Not cancel safe: if the future is dropped, some Things may stay claimed. A platform awaits
    /// it in a task of its own.
    fn claim<'a>(
        &'a self,
        claims: &'a [Claim],
        policy: BindPolicy,
    ) -> BoxFuture<'a, Result<Vec<Token>, ClaimError>>;

    /// Releases a Thing, if this node still holds it with this token. Returns at once: the
    /// directory tries until it is released, was taken over, or the lease of this node has ended.
    fn release(&self, thing: &str, token: Token);

    /// Returns whether this node may serve what it holds: its clock says that its lease has not
    /// ended. It is asked before each request to an edge, as the process may have been stopped.
    /// By default, it may.
    fn serves(&self) -> bool {
        true
    }

    /// Returns who holds a Thing, as far as this node knows, without waiting. The owner may be an
    /// earlier one. A Thing whose node has left, or whose lease has ended, has no holder.
    fn holder(&self, thing: &str) -> Option<Owner>;

    /// Returns all Things that are held, as far as this node knows, in any order.
    fn holders(&self) -> Vec<(String, Owner)>;

    /// Returns who holds a Thing, as the store of the directory knows it.
    ///
    /// # Errors
    /// [`Unavailable`](ClaimError::Unavailable) if the directory cannot be asked.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect.
    fn look_up<'a>(&'a self, thing: &'a str) -> BoxFuture<'a, Result<Option<Owner>, ClaimError>>;

    /// Returns the changes since this node joined, the first of which is [`Change::Joined`].
    /// Only the first call does: there is one receiver.
    fn changes(&self) -> Option<mpsc::UnboundedReceiver<Change>>;

    /// Completes what was [released](Self::release), and leaves the cluster. What this node still
    /// holds is free when its lease would have ended, at the latest.
    ///
    /// # Cancel safety
    /// If the future is dropped, the lease of this node ends after its time.
    fn leave(&self) -> BoxFuture<'_, ()>;
}

/// Why Things cannot be claimed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// Another node holds a Thing.
    #[error("{thing} is held by {}", holder.node)]
    Held {
        /// The Thing.
        thing: String,
        /// Its owner.
        holder: Owner,
    },
    /// The directory cannot be asked now. Try again.
    #[error("the directory of the cluster is not available: {0}")]
    Unavailable(String),
}

/// What a directory reports to the platform of its node.
///
/// The changes about one Thing come in the order of their tokens.
#[derive(Debug)]
#[non_exhaustive]
pub enum Change {
    /// The node has joined, at the start or after it was fenced. All that was known before is
    /// replaced by this.
    Joined {
        /// The node, with a new epoch.
        node: NodeId,
        /// All Things that are held.
        holders: Vec<(String, Owner)>,
        /// The last token that these take into account.
        position: Token,
    },
    /// The node has a new epoch, and has lost nothing: what its connections hold is claimed again
    /// by the directory.
    Renewed {
        /// The node.
        node: NodeId,
    },
    /// A Thing is held, by this node or another one.
    Held {
        /// The Thing.
        thing: String,
        /// Its owner.
        owner: Owner,
    },
    /// A Thing is not held any more.
    Freed {
        /// The Thing.
        thing: String,
        /// The token of this change; or that of the last owner, if its node has left or its lease
        /// has ended.
        token: Token,
    },
    /// Another node takes a Thing of this node.
    Lost {
        /// The Thing.
        thing: String,
        /// The token with which this node holds it.
        token: Token,
        /// The node that takes it. It is reported as the owner after this.
        to: NodeId,
        /// Dropped once the Thing is unbound here and nothing more is sent to its edge. The other
        /// node waits for that before it holds the Thing.
        done: oneshot::Sender<()>,
    },
    /// The lease of this node has ended, or is about to. It holds nothing any more: its
    /// connections end, and it tells the host nothing until it joins again.
    Fenced,
}
