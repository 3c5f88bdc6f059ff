//! The watches of the buckets, and the clock that looks for what no watch tells.

use std::sync::Arc;

use async_nats::jetstream::kv::{Entry as Seen, Operation};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::buckets::Bucket;
use crate::clock;
use crate::cluster::Shared;
use crate::entries::{node_entry, node_key, node_of, own_entry, own_key, settled_of, thing_of};
use crate::nodes::Node;
use crate::registering::settle;
use crate::token::Token;

pub(crate) async fn run_nodes(node: Arc<Shared>) {
    let seen = |entry: &Seen| {
        let Some((generation, name)) = node_of(&entry.key) else { return };
        if let Some(entry) = node_entry(generation, &entry.value, entry.revision) {
            node.lock().saw(&name, &entry);
        }
    };
    watch(&node, 0, |node| Some(node.buckets()?.nodes), seen).await;
}

pub(crate) async fn run_own(node: Arc<Shared>) {
    let seen = |entry: &Seen| {
        if let Some(generation) = settled_of(&entry.key) {
            node.lock().store.settled(generation);
            return;
        }
        let Some((generation, thing)) = thing_of(&entry.key) else { return };
        let token = Token { generation, revision: entry.revision };
        let is_put = entry.operation == Operation::Put;
        let found = own_entry(generation, &entry.value, entry.revision).filter(|_| is_put);
        let key = own_key(generation, &thing);
        let release = node.lock().own(thing, token, found);
        if let (Some(revision), Some(buckets)) = (release, node.buckets()) {
            tokio::spawn(async move { buckets.own.delete(&key, revision).await });
        }
    };
    watch(&node, 1, |node| Some(node.buckets()?.own), seen).await;
}

/// Watches a bucket; after an error, and when the bucket may be another one, from the beginning.
async fn watch(
    node: &Arc<Shared>,
    number: usize,
    bucket: impl Fn(&Shared) -> Option<Bucket>,
    seen: impl Fn(&Seen),
) {
    let retry = node.options.lease.retry;
    loop {
        let reopened = node.reopened.notified();
        tokio::pin!(reopened);
        reopened.as_mut().enable();
        let Some(bucket) = bucket(node) else {
            reopened.await;
            continue;
        };
        tokio::select! {
            () = &mut reopened => {}
            () = watch_once(node, number, &bucket, &seen) => sleep(retry).await,
        }
    }
}

/// Watches a bucket until an error, or until it has not told for the time of a refresh what is
/// there: if the server of a watch dies, the client notices that after 10 s.
async fn watch_once(node: &Arc<Shared>, number: usize, bucket: &Bucket, seen: &impl Fn(&Seen)) {
    let run = node.lock().runs;
    // The last message that is there now, after which all was told.
    // While servers elect a leader, requests are lost.
    let limit = node.options.lease.retry.saturating_mul(4);
    let Ok(Ok(status)) = timeout(limit, bucket.store.stream.get_info()).await else { return };
    let last = if status.state.messages == 0 { 0 } else { status.state.last_sequence };
    let begun = timeout(limit, bucket.store.watch_with_history(">")).await;
    let Ok(Ok(mut watch)) = begun else { return };
    let told = || node.lock().told(number, run, clock::now());
    if last == 0 {
        told();
    }
    let settings = &node.options.lease;
    let (mut latest, mut expected) = (0, 0);
    let mut check = Instant::now() + settings.refresh;
    loop {
        tokio::select! {
            entry = watch.next() => match entry {
                Some(Ok(entry)) => {
                    seen(&entry);
                    latest = entry.revision.max(latest);
                    if latest >= last {
                        told();
                    }
                }
                Some(Err(error)) => {
                    tracing::debug!(%error, "a watch has ended");
                    return;
                }
                None => return,
            },
            () = sleep_until(check) => {
                if latest < expected {
                    tracing::debug!(latest, expected, "a watch is late");
                    return;
                }
                if let Ok(Ok(now)) = timeout(settings.retry, bucket.store.stream.get_info()).await {
                    // Its numbers begin again, so it does not seem late.
                    if now.created != status.created {
                        tracing::debug!("a watch is of a bucket that was lost");
                        return;
                    }
                    expected = now.state.last_sequence;
                }
                check = Instant::now() + settings.refresh;
            }
        }
    }
}

/// Looks at the clock: for nodes that were not refreshed, for a store that is settled, and for
/// Things whose lease is over.
pub(crate) async fn run_clock(node: Arc<Shared>) {
    loop {
        sleep(node.options.lease.retry).await;
        let now = clock::now();
        {
            let mut core = node.lock();
            core.look(now);
            let core = &mut *core;
            for (thing, holding) in core.held.expired(&core.lease, now) {
                if let Some(me) = core.me(now) {
                    drop(core.lose(&thing, holding.token, &me));
                }
            }
        }
        node.calls.end_lost(&node);
        settle(&node).await;
    }
}

/// Reads the entries of nodes that have missed a refresh. A watch that is late begins again only
/// when servers have elected a leader; other nodes could be taken for dead until then.
pub(crate) async fn run_silent(node: Arc<Shared>) {
    loop {
        sleep(node.options.lease.retry).await;
        let Some(buckets) = node.buckets() else { continue };
        let silent: Vec<Node> = {
            let core = node.lock();
            core.nodes.silent(clock::now()).filter(|silent| silent.name != core.name).collect()
        };
        let read = async |silent: Node| {
            let generation = silent.epoch.generation;
            let read = buckets.nodes.read(&node_key(generation, &silent.name)).await;
            let Ok(Some((value, revision))) = read else { return };
            if let Some(entry) = node_entry(generation, &value, revision) {
                node.lock().saw(&silent.name, &entry);
            }
        };
        join_all(silent.into_iter().map(read)).await;
    }
}
