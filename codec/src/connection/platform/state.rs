//! The states of a platform's connection (section 7), and what it does in each.
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

/// Where a platform's connection stands. Which names are bound is kept for each
/// name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// The WebSocket is open. Only AUTH may come.
    AwaitingAuth,
    /// AUTH has come, and the host decides.
    Deciding,
    /// AUTH was accepted: names can be bound, requests come.
    Online,
    /// It is over; a close is to be sent, and that of the peer awaited.
    Closing,
    /// It is over, and the transport can be dropped.
    Ended,
}

/// What happens to a platform's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// An AUTH.
    Auth,
    /// A BIND.
    Bind,
    /// An UNBIND.
    Unbind,
    /// A request, whole.
    Request,
    /// A chunk of a request, a BIND or an UNBIND.
    RequestChunk,
    /// A response, whole or a chunk, readable or not.
    Response,
    /// A sign of life.
    KeepAlive,
    /// A BIND, UNBIND or request with another session id than was granted; 0 and
    /// FFFFFFFF are none.
    WrongSession,
    /// A whole header, and what makes no message with it: another method or marker
    /// than there is, a body that does not decode, chunks that do not join. Or
    /// CLEARAUTH. Not a response.
    Unreadable,
    /// No header of a message.
    NoHeader,
    /// The host accepts the claims.
    Accept,
    /// The host refuses the claims.
    Refuse,
    /// The host shuts down.
    Leave,
    /// AUTH has not come in time, or the peer's close.
    Deadline,
    /// Nothing has come for too long.
    Idle,
    /// The transport reports that the WebSocket is closed, or lost.
    Closed,
}

/// What a platform does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Nothing is to be done.
    Nothing,
    /// The message is counted and dropped.
    Drop,
    /// The host is asked about the claims.
    AskAuth,
    /// AUTH is answered SUCCESS, with the granted ids.
    Grant,
    /// The host is asked about the names to bind.
    AskBind,
    /// The host is asked about the names to unbind.
    AskUnbind,
    /// The request is handed to the host.
    HandOut,
    /// The request that the response answers ends.
    Match,
    /// The chunk is joined to others.
    Join,
    /// The message is answered BAD_REQUEST.
    BadRequest,
    /// The message is answered UNAUTHORIZED.
    Unauthorized,
    /// The connection ends with a close, before it whatever was said already.
    Close(End, CloseCode),
    /// The connection ends at once.
    End(End),
}

impl State {
    /// All states, in the order of a connection's life.
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

    /// Whether it is bytes of the peer.
    const fn is_message(self) -> bool {
        use Input::{Auth, Bind, KeepAlive, NoHeader, Request, RequestChunk, Response, Unbind};
        matches!(self, Auth | Bind | Unbind | Request | RequestChunk | Response | KeepAlive)
            || matches!(self, Self::WrongSession | Self::Unreadable | NoHeader)
    }
}

/// What a platform does in a state about an input, and the state after it
/// (section 7). The whole table stands in `codec/docs/platform.md`.
#[expect(clippy::match_same_arms, reason = "a table: a line for each thing that can happen")]
pub const fn transition(state: State, input: Input) -> (State, Action) {
    use Action as A;
    use CloseCode::{GoingAway, PolicyViolation, ProtocolError};
    use Input as I;
    use State::{AwaitingAuth, Closing, Deciding, Ended, Online};

    match (state, input) {
        // Dead is dead.
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

        // Before AUTH was accepted nothing is handled, and nothing answered.
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

        // Nothing is owed for a sign of life, nor decided twice.
        (_, _) => (state, A::Nothing),
    }
}
