//! A node asks another one for a Thing, which unties it first.

use std::sync::Arc;

use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use crate::claim::{ClaimEvent, Owner};
use crate::clock;
use crate::cluster::Shared;
use crate::entries::encode;
use crate::held::Asked;
use crate::nodes::Node;
use crate::token::Token;

#[derive(Serialize, Deserialize)]
struct Question {
    thing: String,
    token: String,
    /// Who asks.
    node: String,
    epoch: String,
}

const RELEASED: &str = "released";
const NEWER: &str = "newer";

/// Asks the holder of a Thing to untie it.
pub(crate) async fn ask(node: &Arc<Shared>, me: &Node, thing: &str, owner: &Owner) -> ClaimEvent {
    if owner.node == *me {
        return told(untie(node, thing, owner.token, me).await);
    }
    let question = encode(&Question {
        thing: thing.to_owned(),
        token: owner.token.to_string(),
        node: me.name.to_string(),
        epoch: me.epoch.to_string(),
    });
    let asked = node.client.request(node.subject("lost", &owner.node), question);
    match timeout(node.options.ask_timeout, asked).await {
        Ok(Ok(answer)) => told(std::str::from_utf8(&answer.payload).ok()),
        _ => ClaimEvent::NoAnswer,
    }
}

fn told(answer: Option<&str>) -> ClaimEvent {
    match answer {
        Some(RELEASED) => ClaimEvent::Released,
        Some(NEWER) => ClaimEvent::Newer,
        _ => ClaimEvent::NoAnswer,
    }
}

/// Answers what other nodes ask, as long as this run lasts.
pub(crate) async fn listen(node: &Arc<Shared>, me: &Node) {
    let Ok(mut questions) = node.client.subscribe(node.subject("lost", me)).await else { return };
    let node = Arc::downgrade(node);
    let epoch = me.epoch;
    tokio::spawn(async move {
        while let Some(message) = questions.next().await {
            let Some(node) = node.upgrade() else { return };
            if !node.lock().lease.serves(epoch, clock::now()) {
                return;
            }
            tokio::spawn(async move {
                let Some(reply) = message.reply else { return };
                let Ok(asked) = serde_json::from_slice::<Question>(&message.payload) else {
                    return;
                };
                let (Ok(token), Ok(epoch)) = (asked.token.parse(), asked.epoch.parse()) else {
                    return;
                };
                let to = Node { name: asked.node.into(), epoch };
                if let Some(answer) = untie(&node, &asked.thing, token, &to).await {
                    let _ = node.client.publish(reply, answer.into()).await;
                }
            });
        }
    });
}

/// Unties a Thing that another node asks for. Returns the answer, if there is one in time.
async fn untie(node: &Shared, thing: &str, token: Token, to: &Node) -> Option<&'static str> {
    let is_untied = {
        let mut core = node.lock();
        match core.held.asked(thing, token) {
            Asked::Newer(_) => return Some(NEWER),
            // The platform may still be told of a claim that was granted.
            Asked::Released | Asked::Untie => core.lose(thing, token, to),
        }
    };
    let untied = timeout(node.options.ask_timeout, is_untied).await;
    untied.is_ok().then_some(RELEASED)
}
