//! Outgoing messages.

use super::{Action, Connection, Input, State};
use crate::connection::deadline::later;
use crate::connection::encode::{self, Encoded};
use crate::connection::error::{BufferTooSmall, CallError};
use crate::connection::inbound::InboundId;
use crate::connection::pending::RequestId;
use crate::connection::storage::Storage;
use crate::connection::transmit::Transmit;
use crate::error::EncodeError;
use crate::wire::auth::Auth;
use crate::wire::header::Ids;
use crate::wire::message::{Body, Message};
use crate::wire::request::{Entity, Request};

impl<S: Storage> Connection<S> {
    /// Handles an open WebSocket: writes AUTH into the buffer and returns its length in
    /// bytes. Send it before anything else. The key is not stored (PROTOCOL.md §7).
    ///
    /// # Errors
    /// - [`WrongState`](CallError::WrongState) if it was called before on this connection
    /// - [`Encode`](CallError::Encode) if the buffer is too small, or the claims cannot be
    ///   encoded; call it again
    pub fn handle_opened(
        &mut self,
        auth: &Auth<'_>,
        buffer: &mut [u8],
        now_ms: u64,
    ) -> Result<usize, CallError> {
        if self.state != State::Opening {
            return Err(CallError::WrongState);
        }
        let now_ms = self.link.at(now_ms);
        let request = self.link.requests.next_id(|_| false);
        let message = Message { ids: Ids::unauthenticated(request), body: Body::Auth(*auth) };
        let len = message.encode(buffer).map_err(CallError::Encode)?;
        self.link.joiner_is_stale = true;
        self.apply(Input::Opened);
        self.auth = request;
        self.deadline_ms = later(now_ms, self.settings.request_timeout_ms);
        self.keep_alive.start(now_ms);
        Ok(len)
    }

    /// Queues a request. [`handle_received`](Self::handle_received) returns its response, or
    /// [`poll_event`](Self::poll_event) its failure: exactly one of the two, once.
    ///
    /// # Errors
    /// Nothing is sent then.
    ///
    /// - [`NotAuthenticated`](CallError::NotAuthenticated) before AUTH has succeeded
    /// - [`Leaving`](CallError::Leaving) after [`leave`](Self::leave)
    /// - [`Ended`](CallError::Ended) after the end of the connection
    /// - [`TooManyRequests`](CallError::TooManyRequests) if too many requests are open
    /// - [`OutboxFull`](CallError::OutboxFull) until queued messages are sent
    /// - [`MessageTooLong`](CallError::MessageTooLong) if it is larger than the outbox, or has
    ///   too many chunks
    /// - [`Encode`](CallError::Encode) if it cannot be encoded
    pub fn request(&mut self, request: &Request<'_>, now_ms: u64) -> Result<RequestId, CallError> {
        self.send_request(&request.entity, now_ms, encode::whole(Body::Request(*request)))
    }

    /// Leaves the platform: sends the queued messages, unbinds the names and closes. The
    /// connection ends when the platform has answered, or after the request timeout.
    pub fn leave(&mut self, now_ms: u64) {
        let now_ms = self.link.at(now_ms);
        if self.apply(Input::Leave) == Action::Unbind {
            self.deadline_ms = later(now_ms, self.settings.request_timeout_ms);
            self.drain();
        }
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
        let now_ms = self.link.at(now_ms);
        if self.is_alive() {
            if let Some(len) = self.poll_message(buffer, now_ms)? {
                self.keep_alive.sent(now_ms);
                return Ok(Some(Transmit::Message(len)));
            }
            if self.keep_alive.poll_ping(now_ms) {
                return Ok(Some(Transmit::Ping));
            }
        }
        Ok(self.close.take_if(|_| self.state == State::Closing).map(Transmit::Close))
    }
}

impl<S: Storage> Connection<S> {
    /// Queues a request for any entity of the platform.
    pub(super) fn send_request(
        &mut self,
        _: &Entity<'_>,
        now_ms: u64,
        encode: impl FnOnce(Ids, &mut [u8]) -> Encoded,
    ) -> Result<RequestId, CallError> {
        match self.state {
            State::Opening | State::Authenticating => Err(CallError::NotAuthenticated),
            State::Leaving => Err(CallError::Leaving),
            State::Closing | State::Ended => Err(CallError::Ended),
            State::Online => {
                self.link.at(now_ms);
                self.link.request(|id| self.names.awaits(id), encode)
            }
        }
    }

    pub(super) fn send_response(
        &mut self,
        inbound: InboundId,
        encode: impl FnOnce(Ids, &mut [u8]) -> Encoded,
    ) -> Result<(), CallError> {
        match self.state {
            State::Online | State::Leaving => self.link.respond(inbound, encode),
            State::Closing | State::Ended => Err(CallError::Ended),
            State::Opening | State::Authenticating => Err(CallError::NotWaiting),
        }
    }

    /// Writes the next message: replies of the machine first, then names, so that they are
    /// bound early, then messages of the application. An edge that leaves unbinds last.
    fn poll_message(
        &mut self,
        buffer: &mut [u8],
        now_ms: u64,
    ) -> Result<Option<usize>, BufferTooSmall> {
        let is_leaving = match self.state {
            State::Online => false,
            State::Leaving => true,
            _ => return Ok(None),
        };
        if let Some(len) = self.link.poll_reply(buffer)? {
            return Ok(Some(len));
        }
        if !is_leaving {
            if let Some(len) = self.poll_names(is_leaving, buffer, now_ms)? {
                return Ok(Some(len));
            }
        }
        if let Some(len) = self.link.poll_outbox(buffer, |_| true)? {
            return Ok(Some(len));
        }
        if is_leaving {
            if let Some(len) = self.poll_names(is_leaving, buffer, now_ms)? {
                return Ok(Some(len));
            }
            self.drain();
        }
        Ok(None)
    }

    fn poll_names(
        &mut self,
        is_leaving: bool,
        buffer: &mut [u8],
        now_ms: u64,
    ) -> Result<Option<usize>, BufferTooSmall> {
        if !self.names.wants(is_leaving) {
            return Ok(None);
        }
        let limit = usize::from(self.settings.chunk_size);
        let deadline_ms = later(now_ms, self.settings.request_timeout_ms);
        let request = self.link.requests.next_id(|id| self.names.awaits(id));
        let ids = Ids { request, endpoint: self.link.endpoint, session: self.link.session };
        match self.names.poll(ids, is_leaving, limit, deadline_ms, buffer) {
            Ok(written) => Ok(written),
            Err(EncodeError::BufferTooSmall { needed }) => Err(BufferTooSmall { needed }),
            // Cannot occur: the names and their number were checked.
            Err(_) => Ok(None),
        }
    }

    /// Closes when an edge that leaves has sent everything and was answered.
    pub(super) fn drain(&mut self) {
        let is_sent = self.link.replies.is_empty() && self.link.outbox.is_empty();
        if self.state == State::Leaving && is_sent && self.names.is_unbound() {
            self.apply(Input::Drained);
        }
    }
}
