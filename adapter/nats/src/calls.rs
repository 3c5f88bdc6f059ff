//! Calls to other nodes, and from them.

use std::collections::HashMap;
use std::str::FromStr as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use alwayson::message::{
    Request, Response, decode_request, decode_response, encode_request, encode_response,
};
use alwayson::platform::RequestError;
use alwayson::platform::cluster::{Incoming, Owner, PeerError};
use async_nats::{HeaderMap, HeaderValue, Message, StatusCode, Subject};
use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};

use crate::clock;
use crate::cluster::Shared;
use crate::entries::{any_token, node as node_of, token as own_token};
use crate::nodes::Node;
use crate::parts::{self, Joined};
use crate::token::Token;

/// The token of the owner, as the caller knows it.
const TOKEN: &str = "Token";
/// How long the caller waits, in ms.
const DEADLINE: &str = "Deadline-Ms";
/// What came of the call: [`ANSWER`], [`NOT_HERE`] or an error.
const OUTCOME: &str = "Outcome";
const ANSWER: &str = "answer";
const NOT_HERE: &str = "not-here";

type Called = Result<Response, PeerError>;

/// The calls of this node that wait for an answer.
pub(crate) struct Calls {
    /// The beginning of the subjects of answers.
    subject: String,
    next: AtomicU64,
    waiting: Mutex<HashMap<u64, Waiting>>,
}

struct Waiting {
    node: Node,
    /// Gets `None` if nobody takes calls at that subject.
    sender: oneshot::Sender<Option<Called>>,
}

/// Removes a call when it is not waited for any more.
struct Call<'a> {
    calls: &'a Calls,
    id: u64,
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.calls.lock().remove(&self.id);
    }
}

impl Calls {
    pub(crate) fn new(cluster: &str) -> Self {
        let subject = format!("{cluster}.answer.{:016x}", rand::random::<u64>());
        Self { subject, next: AtomicU64::new(1), waiting: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, id: u64, called: impl Into<Option<Called>>) {
        if let Some(waiting) = self.lock().remove(&id) {
            // The caller may have stopped waiting.
            let _ = waiting.sender.send(called.into());
        }
    }

    /// Ends the calls to nodes that are not alive any more: NATS tells nothing of that.
    pub(crate) fn end_lost(&self, node: &Shared) {
        let calls: Vec<(u64, Node)> =
            self.lock().iter().map(|(id, waiting)| (*id, waiting.node.clone())).collect();
        for (id, owner) in calls {
            if !is_live(node, &owner) {
                self.end(id, Err(RequestError::Ended.into()));
            }
        }
    }
}

/// Calls the owner of a Thing.
pub(crate) async fn call(
    node: &Shared,
    owner: &Owner,
    request: &Request,
    deadline: Duration,
) -> Called {
    let body: Bytes = encode_request(request).map_err(RequestError::Encode)?.into();
    let begun = Instant::now();
    let owner_node = node_of(&owner.node);
    let token = own_token(owner.token);
    loop {
        let left = deadline.saturating_sub(begun.elapsed());
        let called = call_once(node, &owner_node, token, body.clone(), left).await;
        let is_early = match &called {
            // Servers tell each other a moment later who takes calls, also if a node has connected
            // to another one.
            None => true,
            // It has claimed the Thing again after the store was lost, but does not know yet.
            Some(Err(PeerError::NotHere { token: Some(held) })) => own_token(*held) < token,
            Some(_) => false,
        };
        // Nothing was sent to an edge.
        if is_early && is_live(node, &owner_node) && left > node.options.lease.retry {
            sleep(node.options.lease.retry).await;
        } else {
            return called.unwrap_or(Err(RequestError::NotBound.into()));
        }
    }
}

/// Returns whether another node is known to live.
fn is_live(node: &Shared, other: &Node) -> bool {
    node.lock().nodes.is_live(other, clock::now())
}

/// Sends a call once, and waits for its answer. Returns `None` if nobody takes calls there.
async fn call_once(
    node: &Shared,
    owner: &Node,
    token: Token,
    body: Bytes,
    left: Duration,
) -> Option<Called> {
    let calls = &node.calls;
    let id = calls.next.fetch_add(1, Ordering::Relaxed);
    let (sender, answer) = oneshot::channel();
    calls.lock().insert(id, Waiting { node: owner.clone(), sender });
    let _call = Call { calls, id };
    let mut headers = HeaderMap::new();
    headers.insert(TOKEN, token.to_string());
    headers.insert(DEADLINE, left.as_millis().to_string());
    let subject = Subject::from(node.subject("call", owner));
    let reply = Subject::from(format!("{}.{id:x}", calls.subject));
    let sending = async {
        let sent = parts::publish(&node.client, &subject, Some(&reply), headers, body).await;
        if sent.is_err() {
            return Some(Err(RequestError::Ended.into()));
        }
        answer.await.unwrap_or(Some(Err(RequestError::Ended.into())))
    };
    timeout(left, sending).await.unwrap_or(Some(Err(RequestError::Timeout.into())))
}

/// Takes the answers to the calls of this node.
pub(crate) async fn run_answers(node: Arc<Shared>) {
    let subject = format!("{}.*", node.calls.subject);
    let Ok(mut answers) = node.client.subscribe(subject).await else { return };
    let mut joined = Joined::default();
    while let Some(message) = answers.next().await {
        let id = message.subject.rsplit('.').next();
        let Some(id) = id.and_then(|id| u64::from_str_radix(id, 16).ok()) else { continue };
        if message.status == Some(StatusCode::NO_RESPONDERS) {
            node.calls.end(id, None);
            continue;
        }
        let limit = node.options.lease.expiry;
        if let Some(body) = joined.take(&message.subject, &message, limit) {
            node.calls.end(id, read_answer(&message, &body));
        }
    }
}

fn read_answer(message: &Message, body: &[u8]) -> Called {
    let outcome = message.headers.as_ref().and_then(|headers| headers.get(OUTCOME));
    match outcome.map_or("", |outcome| outcome.as_str()) {
        ANSWER => decode_response(body).ok_or(RequestError::Unreadable.into()),
        NOT_HERE => {
            let text = std::str::from_utf8(body).unwrap_or_default();
            Err(PeerError::NotHere { token: Token::from_str(text).ok().map(any_token) })
        }
        name => {
            let known = ERRORS.iter().find(|(_, known)| *known == name);
            Err(known.map_or(RequestError::Ended, |(error, _)| *error).into())
        }
    }
}

/// The errors by their names on the wire. Others are [`RequestError::Ended`].
const ERRORS: [(RequestError, &str); 5] = [
    (RequestError::NotBound, "not-bound"),
    (RequestError::Timeout, "timeout"),
    (RequestError::Unreadable, "unreadable"),
    (RequestError::Busy, "busy"),
    (RequestError::TooLong, "too-long"),
];

/// Takes the calls of other nodes, as long as this run lasts.
pub(crate) async fn listen(node: &Arc<Shared>, me: &Node) {
    let Ok(mut calls) = node.client.subscribe(node.subject("call", me)).await else { return };
    let node = Arc::downgrade(node);
    let epoch = me.epoch;
    tokio::spawn(async move {
        let mut joined = Joined::default();
        while let Some(message) = calls.next().await {
            let Some(node) = node.upgrade() else { return };
            // The process may have been stopped: the clock is looked at first.
            if !node.lock().lease.serves(epoch, clock::now()) {
                return;
            }
            let Some(reply) = message.reply.clone() else { continue };
            let limit = node.options.lease.expiry;
            if let Some(body) = joined.take(&reply, &message, limit) {
                tokio::spawn(async move { answer(&node, &message, reply, &body).await });
            }
        }
    });
}

async fn answer(node: &Shared, message: &Message, reply: Subject, body: &[u8]) {
    let header = |name: &str| message.headers.as_ref()?.get(name).map(HeaderValue::as_str);
    let token = header(TOKEN).and_then(|token| Token::from_str(token).ok());
    let deadline = header(DEADLINE).and_then(|ms| ms.parse().ok()).map(Duration::from_millis);
    let (Some(token), Some(deadline), Some(request)) = (token, deadline, decode_request(body))
    else {
        return;
    };
    let thing = request.entity.clone();
    // When a call comes, and when its answer is sent.
    let is_mine = || {
        let core = node.lock();
        core.held.answers(&thing, token, &core.lease, clock::now())
    };
    let called = if is_mine() {
        let (sender, answer) = oneshot::channel();
        let call = Incoming::Call { request, token: any_token(token), deadline, reply: sender };
        let _ = node.incoming.send(call);
        let called = answer.await.unwrap_or(Err(RequestError::Ended.into()));
        if is_mine() || called.is_err() { called } else { Err(RequestError::Ended.into()) }
    } else {
        let held = node.lock().held.get(&thing);
        Err(PeerError::NotHere { token: held.map(|holding| any_token(holding.token)) })
    };
    let (outcome, body) = written(called);
    let mut headers = HeaderMap::new();
    headers.insert(OUTCOME, outcome);
    let _ = parts::publish(&node.client, &reply, None, headers, body).await;
}

fn written(called: Called) -> (&'static str, Bytes) {
    let error = match called {
        Ok(response) => match encode_response(&response) {
            Ok(body) => return (ANSWER, body.into()),
            Err(_) => RequestError::Unreadable,
        },
        Err(PeerError::NotHere { token }) => {
            let token = token.map(|token| own_token(token).to_string());
            return (NOT_HERE, token.unwrap_or_default().into());
        }
        Err(PeerError::Failed(error)) => error,
        Err(_) => RequestError::Ended,
    };
    let known = ERRORS.iter().find(|(known, _)| *known == error);
    (known.map_or("ended", |(_, name)| *name), Bytes::new())
}
