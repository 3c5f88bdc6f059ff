//! What every [`Directory`] has to do, as functions to call from tests.
//!
//! A test implements [`World`] for its directory, and calls [`of_one`] and [`of_several`] with a
//! new world. They panic with the name of the law that is broken. [`Alone`](super::Alone) passes
//! those of one node.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use alwayson_codec::connection::registry::{BindPolicy, ConnectionId};
use tokio::time::{sleep, timeout};

use super::{Change, Claim, ClaimError, Directory, NodeId, Owner, Token};
use crate::message::BoxFuture;

pub use super::laws_of_several::of_several;

/// A cluster for tests, whose nodes can be cut off and killed.
pub trait World: Sync {
    /// Starts a node of this name.
    fn start<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Arc<dyn Directory>>;

    /// Ends a node without a farewell, as SIGKILL does. It sends nothing any more.
    fn kill<'a>(&'a self, name: &'a str) -> BoxFuture<'a, ()>;

    /// Cuts a node off from the others and from the store. It goes on running.
    fn cut<'a>(&'a self, name: &'a str) -> BoxFuture<'a, ()>;

    /// The time after which what a node held is free, if it was killed or cut off.
    fn expiry(&self) -> Duration;
}

/// The pause between two looks.
pub(super) const LOOK: Duration = Duration::from_millis(20);

/// A node of a world, and what its directory has reported.
pub(super) struct Node {
    pub(super) directory: Arc<dyn Directory>,
    reported: Arc<Mutex<Reported>>,
}

#[derive(Default)]
struct Reported {
    node: Option<NodeId>,
    was_fenced: bool,
    lost: Vec<(String, Token)>,
    /// The last token of each Thing.
    tokens: HashMap<String, Token>,
}

impl Node {
    /// Starts a node, and waits until it has joined.
    pub(super) async fn start(world: &impl World, name: &str) -> Self {
        let directory = world.start(name).await;
        let reported = Arc::new(Mutex::new(Reported::default()));
        if let Some(mut changes) = directory.changes() {
            assert!(directory.changes().is_none(), "there is one receiver of changes");
            let reported = Arc::clone(&reported);
            tokio::spawn(async move {
                while let Some(change) = changes.recv().await {
                    reported.lock().unwrap_or_else(PoisonError::into_inner).take(change);
                }
            });
        }
        let node = Self { directory, reported };
        if !node.directory.is_alone() {
            until("a node joins", world.expiry() * 4, || node.look(|seen| seen.node.is_some()))
                .await;
        }
        node
    }

    fn look<R>(&self, look: impl FnOnce(&Reported) -> R) -> R {
        look(&self.reported.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn was_fenced(&self) -> bool {
        self.look(|seen| seen.was_fenced)
    }

    pub(super) fn has_lost(&self, thing: &str, token: Token) -> bool {
        self.look(|seen| seen.lost.contains(&(thing.to_owned(), token)))
    }

    /// Claims Things; tries again as long as the directory is not available.
    pub(super) async fn claim(
        &self,
        things: &[&str],
        policy: BindPolicy,
    ) -> Result<Vec<Token>, (String, Owner)> {
        let claims: Vec<Claim> = things.iter().map(|thing| claim_of(thing)).collect();
        let trying = async {
            loop {
                match self.directory.claim(&claims, policy).await {
                    Ok(tokens) => return Ok(tokens),
                    Err(ClaimError::Held { thing, holder }) => return Err((thing, holder)),
                    Err(ClaimError::Unavailable(_)) => sleep(LOOK).await,
                }
            }
        };
        timeout(Duration::from_secs(120), trying).await.expect("a claim is decided at some time")
    }

    pub(super) async fn take(&self, thing: &str) -> Token {
        let taken = self.claim(&[thing], BindPolicy::FirstInWins).await;
        taken.unwrap_or_else(|(_, holder)| panic!("{thing} is held by {holder:?}"))[0]
    }
}

impl Reported {
    fn take(&mut self, change: Change) {
        match change {
            Change::Joined { node, holders, .. } => {
                let last = self.node.as_ref().map(|node| node.epoch);
                assert!(last < Some(node.epoch), "a node joins with a greater epoch");
                self.node = Some(node);
                self.tokens =
                    holders.into_iter().map(|(thing, owner)| (thing, owner.token)).collect();
            }
            Change::Renewed { node } => self.node = Some(node),
            Change::Held { thing, owner } => self.grow(&thing, owner.token),
            Change::Freed { thing, token } => self.grow(&thing, token),
            // What waits for it goes on when this is dropped.
            Change::Lost { thing, token, .. } => self.lost.push((thing, token)),
            Change::Fenced => self.was_fenced = true,
        }
    }

    fn grow(&mut self, thing: &str, token: Token) {
        let last = self.tokens.insert(thing.to_owned(), token).unwrap_or_default();
        assert!(last <= token, "the changes about {thing} come in the order of tokens");
    }
}

/// Returns a claim of a Thing by its name.
pub fn claim_of(thing: &str) -> Claim {
    Claim {
        thing: thing.to_owned(),
        wire_name: thing.to_owned(),
        gateway: None,
        connection: ConnectionId(1),
        since: SystemTime::UNIX_EPOCH + Duration::from_millis(1_234),
    }
}

/// Waits until something holds.
pub(super) async fn until(what: &str, limit: Duration, mut holds: impl FnMut() -> bool) {
    let waiting = async {
        while !holds() {
            sleep(LOOK).await;
        }
    };
    assert!(timeout(limit, waiting).await.is_ok(), "{what}");
}

/// The laws of one node.
///
/// # Panics
/// If one is broken.
pub async fn of_one(world: &impl World) {
    let node = Node::start(world, "one").await;
    let first = BindPolicy::FirstInWins;
    assert_eq!(node.claim(&[], first).await, Ok(vec![]), "no Things have no tokens");
    let tokens = node.claim(&["b", "a"], first).await.expect("free Things are granted");
    assert_eq!(tokens.len(), 2, "each Thing has a token");
    let again = node.claim(&["a", "b", "c"], first).await.expect("own Things are granted again");
    assert!(again[0] >= tokens[1] && again[1] >= tokens[0], "tokens do not become less");
    let last = node.claim(&["a"], BindPolicy::LastInWins).await.expect("own Things are granted");
    assert!(last[0] >= again[0], "tokens do not become less");
    node.directory.release("a", last[0]);
    // At once: the release need not have ended.
    let later = node.claim(&["a"], first).await.expect("released Things are granted");
    assert!(later[0] > last[0], "tokens grow over a release");
    assert!(node.directory.serves(), "a node with a lease serves");
    assert!(!node.was_fenced(), "a node that reaches the others is not fenced");
}
