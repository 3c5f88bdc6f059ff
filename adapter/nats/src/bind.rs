//! How the names of a BIND are taken: all or none.
//!
//! The names are taken one after the other in sorted order. Of two BINDs with the same names, the
//! one that takes the first of them also takes the others; with different orders each could take
//! one and refuse the other. At the first name that cannot be taken, those taken before are
//! released, by compare-and-set with their tokens.
//!
//! **Nothing is served before the generation of the store was read again.** A store that has just
//! lost its data accepts each claim, as it has no entries: neither that of the present holder nor
//! that of the generation. If the generation is the same after the last claim was written, the
//! store had its data when it accepted the claims. One read for each BIND.

use std::sync::Arc;

use crate::claim::{Claim, ClaimAction, ClaimEvent, Ground, Owner, Policy};
use crate::held::{Held, Taken};
use crate::nodes::Node;
use crate::token::{Generation, Token};

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

/// What to do for a BIND.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum BindAction {
    /// A step of the claim of one name: never `Taken`, `Refused` or `Unavailable`. Report what
    /// came of it with [`Bind::on`].
    Step {
        /// The name.
        thing: Arc<str>,
        /// The number of the claim, to be written into the entry.
        claim: u64,
        /// What to do.
        action: ClaimAction,
    },
    /// All names are written: read the generation of the store at the leader, and report it with
    /// [`Bind::confirmed`]. The request must be sent after the answers to the claims. If there is
    /// no answer, the action is repeated.
    Confirm,
    /// Delete the entry with this token by compare-and-set. Not reported: if it fails, the watch
    /// finds the entry ([`Held::changed`]).
    Release {
        /// The name.
        thing: Arc<str>,
        /// Its token.
        token: Token,
    },
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
    /// The names that are not taken yet, the next one last, with the numbers of their claims.
    names: Vec<(Arc<str>, u64)>,
    claim: Option<Claim>,
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
        Self { me, policy, names, claim: None, taken: Vec::new(), confirmed: false, refused: None }
    }

    /// Returns what to do.
    pub fn next(&mut self, held: &mut Held, ground: &Ground<'_>) -> BindAction {
        loop {
            if let Some(action) = self.undo(held) {
                return action;
            }
            let Some((thing, number)) = self.names.last() else {
                if !self.confirmed {
                    return BindAction::Confirm;
                }
                if let Some(done) = self.serve(held) {
                    return done;
                }
                continue;
            };
            let (thing, number) = (Arc::clone(thing), *number);
            if self.claim.is_none() {
                if !held.begin(&thing, number, self.me.epoch) {
                    self.refused = Some((thing, Refusal::Busy));
                    continue;
                }
                self.claim = Some(Claim::new(self.me.clone(), number, self.policy));
            }
            let Some(claim) = &mut self.claim else { continue };
            let refusal = match claim.next(ground) {
                ClaimAction::Taken(token) => {
                    self.claim = None;
                    self.names.pop();
                    self.taken.push((thing, number, token));
                    continue;
                }
                ClaimAction::Refused(owner) => Refusal::Holder(owner),
                ClaimAction::Unavailable => Refusal::Unavailable,
                action => return BindAction::Step { thing, claim: number, action },
            };
            self.refuse(held, thing, number, refusal);
        }
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

    /// One name cannot be taken, or is not waited for.
    fn refuse(&mut self, held: &mut Held, thing: Arc<str>, number: u64, refusal: Refusal) {
        let known = self.claim.take().and_then(|claim| claim.token());
        if let Some(token) = known.or(held.failed(&thing, number)) {
            self.taken.push((Arc::clone(&thing), number, token));
        }
        self.refused = Some((thing, refusal));
    }

    /// After a refusal: releases what was taken, the last one first.
    fn undo(&mut self, held: &mut Held) -> Option<BindAction> {
        let (thing, refusal) = self.refused.clone()?;
        Some(match self.taken.pop() {
            Some((thing, number, token)) => {
                held.failed(&thing, number);
                BindAction::Release { thing, token }
            }
            None => BindAction::Refused { thing, refusal },
        })
    }

    /// Takes what came of the last step.
    pub fn on(&mut self, event: ClaimEvent, ground: &Ground<'_>) {
        if let Some(claim) = &mut self.claim {
            claim.on(event, ground);
        }
    }

    /// Takes the generation that was read for [`BindAction::Confirm`].
    pub fn confirmed(&mut self, generation: Option<Generation>) {
        if generation == Some(self.me.epoch.generation) {
            self.confirmed = true;
        } else if let (Some((thing, ..)), None) = (self.taken.first(), &self.refused) {
            self.refused = Some((Arc::clone(thing), Refusal::Unavailable));
        }
    }

    /// Gives up: the edge has gone, or has waited long enough. Continue with
    /// [`next`](Bind::next) until it says `Refused`.
    pub fn give_up(&mut self, held: &mut Held) {
        if self.refused.is_some() {
            return;
        }
        let name = self.names.last().map(|(thing, number)| (Arc::clone(thing), *number));
        if let Some((thing, number)) = name {
            self.refuse(held, thing, number, Refusal::Unavailable);
        } else if let Some((thing, ..)) = self.taken.first() {
            self.refused = Some((Arc::clone(thing), Refusal::Unavailable));
        }
    }
}

#[cfg(test)]
mod tests;
