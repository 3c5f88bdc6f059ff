//! The states of an edge's connection (section 7), and what it does in each.
//!
//! ```text
//!                Opened             Accepted             Leave
//!   Opening ───────────▶ Authenticating ─────▶ Online ──────────▶ Leaving
//!      │                      │                  │                   │
//!      │ Closed               │ Refused          │ NoHeader          │ Drained
//!      │ Leave                │ Declined         │ InvalidSession    │ Deadline
//!      │                      │ Deadline         │                   │ NoHeader
//!      │                      │ Leave, NoHeader  │                   │
//!      │                      ▼                  ▼                   ▼
//!      │                   Closing ◀───────────────────────────────────
//!      │                      │ Closed, Deadline
//!      ▼                      ▼
//!    Ended ◀──────────────────────── from every state: Closed, Silent
//! ```

use super::End;
use crate::connection::CloseCode;

/// Where an edge's connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// The transport connects.
    Opening,
    /// AUTH was sent; nothing else may be sent before its answer.
    Authenticating,
    /// AUTH has succeeded: names are bound, requests go both ways.
    Online,
    /// The caller leaves: what he has said is sent, and an UNBIND.
    Leaving,
    /// It is over; a close is to be sent, and that of the peer awaited.
    Closing,
    /// It is over, and the transport can be dropped.
    Ended,
}

/// What happens to an edge's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// The transport reports the WebSocket open.
    Opened,
    /// A success in answer to AUTH.
    Accepted,
    /// UNAUTHORIZED in answer to AUTH.
    Refused,
    /// Any other answer to AUTH, or one that cannot be read.
    Declined,
    /// A request, whole.
    Request,
    /// Any other response, whole or a chunk, readable or not.
    Response,
    /// The answer to a request, a BIND or an UNBIND says that the platform does not
    /// know this session any more.
    InvalidSession,
    /// A chunk of a request.
    RequestChunk,
    /// An AUTH, CLEARAUTH, BIND or UNBIND, or a chunk of one: only edges send these.
    Misplaced,
    /// A sign of life.
    KeepAlive,
    /// A whole header, and what makes no message with it: another method or marker
    /// than there is, a body that does not decode, chunks that do not join. Not a
    /// response.
    Unreadable,
    /// No header of a message.
    NoHeader,
    /// The caller wants to leave.
    Leave,
    /// All that was to be said before leaving is said and answered.
    Drained,
    /// What the state waits for has not come in time.
    Deadline,
    /// A pong has not come in time.
    Silent,
    /// The transport reports that the WebSocket is closed, or lost.
    Closed,
}

/// What an edge does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Nothing is to be done.
    Nothing,
    /// The message is counted and dropped.
    Drop,
    /// AUTH is sent.
    Authenticate,
    /// The ids are adopted, and the names are bound.
    Adopt,
    /// The request is handed to the caller, if its Thing is bound.
    HandOut,
    /// The request that the response answers ends.
    Match,
    /// The chunk is joined to others.
    Join,
    /// The message is answered BAD_REQUEST.
    BadRequest,
    /// The request is answered NOT_FOUND: its Thing is being unbound.
    NotFound,
    /// The names are unbound.
    Unbind,
    /// The connection ends with a close.
    Close(End, CloseCode),
    /// The connection ends at once.
    End(End),
}

impl State {
    /// All states, in the order of a connection's life.
    pub const ALL: &'static [Self] = &[
        Self::Opening,
        Self::Authenticating,
        Self::Online,
        Self::Leaving,
        Self::Closing,
        Self::Ended,
    ];
}

impl Input {
    /// All inputs.
    pub const ALL: &'static [Self] = &[
        Self::Opened,
        Self::Accepted,
        Self::Refused,
        Self::Declined,
        Self::Request,
        Self::Response,
        Self::InvalidSession,
        Self::RequestChunk,
        Self::Misplaced,
        Self::KeepAlive,
        Self::Unreadable,
        Self::NoHeader,
        Self::Leave,
        Self::Drained,
        Self::Deadline,
        Self::Silent,
        Self::Closed,
    ];
}

/// What an edge does in a state about an input, and the state after it
/// (section 7). The whole table stands in `codec/docs/edge.md`.
#[expect(clippy::match_same_arms, reason = "a table: a line for each thing that can happen")]
pub const fn transition(state: State, input: Input) -> (State, Action) {
    use Action as A;
    use Input as I;
    use State::{Authenticating, Closing, Ended, Leaving, Online, Opening};

    match (state, input) {
        // Dead is dead.
        (Ended, I::Leave | I::Drained | I::Deadline | I::Silent | I::Closed | I::Opened) => {
            (Ended, A::Nothing)
        }
        (Ended, _) => (Ended, A::Drop),
        (Closing, I::Closed | I::Deadline | I::Silent) => (Ended, A::Nothing),
        (_, I::Closed) => (Ended, A::End(End::Lost)),
        (_, I::Silent) => (Ended, A::End(End::Silent)),

        (Opening, I::Opened) => (Authenticating, A::Authenticate),
        (Opening, I::Leave) => (Ended, A::End(End::Left)),

        (Authenticating, I::Accepted) => (Online, A::Adopt),
        (Authenticating, I::Refused) => (Closing, A::Close(End::Unauthorized, CloseCode::Normal)),
        (Authenticating, I::Declined) => (Closing, A::Close(End::Declined, CloseCode::Normal)),
        (Authenticating, I::Deadline) => (Closing, A::Close(End::AuthTimeout, CloseCode::Normal)),
        (Authenticating, I::Leave) => (Closing, A::Close(End::Left, CloseCode::Normal)),

        (Online, I::Request) => (Online, A::HandOut),
        // AUTH comes first on a connection, and once: it takes a new one (section 7).
        (Online, I::InvalidSession) => (Closing, A::Close(End::InvalidSession, CloseCode::Normal)),
        (Online, I::Leave) => (Leaving, A::Unbind),
        (Leaving, I::Request) => (Leaving, A::NotFound),
        (Leaving, I::Drained | I::Deadline) => (Closing, A::Close(End::Left, CloseCode::Normal)),
        (Online | Leaving, I::Response) => (state, A::Match),
        (Online | Leaving, I::RequestChunk) => (state, A::Join),
        (Online | Leaving, I::Misplaced | I::Unreadable) => (state, A::BadRequest),

        (Authenticating | Online | Leaving, I::NoHeader) => {
            (Closing, A::Close(End::Protocol, CloseCode::ProtocolError))
        }
        // Nothing but AUTH may be sent yet, or nothing at all any more: a message
        // has no answer. Of AUTH there is one answer.
        (_, I::Accepted | I::Refused | I::Declined | I::NoHeader) => (state, A::Drop),
        (_, I::Request | I::RequestChunk | I::Response) => (state, A::Drop),
        (_, I::Misplaced | I::Unreadable) => (state, A::Drop),
        // Nothing is owed.
        (_, I::KeepAlive | I::Opened | I::Leave | I::Drained | I::Deadline) => (state, A::Nothing),
        // Who leaves needs no session any more.
        (_, I::InvalidSession) => (state, A::Nothing),
    }
}
