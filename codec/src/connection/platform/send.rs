//! Outgoing messages.

use super::{Connection, State};
use crate::connection::encode::{self, Encoded};
use crate::connection::error::{BufferTooSmall, CallError};
use crate::connection::inbound::InboundId;
use crate::connection::pending::RequestId;
use crate::connection::storage::Storage;
use crate::connection::transmit::Transmit;
use crate::wire::codes::EntityType;
use crate::wire::header::Ids;
use crate::wire::message::Body;
use crate::wire::request::{Entity, Request};

impl<S: Storage> Connection<S> {
    /// Queues a request for a Thing that is bound here.
    /// [`handle_received`](Self::handle_received) returns its response, or
    /// [`poll_event`](Self::poll_event) its failure: exactly one of the two, once.
    ///
    /// # Errors
    /// Nothing is sent then.
    ///
    /// - [`NotAuthenticated`](CallError::NotAuthenticated) before AUTH was accepted
    /// - [`NotBound`](CallError::NotBound) if the Thing is not bound on this connection
    /// - [`Ended`](CallError::Ended) after the end of the connection
    /// - [`TooManyRequests`](CallError::TooManyRequests) if too many requests are open
    /// - [`OutboxFull`](CallError::OutboxFull) until queued messages are sent
    /// - [`MessageTooLong`](CallError::MessageTooLong) if it is larger than the outbox, or has
    ///   too many chunks
    /// - [`Encode`](CallError::Encode) if it cannot be encoded
    pub fn request(&mut self, request: &Request<'_>, now_ms: u64) -> Result<RequestId, CallError> {
        self.send_request(&request.entity, now_ms, encode::whole(Body::Request(*request)))
    }

    /// Writes the next message to send into the buffer. Call it until it returns `None`.
    ///
    /// # Errors
    /// [`BufferTooSmall`] if the message does not fit into the buffer; nothing has changed
    /// then.
    pub fn poll_transmit(
        &mut self,
        buffer: &mut [u8],
        now_ms: u64,
    ) -> Result<Option<Transmit>, BufferTooSmall> {
        self.link.at(now_ms);
        if self.state == State::Ended {
            return Ok(None);
        }
        if let Some(len) = self.poll_message(buffer)? {
            return Ok(Some(Transmit::Message(len)));
        }
        Ok(self.close.take().map(Transmit::Close))
    }
}

impl<S: Storage> Connection<S> {
    /// Queues a request for a Thing that is bound here.
    pub(super) fn send_request(
        &mut self,
        entity: &Entity<'_>,
        now_ms: u64,
        encode: impl FnOnce(Ids, &mut [u8]) -> Encoded,
    ) -> Result<RequestId, CallError> {
        match self.state {
            State::AwaitingAuth | State::Deciding => return Err(CallError::NotAuthenticated),
            State::Closing | State::Ended => return Err(CallError::Ended),
            State::Online => {}
        }
        let is_thing = entity.entity_type == EntityType::THINGS;
        if !is_thing || !self.names.is_bound(entity.name.as_str()) {
            return Err(CallError::NotBound);
        }
        self.link.at(now_ms);
        self.link.request(|_| false, encode)
    }

    pub(super) fn send_response(
        &mut self,
        inbound: InboundId,
        encode: impl FnOnce(Ids, &mut [u8]) -> Encoded,
    ) -> Result<(), CallError> {
        match self.state {
            State::Online => self.link.respond(inbound, encode),
            State::Closing | State::Ended => Err(CallError::Ended),
            State::AwaitingAuth | State::Deciding => Err(CallError::NotWaiting),
        }
    }

    /// Writes the next message: replies of the machine first, then messages of the host. After
    /// the end only replies that were queued before.
    fn poll_message(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, BufferTooSmall> {
        if let Some(len) = self.link.poll_reply(buffer)? {
            return Ok(Some(len));
        }
        if self.close.is_none() && self.end.is_some() {
            return Ok(None);
        }
        let names = &self.names;
        self.link.poll_outbox(buffer, |name| names.is_bound(name))
    }
}
