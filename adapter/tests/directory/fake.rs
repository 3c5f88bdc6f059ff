//! A directory in memory, whose clock is that of tokio.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alwayson::codec::connection::registry::BindPolicy;
use alwayson::message::BoxFuture;
use alwayson::platform::cluster::laws::World;
use alwayson::platform::cluster::{Change, Claim, ClaimError, Directory, NodeId, Owner, Token};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep};

/// What others have to lose first.
type Losers = Vec<(String, Owner)>;

const LEASE: Duration = Duration::from_secs(15);
const EXPIRY: Duration = Duration::from_secs(20);
const TICK: Duration = Duration::from_millis(500);

/// The store, and its nodes by name.
#[derive(Clone, Default)]
pub(crate) struct Fake {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    revision: u64,
    held: BTreeMap<String, Owner>,
    nodes: HashMap<String, Member>,
}

struct Member {
    id: NodeId,
    changes: mpsc::UnboundedSender<Change>,
    refreshed: Instant,
    is_cut: bool,
    is_killed: bool,
    is_fenced: bool,
}

pub(crate) struct Node {
    state: Arc<Mutex<State>>,
    id: NodeId,
    changes: Mutex<Option<mpsc::UnboundedReceiver<Change>>>,
}

impl State {
    fn next(&mut self) -> Token {
        self.revision += 1;
        Token::new(0, self.revision)
    }

    fn tell(&self, change: impl Fn() -> Change) {
        for member in self.nodes.values().filter(|member| !member.is_cut) {
            let _ = member.changes.send(change());
        }
    }

    fn is_live(&self, id: &NodeId) -> bool {
        let member = self.nodes.get(&*id.name).filter(|member| member.id == *id);
        member.is_some_and(|member| member.refreshed.elapsed() < EXPIRY)
    }

    fn serves(&self, id: &NodeId) -> bool {
        let member = self.nodes.get(&*id.name).filter(|member| member.id == *id);
        member.is_some_and(|member| !member.is_fenced && member.refreshed.elapsed() < LEASE)
    }

    fn tick(&mut self) {
        for member in self.nodes.values_mut().filter(|member| !member.is_fenced) {
            if !member.is_cut && !member.is_killed {
                member.refreshed = Instant::now();
            } else if !member.is_killed && member.refreshed.elapsed() >= LEASE {
                member.is_fenced = true;
                let _ = member.changes.send(Change::Fenced);
            }
        }
    }
}

impl World for Fake {
    fn start<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Arc<dyn Directory>> {
        Box::pin(async move {
            let (changes, receiver) = mpsc::unbounded_channel();
            let mut state = self.state.lock().unwrap();
            let id = NodeId::new(name, state.next());
            let holders = state.held.clone().into_iter().collect();
            let position = Token::new(0, state.revision);
            changes.send(Change::Joined { node: id.clone(), holders, position }).unwrap();
            let member = Member {
                id: id.clone(),
                changes,
                refreshed: Instant::now(),
                is_cut: false,
                is_killed: false,
                is_fenced: false,
            };
            if state.nodes.is_empty() {
                let state = Arc::clone(&self.state);
                tokio::spawn(async move {
                    loop {
                        sleep(TICK).await;
                        state.lock().unwrap().tick();
                    }
                });
            }
            state.nodes.insert(name.to_owned(), member);
            let changes = Mutex::new(Some(receiver));
            let state = Arc::clone(&self.state);
            Arc::new(Node { state, id, changes }) as Arc<dyn Directory>
        })
    }

    fn kill<'a>(&'a self, name: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async {
            self.state.lock().unwrap().nodes.get_mut(name).unwrap().is_killed = true;
        })
    }

    fn cut<'a>(&'a self, name: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async {
            self.state.lock().unwrap().nodes.get_mut(name).unwrap().is_cut = true;
        })
    }

    fn expiry(&self) -> Duration {
        EXPIRY
    }
}

impl Node {
    /// Takes Things. Returns whom to tell first, if others have to lose some.
    fn try_claim(
        &self,
        claims: &[Claim],
        policy: BindPolicy,
        told: &[Owner],
    ) -> Result<Result<Vec<Token>, Losers>, ClaimError> {
        let mut state = self.state.lock().unwrap();
        let is_cut = state.nodes[&*self.id.name].is_cut;
        if !state.serves(&self.id) || is_cut {
            return Err(ClaimError::Unavailable("not reached".to_owned()));
        }
        let mut sorted: Vec<&Claim> = claims.iter().collect();
        sorted.sort_by(|a, b| a.thing.cmp(&b.thing));
        let mut losers = Vec::new();
        for claim in sorted {
            let Some(holder) = state.held.get(&claim.thing).cloned() else { continue };
            if holder.node == self.id || !state.is_live(&holder.node) || told.contains(&holder) {
                continue;
            }
            if policy == BindPolicy::FirstInWins {
                return Err(ClaimError::Held { thing: claim.thing.clone(), holder });
            }
            losers.push((claim.thing.clone(), holder));
        }
        if !losers.is_empty() {
            return Ok(Err(losers));
        }
        let mut tokens = Vec::new();
        for claim in claims {
            let token = state.next();
            let (node, connection, since) = (self.id.clone(), claim.connection, claim.since);
            let owner = Owner { node, connection, since, token };
            state.held.insert(claim.thing.clone(), owner.clone());
            let held = || Change::Held { thing: claim.thing.clone(), owner: owner.clone() };
            state.tell(held);
            tokens.push(token);
        }
        Ok(Ok(tokens))
    }
}

impl Directory for Node {
    fn claim<'a>(
        &'a self,
        claims: &'a [Claim],
        policy: BindPolicy,
    ) -> BoxFuture<'a, Result<Vec<Token>, ClaimError>> {
        Box::pin(async move {
            let mut told = Vec::new();
            loop {
                let losers = match self.try_claim(claims, policy, &told)? {
                    Ok(tokens) => return Ok(tokens),
                    Err(losers) => losers,
                };
                for (thing, holder) in losers {
                    let (done, is_done) = oneshot::channel();
                    let (token, to) = (holder.token, self.id.clone());
                    let changes =
                        self.state.lock().unwrap().nodes[&*holder.node.name].changes.clone();
                    let _ = changes.send(Change::Lost { thing, token, to, done });
                    let _ = is_done.await;
                    told.push(holder);
                }
            }
        })
    }

    fn release(&self, thing: &str, token: Token) {
        let mut state = self.state.lock().unwrap();
        let is_own = |owner: &Owner| owner.token == token && owner.node == self.id;
        if state.held.get(thing).is_some_and(is_own) {
            state.held.remove(thing);
            let token = state.next();
            state.tell(|| Change::Freed { thing: thing.to_owned(), token });
        }
    }

    fn serves(&self) -> bool {
        self.state.lock().unwrap().serves(&self.id)
    }

    fn holder(&self, thing: &str) -> Option<Owner> {
        let state = self.state.lock().unwrap();
        state.held.get(thing).filter(|owner| state.is_live(&owner.node)).cloned()
    }

    fn holders(&self) -> Vec<(String, Owner)> {
        self.state.lock().unwrap().held.clone().into_iter().collect()
    }

    fn look_up<'a>(&'a self, thing: &'a str) -> BoxFuture<'a, Result<Option<Owner>, ClaimError>> {
        Box::pin(async { Ok(self.holder(thing)) })
    }

    fn changes(&self) -> Option<mpsc::UnboundedReceiver<Change>> {
        self.changes.lock().unwrap().take()
    }

    fn leave(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            self.state.lock().unwrap().nodes.remove(&*self.id.name);
        })
    }
}
