//! Claims and releases Things: does what [`Bind`] wants, and reports what came of it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use alwayson::codec::connection::registry::{BindPolicy, ConnectionId};
use alwayson::platform::cluster::{Claim, ClaimError, Owner, Token as AnyToken};
use futures_util::stream::{self, FuturesUnordered, StreamExt as _};
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use crate::bind::{AT_A_TIME, Bind, BindAction, Refusal, Step};
use crate::buckets::Written;
use crate::claim::{ClaimAction, ClaimEvent, Policy};
use crate::clock;
use crate::cluster::{Buckets, Shared};
use crate::entries::{any_token, node_entry, node_id, node_key, own_entry, own_key, own_value};
use crate::held::Holding;
use crate::losing;
use crate::nodes::Node;
use crate::registering::read_generation;
use crate::time::BootTime;
use crate::token::Token;

type Tokens = HashMap<Arc<str>, Token>;

/// Claims Things. Those that this node holds already keep their tokens.
pub(crate) async fn claim(
    node: &Arc<Shared>,
    claims: &[Claim],
    policy: BindPolicy,
) -> Result<Vec<AnyToken>, ClaimError> {
    let policy = match policy {
        BindPolicy::FirstInWins => Policy::FirstWins,
        BindPolicy::LastInWins => Policy::LastWins,
    };
    let deadline = Instant::now() + node.options.claim_timeout;
    let names: HashMap<Arc<str>, &Claim> =
        claims.iter().map(|claim| (claim.thing.as_str().into(), claim)).collect();
    let (mut tokens, wanted) = reserve(node, names.keys(), deadline).await?;
    let me = {
        let mut core = node.lock();
        for claim in claims {
            core.keep_claim(claim);
        }
        core.me(clock::now()).ok_or_else(no_lease)
    };
    let taken = match me {
        Ok(me) if !wanted.is_empty() => {
            let wanted: HashMap<_, _> =
                wanted.iter().map(|thing| (Arc::clone(thing), names[thing])).collect();
            take(node, &me, policy, &wanted, deadline).await
        }
        Ok(_) => Ok(Tokens::new()),
        Err(error) => Err(error),
    };
    give_back(node, &wanted);
    tokens.extend(taken?);
    Ok(claims.iter().map(|claim| any_token(tokens[claim.thing.as_str()])).collect())
}

/// Waits until none of the Things is being claimed or released. Returns the tokens of those that
/// this node holds, and marks the others as being claimed.
async fn reserve(
    node: &Shared,
    things: impl Iterator<Item = &Arc<str>> + Clone,
    deadline: Instant,
) -> Result<(Tokens, Vec<Arc<str>>), ClaimError> {
    loop {
        let changed = node.changed.notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        {
            let mut core = node.lock();
            if !things.clone().any(|thing| core.busy.contains(thing)) {
                let mut tokens = Tokens::new();
                let mut wanted = Vec::new();
                for thing in things {
                    match core.held.get(thing) {
                        Some(holding) => {
                            tokens.insert(Arc::clone(thing), holding.token);
                        }
                        None => wanted.push(Arc::clone(thing)),
                    }
                }
                core.busy.extend(wanted.iter().cloned());
                return Ok((tokens, wanted));
            }
        }
        let waited = timeout_at(deadline, changed).await;
        waited.map_err(|_| unavailable("an earlier claim or release has no answer"))?;
    }
}

fn give_back(node: &Shared, things: &[Arc<str>]) {
    let mut core = node.lock();
    for thing in things {
        core.busy.remove(thing);
    }
    drop(core);
    node.changed.notify_waiters();
}

async fn take(
    node: &Arc<Shared>,
    me: &Node,
    policy: Policy,
    claims: &HashMap<Arc<str>, &Claim>,
    deadline: Instant,
) -> Result<Tokens, ClaimError> {
    let buckets = node.buckets().ok_or_else(no_lease)?;
    let mut bind = {
        let first = node.lock().numbers(claims.len());
        Bind::new(me.clone(), policy, claims.keys().cloned(), first)
    };
    let mut waits = false;
    loop {
        let action = {
            let mut core = node.lock();
            if Instant::now() >= deadline {
                bind.give_up();
            }
            let (ground, held) = core.ground(clock::now());
            bind.next(held, &ground)
        };
        match action {
            BindAction::Steps(steps) => {
                waits = false;
                let claiming = Claiming { node, buckets: &buckets, me };
                claiming.run(&mut bind, claims, steps, deadline).await;
            }
            BindAction::Wait(until) => {
                waits = true;
                sleep_until(clock::instant(until).min(deadline)).await;
            }
            BindAction::Confirm => {
                let reading = timeout_at(deadline, read_generation(node, &buckets)).await;
                match reading {
                    Ok(Ok(generation)) => bind.confirmed(generation),
                    // It is read again, up to the deadline.
                    _ => sleep(node.options.lease.retry).await,
                }
            }
            BindAction::Release(tokens) => {
                let own = &buckets.own;
                let delete = async |(thing, token): (Arc<str>, Token)| {
                    own.delete(&own_key(token.generation, &thing), token.revision).await;
                };
                stream::iter(tokens).for_each_concurrent(AT_A_TIME, delete).await;
            }
            BindAction::Done(taken) => return Ok(taken.into_iter().collect()),
            BindAction::Refused { thing, refusal } => {
                return Err(refused(node, &thing, refusal, waits));
            }
        }
    }
}

/// The error of a refused BIND. `waits` tells whether it has waited for the end of a lease.
fn refused(node: &Shared, thing: &str, refusal: Refusal, waits: bool) -> ClaimError {
    match refusal {
        Refusal::Holder(owner) => {
            let core = node.lock();
            let known = core.holder(thing);
            let known = known.filter(|entry| entry.holder.token == owner.token);
            let unknown = Owner {
                node: node_id(&owner.node),
                connection: ConnectionId(0),
                since: std::time::SystemTime::UNIX_EPOCH,
                token: any_token(owner.token),
            };
            let holder = known.map_or(unknown, crate::entries::Entry::owner);
            ClaimError::Held { thing: thing.to_owned(), holder }
        }
        Refusal::GivenAway => unavailable("another node has taken it meanwhile"),
        Refusal::Busy => unavailable("it is being claimed already"),
        Refusal::Unavailable if waits => unavailable("a lease has to end first"),
        Refusal::Unavailable => unavailable("NATS does not answer in time"),
    }
}

fn unavailable(why: &str) -> ClaimError {
    ClaimError::Unavailable(why.to_owned())
}

fn no_lease() -> ClaimError {
    unavailable("this node has no lease")
}

/// Who claims, and where.
struct Claiming<'a> {
    node: &'a Arc<Shared>,
    buckets: &'a Buckets,
    me: &'a Node,
}

impl Claiming<'_> {
    /// Does steps of a BIND at the same time, until they are done or the deadline is over.
    async fn run(
        &self,
        bind: &mut Bind,
        claims: &HashMap<Arc<str>, &Claim>,
        steps: Vec<Step>,
        deadline: Instant,
    ) {
        let again = Instant::now() + self.node.options.lease.retry;
        let mut unanswered = false;
        let mut under_way: FuturesUnordered<_> = steps
            .into_iter()
            .map(async |step| {
                let is_of_store = matches!(
                    step.action,
                    ClaimAction::Read | ClaimAction::Create | ClaimAction::Update { .. }
                );
                let event = self.step(claims[&step.thing], &step).await;
                (step.claim, is_of_store, event)
            })
            .collect();
        while let Ok(Some((claim, is_of_store, event))) =
            timeout_at(deadline, under_way.next()).await
        {
            unanswered |= is_of_store && event == ClaimEvent::NoAnswer;
            let mut core = self.node.lock();
            let (ground, _) = core.ground(clock::now());
            bind.on(claim, event, &ground);
        }
        if unanswered {
            // It is sent again, and an error may come at once.
            sleep_until(again.min(deadline)).await;
        }
    }

    /// Does a step. Returns what came of it.
    async fn step(&self, claim: &Claim, step: &Step) -> ClaimEvent {
        let Self { node, buckets, me } = *self;
        let key = own_key(me.epoch.generation, &claim.thing);
        let value = || own_value(me, step.claim, claim);
        match &step.action {
            ClaimAction::Read => match buckets.own.read(&key).await {
                Ok(read) => ClaimEvent::Entry(read.and_then(|(value, revision)| {
                    Some(own_entry(me.epoch.generation, &value, revision)?.holder)
                })),
                Err(_) => ClaimEvent::NoAnswer,
            },
            ClaimAction::Create => written(buckets.own.create(&key, value()).await),
            ClaimAction::Update { revision } => {
                written(buckets.own.update(&key, value(), *revision).await)
            }
            ClaimAction::Ask(owner) => losing::ask(node, me, &claim.thing, owner).await,
            ClaimAction::ConfirmDead(other) => self.confirm(other).await,
            ClaimAction::Wait(_)
            | ClaimAction::Taken(_)
            | ClaimAction::Refused(_)
            | ClaimAction::Unavailable => ClaimEvent::NoAnswer,
        }
    }

    /// Reads the entry of a node, and then refreshes the own one.
    async fn confirm(&self, other: &Node) -> ClaimEvent {
        let Self { node, buckets, .. } = *self;
        let generation = self.me.epoch.generation;
        let Ok(read) = buckets.nodes.read(&node_key(generation, &other.name)).await else {
            return ClaimEvent::NoAnswer;
        };
        let entry = read.and_then(|(value, revision)| node_entry(generation, &value, revision));
        let since = clock::now();
        let limit = Instant::now() + 4 * node.options.lease.retry;
        if !refreshed(node, since, limit).await {
            return ClaimEvent::NoAnswer;
        }
        let mut core = node.lock();
        let core = &mut *core;
        let now = clock::now();
        ClaimEvent::confirmed(&mut core.nodes, other, entry.as_ref(), &core.lease, now)
    }
}

/// Waits for a refresh that is sent from now on. Returns whether it was acknowledged in time.
async fn refreshed(node: &Shared, since: BootTime, limit: Instant) -> bool {
    loop {
        let changed = node.changed.notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        if node.lock().lease.confirmed().is_some_and(|sent| sent >= since) {
            return true;
        }
        node.lock().lease.hurry(clock::now());
        node.hurry.notify_one();
        if timeout_at(limit, changed).await.is_err() {
            return false;
        }
    }
}

fn written(written: Written) -> ClaimEvent {
    match written {
        Written::Applied(revision) => ClaimEvent::Applied(revision),
        Written::Refused => ClaimEvent::Refused,
        Written::NoAnswer => ClaimEvent::NoAnswer,
    }
}

/// Releases a Thing in the background, until that is answered or the lease has ended.
pub(crate) fn release(node: &Arc<Shared>, thing: &str, token: Token) {
    let thing: Arc<str> = thing.into();
    let token = {
        let mut core = node.lock();
        let Some(token) = core.held.release(&thing, token) else { return };
        core.busy.insert(Arc::clone(&thing));
        token
    };
    let node = Arc::clone(node);
    tokio::spawn(async move {
        let key = own_key(token.generation, &thing);
        loop {
            let deleted = match node.buckets() {
                Some(buckets) => buckets.own.delete(&key, token.revision).await,
                None => Written::NoAnswer,
            };
            if deleted != Written::NoAnswer || node.lock().me(clock::now()).is_none() {
                break;
            }
            sleep(node.options.lease.retry).await;
        }
        give_back(&node, &[thing]);
    });
}

/// Claims again what this node holds under earlier epochs, until it is claimed, another node has it,
/// or its lease is over; under a still later epoch, another task does. What another has is lost.
pub(crate) async fn claim_held(node: Arc<Shared>, me: Node) {
    let things: Vec<Arc<str>> = {
        let core = node.lock();
        let held = core.held.iter().filter(|(_, holding)| holding.epoch != me.epoch);
        held.map(|(thing, _)| Arc::clone(thing)).collect()
    };
    let again = async |thing| claim_again(&node, &me, &thing).await;
    stream::iter(things).for_each_concurrent(AT_A_TIME, again).await;
}

async fn claim_again(node: &Arc<Shared>, me: &Node, thing: &Arc<str>) {
    while let Some((holding, claim)) = to_claim_again(node, me, thing) {
        let claims = HashMap::from([(Arc::clone(thing), &claim)]);
        let deadline = Instant::now() + node.options.lease.lease;
        match take(node, me, Policy::Again(holding.epoch), &claims, deadline).await {
            Ok(_) => return,
            Err(ClaimError::Unavailable(why)) => {
                tracing::debug!(%thing, why, "not claimed again yet");
                sleep(node.options.lease.retry).await;
            }
            Err(error) => {
                tracing::warn!(%thing, %error, "not claimed again");
                let mut core = node.lock();
                core.held.release(thing, holding.token);
                drop(core.lose(thing, holding.token, me));
                return;
            }
        }
    }
}

/// Returns how this node holds a Thing, and its claim, if it is served under an earlier epoch than
/// this one, which is the present one.
fn to_claim_again(node: &Shared, me: &Node, thing: &str) -> Option<(Holding, Claim)> {
    let core = node.lock();
    let now = clock::now();
    let holding = core.held.get(thing).filter(|holding| holding.epoch != me.epoch)?;
    if core.me(now).as_ref() != Some(me) || !core.lease.serves(holding.epoch, now) {
        return None;
    }
    Some((holding, core.claim(thing)?.clone()))
}

/// Waits until nothing is being claimed or released.
pub(crate) async fn idle(node: &Shared, limit: Duration) {
    let deadline = Instant::now() + limit;
    loop {
        let changed = node.changed.notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        if node.lock().busy.is_empty() || timeout_at(deadline, changed).await.is_err() {
            return;
        }
    }
}
