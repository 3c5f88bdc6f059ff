//! The status of a gateway, for people and for programs.

// | file | contents |
// | --- | --- |
// | `mod.rs` | the status, and its JSON |
// | `page.rs` | the status page |
// | `metrics.rs` | the metrics for Prometheus |

mod metrics;
mod page;

use std::time::SystemTime;

use alwayson::edge::store::StoreStatus;
use alwayson::edge::{ConnectionState, ThingState};
use alwayson::serde_json::{Value as Json, json};
use alwayson::value::Value;
use hyper::StatusCode;

use crate::answer::Answer;
use crate::event::{connection, connection_word, thing, thing_word};
use crate::hub::Hub;

/// Returns the status page.
pub(crate) fn page(hub: &Hub) -> Answer {
    let page = page::page(&Status::now(hub));
    Answer::of(StatusCode::OK, "text/html; charset=utf-8", page.into())
}

/// Returns the status as JSON.
pub(crate) fn json(hub: &Hub) -> Answer {
    Answer::json(StatusCode::OK, &Status::now(hub).to_json())
}

/// Returns the metrics for Prometheus.
pub(crate) fn metrics(hub: &Hub) -> Answer {
    let text = metrics::metrics(&Status::now(hub), &hub.journal.counters);
    Answer::of(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", text.into())
}

/// The status of a gateway at one moment.
struct Status {
    version: &'static str,
    platform: String,
    started: SystemTime,
    connection: ConnectionState,
    /// When the state of the connection changed last.
    since: SystemTime,
    things: Vec<ThingStatus>,
    /// The number of requests in the last minute, in both directions.
    last_minute: u64,
    store: Option<StoreStatus>,
    /// The last errors, the newest first.
    problems: Vec<(SystemTime, String)>,
}

/// The status of a registered Thing. Times are in milliseconds since 1970.
struct ThingStatus {
    name: String,
    application: String,
    state: ThingState,
    /// Why the Thing is not bound.
    reason: Option<String>,
    since_ms: i64,
    last_request_ms: Option<i64>,
    last_push_ms: Option<i64>,
}

impl Status {
    fn now(hub: &Hub) -> Self {
        let (connection, since) = hub.journal.connection();
        let things = hub.registry.list.all().into_iter().map(|entry| {
            let (state, reason) = hub.registry.state(&entry);
            ThingStatus {
                name: entry.name.clone(),
                application: entry.registration().target.to_string(),
                state,
                reason,
                since_ms: entry.since_ms(),
                last_request_ms: entry.last_request_ms(),
                last_push_ms: entry.last_push_ms(),
            }
        });
        Self {
            version: env!("CARGO_PKG_VERSION"),
            platform: hub.platform.clone(),
            started: hub.journal.started,
            connection,
            since,
            things: things.collect(),
            last_minute: hub.journal.last_minute(),
            store: hub.registry.edge.store_status(),
            problems: hub.journal.problems(),
        }
    }

    fn is_connected(&self) -> bool {
        matches!(self.connection, ConnectionState::Authenticated { .. })
    }

    /// Returns the number of bound Things.
    fn bound(&self) -> usize {
        self.things.iter().filter(|thing| thing.state.is_bound()).count()
    }

    fn to_json(&self) -> Json {
        let (session, endpoint) = match self.connection {
            ConnectionState::Authenticated { session, endpoint } => (Some(session), Some(endpoint)),
            _ => (None, None),
        };
        let things = self.things.iter().map(|of| {
            json!({
                "name": of.name,
                "application": of.application,
                "state": thing_word(&of.state),
                "isBound": of.state.is_bound(),
                "reason": of.reason,
                "since": time_ms(of.since_ms),
                "lastRequest": of.last_request_ms.map(time_ms),
                "lastPush": of.last_push_ms.map(time_ms),
            })
        });
        let problems =
            self.problems.iter().map(|(at, text)| json!({ "time": time(*at), "text": text }));
        json!({
            "version": self.version,
            "started": time(self.started),
            "platform": self.platform,
            "connection": {
                "state": connection_word(&self.connection),
                "text": connection(&self.connection),
                "isConnected": self.is_connected(),
                "since": time(self.since),
                "session": session,
                "endpoint": endpoint,
            },
            "requestsInLastMinute": self.last_minute,
            "store": self.store.map(|store| json!({
                "messages": store.requests,
                "bytes": store.bytes,
                "oldest": store.oldest.map(time),
            })),
            "things": things.collect::<Vec<_>>(),
            "errors": problems.collect::<Vec<_>>(),
        })
    }
}

impl ThingStatus {
    /// Returns the state in words: the reason if the Thing is not bound.
    fn in_words(&self) -> String {
        match &self.reason {
            Some(reason) => reason.clone(),
            None => thing(&self.state),
        }
    }
}

/// Formats a time in UTC.
fn time(at: SystemTime) -> String {
    Value::from(at).to_string()
}

/// Formats a time in milliseconds since 1970 in UTC.
fn time_ms(ms: i64) -> String {
    Value::from(alwayson::DateTime::from_millis(ms)).to_string()
}
