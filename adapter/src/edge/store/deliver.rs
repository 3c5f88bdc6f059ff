//! The task that sends the stored requests while there is a connection: one request at a
//! time for each Thing, and several Things at a time.

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

/// The maximum number of stored requests that wait for their answers at a time, one for each
/// Thing. Most of the requests that may wait for an answer
/// ([`Options::requests`](crate::edge::Options::requests)) remain for those that are not stored.
const AT_A_TIME: usize = 16;

/// The delay before a Thing's request is sent again after its first failure. It doubles with
/// each further failure, up to [`LONGEST`].
const AGAIN: Duration = Duration::from_millis(500);
/// The maximum delay before a request is sent again.
const LONGEST: Duration = Duration::from_secs(30);

/// The result of sending one request.
enum Outcome {
    /// The request was removed from the store.
    Done,
    /// The request stays in the store and is sent again.
    Again,
}

/// Sends stored requests until the edge has left.
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
                Err(error) => tracing::error!(%error, "sending a stored request panicked"),
            }
        }
    }
}

/// Returns whether a request to this Thing can be sent now: a Thing of this edge has to be
/// bound first.
fn may_send(state: &EdgeState, entity: &str) -> bool {
    state.things.get(entity).is_none_or(ThingState::is_bound)
}

/// Sends one request. Returns its Thing, and what became of the request.
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
                    let dead = Arc::clone(&store);
                    let copy = request.clone();
                    let why = reason.clone();
                    let written =
                        tokio::task::spawn_blocking(move || dead.dead.write(&copy, at, &why)).await;
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

/// Removes a request from the disk before the next one of its Thing is sent. After a crash,
/// at most the request that was being sent is sent twice.
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

/// Reports that a request was not delivered and is sent again.
fn again(store: &Inner, request: &Request, reason: &str) -> Outcome {
    store.tell(request, &StoreEvent::Failed(reason.to_owned()));
    Outcome::Again
}

/// Returns whether sending the request again cannot succeed: its message is too long or
/// cannot be encoded, or the platform answered with a client error (0x80 to 0x9F,
/// PROTOCOL.md §7). `UNAUTHORIZED` and `REQUEST_TIMEOUT` do not concern the request itself,
/// so the request is sent again.
fn is_final(error: &RequestError) -> bool {
    match error {
        RequestError::Refused { status, .. } => {
            let is_client_error = matches!(status.to_u8(), 0x80..=0x9F);
            is_client_error && !matches!(*status, Status::UNAUTHORIZED | Status::REQUEST_TIMEOUT)
        }
        RequestError::TooLong { .. } | RequestError::Encode(_) => true,
        _ => false,
    }
}
