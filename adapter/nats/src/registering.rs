//! The task of the lease: it registers this node, refreshes that, and fences the node.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use tokio::time::sleep_until;

use crate::buckets::{NO_ANSWER, NoAnswer, Written};
use crate::claiming::claim_held;
use crate::clock;
use crate::cluster::{Buckets, Shared};
use crate::entries::{
    GENERATION, NodeValue, StoreValue, VERSION, encode, millis, node_entry, node_key, settled_key,
    store_entry,
};
use crate::lease::{LeaseAction, LeaseAnswer};
use crate::nodes::Node;
use crate::store::StoreAction;
use crate::token::{Epoch, Generation};
use crate::{calls, losing};

pub(crate) async fn run(node: Arc<Shared>) {
    let mut registered = None;
    // Why the store was not found the last time.
    let mut trouble = None;
    loop {
        let action = node.lock().lease.next(clock::now());
        match action {
            LeaseAction::Wait(until) => {
                tokio::select! {
                    () = sleep_until(clock::instant(until)) => {}
                    () = node.hurry.notified() => {}
                }
            }
            LeaseAction::FindStore => match find_store(&node).await {
                Ok(generation) => {
                    trouble = None;
                    node.lock().lease.store_found(generation, clock::now());
                }
                Err(why) if trouble.as_ref() == Some(&why) => {}
                Err(why) => {
                    tracing::warn!(%why, "this node cannot register yet; it tries again");
                    trouble = Some(why);
                }
            },
            LeaseAction::Fenced(why) => {
                tracing::debug!(?why, "the lease has ended");
                node.lock().fence();
                registered = None;
            }
            action => {
                let Some(buckets) = node.buckets() else { continue };
                if let Some(answer) = ask(&node, &buckets, &action).await {
                    let (LeaseAction::Register { attempt, .. }
                    | LeaseAction::Refresh { attempt, .. }
                    | LeaseAction::Read { attempt, .. }) = action
                    else {
                        continue;
                    };
                    node.lock().lease.answer(attempt, answer, clock::now());
                }
                let now = clock::now();
                let me = node.lock().me(now);
                if let Some(me) = me.filter(|me| registered.as_ref() != Some(me)) {
                    registered = Some(me.clone());
                    begin(&node, me).await;
                }
                node.lock().join(clock::now());
                node.changed.notify_waiters();
            }
        }
    }
}

/// Asks for what the lease wants. Returns `None` if there is no answer.
async fn ask(node: &Shared, buckets: &Buckets, action: &LeaseAction) -> Option<LeaseAnswer> {
    let name = &node.options.node;
    let value = |registered, over| {
        let incarnation = node.lock().incarnation;
        let since = millis(node.since);
        encode(&NodeValue { incarnation, registered, over, version: VERSION, since })
    };
    let written = match *action {
        LeaseAction::Register { generation, over: None, .. } => {
            buckets.nodes.create(&node_key(generation, name), value(None, None)).await
        }
        LeaseAction::Register { generation, over: Some(revision), .. } => {
            let value = value(None, Some(revision));
            buckets.nodes.update(&node_key(generation, name), value, revision).await
        }
        LeaseAction::Refresh {
            epoch: Epoch { generation, revision: registered },
            over,
            revision,
            ..
        } => {
            if read_generation(node, buckets).await.ok()? != Some(generation) {
                return Some(LeaseAnswer::OtherGeneration);
            }
            let value = value(Some(registered), over);
            buckets.nodes.update(&node_key(generation, name), value, revision).await
        }
        LeaseAction::Read { generation, .. } => {
            let read = buckets.nodes.read(&node_key(generation, name)).await.ok()?;
            let entry = read.and_then(|(value, revision)| node_entry(generation, &value, revision));
            return Some(LeaseAnswer::Entry(entry));
        }
        _ => return None,
    };
    match written {
        Written::Applied(revision) => Some(LeaseAnswer::Applied(revision)),
        Written::Refused => Some(LeaseAnswer::Refused),
        Written::NoAnswer => None,
    }
}

/// Reads the generation of the store.
pub(crate) async fn read_generation(
    node: &Shared,
    buckets: &Buckets,
) -> Result<Option<Generation>, NoAnswer> {
    let read = buckets.own.read(GENERATION).await?;
    let entry = read.and_then(|(value, revision)| store_entry(&value, revision));
    node.lock().store.found(entry, clock::now());
    Ok(entry.map(|entry| entry.generation))
}

/// Opens the buckets, and finds the generation of the store or begins one. Returns why it cannot.
async fn find_store(node: &Arc<Shared>) -> Result<Generation, Cow<'static, str>> {
    let buckets = node.open().await?;
    node.lock().store.lost();
    node.reopened.notify_waiters();
    loop {
        let now = clock::now();
        let unix_ms = millis(SystemTime::now());
        let action = node.lock().store.next(now, unix_ms, rand::random());
        match action {
            StoreAction::Wait(_) | StoreAction::Rest | StoreAction::Settle(_) => {
                return node.lock().store.generation().ok_or(NO_ANSWER);
            }
            action => step_store(node, &buckets, action).await.ok_or(NO_ANSWER)?,
        }
    }
}

/// Does what the store wants.
async fn step_store(node: &Shared, buckets: &Buckets, action: StoreAction) -> Option<()> {
    let value = |generation: Generation| encode(&StoreValue { generation: generation.0 });
    let own = &buckets.own;
    match action {
        StoreAction::Create(generation) => {
            own.create(GENERATION, value(generation)).await;
        }
        StoreAction::Raise { generation, revision } => {
            own.update(GENERATION, value(generation), revision).await;
        }
        StoreAction::Settle(generation) => {
            own.create(&settled_key(generation), Bytes::new()).await;
        }
        StoreAction::Read | StoreAction::Wait(_) | StoreAction::Rest => {}
    }
    let generation = read_generation(node, buckets).await.ok()?;
    if let Some(generation) = generation {
        if own.read(&settled_key(generation)).await.ok()?.is_some() {
            node.lock().store.settled(generation);
        }
    }
    Some(())
}

/// Marks the store as settled, once one lease has passed.
pub(crate) async fn settle(node: &Shared) {
    let Some(buckets) = node.buckets() else { return };
    let action = node.lock().store.next(clock::now(), millis(SystemTime::now()), 0);
    if matches!(action, StoreAction::Settle(_)) {
        step_store(node, &buckets, action).await;
    }
}

/// Begins a run: it takes calls, and claims again what was held before.
async fn begin(node: &Arc<Shared>, me: Node) {
    calls::listen(node, &me).await;
    losing::listen(node, &me).await;
    // Others may ask as soon as this node holds something.
    let _ = node.client.flush().await;
    tokio::spawn(claim_held(Arc::clone(node), me));
}
