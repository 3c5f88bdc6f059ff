//! What this node holds, gives up, and answers for.
//!
//! A holder can be asked for a name before it knows that its own claim was applied. If it said
//! "I do not hold it" and then, when the answer of the store comes, began to serve, there would
//! be two owners. So each claim is announced here before its first request ([`Held::begin`]), and
//! remembers the token that others asked for: if that is its own, the name was given away.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::claim::Owner;
use crate::lease::Lease;
use crate::nodes::Node;
use crate::time::BootTime;
use crate::token::{Epoch, Token};

/// What a node holds, and what it is claiming.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Held {
    held: BTreeMap<Arc<str>, Holding>,
    pending: BTreeMap<Arc<str>, Pending>,
}

/// A name that is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Holding {
    /// With this token.
    pub token: Token,
    /// Claimed under this epoch; served while its lease lasts.
    pub epoch: Epoch,
    /// The token with which it was claimed first. It is another one if it was claimed again, after
    /// the store had come back empty.
    pub first: Token,
}

impl Holding {
    /// Returns whether it is or was held with this token.
    fn has(&self, token: Token) -> bool {
        (self.first..=self.token).contains(&token)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Pending {
    claim: u64,
    epoch: Epoch,
    given: Option<Token>,
    /// A watch has shown that it was applied.
    applied: Option<Token>,
    /// It was to claim again what was unbound meanwhile.
    is_unbound: bool,
}

/// The answer to another node that asks for a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asked {
    /// First untie it and tell its edge; when it is not served any more, answer "released".
    Untie,
    /// Answer "released": it is not served, and will not be with that token.
    Released,
    /// Answer "newer": it is served with this token.
    Newer(Token),
}

/// What became of a claim that was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Taken {
    /// Bind it and serve it.
    Serve,
    /// Another has asked for it meanwhile, and was told that it may have it, or it was unbound
    /// while it was claimed again. Do not serve it; the BIND is refused.
    GivenAway,
    /// The claim was not pending any more. Release the token.
    Unknown,
}

/// What a change of an entry in the store means for this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// Nothing.
    None,
    /// Another holds it now: untie it and tell its edge that it has moved.
    Untie,
    /// The entry says that this node holds it with a token that it does not have: a claim that was
    /// given up was applied. Delete the entry with this expected revision.
    Release(u64),
    /// It was deleted in the store that came back empty, while this node serves it as it did in the
    /// store of before: the end of a claim of this node, which it tries again. Nobody else may
    /// claim it there until then. The entry says nothing.
    Kept,
}

impl Held {
    /// Nothing held.
    pub fn new() -> Self {
        Self::default()
    }

    /// Announces a claim, before its first request is sent. Returns `false` if there is one for
    /// the same name already: a node claims a name once at a time.
    pub fn begin(&mut self, thing: &Arc<str>, claim: u64, epoch: Epoch) -> bool {
        if self.pending.contains_key(thing) {
            return false;
        }
        let pending = Pending { claim, epoch, given: None, applied: None, is_unbound: false };
        self.pending.insert(Arc::clone(thing), pending);
        true
    }

    /// A claim was applied: [`ClaimAction::Taken`](crate::claim::ClaimAction::Taken).
    pub fn taken(&mut self, thing: &Arc<str>, claim: u64, token: Token) -> Taken {
        let Some(pending) = self.end(thing, claim) else { return Taken::Unknown };
        if pending.given >= Some(token) || pending.is_unbound {
            return Taken::GivenAway;
        }
        let first = self.held.get(thing).map_or(token, |before| before.first);
        self.held.insert(Arc::clone(thing), Holding { token, epoch: pending.epoch, first });
        Taken::Serve
    }

    /// A claim was refused, or given up. Returns its token if a watch has shown meanwhile that it
    /// was applied: it is to be released, as the watch does not show it again.
    pub fn failed(&mut self, thing: &Arc<str>, claim: u64) -> Option<Token> {
        self.end(thing, claim)?.applied
    }

    /// Another node asks for a name of which the store says that this node holds it with this
    /// token.
    pub fn asked(&mut self, thing: &str, token: Token) -> Asked {
        if let Some(pending) = self.pending.get_mut(thing) {
            pending.given = pending.given.max(Some(token));
        }
        match self.held.get(thing) {
            Some(holding) if holding.token > token => Asked::Newer(holding.token),
            Some(_) => {
                self.held.remove(thing);
                Asked::Untie
            }
            None => Asked::Released,
        }
    }

    /// An edge has unbound a name or its connection ended; `token` is the one with which it was
    /// claimed, also if it was claimed again since. Returns the token of which the entry is to be
    /// deleted by compare-and-set; `None` if it is not held with that token any more.
    pub fn release(&mut self, thing: &str, token: Token) -> Option<Token> {
        let holding = self.get(thing).filter(|holding| holding.has(token))?;
        self.held.remove(thing);
        if let Some(pending) = self.pending.get_mut(thing) {
            pending.is_unbound = true;
        }
        Some(holding.token)
    }

    /// The store says who holds a name since `token`: `None` if the entry was deleted.
    pub fn changed(
        &mut self,
        thing: &str,
        token: Token,
        owner: Option<&Owner>,
        me: &Node,
    ) -> Change {
        let mine = owner.filter(|owner| owner.node == *me);
        if let Some(owner) = mine {
            if let Some(pending) = self.pending.get_mut(thing) {
                // Its answer is on the way.
                if pending.claim == owner.claim {
                    pending.applied = Some(owner.token);
                }
                return Change::None;
            }
            if self.held.get(thing).is_none_or(|holding| holding.token < owner.token) {
                return Change::Release(owner.token.revision);
            }
        }
        match self.get(thing) {
            Some(holding) if holding.token >= token => Change::None,
            Some(holding) if owner.is_none() && holding.token.generation < token.generation => {
                Change::Kept
            }
            Some(_) => {
                self.held.remove(thing);
                Change::Untie
            }
            None => Change::None,
        }
    }

    /// Returns what is held with a name.
    pub fn get(&self, thing: &str) -> Option<Holding> {
        self.held.get(thing).copied()
    }

    /// Returns how many names are held.
    pub(crate) fn len(&self) -> usize {
        self.held.len()
    }

    /// Returns all that is held, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, Holding)> {
        self.held.iter().map(|(thing, holding)| (thing, *holding))
    }

    /// Returns whether a call with this token may be answered: it is a token with which this node
    /// serves the name, or did before it claimed it again, and the lease lasts. To be asked when a
    /// call comes and when its answer is sent.
    pub fn answers(&self, thing: &str, token: Token, lease: &Lease, now: BootTime) -> bool {
        self.get(thing).is_some_and(|held| held.has(token) && lease.serves(held.epoch, now))
    }

    /// Removes and returns what must not be served any more, as the lease of its epoch is over.
    pub fn expired(&mut self, lease: &Lease, now: BootTime) -> Vec<(Arc<str>, Holding)> {
        let over: Vec<_> = self
            .held
            .iter()
            .filter(|(_, holding)| !lease.serves(holding.epoch, now))
            .map(|(thing, holding)| (Arc::clone(thing), *holding))
            .collect();
        for (thing, _) in &over {
            self.held.remove(thing);
        }
        over
    }

    fn end(&mut self, thing: &Arc<str>, claim: u64) -> Option<Pending> {
        let pending = self.pending.get(thing).filter(|pending| pending.claim == claim)?;
        let pending = *pending;
        self.pending.remove(thing);
        Some(pending)
    }
}

#[cfg(test)]
mod tests;
