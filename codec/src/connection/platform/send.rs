//! What goes out.

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
    /// Sends a request to a Thing that is bound here; its answer comes by
    /// [`handle_received`](Self::handle_received), its failure by
    /// [`poll_event`](Self::poll_event), one of both and once.
    ///
    /// # Errors
    /// `NotAuthenticated`, `NotBound`, `Ended`; `TooManyRequests`, `OutboxFull`,
    /// `MessageTooLong`, `Encode`. Then nothing is sent.
    pub fn request(&mut self, request: &Request<'_>, now_ms: u64) -> Result<RequestId, CallError> {
        self.send_request(&request.entity, now_ms, encode::whole(Body::Request(*request)))
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
    /// Sends a request to a Thing that is bound here.
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

    /// The next message: what the machine answers itself, then what the host
    /// sends. After the end only answers that were given before.
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
