//! How the names of a BIND are taken: all or none.
//!
//! The names are sorted. The first is taken alone, then [`AT_A_TIME`] of the others at the same
//! time. Of two BINDs with the same names, the one that takes the first of them also takes the
//! others. Two BINDs that share only some names may refuse each other, and their edges try again:
//! one after the other, the names would take as many round trips to the store as there are names,
//! which is more than an edge waits for. At the first name that cannot be taken, those taken before
//! are released, by compare-and-set with their tokens.
//!
//! **Nothing is served before the generation of the store was read again.** A store that has just
//! lost its data accepts each claim, as it has no entries: neither that of the present holder nor
//! that of the generation. If the generation is the same after the last claim was written, the
//! store had its data when it accepted the claims. One read for each BIND.

use std::sync::Arc;

use crate::claim::{Claim, ClaimAction, ClaimEvent, Ground, Owner, Policy};
use crate::held::{Held, Taken};
use crate::nodes::Node;
use crate::time::BootTime;
use crate::token::{Generation, Token};

/// How many names are claimed at a time: more are not claimed faster. A BIND of a thousand names
/// takes some fifty round trips to the store, and within a lease ten thousand can be claimed again.
pub const AT_A_TIME: usize = 64;

/// Why a BIND is refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// Another holds the name: CONFLICT.
    Holder(Owner),
    /// Another asked for the name while this claim was under way: CONFLICT.
    GivenAway,
    /// Another BIND of this node claims the name just now: CONFLICT.
    Busy,
    /// SERVICE_UNAVAILABLE; the edge tries again.
    Unavailable,
}

/// A step of the claim of one name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// The name.
    pub thing: Arc<str>,
    /// The number of the claim, to be written into the entry.
    pub claim: u64,
    /// What to do: never `Wait`, `Taken`, `Refused` or `Unavailable`.
    pub action: ClaimAction,
}

/// What to do for a BIND.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum BindAction {
    /// Do these at the same time, at most [`AT_A_TIME`], and report what came of each with
    /// [`Bind::on`]. The next action includes again those that are not reported.
    Steps(Vec<Step>),
    /// Nothing until then. The caller may give up instead.
    Wait(BootTime),
    /// All names are written: read the generation of the store at the leader, and report it with
    /// [`Bind::confirmed`]. The request must be sent after the answers to the claims. If there is
    /// no answer, the action is repeated.
    Confirm,
    /// Delete the entries of these names, each with its token, by compare-and-set. Not reported: if
    /// it fails, the watch finds the entry ([`Held::changed`]).
    Release(Vec<(Arc<str>, Token)>),
    /// All names are taken.
    Done(Vec<(Arc<str>, Token)>),
    /// None is taken.
    Refused {
        /// The first name that could not be taken.
        thing: Arc<str>,
        /// Why.
        refusal: Refusal,
    },
}

/// The claims of a BIND.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Bind {
    me: Node,
    policy: Policy,
    /// The names of which no claim has begun, the next one last, with the numbers of their claims.
    names: Vec<(Arc<str>, u64)>,
    /// The claims that have begun, sorted by name.
    claims: Vec<(Arc<str>, Claim)>,
    /// The names that are written, with the numbers of their claims.
    taken: Vec<(Arc<str>, u64, Token)>,
    confirmed: bool,
    refused: Option<(Arc<str>, Refusal)>,
}

impl Bind {
    /// Begins to take names. `first` is the number of the first claim; the claims have the numbers
    /// from there on, one for each name. A name that is given twice is taken once.
    pub fn new(
        me: Node,
        policy: Policy,
        names: impl IntoIterator<Item = Arc<str>>,
        first: u64,
    ) -> Self {
        let mut names: Vec<_> = names.into_iter().collect();
        names.sort();
        names.dedup();
        let mut names: Vec<_> = names.into_iter().zip(first..).collect();
        names.reverse();
        Self {
            me,
            policy,
            names,
            claims: Vec::new(),
            taken: Vec::new(),
            confirmed: false,
            refused: None,
        }
    }

    /// Returns what to do.
    pub fn next(&mut self, held: &mut Held, ground: &Ground<'_>) -> BindAction {
        loop {
            if let Some(action) = self.undo(held) {
                return action;
            }
            self.begin(held);
            let (steps, wait) = self.steps(ground);
            if self.refused.is_some() || self.may_begin() {
                continue;
            }
            if !steps.is_empty() {
                return BindAction::Steps(steps);
            }
            if let Some(until) = wait {
                return BindAction::Wait(until);
            }
            if !self.confirmed {
                return BindAction::Confirm;
            }
            if let Some(done) = self.serve(held) {
                return done;
            }
        }
    }

    fn may_begin(&self) -> bool {
        let limit = if self.taken.is_empty() { 1 } else { AT_A_TIME };
        self.claims.len() < limit && !self.names.is_empty()
    }

    /// Begins as many claims as there may be at a time.
    fn begin(&mut self, held: &mut Held) {
        while self.may_begin() {
            let Some((thing, number)) = self.names.pop() else { return };
            if !held.begin(&thing, number, self.me.epoch) {
                return self.refuse(thing, Refusal::Busy);
            }
            let claim = Claim::new(self.me.clone(), number, self.policy);
            self.claims.push((thing, claim));
        }
    }

    /// Returns what the claims want to do, and if some wait, until when the first does. Those that
    /// have ended are in `taken` and `refused` then.
    fn steps(&mut self, ground: &Ground<'_>) -> (Vec<Step>, Option<BootTime>) {
        let mut steps = Vec::new();
        let mut wait: Option<BootTime> = None;
        for (thing, mut claim) in std::mem::take(&mut self.claims) {
            let number = claim.number();
            match claim.next(ground) {
                ClaimAction::Taken(token) => {
                    self.taken.push((thing, number, token));
                    continue;
                }
                ClaimAction::Refused(owner) => {
                    self.refuse(Arc::clone(&thing), Refusal::Holder(owner));
                }
                ClaimAction::Unavailable => {
                    self.refuse(Arc::clone(&thing), Refusal::Unavailable);
                }
                ClaimAction::Wait(until) => {
                    wait = Some(wait.map_or(until, |first| first.min(until)));
                }
                action => {
                    steps.push(Step { thing: Arc::clone(&thing), claim: number, action });
                }
            }
            self.claims.push((thing, claim));
        }
        (steps, wait)
    }

    /// All names are taken, but others may have asked for some of them meanwhile.
    fn serve(&mut self, held: &mut Held) -> Option<BindAction> {
        let mut tokens = Vec::new();
        for (thing, number, token) in self.taken.drain(..) {
            let served = held.taken(&thing, number, token) == Taken::Serve;
            if !served && self.refused.is_none() {
                self.refused = Some((Arc::clone(&thing), Refusal::GivenAway));
            }
            tokens.push((thing, number, token));
        }
        if self.refused.is_none() {
            let tokens = tokens.into_iter().map(|(thing, _, token)| (thing, token)).collect();
            return Some(BindAction::Done(tokens));
        }
        for (thing, _, token) in &tokens {
            held.release(thing, *token);
        }
        self.taken = tokens;
        None
    }

    /// A name cannot be taken. The first such name is told.
    fn refuse(&mut self, thing: Arc<str>, refusal: Refusal) {
        self.refused.get_or_insert((thing, refusal));
    }

    /// After a refusal: ends all claims, and releases what was taken.
    fn undo(&mut self, held: &mut Held) -> Option<BindAction> {
        let (thing, refusal) = self.refused.clone()?;
        let mut release = Vec::new();
        for (thing, claim) in self.claims.drain(..) {
            let known = held.failed(&thing, claim.number());
            release.extend(claim.token().or(known).map(|token| (thing, token)));
        }
        for (thing, number, token) in self.taken.drain(..) {
            held.failed(&thing, number);
            release.push((thing, token));
        }
        Some(if release.is_empty() {
            BindAction::Refused { thing, refusal }
        } else {
            BindAction::Release(release)
        })
    }

    /// Takes what came of a step of the claim with this number.
    pub fn on(&mut self, claim: u64, event: ClaimEvent, ground: &Ground<'_>) {
        let found = self.claims.iter_mut().find(|(_, found)| found.number() == claim);
        if let Some((_, found)) = found {
            found.on(event, ground);
        }
    }

    /// Takes the generation that was read for [`BindAction::Confirm`].
    pub fn confirmed(&mut self, generation: Option<Generation>) {
        if generation == Some(self.me.epoch.generation) {
            self.confirmed = true;
        } else if let Some((thing, ..)) = self.taken.first() {
            self.refuse(Arc::clone(thing), Refusal::Unavailable);
        }
    }

    /// Gives up: the edge has gone, or has waited long enough. Continue with
    /// [`next`](Bind::next) until it says `Refused`.
    pub fn give_up(&mut self) {
        let under_way = self.claims.first().map(|(thing, _)| thing);
        let next = self.names.last().map(|(thing, _)| thing);
        let taken = self.taken.first().map(|(thing, ..)| thing);
        if let Some(thing) = under_way.or(next).or(taken) {
            self.refuse(Arc::clone(thing), Refusal::Unavailable);
        }
    }
}

#[cfg(test)]
mod tests;
