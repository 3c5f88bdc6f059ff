//! What goes out.

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
    /// The WebSocket is open: writes AUTH into the buffer and says how long it
    /// is. Send it before anything else. The key is read here, and kept nowhere
    /// (section 7).
    ///
    /// # Errors
    /// `WrongState` but for the first call; `Encode` where the buffer is too
    /// small, or the claims cannot be said. Then nothing has happened.
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

    /// Sends a request; its answer comes by
    /// [`handle_received`](Self::handle_received), its failure by
    /// [`poll_event`](Self::poll_event), one of both and once.
    ///
    /// # Errors
    /// `NotAuthenticated`, `Leaving`, `Ended`; `TooManyRequests`, `OutboxFull`,
    /// `MessageTooLong`, `Encode`. Then nothing is sent.
    pub fn request(&mut self, request: &Request<'_>, now_ms: u64) -> Result<RequestId, CallError> {
        self.send_request(&request.entity, now_ms, encode::whole(Body::Request(*request)))
    }

    /// Leaves: sends what was said before, unbinds the names, closes. It ends
    /// when the platform has answered, or has not in time.
    pub fn leave(&mut self, now_ms: u64) {
        let now_ms = self.link.at(now_ms);
        if self.apply(Input::Leave) == Action::Unbind {
            self.deadline_ms = later(now_ms, self.settings.request_timeout_ms);
            self.drain();
        }
    }

    /// Writes what is to be sent next into the buffer; none where there is
    /// nothing. Call it again until there is.
    ///
    /// # Errors
    /// The buffer is too small; nothing has changed.
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
    /// Sends a request to any entity of the platform.
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

    /// The next message: what the machine answers itself, then names, so that
    /// they are bound early, then what the application sends. Who leaves unbinds
    /// last.
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
            // Cannot be: names and their number were looked at.
            Err(_) => Ok(None),
        }
    }

    /// Whoever leaves closes when all is said and answered.
    pub(super) fn drain(&mut self) {
        let is_drained =
            self.link.replies.is_empty() && self.link.outbox.is_empty() && self.names.is_unbound();
        if self.state == State::Leaving && is_drained {
            self.apply(Input::Drained);
        }
    }
}
