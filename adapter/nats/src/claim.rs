//! How a name is taken, one step at a time.
//!
//! | the name is | first in wins | last in wins |
//! | --- | --- | --- |
//! | free | create | create |
//! | held by a live node | refused | the holder is asked to untie it, **then** the store is updated |
//! | held by a node that does not answer | refused while its lease lasts | waits until its lease is over |
//! | held by a run whose lease is over | update | update |
//!
//! **The holder is asked before the store is updated.** In the other order there are two owners
//! that serve, from the update until the holder has heard of it, and the new one has the greater
//! token while the old one still answers.
//!
//! **"No responders" does not mean that the holder is dead**: it may be cut off from NATS and
//! serve the callers on its own machine until its deadline. Nothing is taken before its lease is
//! over ([`crate::nodes`]).
//!
//! **A holder can be asked before it knows that it is the holder**: the store has applied its
//! claim, and the answer is on the way. What it does then is in [`crate::held`].
//!
//! Every write is a compare-and-set with the revision that was seen, the release of a name
//! included, so that one that arrives late changes nothing. A write without an answer may have
//! been applied, or be applied later; so the entry contains the number of the claim, and the
//! claim reads it.

use crate::lease::{Lease, NodeEntry};
use crate::nodes::{Node, Nodes, Verdict};
use crate::store::Store;
use crate::time::BootTime;
use crate::token::{Epoch, Token};

/// The attempts to write after which a claim gives up, as others write the same name all the
/// time. Each lost attempt is a claim of another that succeeded.
pub const MAX_ROUNDS: u32 = 16;

/// What the key of a name says, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Owner {
    /// The run that holds it.
    pub node: Node,
    /// The number of the claim, unique within the run.
    pub claim: u64,
    /// The generation of the store, and the revision of the entry.
    pub token: Token,
}

/// Who wins if a name is bound already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Policy {
    /// The holder: the new claim is refused.
    FirstWins,
    /// The new claim: the holder loses the name.
    LastWins,
    /// As `FirstWins`, for a name that this node serves, claimed under an epoch of its own that
    /// is not the current one, as the store has lost its data. Allowed while the lease of that
    /// epoch lasts, also while new claims have to wait ([`crate::store`]). If it is refused, the
    /// name has moved: untie it.
    Again(Epoch),
}

/// What a node knows when it decides.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// The time.
    pub now: BootTime,
    /// Its lease.
    pub lease: &'a Lease,
    /// The other nodes.
    pub nodes: &'a Nodes,
    /// The store.
    pub store: &'a Store,
}

/// What to do for a claim.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ClaimAction {
    /// Read the entry at the leader, or in the cache of a watch if nothing was written yet.
    Read,
    /// Write the entry if there is none.
    Create,
    /// Replace the entry by compare-and-set.
    Update {
        /// The expected revision.
        revision: u64,
    },
    /// Ask the holder to untie the name, with its token ([`crate::held::Held::asked`]). It may be
    /// this node itself.
    Ask(Owner),
    /// Read the entry of the node at the leader, **then** refresh the own entry
    /// ([`Lease::hurry`]), then report what was read. If the refresh does not succeed, report
    /// [`ClaimEvent::NoAnswer`].
    ConfirmDead(Node),
    /// Nothing until then. The caller may give up instead: "try again later".
    Wait(BootTime),
    /// The name is taken. See [`crate::held::Held::taken`] for what may have happened meanwhile.
    Taken(Token),
    /// Another holds it: CONFLICT.
    Refused(Owner),
    /// Not now: this node has no lease, the store has no generation, or others were faster
    /// [`MAX_ROUNDS`] times. SERVICE_UNAVAILABLE, and the edge tries again.
    Unavailable,
}

/// What came of an action.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ClaimEvent {
    /// The entry.
    Entry(Option<Owner>),
    /// Written, with this revision.
    Applied(u64),
    /// Not written: there is another revision.
    Refused,
    /// The holder does not serve the name with that token and never will.
    Released,
    /// The holder has a later token.
    Newer,
    /// The entry of the node, for [`ClaimAction::ConfirmDead`].
    Confirmed(Verdict),
    /// No answer in time, or no responders.
    NoAnswer,
}

/// The claim of one name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Claim {
    me: Node,
    number: u64,
    policy: Policy,
    step: Step,
    rounds: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Step {
    Read,
    Create,
    Update(u64),
    Ask(Owner),
    Confirm(Owner),
    Wait(BootTime),
    Taken(Token),
    Refused(Owner),
    Unavailable,
}

impl Claim {
    /// A claim by a run of a node. `number` must be unique within the run.
    pub const fn new(me: Node, number: u64, policy: Policy) -> Self {
        Self { me, number, policy, step: Step::Read, rounds: 0 }
    }

    /// Returns the number.
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Returns the token, if the name is taken.
    pub fn token(&self) -> Option<Token> {
        if let Step::Taken(token) = self.step { Some(token) } else { None }
    }

    /// Returns what to do. The same until [`on`](Claim::on) is told what came of it.
    pub fn next(&mut self, ground: &Ground<'_>) -> ClaimAction {
        if let Step::Wait(until) = self.step {
            if ground.now >= until {
                self.step = Step::Read;
            }
        }
        match &self.step {
            Step::Refused(owner) => return ClaimAction::Refused(owner.clone()),
            Step::Unavailable => return ClaimAction::Unavailable,
            // It is the caller's to look whether its lease still lasts.
            Step::Taken(token) => return ClaimAction::Taken(*token),
            _ => {}
        }
        if let Some(action) = self.not_now(ground) {
            return action;
        }
        match &self.step {
            Step::Create => ClaimAction::Create,
            Step::Update(revision) => ClaimAction::Update { revision: *revision },
            Step::Ask(owner) => ClaimAction::Ask(owner.clone()),
            Step::Confirm(owner) => ClaimAction::ConfirmDead(owner.node.clone()),
            Step::Wait(until) => ClaimAction::Wait(*until),
            _ => ClaimAction::Read,
        }
    }

    /// Takes what came of the last action.
    pub fn on(&mut self, event: ClaimEvent, ground: &Ground<'_>) {
        let retry = ground.now.after(ground.lease.times().settings().retry);
        self.step = match (&self.step, event) {
            (Step::Read, ClaimEvent::Entry(entry)) => self.decide(entry, ground),
            (Step::Create | Step::Update(_), ClaimEvent::Applied(revision)) => {
                Step::Taken(Token { generation: self.me.epoch.generation, revision })
            }
            (Step::Create | Step::Update(_), ClaimEvent::Refused) => {
                self.rounds += 1;
                if self.rounds < MAX_ROUNDS { Step::Read } else { Step::Unavailable }
            }
            (Step::Ask(owner), ClaimEvent::Released) => Step::Update(owner.token.revision),
            (Step::Ask(owner), ClaimEvent::NoAnswer) => Step::Confirm(owner.clone()),
            (Step::Confirm(owner), ClaimEvent::Confirmed(verdict)) => match verdict {
                Verdict::Dead => Step::Update(owner.token.revision),
                Verdict::Until(until) => Step::Wait(until),
                // It may answer the next time, or its lease ends.
                Verdict::Alive if self.policy == Policy::LastWins => Step::Wait(retry),
                Verdict::Alive => Step::Refused(owner.clone()),
            },
            (Step::Confirm(_), ClaimEvent::NoAnswer) => Step::Wait(retry),
            (Step::Ask(_), ClaimEvent::Newer)
            | (Step::Create | Step::Update(_), ClaimEvent::NoAnswer) => Step::Read,
            (step, _) => step.clone(),
        };
    }

    fn decide(&self, entry: Option<Owner>, ground: &Ground<'_>) -> Step {
        let Some(owner) = entry else { return Step::Create };
        let mine = owner.node == self.me;
        if mine && owner.claim == self.number {
            // Its own answer was lost.
            return Step::Taken(owner.token);
        }
        let live = ground.nodes.is_live(&owner.node, ground.now);
        match self.policy {
            Policy::Again(epoch)
                if owner.node.name == self.me.name && owner.node.epoch == epoch =>
            {
                Step::Update(owner.token.revision)
            }
            Policy::LastWins if mine || live => Step::Ask(owner),
            Policy::FirstWins | Policy::Again(_) if mine || live => Step::Refused(owner),
            _ => Step::Confirm(owner),
        }
    }

    fn not_now(&self, ground: &Ground<'_>) -> Option<ClaimAction> {
        let now = ground.now;
        // Of a run that is over, or of the store of before.
        let registered = ground.lease.epoch(now) == Some(self.me.epoch);
        if !registered || ground.store.generation() != Some(self.me.epoch.generation) {
            return Some(ClaimAction::Unavailable);
        }
        if let Policy::Again(epoch) = self.policy {
            return (!ground.lease.serves(epoch, now)).then_some(ClaimAction::Unavailable);
        }
        match ground.store.new_claims(now) {
            Ok(()) => None,
            Err(Some(until)) => Some(ClaimAction::Wait(until)),
            Err(None) => Some(ClaimAction::Unavailable),
        }
    }
}

impl ClaimEvent {
    /// The event for [`ClaimAction::ConfirmDead`]: what was read at the leader, after which the
    /// own entry was refreshed.
    pub fn confirmed(
        nodes: &mut Nodes,
        node: &Node,
        entry: Option<&NodeEntry>,
        lease: &Lease,
        now: BootTime,
    ) -> Self {
        Self::Confirmed(nodes.verdict(node, entry, lease, now))
    }
}

#[cfg(test)]
mod tests;
