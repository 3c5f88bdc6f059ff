//! Events about Things, told to all nodes: `CLUSTER.event.KIND.THING`.

use std::sync::Arc;

use alwayson::codec::connection::registry::ConnectionId;
use alwayson::platform::Event;
use alwayson::platform::cluster::{Incoming, NodeId};
use bytes::Bytes;
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use crate::cluster::Shared;
use crate::entries::{encode, millis, node, node_id, text, time};
use crate::nodes::Node;

#[derive(Serialize, Deserialize)]
struct Told {
    node: String,
    epoch: String,
    #[serde(flatten)]
    what: What,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum What {
    Bound { connection: u32, thing: String, since: u64 },
    Moved { from: u32, to: u32, thing: String, since: u64 },
    MovedAway { connection: u32, thing: String, to: String, epoch_of_it: String },
    Unbound { connection: u32, thing: String },
    Described { thing: String },
    NotDescribed { thing: String, reason: String },
}

/// Queues an event for the other nodes, if it is about a Thing.
pub(crate) fn tell(shared: &Shared, event: &Event) {
    let (kind, what) = match event.clone() {
        Event::Bound { connection, thing, last_connection } => (
            "bound",
            What::Bound { connection: connection.0, thing, since: millis(last_connection) },
        ),
        Event::Moved { from, to, thing, last_connection } => {
            let since = millis(last_connection);
            ("moved", What::Moved { from: from.0, to: to.0, thing, since })
        }
        Event::MovedAway { connection, thing, to } => {
            let to = node(&to);
            let (to, epoch_of_it) = (to.name.to_string(), to.epoch.to_string());
            ("moved-away", What::MovedAway { connection: connection.0, thing, to, epoch_of_it })
        }
        Event::Unbound { connection, thing } => {
            ("unbound", What::Unbound { connection: connection.0, thing })
        }
        Event::Described { thing } => ("described", What::Described { thing }),
        Event::NotDescribed { thing, reason } => {
            ("not-described", What::NotDescribed { thing, reason })
        }
        _ => return,
    };
    let thing = match &what {
        What::Bound { thing, .. }
        | What::Moved { thing, .. }
        | What::MovedAway { thing, .. }
        | What::Unbound { thing, .. }
        | What::Described { thing }
        | What::NotDescribed { thing, .. } => text(thing),
    };
    let me = shared.lock().me(crate::clock::now());
    // A node that is fenced tells nothing.
    let Some(Node { name, epoch }) = me else { return };
    let told = Told { node: name.to_string(), epoch: epoch.to_string(), what };
    let subject = format!("{}.event.{kind}.{thing}", shared.options.cluster);
    if shared.events.try_send((subject, encode(&told))).is_err() {
        tracing::debug!("an event was not told to other nodes: there were too many");
    }
}

/// Sends the events that were queued.
pub(crate) async fn run_told(shared: Arc<Shared>, mut told: mpsc::Receiver<(String, Bytes)>) {
    while let Some((subject, event)) = told.recv().await {
        let _ = shared.client.publish(subject, event).await;
    }
}

/// Takes the events of other nodes.
pub(crate) async fn run_heard(shared: Arc<Shared>) {
    let subject = format!("{}.event.>", shared.options.cluster);
    let Ok(mut events) = shared.client.subscribe(subject).await else { return };
    while let Some(message) = events.next().await {
        let Some((node, event)) = read(&message.payload) else { continue };
        if *node.name != *shared.options.node {
            let _ = shared.incoming.send(Incoming::Event { node, event });
        }
    }
}

fn read(payload: &[u8]) -> Option<(NodeId, Event)> {
    let Told { node, epoch, what } = serde_json::from_slice(payload).ok()?;
    let of = |node: String, epoch: &str| {
        Some(node_id(&Node { name: node.into(), epoch: epoch.parse().ok()? }))
    };
    let event = match what {
        What::Bound { connection, thing, since } => {
            let (connection, last_connection) = (ConnectionId(connection), time(since));
            Event::Bound { connection, thing, last_connection }
        }
        What::Moved { from, to, thing, since } => {
            let (from, to) = (ConnectionId(from), ConnectionId(to));
            Event::Moved { from, to, thing, last_connection: time(since) }
        }
        What::MovedAway { connection, thing, to, epoch_of_it } => {
            let connection = ConnectionId(connection);
            Event::MovedAway { connection, thing, to: of(to, &epoch_of_it)? }
        }
        What::Unbound { connection, thing } => {
            Event::Unbound { connection: ConnectionId(connection), thing }
        }
        What::Described { thing } => Event::Described { thing },
        What::NotDescribed { thing, reason } => Event::NotDescribed { thing, reason },
    };
    Some((of(node, &epoch)?, event))
}
