//! What sends the requests of a store: while there is a connection, those of each Thing one
//! after another, several Things at a time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use alwayson_codec::Status;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::{Inner, StoreEvent};
use crate::edge::error::RequestError;
use crate::edge::handle::WeakEdge;
use crate::edge::state::{ConnectionState, EdgeState, ThingState};
use crate::message::Request;

/// How many Things have a request under way at a time: half of those that an edge can
/// have, so that others get through.
const AT_A_TIME: usize = 16;

/// How long an entity waits after a failure: doubled with each up to the longest.
const AGAIN: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);

/// How one request has ended.
enum Outcome {
    /// It is in the store no more.
    Done,
    /// It is tried again.
    Again,
}

/// Delivers until the edge has left.
pub(in crate::edge) async fn deliver(store: Arc<Inner>, edge: WeakEdge) {
    let mut state = edge.state();
    let mut tasks: JoinSet<(String, Outcome)> = JoinSet::new();
    let mut failed: HashMap<String, (u32, Instant)> = HashMap::new();
    loop {
        let (is_over, is_connected) = {
            let state = state.borrow_and_update();
            let connection = &state.connection;
            let is_over = matches!(connection, ConnectionState::Ended { .. });
            (is_over, matches!(connection, ConnectionState::Authenticated { .. }))
        };
        if is_over {
            return;
        }
        let now = Instant::now();
        let mut next = None;
        if is_connected {
            let room = AT_A_TIME.saturating_sub(tasks.len());
            let begun = store.index().begin(room, |entity| {
                let until = failed.get(entity).map(|(_, until)| *until).filter(|at| *at > now);
                if let Some(until) = until {
                    next = Some(next.map_or(until, |next: Instant| next.min(until)));
                }
                until.is_none() && may_send(&state.borrow(), entity)
            });
            for (entity, number) in begun {
                tasks.spawn(one(Arc::clone(&store), edge.clone(), entity, number));
            }
        }
        tokio::select! {
            changed = state.changed() => if changed.is_err() {
                return;
            },
            () = store.has_more.notified() => {}
            () = sleep_until(next.unwrap_or(now)), if next.is_some() => {}
            Some(done) = tasks.join_next(), if !tasks.is_empty() => match done {
                Ok((entity, Outcome::Done)) => drop(failed.remove(&entity)),
                Ok((entity, Outcome::Again)) => {
                    let failures = failed.get(&entity).map_or(0, |(failures, _)| *failures);
                    let wait = AGAIN.saturating_mul(1 << failures.min(10)).min(LONGEST);
                    failed.insert(entity, (failures + 1, Instant::now() + wait));
                }
                Err(error) => tracing::error!(%error, "a delivery has panicked"),
            }
        }
    }
}

/// Whether the platform may be asked: of a Thing of this edge, once it is bound.
fn may_send(state: &EdgeState, entity: &str) -> bool {
    state.things.get(entity).is_none_or(ThingState::is_bound)
}

/// Sends one request.
async fn one(store: Arc<Inner>, edge: WeakEdge, entity: String, number: u64) -> (String, Outcome) {
    let end = store.index().end_of(number);
    let outcome = match (store.disk.read(number), end) {
        (Ok((request, _)), Some(event)) => finish(&store, &entity, number, &request, event).await,
        (Ok((request, at)), None) => {
            let Some(edge) = edge.upgrade() else {
                store.index().keep(&entity);
                return (entity, Outcome::Again);
            };
            match edge.request(request.clone()).await {
                Ok(_) => finish(&store, &entity, number, &request, StoreEvent::Delivered).await,
                Err(error) if is_final(&error) => {
                    let reason = error.to_string();
                    let (of, dead) = (request.clone(), Arc::clone(&store));
                    let why = reason.clone();
                    let written =
                        tokio::task::spawn_blocking(move || dead.dead.write(&of, at, &why)).await;
                    match written {
                        Ok(Ok(())) => {
                            let event = StoreEvent::DeadLettered(reason);
                            finish(&store, &entity, number, &request, event).await
                        }
                        _ => again(&store, &request, "the dead letter cannot be written"),
                    }
                }
                Err(error) => again(&store, &request, &error.to_string()),
            }
        }
        (Err(error), _) => {
            tracing::error!(%error, number, "a stored request cannot be read");
            Outcome::Again
        }
    };
    if matches!(outcome, Outcome::Again) {
        store.index().keep(&entity);
    }
    (entity, outcome)
}

/// A request is taken from the disk, before the next one of its Thing is sent: so no more
/// than the one that was under way is sent twice.
async fn finish(
    store: &Inner,
    entity: &str,
    number: u64,
    request: &Request,
    event: StoreEvent,
) -> Outcome {
    match store.disk.remove(number).await {
        Ok(()) => {
            let is_dead = matches!(event, StoreEvent::DeadLettered(_));
            store.index().done(entity, number, is_dead);
            store.tell(request, &event);
            Outcome::Done
        }
        Err(error) => {
            store.index().ended(number, event);
            again(store, request, &error.to_string())
        }
    }
}

fn again(store: &Inner, request: &Request, reason: &str) -> Outcome {
    store.tell(request, &StoreEvent::Failed(reason.to_owned()));
    Outcome::Again
}

/// Whether no later try can end otherwise: a status from 400 on below 500, but for those
/// that say nothing of the request; what cannot be sent at all.
fn is_final(error: &RequestError) -> bool {
    match error {
        RequestError::Refused { status, .. } => {
            let is_of_the_request = matches!(status.to_u8(), 0x80..=0x9F);
            is_of_the_request && !matches!(*status, Status::UNAUTHORIZED | Status::REQUEST_TIMEOUT)
        }
        RequestError::TooLong { .. } | RequestError::Encode(_) => true,
        _ => false,
    }
}
