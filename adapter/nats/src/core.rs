//! What a node knows and decides, under one lock: the decisions, the cache of the watches, and
//! what is reported to the platform.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use alwayson::platform::cluster::{Change, Claim, Token as AnyToken};
use tokio::sync::{mpsc, oneshot};

use crate::claim::Ground;
use crate::clock;
use crate::entries::{Entry, any_token, node_id};
use crate::held::{Change as Meant, Held};
use crate::lease::{Lease, NodeEntry};
use crate::nodes::{Node, Nodes};
use crate::settings::Times;
use crate::store::Store;
use crate::time::BootTime;
use crate::token::{Generation, Token};

/// What a node knows and decides.
pub(crate) struct Core {
    pub(crate) name: Arc<str>,
    /// The random number of this run.
    pub(crate) incarnation: u64,
    pub(crate) lease: Lease,
    pub(crate) nodes: Nodes,
    pub(crate) store: Store,
    pub(crate) held: Held,
    /// The Things that are being claimed or released.
    pub(crate) busy: HashSet<Arc<str>>,
    next_claim: u64,
    /// Who holds which Thing, as far as the watches have told, whether its node lives or not.
    cache: HashMap<String, Entry>,
    /// The claims of what this node holds, to claim it again if the store is lost: the watches may
    /// not have told yet that it holds it.
    claims: HashMap<Arc<str>, Claim>,
    /// The runs that are alive, as was reported.
    live: HashSet<Node>,
    position: Token,
    /// This run, as was reported.
    joined: Option<Node>,
    /// The number of runs. A watch that began in an earlier one may be late.
    pub(crate) runs: u64,
    /// The run in which the watches have told all that was there: of the nodes, and of the Things.
    told: [Option<u64>; 2],
    changes: mpsc::UnboundedSender<Change>,
}

impl Core {
    pub(crate) fn new(
        name: Arc<str>,
        times: Times,
        changes: mpsc::UnboundedSender<Change>,
    ) -> Self {
        let incarnation = rand::random();
        Self {
            name,
            incarnation,
            lease: Lease::new(times, incarnation),
            nodes: Nodes::new(times),
            store: Store::new(times),
            held: Held::new(),
            busy: HashSet::new(),
            next_claim: 1,
            cache: HashMap::new(),
            claims: HashMap::new(),
            live: HashSet::new(),
            position: Token { generation: Generation(0), revision: 0 },
            joined: None,
            runs: 0,
            told: [None; 2],
            changes,
        }
    }

    pub(crate) fn ground(&mut self, now: BootTime) -> (Ground<'_>, &mut Held) {
        let Self { lease, nodes, store, held, .. } = self;
        (Ground { now, lease, nodes, store }, held)
    }

    /// Keeps the claim of a Thing, for as long as this node holds it.
    pub(crate) fn keep_claim(&mut self, claim: &Claim) {
        let Self { claims, held, busy, .. } = self;
        // Now and then, so that it takes no time for each Thing that is lost.
        if claims.len() > 2 * (held.len() + busy.len()) + 16 {
            claims.retain(|thing, _| held.get(thing).is_some() || busy.contains(thing));
        }
        claims.insert(claim.thing.as_str().into(), claim.clone());
    }

    /// Returns the claim of a Thing that this node holds.
    pub(crate) fn claim(&self, thing: &str) -> Option<&Claim> {
        self.held.get(thing)?;
        self.claims.get(thing)
    }

    /// Returns numbers for this many claims: the first of them.
    pub(crate) fn numbers(&mut self, count: usize) -> u64 {
        let first = self.next_claim;
        self.next_claim += u64::try_from(count).unwrap_or_default();
        first
    }

    /// Returns this run, while its lease lasts.
    pub(crate) fn me(&self, now: BootTime) -> Option<Node> {
        let epoch = self.lease.epoch(now)?;
        Some(Node { name: Arc::clone(&self.name), epoch })
    }

    fn tell(&self, change: Change) {
        // The platform may have ended.
        let _ = self.changes.send(change);
    }

    fn is_live(&self, node: &Node, now: BootTime) -> bool {
        if node.name == self.name {
            return self.lease.serves(node.epoch, now);
        }
        self.nodes.is_live(node, now)
    }

    /// Returns who holds a Thing.
    pub(crate) fn holder(&self, thing: &str) -> Option<&Entry> {
        let now = clock::now();
        self.cache.get(thing).filter(|entry| self.is_live(&entry.holder.node, now))
    }

    /// Returns all Things that are held.
    pub(crate) fn holders(&self) -> impl Iterator<Item = (&String, &Entry)> {
        let now = clock::now();
        self.cache.iter().filter(move |(_, entry)| self.is_live(&entry.holder.node, now))
    }

    /// Takes the entry of a Thing, from the watch: `None` if it was deleted. Returns the revision
    /// to delete, if this node does not want it.
    pub(crate) fn own(&mut self, thing: String, token: Token, entry: Option<Entry>) -> Option<u64> {
        let now = clock::now();
        self.position = self.position.max(token);
        if self.cache.get(&thing).is_some_and(|known| known.holder.token >= token) {
            return None;
        }
        let mut release = None;
        if let Some(me) = self.me(now) {
            let owner = entry.as_ref().map(|entry| &entry.holder);
            match self.held.changed(&thing, token, owner, &me) {
                Meant::None => {}
                Meant::Kept => return None,
                Meant::Release(revision) => release = Some(revision),
                Meant::Untie => {
                    let to = entry.as_ref().map_or(&me, |entry| &entry.holder.node);
                    let (done, _) = oneshot::channel();
                    let token = any_token(token);
                    let to = node_id(to);
                    self.tell(Change::Lost { thing: thing.clone(), token, to, done });
                }
            }
        }
        if let Some(entry) = entry {
            let holder = &entry.holder.node;
            if self.is_live(holder, now) {
                self.live.insert(holder.clone());
            }
            // Of a node that is in `live` and not alive any more, `look` tells later.
            if self.live.contains(holder) {
                self.tell(Change::Held { thing: thing.clone(), owner: entry.owner() });
            } else {
                // Whoever had it before has not got it any more.
                self.tell(Change::Freed { thing: thing.clone(), token: any_token(token) });
            }
            self.cache.insert(thing, entry);
        } else {
            self.cache.remove(&thing);
            self.tell(Change::Freed { thing, token: any_token(token) });
        }
        release
    }

    /// Takes the entry of a node, from the watch.
    pub(crate) fn saw(&mut self, name: &Arc<str>, entry: &NodeEntry) {
        let now = clock::now();
        self.nodes.saw(name, entry, now);
        self.look(now);
    }

    /// Reports what nodes hold that have become alive, and what nodes held that are no longer.
    pub(crate) fn look(&mut self, now: BootTime) {
        let mut live: HashSet<Node> = self
            .nodes
            .iter(now)
            .filter(|(node, is_live)| *is_live && node.name != self.name)
            .map(|(node, _)| node)
            .collect();
        live.extend(self.live.iter().filter(|node| self.is_live(node, now)).cloned());
        if live != self.live {
            for (thing, entry) in &self.cache {
                let node = &entry.holder.node;
                let owner = entry.owner();
                match (self.live.contains(node), live.contains(node)) {
                    (false, true) => self.tell(Change::Held { thing: thing.clone(), owner }),
                    (true, false) => {
                        self.tell(Change::Freed { thing: thing.clone(), token: owner.token });
                    }
                    _ => {}
                }
            }
            self.live = live;
        }
        self.forget_before(now);
    }

    /// Forgets what was held in a store that was lost, once all that still serve it have claimed it
    /// again.
    fn forget_before(&mut self, now: BootTime) {
        let Some(generation) = self.store.generation() else { return };
        if self.store.new_claims(now).is_err() {
            return;
        }
        let (changes, live) = (&self.changes, &self.live);
        self.cache.retain(|thing, entry| {
            let token = entry.holder.token;
            let stays = token.generation >= generation;
            if !stays && live.contains(&entry.holder.node) {
                let _ =
                    changes.send(Change::Freed { thing: thing.clone(), token: any_token(token) });
            }
            stays
        });
    }

    /// A watch that began in this run has told all that was there.
    pub(crate) fn told(&mut self, watch: usize, run: u64, now: BootTime) {
        if self.told[watch] != Some(run) {
            self.told[watch] = Some(run);
            self.join(now);
        }
    }

    /// Reports that this node has joined, once it is registered and the watches have told all.
    pub(crate) fn join(&mut self, now: BootTime) {
        let Some(me) = self.me(now).filter(|me| self.joined.as_ref() != Some(me)) else { return };
        if self.told != [Some(self.runs); 2] {
            return;
        }
        let node = node_id(&me);
        let was_joined = self.joined.replace(me).is_some();
        tracing::info!(%node, "joined");
        if was_joined {
            self.tell(Change::Renewed { node });
            return;
        }
        self.look(now);
        let holders: Vec<_> =
            self.holders().map(|(thing, entry)| (thing.clone(), entry.owner())).collect();
        let position: AnyToken = any_token(self.position);
        self.tell(Change::Joined { node, holders, position });
    }

    /// Ends this run: it serves nothing any more. The next one has another incarnation.
    pub(crate) fn fence(&mut self) {
        let times = *self.lease.times();
        self.incarnation = rand::random();
        self.lease = Lease::new(times, self.incarnation);
        self.held = Held::new();
        // What was told before is old by the time that this node joins again.
        self.runs += 1;
        if let Some(me) = self.joined.take() {
            tracing::warn!(node = %me.name, "fenced: the lease has ended");
            self.nodes.ended(me);
            self.tell(Change::Fenced);
        }
    }

    /// Another node asks for a Thing, or its lease is over: the platform unbinds it. Returns a
    /// receiver that ends when it has.
    pub(crate) fn lose(&self, thing: &str, token: Token, to: &Node) -> oneshot::Receiver<()> {
        let (done, is_done) = oneshot::channel();
        let (thing, token, to) = (thing.to_owned(), any_token(token), node_id(to));
        self.tell(Change::Lost { thing, token, to, done });
        is_done
    }
}

#[cfg(test)]
mod tests;
