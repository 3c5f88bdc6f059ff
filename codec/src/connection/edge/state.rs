//! The states of an edge's connection (PROTOCOL.md §7), and what it does in each.
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

/// The state of an edge's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// The transport is connecting.
    Opening,
    /// AUTH was sent. Nothing else may be sent before its answer.
    Authenticating,
    /// AUTH has succeeded. Names are bound, and requests are sent both ways.
    Online,
    /// The caller leaves. Queued messages are sent, then an UNBIND.
    Leaving,
    /// The connection has ended. A close is sent, and that of the peer is awaited.
    Closing,
    /// The connection has ended, and the transport can be dropped.
    Ended,
}

/// An input of the state machine of an edge's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// The WebSocket is open.
    Opened,
    /// The platform answered AUTH with a success.
    Accepted,
    /// The platform answered AUTH with UNAUTHORIZED.
    Refused,
    /// The platform answered AUTH otherwise, or the answer cannot be decoded.
    Declined,
    /// A whole request.
    Request,
    /// Any other response or chunk of one, valid or not.
    Response,
    /// An answer to a request, a BIND or an UNBIND shows that the platform does not know
    /// this session any more.
    InvalidSession,
    /// A chunk of a request.
    RequestChunk,
    /// An AUTH, CLEARAUTH, BIND or UNBIND, or a chunk of one. Only edges send these.
    Misplaced,
    /// A KEEP_ALIVE.
    KeepAlive,
    /// A whole header with an invalid rest: an unknown method or marker, a body that cannot
    /// be decoded, or chunks that cannot be joined. Not a response.
    Unreadable,
    /// Bytes without a valid header.
    NoHeader,
    /// The caller leaves.
    Leave,
    /// Everything that is sent before leaving was sent and answered.
    Drained,
    /// The state has timed out.
    Deadline,
    /// No pong was received in time.
    Silent,
    /// The WebSocket is closed, or lost.
    Closed,
}

/// An action of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Nothing is done.
    Nothing,
    /// The message is counted and dropped.
    Drop,
    /// AUTH is sent.
    Authenticate,
    /// The granted ids are adopted, and the names are bound.
    Adopt,
    /// The request is passed to the caller, if its Thing is bound.
    HandOut,
    /// The request that the response answers ends.
    Match,
    /// The chunk is joined to others.
    Join,
    /// The message is answered with BAD_REQUEST.
    BadRequest,
    /// The request is answered with NOT_FOUND: its Thing is being unbound.
    NotFound,
    /// The names are unbound.
    Unbind,
    /// The connection ends with a close.
    Close(End, CloseCode),
    /// The connection ends at once.
    End(End),
}

impl State {
    /// All states, in the order in which a connection passes them.
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

/// Returns the next state and the action of an edge for an input (PROTOCOL.md §7). The whole table
/// is in `codec/docs/edge.md`.
#[expect(clippy::match_same_arms, reason = "a table: a line for each thing that can happen")]
pub const fn transition(state: State, input: Input) -> (State, Action) {
    use Action as A;
    use Input as I;
    use State::{Authenticating, Closing, Ended, Leaving, Online, Opening};

    match (state, input) {
        // An ended connection stays ended.
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
        // AUTH is sent once, at the start of a connection: a new connection is needed
        // (PROTOCOL.md §7).
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
        // Only AUTH may be sent yet, or nothing any more, so that a message cannot be
        // answered. AUTH has only one answer.
        (_, I::Accepted | I::Refused | I::Declined | I::NoHeader) => (state, A::Drop),
        (_, I::Request | I::RequestChunk | I::Response) => (state, A::Drop),
        (_, I::Misplaced | I::Unreadable) => (state, A::Drop),
        // These need no reply.
        (_, I::KeepAlive | I::Opened | I::Leave | I::Drained | I::Deadline) => (state, A::Nothing),
        // An edge that leaves needs no session any more.
        (_, I::InvalidSession) => (state, A::Nothing),
    }
}
