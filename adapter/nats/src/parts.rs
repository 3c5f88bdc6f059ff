//! Messages that are longer than what NATS takes at a time, in parts.

use std::collections::HashMap;
use std::time::Duration;

use async_nats::{Client, HeaderMap, Message, Subject};
use bytes::{Bytes, BytesMut};
use tokio::time::Instant;

/// The number and the count of a part, as `1/3`.
const PART: &str = "Part";

/// The room that headers need, in bytes.
const HEADERS: usize = 1_024;

/// The most parts of a message: the longest message, 64 MiB, in parts of NATS' default, 1 MiB.
const MAX_PARTS: usize = 65;

/// The most messages of which parts are missing.
const MAX_INCOMPLETE: usize = 1_024;

/// Publishes a message in as many parts as it needs.
pub(crate) async fn publish(
    client: &Client,
    subject: &Subject,
    reply: Option<&Subject>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(), async_nats::PublishError> {
    let most = client.server_info().max_payload.saturating_sub(HEADERS).max(HEADERS);
    let count = body.len().div_ceil(most).max(1);
    for number in 1..=count {
        let mut headers = headers.clone();
        headers.insert(PART, format!("{number}/{count}"));
        let part = body.slice((number - 1) * most..(number * most).min(body.len()));
        let subject = subject.clone();
        match reply {
            Some(reply) => {
                let reply = reply.clone();
                client.publish_with_reply_and_headers(subject, reply, headers, part).await?;
            }
            None => client.publish_with_headers(subject, headers, part).await?,
        }
    }
    Ok(())
}

/// Joins parts, which come in order.
#[derive(Default)]
pub(crate) struct Joined {
    incomplete: HashMap<String, Parts>,
}

struct Parts {
    next: usize,
    body: BytesMut,
    until: Instant,
}

impl Joined {
    /// Takes a part of the message with this key. Returns the body, once it is whole.
    pub(crate) fn take(&mut self, key: &str, message: &Message, limit: Duration) -> Option<Bytes> {
        let part = message.headers.as_ref()?.get(PART)?.as_str();
        let (number, count) = part.split_once('/')?;
        let (number, count): (usize, usize) = (number.parse().ok()?, count.parse().ok()?);
        if count == 1 {
            return Some(message.payload.clone());
        }
        if count > MAX_PARTS || number == 0 || number > count {
            return None;
        }
        let now = Instant::now();
        if number == 1 {
            self.incomplete.retain(|_, parts| now < parts.until);
            if self.incomplete.len() >= MAX_INCOMPLETE {
                return None;
            }
            let parts = Parts { next: 1, body: BytesMut::new(), until: now + limit };
            self.incomplete.insert(key.to_owned(), parts);
        }
        let parts = self.incomplete.get_mut(key)?;
        if parts.next != number {
            self.incomplete.remove(key);
            return None;
        }
        parts.body.extend_from_slice(&message.payload);
        parts.next += 1;
        if number < count {
            return None;
        }
        self.incomplete.remove(key).map(|parts| parts.body.freeze())
    }
}
