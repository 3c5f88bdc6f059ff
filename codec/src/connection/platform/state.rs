//! The states of a platform's connection (PROTOCOL.md §7), and what it does in each.
//!
//! ```text
//!                 Auth              Accept
//!   AwaitingAuth ──────▶ Deciding ──────────▶ Online
//!      │                    │                   │
//!      │ any other message  │ Refuse            │ NoHeader
//!      │ Deadline           │ any other message │ Idle
//!      │ Idle, Leave        │ Idle, Leave       │ Leave
//!      ▼                    ▼                   ▼
//!   Closing ◀────────────────────────────────────
//!      │ Closed, Deadline
//!      ▼
//!    Ended ◀─────── from every state: Closed
//! ```

use super::End;
use crate::connection::CloseCode;

/// The state of a platform's connection. Each name has a state of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// The WebSocket is open. Only AUTH is allowed.
    AwaitingAuth,
    /// AUTH was received, and the host decides.
    Deciding,
    /// AUTH was accepted. Names can be bound, and requests are sent both ways.
    Online,
    /// The connection has ended. A close is sent, and that of the peer is awaited.
    Closing,
    /// The connection has ended, and the transport can be dropped.
    Ended,
}

/// An input of the state machine of a platform's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// An AUTH.
    Auth,
    /// A BIND.
    Bind,
    /// An UNBIND.
    Unbind,
    /// A whole request.
    Request,
    /// A chunk of a request, a BIND or an UNBIND.
    RequestChunk,
    /// A response or chunk of one, valid or not.
    Response,
    /// A KEEP_ALIVE.
    KeepAlive,
    /// A BIND, UNBIND or request with a session id other than the granted one. 0 and
    /// 0xFFFFFFFF mean none and are accepted.
    WrongSession,
    /// A whole header with an invalid rest: an unknown method or marker, a body that cannot
    /// be decoded, or chunks that cannot be joined. Or a CLEARAUTH. Not a response.
    Unreadable,
    /// Bytes without a valid header.
    NoHeader,
    /// The host accepts the claims.
    Accept,
    /// The host refuses the claims.
    Refuse,
    /// The host shuts down.
    Leave,
    /// AUTH, or the close of the edge, was not received in time.
    Deadline,
    /// Nothing was received for too long.
    Idle,
    /// The WebSocket is closed, or lost.
    Closed,
}

/// An action of a platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Nothing is done.
    Nothing,
    /// The message is counted and dropped.
    Drop,
    /// The claims are passed to the host for a decision.
    AskAuth,
    /// AUTH is answered with SUCCESS and the granted ids.
    Grant,
    /// The names to bind are passed to the host for a decision.
    AskBind,
    /// The names to unbind are passed to the host for a decision.
    AskUnbind,
    /// The request is passed to the host.
    HandOut,
    /// The request that the response answers ends.
    Match,
    /// The chunk is joined to others.
    Join,
    /// The message is answered with BAD_REQUEST.
    BadRequest,
    /// The message is answered with UNAUTHORIZED.
    Unauthorized,
    /// The connection ends with a close. Replies that wait are sent before it.
    Close(End, CloseCode),
    /// The connection ends at once.
    End(End),
}

impl State {
    /// All states, in the order in which a connection passes them.
    pub const ALL: &'static [Self] =
        &[Self::AwaitingAuth, Self::Deciding, Self::Online, Self::Closing, Self::Ended];
}

impl Input {
    /// All inputs.
    pub const ALL: &'static [Self] = &[
        Self::Auth,
        Self::Bind,
        Self::Unbind,
        Self::Request,
        Self::RequestChunk,
        Self::Response,
        Self::KeepAlive,
        Self::WrongSession,
        Self::Unreadable,
        Self::NoHeader,
        Self::Accept,
        Self::Refuse,
        Self::Leave,
        Self::Deadline,
        Self::Idle,
        Self::Closed,
    ];

    /// Returns whether it is a message of the peer.
    const fn is_message(self) -> bool {
        use Input::{Auth, Bind, KeepAlive, NoHeader, Request, RequestChunk, Response, Unbind};
        matches!(self, Auth | Bind | Unbind | Request | RequestChunk | Response | KeepAlive)
            || matches!(self, Self::WrongSession | Self::Unreadable | NoHeader)
    }
}

/// Returns the next state and the action of a platform for an input (PROTOCOL.md §7). The whole
/// table is in `codec/docs/platform.md`.
#[expect(clippy::match_same_arms, reason = "a table: a line for each thing that can happen")]
pub const fn transition(state: State, input: Input) -> (State, Action) {
    use Action as A;
    use CloseCode::{GoingAway, PolicyViolation, ProtocolError};
    use Input as I;
    use State::{AwaitingAuth, Closing, Deciding, Ended, Online};

    match (state, input) {
        // An ended connection stays ended.
        (Ended | Closing, input) if input.is_message() => (state, A::Drop),
        (Ended, _) => (Ended, A::Nothing),
        (Closing, I::Closed | I::Deadline | I::Idle) => (Ended, A::Nothing),
        (Closing, _) => (Closing, A::Nothing),

        (_, I::Closed) => (Ended, A::End(End::Closed)),
        (_, I::Idle) => (Closing, A::Close(End::Idle, GoingAway)),
        (_, I::Leave) => (Closing, A::Close(End::ShutDown, GoingAway)),

        (AwaitingAuth, I::Auth) => (Deciding, A::AskAuth),
        (AwaitingAuth, I::Deadline) => (Closing, A::Close(End::AuthTimeout, PolicyViolation)),

        (Deciding, I::Accept) => (Online, A::Grant),
        (Deciding, I::Refuse) => (Closing, A::Close(End::Refused, PolicyViolation)),
        (Deciding, I::Auth) => (Deciding, A::BadRequest),

        // Before AUTH was accepted no message is handled or answered.
        (AwaitingAuth | Deciding, input) if input.is_message() => {
            (Closing, A::Close(End::TooEarly, PolicyViolation))
        }

        (Online, I::Bind) => (Online, A::AskBind),
        (Online, I::Unbind) => (Online, A::AskUnbind),
        (Online, I::Request) => (Online, A::HandOut),
        (Online, I::RequestChunk) => (Online, A::Join),
        (Online, I::Response) => (Online, A::Match),
        (Online, I::Auth | I::Unreadable) => (Online, A::BadRequest),
        (Online, I::WrongSession) => (Online, A::Unauthorized),
        (Online, I::NoHeader) => (Closing, A::Close(End::Protocol, ProtocolError)),

        // A KEEP_ALIVE needs no reply, and a decision is made once.
        (_, _) => (state, A::Nothing),
    }
}
