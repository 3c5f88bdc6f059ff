//! The metrics for Prometheus, in its text format, version 0.0.4.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use super::Status;
use crate::journal::Counters;

/// The text of the metrics.
struct Text(String);

impl Text {
    /// Begins a metric.
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string cannot fail.
        let _ = write!(
            self.0,
            "# HELP alwayson_gateway_{name} {help}\n# TYPE alwayson_gateway_{name} {kind}\n"
        );
    }

    /// Adds a sample of the metric that was begun last.
    fn sample(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "alwayson_gateway_{name}{labels} {value}");
    }

    /// Adds a metric with one sample.
    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.family(name, kind, help);
        self.sample(name, "", value);
    }

    /// Adds a counter.
    fn count(&mut self, name: &str, help: &str, counter: &AtomicU64) {
        self.one(name, "counter", help, counter.load(Ordering::Relaxed));
    }
}

/// Returns the text of the metrics.
pub(super) fn metrics(status: &Status, counters: &Counters) -> String {
    let mut text = Text(String::new());
    text.family("info", "gauge", "The version of the gateway.");
    text.sample("info", &format!("{{version=\"{}\"}}", status.version), 1);
    let connected = "Whether there is a connection to the platform.";
    text.one("connected", "gauge", connected, u8::from(status.is_connected()));
    let since = status.since.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    text.one(
        "connection_since_seconds",
        "gauge",
        "When the state of the connection changed last, in seconds since 1970.",
        since,
    );
    text.count("connections_total", "Connections to the platform.", &counters.connections);
    text.family("things", "gauge", "Registered Things, by whether they are bound.");
    text.sample("things", "{bound=\"true\"}", status.bound());
    text.sample("things", "{bound=\"false\"}", status.things.len() - status.bound());
    let forwarded = "Requests of the platform that were forwarded to applications.";
    text.count("forwarded_total", forwarded, &counters.forwarded);
    let failed = "Forwarded requests whose response was not a success.";
    text.count("forwarded_failed_total", failed, &counters.forwarded_failed);
    text.family(
        "requests_total",
        "counter",
        "Requests of applications, by the class of the HTTP status.",
    );
    for (class, counter) in counters.asked.iter().enumerate().skip(2) {
        let labels = format!("{{status=\"{class}xx\"}}");
        text.sample("requests_total", &labels, counter.load(Ordering::Relaxed));
    }
    let refused = "Requests that were refused: of web pages, or without password or token.";
    text.count("refused_total", refused, &counters.refused);
    if let Some(store) = status.store {
        text.one("store_messages", "gauge", "Messages in the store.", store.requests);
        text.one("store_bytes", "gauge", "Bytes of messages in the store.", store.bytes);
        let oldest = store.oldest.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        if let Some(oldest) = oldest {
            let help = "When the oldest message was stored, in seconds since 1970.";
            text.one("store_oldest_seconds", "gauge", help, oldest.as_secs());
        }
    }
    text.count("stored_total", "Messages that were put into the store.", &counters.stored);
    text.count(
        "delivered_total",
        "Messages of the store that were delivered.",
        &counters.delivered,
    );
    let dead = "Messages of the store that the platform refused permanently.";
    text.count("dead_lettered_total", dead, &counters.dead_lettered);
    text.0
}
