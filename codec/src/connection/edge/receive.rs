//! Incoming messages.

use super::{Action, Connection, End, Input, State, transition};
use crate::connection::counters::count;
use crate::connection::deadline::later;
use crate::connection::inbound::InboundId;
use crate::connection::incoming::{self, Incoming, Origin};
use crate::connection::join::Join;
use crate::connection::pending::RequestId;
use crate::connection::replies::Reason;
use crate::connection::storage::Storage;
use crate::connection::transmit::CloseCode;
use crate::connection::unreadable::Unreadable;
use crate::wire::chunk::{Chunk, ChunkOf};
use crate::wire::codes::Status;
use crate::wire::header::Ids;
use crate::wire::message::{Body, Message};
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::text::Text;

/// The result of a message for the application.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Received<'a> {
    /// There is nothing to do, except for the events of
    /// [`poll_event`](Connection::poll_event).
    Handled,
    /// The reply queue is full, so the message was not handled. Send what
    /// [`poll_transmit`](Connection::poll_transmit) returns, then pass the same message again.
    NotNow,
    /// A request of the platform for a bound Thing. Answer it with
    /// [`respond`](Connection::respond).
    Request {
        /// Identifies the request in the answer.
        inbound: InboundId,
        /// The request.
        request: Request<'a>,
    },
    /// The response to a request, which has ended.
    Response {
        /// The request.
        request: RequestId,
        /// The response.
        response: Response<'a>,
    },
    /// The platform refused to bind a name, which
    /// [`Event::Refused`](super::Event::Refused) names next.
    BindRefused {
        /// The status of the platform.
        status: Status,
        /// The reason of the platform.
        reason: Option<Text<'a>>,
    },
    /// The platform refused AUTH, and the connection ends.
    AuthRefused {
        /// The status of the platform.
        status: Status,
        /// The reason of the platform.
        reason: Option<Text<'a>>,
    },
    /// The message cannot be decoded. The machine answers it with BAD_REQUEST, or has ended
    /// the request that it answers, or the connection. There is nothing to do but to log it.
    Unreadable(Unreadable<'a>),
}

impl<S: Storage> Connection<S> {
    /// Handles one binary WebSocket message.
    ///
    /// Chunks of long messages go to the joiner. Pass the same joiner each time; chunks of an
    /// earlier connection are removed from it. The result borrows from the bytes and the
    /// joiner, not from the machine.
    pub fn handle_received<'a>(
        &mut self,
        bytes: &'a [u8],
        joiner: &'a mut impl Join,
        now_ms: u64,
    ) -> Received<'a> {
        if !self.link.has_room_at(now_ms) {
            return Received::NotNow;
        }
        self.keep_alive.received(self.link.now_ms);
        let (incoming, rest) = incoming::decode(bytes);
        self.link.followed(rest);
        match incoming {
            Incoming::Message(Message { ids, body: Body::Chunk(chunk) }) => {
                if !self.may_join(ids, &chunk) {
                    return Received::Handled;
                }
                let incoming = self.link.join(joiner, ids, &chunk, bytes);
                self.take(incoming)
            }
            incoming => self.take(incoming),
        }
    }
}

impl<S: Storage> Connection<S> {
    /// Returns whether a chunk goes to the joiner: if it is of a request that the state
    /// allows, or of a response that is awaited.
    fn may_join(&mut self, ids: Ids, chunk: &Chunk<'_>) -> bool {
        let input = match chunk.of {
            ChunkOf::Response(_) => Input::Response,
            _ if self.link.was_refused(ids) => return false,
            ChunkOf::Request(..) => Input::RequestChunk,
            ChunkOf::Bind | ChunkOf::Unbind => Input::Misplaced,
        };
        match self.apply(input) {
            Action::Join if self.link.is_session(ids.session) => return true,
            Action::Join => self.wrong_session(ids),
            Action::Match => return self.link.awaits(ids),
            Action::BadRequest => self.misplaced(ids),
            _ => return false,
        }
        self.link.refused(ids, chunk.count.saturating_sub(1));
        false
    }

    fn take<'a>(&mut self, incoming: Incoming<'a>) -> Received<'a> {
        match incoming {
            Incoming::Message(Message { ids, body }) => match body {
                Body::Request(request) => self.take_request(ids, request),
                Body::Response(response) => self.take_response(ids, response),
                Body::Auth(_) | Body::ClearAuth(_) | Body::Bind(_) | Body::Unbind(_) => {
                    if self.apply(Input::Misplaced) == Action::BadRequest {
                        self.misplaced(ids);
                    }
                    Received::Handled
                }
                Body::KeepAlive | Body::Chunk(_) => {
                    self.apply(Input::KeepAlive);
                    Received::Handled
                }
            },
            Incoming::Incomplete => Received::Handled,
            Incoming::Unreadable(origin, unreadable) => self.take_unreadable(origin, unreadable),
            Incoming::NoHeader(unreadable) => match self.apply(Input::NoHeader) {
                Action::Drop => Received::Handled,
                _ => Received::Unreadable(unreadable),
            },
        }
    }

    fn take_request<'a>(&mut self, ids: Ids, request: Request<'a>) -> Received<'a> {
        match self.apply(Input::Request) {
            Action::HandOut if !self.link.is_session(ids.session) => self.wrong_session(ids),
            Action::HandOut if !self.names.is_bound(request.entity.name.as_bytes()) => {
                self.not_found(ids);
            }
            Action::HandOut => {
                if let Some(inbound) = self.link.hand_out(ids) {
                    return Received::Request { inbound, request };
                }
            }
            Action::NotFound => self.not_found(ids),
            _ => {}
        }
        Received::Handled
    }

    fn not_found(&mut self, ids: Ids) {
        self.link.reply(ids, Status::NOT_FOUND, Reason::NOT_BOUND);
    }

    fn misplaced(&mut self, ids: Ids) {
        self.link.reply(ids, Status::BAD_REQUEST, Reason::ONLY_FROM_EDGES);
    }

    fn wrong_session(&mut self, ids: Ids) {
        self.link.reply(ids, Status::UNAUTHORIZED, Reason::WRONG_SESSION);
    }

    fn take_response<'a>(&mut self, ids: Ids, response: Response<'a>) -> Received<'a> {
        let Response { status, reason, .. } = response;
        if self.is_auth(ids) {
            let input = match status {
                Status::UNAUTHORIZED => Input::Refused,
                status if status.is_success() => Input::Accepted,
                _ => Input::Declined,
            };
            return match self.apply(input) {
                Action::Adopt => {
                    self.adopt(ids);
                    Received::Handled
                }
                _ => Received::AuthRefused { status, reason },
            };
        }
        if self.apply(Input::Response) != Action::Match {
            return Received::Handled;
        }
        if self.link.is_session(ids.session) && self.names.awaits(ids.request) {
            if self.is_invalid_session(status) {
                return Received::Handled;
            }
            let again_ms = later(self.link.now_ms, self.settings.rebind_delay_ms);
            if self.names.answer(ids.request, status, again_ms) {
                return Received::BindRefused { status, reason };
            }
            return Received::Handled;
        }
        let Some(request) = self.link.answered(ids) else { return Received::Handled };
        self.is_invalid_session(status);
        Received::Response { request, response }
    }

    /// Ends the connection if the platform does not know its session any more, and returns
    /// whether it has ended. On the next connection the edge authenticates again.
    fn is_invalid_session(&mut self, status: Status) -> bool {
        // Some platforms use this number as INVALID_SESSION (PROTOCOL.md §2).
        if status == Status::NOT_IMPLEMENTED {
            self.apply(Input::InvalidSession);
        }
        self.end.is_some()
    }

    /// Returns whether a response answers AUTH.
    fn is_auth(&self, ids: Ids) -> bool {
        self.state == State::Authenticating && ids.request == self.auth
    }

    /// Adopts the ids that the answer to AUTH grants (PROTOCOL.md §2).
    fn adopt(&mut self, ids: Ids) {
        self.link.session = ids.session;
        if ids.endpoint != Ids::NONE {
            self.link.endpoint = ids.endpoint;
        }
        self.untold.authenticated = true;
    }

    /// Handles a message that cannot be decoded: a response ends the request that it
    /// answers, and everything else is answered.
    fn take_unreadable<'a>(
        &mut self,
        Origin { ids, is_response, left }: Origin,
        unreadable: Unreadable<'a>,
    ) -> Received<'a> {
        let input = match is_response {
            true if self.is_auth(ids) => Input::Declined,
            true => Input::Response,
            false if left > 0 && self.link.was_refused(ids) => return Received::Handled,
            false => Input::Unreadable,
        };
        match self.apply(input) {
            Action::Drop => return Received::Handled,
            Action::Match if self.names.awaits(ids.request) => {
                let again_ms = later(self.link.now_ms, self.settings.rebind_delay_ms);
                let status = unreadable.fault.failure().status();
                self.names.answer(ids.request, status, again_ms);
            }
            Action::Match => self.link.answered_badly(ids, unreadable.fault.failure()),
            Action::BadRequest => self.link.refuse(ids, unreadable.fault, left),
            _ => {}
        }
        Received::Unreadable(unreadable)
    }

    /// Returns whether AUTH was sent and the connection has not ended.
    pub(super) fn is_alive(&self) -> bool {
        matches!(self.state, State::Authenticating | State::Online | State::Leaving)
    }

    /// Changes the state and does what concerns the connection as a whole. The caller does
    /// the rest of the action.
    pub(super) fn apply(&mut self, input: Input) -> Action {
        let (state, action) = transition(self.state, input);
        self.state = state;
        match action {
            Action::Drop => count(&mut self.link.counters.messages_dropped),
            Action::Close(end, code) => self.close(end, code),
            Action::End(end) => self.over(end),
            _ => {}
        }
        action
    }

    fn close(&mut self, end: End, code: CloseCode) {
        self.over(end);
        self.close = Some(code);
        self.deadline_ms = later(self.link.now_ms, self.settings.close_timeout_ms);
    }

    /// Ends the connection: all open requests end, and only a close is still sent.
    fn over(&mut self, end: End) {
        self.end = Some(end);
        self.untold.ended = true;
        self.link.end();
        self.link.replies.clear();
        self.link.outbox.clear();
        self.names.end();
    }
}
