//! What both sides have in common: ids, requests in both directions, and messages that wait
//! to be sent.

use core::fmt;

use super::counters::{Counters, count};
use super::deadline::{NEVER, later};
use super::encode::Encoded;
use super::error::{BufferTooSmall, CallError};
use super::inbound::{Inbound, InboundId, NotTaken, Unanswered};
use super::incoming::{Incoming, Origin};
use super::join::Join;
use super::outbox::{self, Outbox};
use super::pending::{Failure, RequestId, Requests};
use super::refused::Refused;
use super::replies::{Reason, Replies, Reply};
use super::storage::Storage;
use super::unreadable::{Fault, Unreadable};
use crate::limits::HEADER_LEN;
use crate::multipart::Joined;
use crate::wire::chunk::{Chunk, ChunkOf};
use crate::wire::codes::{Code, EntityType, Status};
use crate::wire::header::{Header, Ids};
use crate::wire::message::Message;
use crate::wire::request::Entity;

/// The settings that both sides have: timeouts in milliseconds, the chunk size, and whether
/// one WebSocket message may contain several messages of the protocol.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) request_timeout_ms: u32,
    pub(crate) answer_timeout_ms: u32,
    pub(crate) chunk_size: u16,
    pub(crate) several_messages: bool,
}

pub(crate) struct Link<S: Storage> {
    pub(crate) endpoint: u32,
    pub(crate) session: u32,
    pub(crate) requests: Requests<S::Requests>,
    pub(crate) inbound: Unanswered<S::Inbound>,
    pub(crate) outbox: Outbox<S::Outbox>,
    pub(crate) replies: Replies<S::Name>,
    pub(crate) counters: Counters,
    pub(crate) limits: Limits,
    /// The latest time that the caller has passed.
    pub(crate) now_ms: u64,
    /// The joiner may hold chunks of an earlier connection.
    pub(crate) joiner_is_stale: bool,
    /// The number of bytes that follow the latest message and are to be handled next.
    rest: usize,
    /// Long messages that were refused, whose other chunks may still come.
    refused: Refused,
}

impl<S: Storage> Clone for Link<S>
where
    S::Name: Clone,
    S::Requests: Clone,
    S::Inbound: Clone,
    S::Outbox: Clone,
{
    fn clone(&self) -> Self {
        Self {
            endpoint: self.endpoint,
            session: self.session,
            requests: self.requests.clone(),
            inbound: self.inbound.clone(),
            outbox: self.outbox.clone(),
            replies: self.replies.clone(),
            counters: self.counters,
            limits: self.limits,
            now_ms: self.now_ms,
            joiner_is_stale: self.joiner_is_stale,
            rest: self.rest,
            refused: self.refused.clone(),
        }
    }
}

impl<S: Storage> fmt::Debug for Link<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("endpoint", &self.endpoint)
            .field("session", &self.session)
            .field("requests", &self.requests)
            .field("inbound", &self.inbound)
            .field("outbox", &self.outbox)
            .field("replies", &self.replies)
            .field("counters", &self.counters)
            .field("now_ms", &self.now_ms)
            .finish_non_exhaustive()
    }
}

impl<S: Storage> Link<S> {
    pub(crate) fn new(limits: Limits, outbox: S::Outbox, first_request: u32) -> Self {
        Self {
            endpoint: 0,
            session: Ids::NONE,
            requests: Requests::new(first_request),
            inbound: Unanswered::new(),
            outbox: Outbox::new(outbox),
            replies: Replies::new(),
            counters: Counters::default(),
            limits,
            now_ms: 0,
            joiner_is_stale: true,
            rest: 0,
            refused: Refused::default(),
        }
    }

    /// Sets the time. If the clock went backwards, the latest time is kept.
    pub(crate) fn at(&mut self, now_ms: u64) -> u64 {
        self.now_ms = self.now_ms.max(now_ms);
        self.now_ms
    }

    /// Prepares for a message that was received at this time. Returns `false` if there is no
    /// room for a reply to it.
    pub(crate) fn has_room_at(&mut self, now_ms: u64) -> bool {
        self.rest = 0;
        if self.replies.is_full() {
            return false;
        }
        self.at(now_ms);
        true
    }

    /// Notes which bytes follow a message. Bytes that do not begin with a whole header are
    /// padding, as real clients send it (PROTOCOL.md §6).
    #[inline]
    pub(crate) fn followed(&mut self, rest: &[u8]) {
        if !rest.is_empty() {
            self.followed_by(rest);
        }
    }

    #[cold]
    fn followed_by(&mut self, rest: &[u8]) {
        if self.limits.several_messages && Header::decode(rest).is_ok() {
            self.rest = rest.len();
            return;
        }
        count(&mut self.counters.messages_followed);
        let more = u32::try_from(rest.len()).unwrap_or(u32::MAX);
        self.counters.bytes_followed = self.counters.bytes_followed.saturating_add(more);
    }

    /// Returns the part of these bytes that follows the latest message and is handled next.
    pub(crate) fn rest<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let at = bytes.len().saturating_sub(self.rest);
        bytes.get(at..).unwrap_or_default()
    }

    /// Joins a chunk, decoded from these bytes, to the earlier ones.
    pub(crate) fn join<'a>(
        &mut self,
        joiner: &'a mut impl Join,
        ids: Ids,
        chunk: &Chunk<'_>,
        bytes: &'a [u8],
    ) -> Incoming<'a> {
        self.prepare(joiner);
        let is_response = matches!(chunk.of, ChunkOf::Response(_));
        let missing = joiner.missing(ids.request).unwrap_or(chunk.count);
        let (fault, bytes, left) = match joiner.push(ids, chunk, self.now_ms) {
            Ok(Joined::Incomplete) => return Incoming::Incomplete,
            Ok(Joined::Complete(whole)) => match Message::decode_exact(whole) {
                Ok(message) => return Incoming::Message(message),
                Err(error) => (Fault::Bytes(error), whole, 0),
            },
            Err(error) => (Fault::Chunks(error), bytes, missing.saturating_sub(1)),
        };
        Incoming::Unreadable(Origin { ids, is_response, left }, Unreadable { fault, bytes })
    }

    /// Notes that a message is refused of which `left` chunks are still to come.
    pub(crate) fn refused(&mut self, ids: Ids, left: u16) {
        self.refused.add(ids.request, left, self.now_ms);
    }

    /// Answers a message that cannot be decoded: once, however many chunks it has.
    pub(crate) fn refuse(&mut self, ids: Ids, fault: Fault, left: u16) {
        let (status, reason) = fault.reply();
        self.reply(ids, status, reason);
        self.refused(ids, left);
    }

    /// Returns whether a chunk belongs to a refused message. It is not answered then.
    pub(crate) fn was_refused(&mut self, ids: Ids) -> bool {
        let was_refused = self.refused.has(ids.request, self.now_ms);
        if was_refused {
            count(&mut self.counters.messages_dropped);
        }
        was_refused
    }

    /// Prepares the joiner for a chunk: removes messages of an earlier connection, and those
    /// that were not complete in time (PROTOCOL.md §5).
    fn prepare(&mut self, joiner: &mut impl Join) {
        if core::mem::take(&mut self.joiner_is_stale) {
            joiner.clear();
        }
        for _ in 0..joiner.expire(self.now_ms) {
            count(&mut self.counters.messages_unfinished);
        }
    }

    /// Queues a request of the application.
    pub(crate) fn request(
        &mut self,
        in_flight: impl Fn(u32) -> bool,
        encode: impl FnOnce(Ids, &mut [u8]) -> Encoded,
    ) -> Result<RequestId, CallError> {
        if !self.requests.has_room() {
            return Err(CallError::TooManyRequests);
        }
        let request = self.requests.next_id(in_flight);
        let ids = Ids { request, endpoint: self.endpoint, session: self.session };
        self.outbox
            .push(self.limits.chunk_size, |buffer| encode(ids, buffer))
            .map_err(CallError::from)?;
        self.requests.open(request, later(self.now_ms, self.limits.request_timeout_ms));
        Ok(RequestId(request))
    }

    /// Queues a response of the application.
    pub(crate) fn respond(
        &mut self,
        inbound: InboundId,
        encode: impl FnOnce(Ids, &mut [u8]) -> Encoded,
    ) -> Result<(), CallError> {
        let waiting = self.inbound.get(inbound).ok_or(CallError::NotWaiting)?;
        let Inbound { request, endpoint, .. } = *waiting;
        let ids = Ids { request, endpoint, session: self.session };
        self.outbox
            .push(self.limits.chunk_size, |buffer| encode(ids, buffer))
            .map_err(CallError::from)?;
        self.inbound.close(inbound);
        Ok(())
    }

    /// Queues a reply of the machine to a message of the peer.
    pub(crate) fn reply(&mut self, ids: Ids, status: Status, reason: Reason) {
        let Ids { request, endpoint, .. } = ids;
        self.replies.push(Reply { request, endpoint, status, reason });
    }

    /// Stores a request of the peer that is passed to the caller. Returns `None` if there is
    /// no room, or if it is a repeated one.
    pub(crate) fn hand_out(&mut self, ids: Ids) -> Option<InboundId> {
        let deadline_ms = later(self.now_ms, self.limits.answer_timeout_ms);
        match self.inbound.open(ids.request, ids.endpoint, deadline_ms) {
            Ok(inbound) => Some(inbound),
            Err(NotTaken::Double) => {
                count(&mut self.counters.requests_doubled);
                None
            }
            Err(NotTaken::Full) => {
                count(&mut self.counters.requests_refused);
                self.reply(ids, Status::SERVICE_UNAVAILABLE, Reason::TOO_MANY_REQUESTS);
                None
            }
        }
    }

    /// Returns whether a session id is that of this connection, or none: not all peers repeat
    /// it (PROTOCOL.md §7).
    pub(crate) fn is_session(&self, session: u32) -> bool {
        session == self.session || matches!(session, 0 | Ids::NONE)
    }

    /// Ends the request that a response answers, and returns it.
    pub(crate) fn answered(&mut self, ids: Ids) -> Option<RequestId> {
        if self.is_session(ids.session) && self.requests.close(ids.request) {
            return Some(RequestId(ids.request));
        }
        count(&mut self.counters.responses_dropped);
        None
    }

    /// Returns whether a response with these ids is awaited.
    pub(crate) fn awaits(&mut self, ids: Ids) -> bool {
        let awaits = self.is_session(ids.session) && self.requests.awaits(ids.request);
        if !awaits {
            count(&mut self.counters.responses_dropped);
        }
        awaits
    }

    /// Ends the request that is answered by a response that cannot be decoded.
    pub(crate) fn answered_badly(&mut self, ids: Ids, failure: Failure) {
        if self.awaits(ids) {
            self.requests.fail_id(ids.request, failure);
        }
    }

    /// Ends requests that have timed out, in both directions.
    pub(crate) fn expire(&mut self) {
        self.requests.expire(self.now_ms);
        while !self.replies.is_full() {
            let Some(inbound) = self.inbound.expire(self.now_ms) else { break };
            count(&mut self.counters.requests_unanswered);
            let Inbound { request, endpoint, .. } = inbound;
            let status = Status::GATEWAY_TIMEOUT;
            let reason = Reason::None;
            self.replies.push(Reply { request, endpoint, status, reason });
        }
    }

    /// Returns when the next of them times out. While there is no room for a reply, requests
    /// of the peer cannot be answered and do not count.
    pub(crate) fn next_deadline(&self) -> u64 {
        let inbound = if self.replies.is_full() { NEVER } else { self.inbound.next_deadline() };
        self.requests.next_deadline().min(inbound)
    }

    /// Writes the next reply of the machine into the buffer.
    pub(crate) fn poll_reply(
        &mut self,
        buffer: &mut [u8],
    ) -> Result<Option<usize>, BufferTooSmall> {
        self.replies.poll(self.session, buffer)
    }

    /// Writes the next message of the application, or its next chunk, into the buffer.
    /// Requests that have ended meanwhile, or are for a Thing that `may_ask` rejects, are
    /// dropped.
    pub(crate) fn poll_outbox(
        &mut self,
        buffer: &mut [u8],
        may_ask: impl Fn(&str) -> bool,
    ) -> Result<Option<usize>, BufferTooSmall> {
        while let Some((message, _)) = self.outbox.first() {
            let Some((request, entity)) = request_in(message) else { break };
            let is_thing = entity.entity_type == EntityType::THINGS;
            let may_ask = !is_thing || may_ask(entity.name.as_str());
            if may_ask && self.requests.awaits(request) {
                break;
            }
            self.requests.fail_id(request, Failure::NotSent);
            self.outbox.drop_first();
        }
        self.outbox.poll(buffer).map_err(|needed| BufferTooSmall { needed })
    }

    /// Ends all requests in both directions.
    pub(crate) fn end(&mut self) {
        self.requests.end();
        self.inbound.clear();
        self.refused.clear();
    }
}

/// Returns the id and the entity of an encoded message if it is a request.
fn request_in(message: &[u8]) -> Option<(u32, Entity<'_>)> {
    let header = Header::decode(message).ok()?;
    let Code::Request(_) = header.code else { return None };
    let (_, entity) = Entity::parse(message.get(HEADER_LEN..)?).ok()?;
    Some((header.ids.request, entity))
}

impl From<outbox::NotTaken> for CallError {
    fn from(not_taken: outbox::NotTaken) -> Self {
        match not_taken {
            outbox::NotTaken::Full => Self::OutboxFull,
            outbox::NotTaken::TooLong => Self::MessageTooLong,
            outbox::NotTaken::Encode(error) => Self::Encode(error),
        }
    }
}
