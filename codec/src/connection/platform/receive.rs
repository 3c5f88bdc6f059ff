//! Incoming messages.

use super::{About, Action, Asked, Connection, Input, State, transition};
use crate::connection::counters::count;
use crate::connection::deadline::later;
use crate::connection::inbound::InboundId;
use crate::connection::incoming::{self, Incoming, Origin};
use crate::connection::join::Join;
use crate::connection::pending::RequestId;
use crate::connection::replies::Reason;
use crate::connection::storage::Storage;
use crate::connection::unreadable::Unreadable;
use crate::wire::auth::Auth;
use crate::wire::bind::{Bind, Unbind};
use crate::wire::chunk::{Chunk, ChunkOf};
use crate::wire::codes::Status;
use crate::wire::header::Ids;
use crate::wire::message::{Body, Message};
use crate::wire::request::Request;
use crate::wire::response::Response;

/// The result of a message for the host.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Received<'a> {
    /// There is nothing to do, except for the events of
    /// [`poll_event`](Connection::poll_event).
    Handled,
    /// The reply queue is full, or a decision about names is open, so the message was not
    /// handled. Send what [`poll_transmit`](Connection::poll_transmit) returns and make the
    /// decision, then pass the same message again.
    NotNow,
    /// The claims of the edge. Call [`accept`](Connection::accept) or
    /// [`refuse`](Connection::refuse), now or later. Compare keys in constant time, and do not
    /// log them.
    Auth(Auth<'a>),
    /// Names that the edge wants to bind, all or none. Call
    /// [`change_name`](Connection::change_name) for each change and then
    /// [`accept_names`](Connection::accept_names), or call
    /// [`refuse_names`](Connection::refuse_names), now or later.
    Bind(Bind<'a>),
    /// Names that the edge wants to unbind, all or none. Decide in the same way. Until then
    /// they stay bound.
    Unbind(Unbind<'a>),
    /// A request of the edge. Answer it with [`respond`](Connection::respond).
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
    /// The message cannot be decoded. The machine answers it with BAD_REQUEST, or has ended
    /// the request that it answers, or the connection. There is nothing to do but to log it.
    Unreadable(Unreadable<'a>),
}

impl<S: Storage> Connection<S>
where
    S::Name: for<'n> TryFrom<&'n str>,
{
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
        self.received_ms = self.link.now_ms;
        let (incoming, rest) = incoming::decode(bytes);
        if is_of_names(&incoming) && self.is_deciding_names() {
            return Received::NotNow;
        }
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

/// Returns whether it is a BIND or UNBIND, or a chunk of one.
const fn is_of_names(incoming: &Incoming<'_>) -> bool {
    let Incoming::Message(Message { body, .. }) = incoming else { return false };
    match body {
        Body::Bind(_) | Body::Unbind(_) => true,
        Body::Chunk(chunk) => matches!(chunk.of, ChunkOf::Bind | ChunkOf::Unbind),
        _ => false,
    }
}

impl<S: Storage> Connection<S>
where
    S::Name: for<'n> TryFrom<&'n str>,
{
    fn take<'a>(&mut self, incoming: Incoming<'a>) -> Received<'a> {
        match incoming {
            Incoming::Message(Message { ids, body }) => match body {
                Body::Request(request) => self.take_request(ids, request),
                Body::Response(response) => self.take_response(ids, response),
                Body::Auth(auth) => self.take_auth(ids, auth),
                Body::ClearAuth(_) => {
                    if self.apply(Input::Unreadable) == Action::BadRequest {
                        self.link.reply(ids, Status::BAD_REQUEST, Reason::NO_CLEARAUTH);
                    }
                    Received::Handled
                }
                Body::Bind(bind) => self.take_bind(ids, bind),
                Body::Unbind(unbind) => self.take_unbind(ids, unbind),
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

    fn take_bind<'a>(&mut self, ids: Ids, bind: Bind<'a>) -> Received<'a> {
        if self.apply_to(ids, Input::Bind) != Action::AskBind {
            return Received::Handled;
        }
        if !self.names.ask_bind(&bind, self.settings.names) {
            self.link.reply(ids, Status::SERVICE_UNAVAILABLE, Reason::TOO_MANY_NAMES);
            return Received::Handled;
        }
        self.ask(About::Names, ids);
        Received::Bind(bind)
    }

    fn take_unbind<'a>(&mut self, ids: Ids, unbind: Unbind<'a>) -> Received<'a> {
        if self.apply_to(ids, Input::Unbind) != Action::AskUnbind {
            return Received::Handled;
        }
        self.ask(About::Names, ids);
        Received::Unbind(unbind)
    }

    /// Returns whether a BIND or UNBIND has to wait, because another one waits for a decision
    /// or a reply that names a Thing was not sent yet.
    fn is_deciding_names(&self) -> bool {
        let is_asked = self.asked.is_some() || self.link.replies.has_named();
        self.state == State::Online && is_asked
    }
}

impl<S: Storage> Connection<S> {
    /// Returns whether a chunk goes to the joiner: if it is of a request, a BIND or an UNBIND
    /// that the state allows, or of a response that is awaited.
    fn may_join(&mut self, ids: Ids, chunk: &Chunk<'_>) -> bool {
        let action = match chunk.of {
            ChunkOf::Response(_) => self.apply(Input::Response),
            _ if self.link.was_refused(ids) => return false,
            _ => self.apply_to(ids, Input::RequestChunk),
        };
        match action {
            Action::Join => true,
            Action::Match => self.link.awaits(ids),
            Action::Unauthorized => {
                self.link.refused(ids, chunk.count.saturating_sub(1));
                false
            }
            _ => false,
        }
    }

    fn take_auth<'a>(&mut self, ids: Ids, auth: Auth<'a>) -> Received<'a> {
        match self.apply(Input::Auth) {
            Action::AskAuth => {
                self.ask(About::Claims, ids);
                Received::Auth(auth)
            }
            Action::BadRequest => {
                self.link.reply(ids, Status::BAD_REQUEST, Reason::AUTH_AGAIN);
                Received::Handled
            }
            _ => Received::Handled,
        }
    }

    fn take_request<'a>(&mut self, ids: Ids, request: Request<'a>) -> Received<'a> {
        if self.apply_to(ids, Input::Request) == Action::HandOut {
            if let Some(inbound) = self.link.hand_out(ids) {
                return Received::Request { inbound, request };
            }
        }
        Received::Handled
    }

    fn take_response<'a>(&mut self, ids: Ids, response: Response<'a>) -> Received<'a> {
        if self.apply(Input::Response) == Action::Match {
            if let Some(request) = self.link.answered(ids) {
                return Received::Response { request, response };
            }
        }
        Received::Handled
    }

    /// Handles a message that cannot be decoded: a response ends the request that it
    /// answers, and everything else is answered.
    fn take_unreadable<'a>(
        &mut self,
        Origin { ids, is_response, left }: Origin,
        unreadable: Unreadable<'a>,
    ) -> Received<'a> {
        let input = if is_response { Input::Response } else { Input::Unreadable };
        if !is_response && left > 0 && self.link.was_refused(ids) {
            return Received::Handled;
        }
        match self.apply(input) {
            Action::Drop => return Received::Handled,
            Action::Match => self.link.answered_badly(ids, unreadable.fault.failure()),
            Action::BadRequest => self.link.refuse(ids, unreadable.fault, left),
            _ => {}
        }
        Received::Unreadable(unreadable)
    }

    fn ask(&mut self, what: About, ids: Ids) {
        self.asked = Some(Asked { what, request: ids.request, endpoint: ids.endpoint });
        self.link.replies.reserved = true;
    }

    /// Applies an input whose message must have the granted session id, or none (PROTOCOL.md §7).
    fn apply_to(&mut self, ids: Ids, input: Input) -> Action {
        if self.link.is_session(ids.session) {
            return self.apply(input);
        }
        let action = self.apply(Input::WrongSession);
        if action == Action::Unauthorized {
            self.link.reply(ids, Status::UNAUTHORIZED, Reason::WRONG_SESSION);
        }
        action
    }

    /// Changes the state and does what concerns the connection as a whole. The caller does
    /// the rest of the action.
    pub(super) fn apply(&mut self, input: Input) -> Action {
        let (state, action) = transition(self.state, input);
        self.state = state;
        match action {
            Action::Drop => count(&mut self.link.counters.messages_dropped),
            Action::Close(end, code) => {
                self.close = Some(code);
                self.deadline_ms = later(self.link.now_ms, self.settings.close_timeout_ms);
                self.over(end);
            }
            Action::End(end) => self.over(end),
            _ => {}
        }
        if state == State::Ended {
            self.link.replies.clear();
        }
        action
    }
}
