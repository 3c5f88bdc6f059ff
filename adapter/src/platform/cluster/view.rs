//! What a node knows of its cluster: the tokens of what it holds, the claims that are in progress,
//! and what it has told the host. Nothing here waits or sends.

use std::collections::{HashMap, HashSet};
use std::time::SystemTime;

use super::{NodeId, Owner, Token};

/// What a node knows of its cluster.
#[derive(Default)]
pub(in super::super) struct View {
    /// This node; `None` until it has joined, and while it is fenced.
    pub(super) node: Option<NodeId>,
    /// The tokens of the Things that are bound on this node.
    tokens: HashMap<String, Token>,
    /// The claims that are in progress, until their BIND is decided.
    claims: HashMap<String, Claiming>,
    /// What was told about each Thing that is held, or was until the directory reports otherwise.
    told: HashMap<String, Told>,
    /// The token up to which the directory has reported.
    position: Token,
}

#[derive(Default)]
struct Claiming {
    /// The number of BINDs.
    count: usize,
    /// The greatest token that was granted, or that a binding had that has ended meanwhile.
    token: Option<Token>,
    /// The token up to which another node has got it.
    given: Option<Token>,
}

struct Told {
    token: Token,
    is_own: bool,
    is_connected: bool,
}

/// What the host is to be told about a Thing, and what is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reported {
    Nothing,
    /// It is connected, since this time, to another node; if it is bound here, that has ended.
    Connected(SystemTime),
    /// It is not connected.
    Disconnected,
}

/// What the end of a binding on this node means.
pub(in super::super) struct Freed {
    /// Whether the host is told.
    pub(in super::super) is_told: bool,
    /// The token to release.
    pub(in super::super) token: Option<Token>,
}

impl View {
    pub(in super::super) const fn is_fenced(&self) -> bool {
        self.node.is_none()
    }

    pub(super) fn token(&self, thing: &str) -> Option<Token> {
        self.tokens.get(thing).copied()
    }

    pub(super) fn begin_claim(&mut self, thing: &str) {
        self.claims.entry(thing.to_owned()).or_default().count += 1;
    }

    pub(super) fn granted(&mut self, thing: &str, token: Token) {
        if let Some(claiming) = self.claims.get_mut(thing) {
            claiming.token = claiming.token.max(Some(token));
        }
    }

    /// Ends a claim. Returns the token to release, if the Thing is not bound on this node and no
    /// other BIND claims it.
    pub(super) fn end_claim(&mut self, thing: &str, is_bound: bool) -> Option<Token> {
        let claiming = self.claims.get_mut(thing)?;
        claiming.count -= 1;
        let token = claiming.token;
        if claiming.count == 0 {
            self.claims.remove(thing);
        }
        if is_bound {
            if let (Some(held), Some(token)) = (self.tokens.get_mut(thing), token) {
                *held = token.max(*held);
            }
            return None;
        }
        token.filter(|_| !self.claims.contains_key(thing) && self.node.is_some())
    }

    /// Returns whether the claim of a Thing still holds: whatever the directory has reported since
    /// it was granted, this node is the owner.
    pub(in super::super) fn is_current(&self, thing: &str) -> bool {
        let Some(claiming) = self.claims.get(thing) else { return false };
        let Some(token) = claiming.token.filter(|token| claiming.given < Some(*token)) else {
            return false;
        };
        let told = self.told.get(thing);
        match told {
            _ if self.is_fenced() => false,
            Some(told) if told.token >= token => told.is_own,
            _ => token > self.position,
        }
    }

    /// Notes that a claimed Thing was bound on this node, which the host is told.
    pub(in super::super) fn bound(&mut self, thing: &str) {
        let token = self.claims.get(thing).and_then(|claiming| claiming.token).unwrap_or_default();
        self.tokens.insert(thing.to_owned(), token);
        let token = self.told.get(thing).map_or(token, |told| told.token.max(token));
        let told = Told { token, is_own: true, is_connected: true };
        self.told.insert(thing.to_owned(), told);
    }

    /// Notes that a Thing is not bound on this node any more.
    pub(in super::super) fn freed(&mut self, thing: &str) -> Freed {
        let mut token = self.tokens.remove(thing);
        if let Some(claiming) = self.claims.get_mut(thing) {
            // Another BIND of this node may get it with the same token.
            claiming.token = claiming.token.max(token.take());
        }
        let is_told = self.node.is_some()
            && self.told.get_mut(thing).is_some_and(|told| {
                told.is_own && std::mem::replace(&mut told.is_connected, false)
            });
        Freed { is_told, token: token.filter(|_| self.node.is_some()) }
    }

    /// Notes that a Thing is not bound here any more, since another node has it or is about to.
    pub(super) fn untied(&mut self, thing: &str) {
        self.tokens.remove(thing);
    }

    /// Takes the report that a Thing is held.
    pub(super) fn held(&mut self, thing: &str, owner: &Owner) -> Reported {
        self.position = self.position.max(owner.token);
        let is_own = self.node.as_ref() == Some(&owner.node);
        if let Some(held) = self.tokens.get_mut(thing).filter(|_| is_own) {
            *held = owner.token.max(*held);
        }
        let told = self.told.get(thing);
        let is_known = told.is_some_and(|told| {
            told.token > owner.token
                || (told.token == owner.token && (told.is_own || told.is_connected))
        });
        if is_known || self.is_fenced() {
            return Reported::Nothing;
        }
        // The hub tells of what is bound here.
        let is_connected = !is_own || told.is_some_and(|told| told.is_connected);
        let told = Told { token: owner.token, is_own, is_connected };
        self.told.insert(thing.to_owned(), told);
        if is_own { Reported::Nothing } else { Reported::Connected(owner.since) }
    }

    /// Returns whether a Thing that is bound here is held by another node now.
    pub(super) fn is_lost(&self, thing: &str, owner: &Owner) -> bool {
        self.node.as_ref() != Some(&owner.node)
            && self.tokens.get(thing).is_some_and(|held| *held < owner.token)
    }

    /// Notes that another node gets a Thing that this node holds with this token. Returns whether
    /// it is bound here.
    pub(super) fn given(&mut self, thing: &str, token: Token) -> bool {
        if let Some(claiming) = self.claims.get_mut(thing) {
            claiming.given = claiming.given.max(Some(token));
        }
        self.tokens.get(thing).is_some_and(|held| *held <= token)
    }

    /// Takes a new identity of this node, which has lost nothing.
    pub(super) fn renew(&mut self, node: NodeId) {
        self.node = Some(node);
    }

    /// Takes the report that a Thing is not held any more.
    pub(super) fn not_held(&mut self, thing: &str, token: Token) -> Reported {
        self.position = self.position.max(token);
        let is_meant = self.told.get(thing).is_some_and(|told| told.token <= token);
        if !is_meant || self.is_fenced() {
            return Reported::Nothing;
        }
        if self.tokens.contains_key(thing) {
            // It is bound here. The directory reports that it is lost, or claims it again.
            return Reported::Nothing;
        }
        match self.told.remove(thing) {
            Some(told) if told.is_connected => Reported::Disconnected,
            _ => Reported::Nothing,
        }
    }

    /// Forgets what this node holds, and tells nothing until it joins again. Returns whether it was
    /// a member before.
    pub(super) fn fence(&mut self) -> bool {
        self.tokens.clear();
        self.node.take().is_some()
    }

    /// Joins with a new identity. Returns the Things that are not connected any more, in any order.
    /// The holders are reported with [`held`](Self::held) next.
    pub(super) fn join(
        &mut self,
        node: NodeId,
        holders: &[(String, Owner)],
        position: Token,
    ) -> Vec<String> {
        self.node = Some(node);
        self.position = position;
        let held: HashSet<&str> = holders.iter().map(|(thing, _)| thing.as_str()).collect();
        let gone: Vec<String> =
            self.told.keys().filter(|thing| !held.contains(thing.as_str())).cloned().collect();
        let told = &mut self.told;
        gone.into_iter()
            .filter(|thing| told.remove(thing).is_some_and(|told| told.is_connected))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use alwayson_codec::connection::registry::ConnectionId;

    use super::*;

    fn token(revision: u64) -> Token {
        Token::new(1, revision)
    }

    fn owner(node: &str, revision: u64) -> Owner {
        Owner {
            node: NodeId::new(node, token(0)),
            connection: ConnectionId(1),
            since: SystemTime::UNIX_EPOCH,
            token: token(revision),
        }
    }

    fn joined() -> View {
        let mut view = View::default();
        assert_eq!(view.join(NodeId::new("me", token(0)), &[], token(0)), [""; 0]);
        view
    }

    /// A view in which a Thing is claimed with this token.
    fn claimed(revision: u64) -> View {
        let mut view = joined();
        view.begin_claim("x");
        view.granted("x", token(revision));
        view
    }

    fn bound(revision: u64) -> View {
        let mut view = claimed(revision);
        assert!(view.is_current("x"));
        view.bound("x");
        assert_eq!(view.end_claim("x", true), None);
        view
    }

    #[test]
    fn a_claim_is_released_unless_it_is_bound_or_claimed_again() {
        let mut view = claimed(5);
        view.begin_claim("x");
        assert_eq!(view.end_claim("x", false), None);
        assert_eq!(view.end_claim("x", false), Some(token(5)));
        assert_eq!(view.end_claim("x", false), None);
    }

    #[test]
    fn what_is_bound_again_while_its_connection_ends_keeps_its_token() {
        let mut view = bound(5);
        view.begin_claim("x");
        view.granted("x", token(5));
        let freed = view.freed("x");
        assert!(freed.is_told && freed.token.is_none());
        assert!(view.is_current("x"));
        view.bound("x");
        assert_eq!((view.end_claim("x", true), view.token("x")), (None, Some(token(5))));
        assert_eq!(view.freed("x").token, Some(token(5)));
    }

    #[test]
    fn a_claim_that_was_given_away_or_overtaken_is_not_bound() {
        for revision in [4, 5, 6] {
            let mut view = claimed(5);
            assert!(!view.given("x", token(revision)));
            assert_eq!(view.is_current("x"), revision < 5, "given {revision}");
            let mut view = claimed(5);
            view.held("x", &owner("other", revision));
            assert_eq!(view.is_current("x"), revision < 5, "held {revision}");
            // Own, and deleted before it was bound.
            let mut view = claimed(5);
            view.held("x", &owner("me", 5));
            view.not_held("x", token(revision));
            assert_eq!(view.is_current("x"), revision < 5, "deleted {revision}");
        }
    }

    #[test]
    fn the_end_of_a_binding_is_not_told_once_another_node_holds_it() {
        let mut view = bound(5);
        let there = owner("other", 6);
        assert_eq!(view.held("x", &there), Reported::Connected(there.since));
        assert!(view.is_lost("x", &there));
        view.untied("x");
        assert!(!view.freed("x").is_told);
        assert_eq!(view.not_held("x", token(5)), Reported::Nothing);
        assert_eq!(view.not_held("x", token(6)), Reported::Disconnected);
        assert_eq!(view.not_held("x", token(7)), Reported::Nothing);
    }

    #[test]
    fn a_node_that_dies_and_was_alive_after_all_is_told_so() {
        let mut view = joined();
        let there = owner("other", 6);
        assert_eq!(view.held("x", &there), Reported::Connected(there.since));
        assert_eq!(view.held("x", &there), Reported::Nothing);
        assert_eq!(view.not_held("x", token(6)), Reported::Disconnected);
        assert_eq!(view.held("x", &there), Reported::Connected(there.since));
    }

    #[test]
    fn who_is_fenced_tells_nothing_until_it_joins_again() {
        let mut view = bound(5);
        assert!(view.fence() && view.is_fenced() && !view.fence());
        assert_eq!(view.held("y", &owner("other", 9)), Reported::Nothing);
        let freed = view.freed("x");
        assert!(!freed.is_told && freed.token.is_none());
        let again = NodeId::new("me", token(10));
        assert_eq!(view.join(again, &[], token(10)), ["x"]);
    }
}
