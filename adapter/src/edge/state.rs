//! The state of an edge, as applications see it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::SystemTime;

use alwayson_codec::Status;
use alwayson_codec::connection::edge::End;
use alwayson_codec::connection::{CallError, Counters as Protocol};

use crate::frame::Fault;
use crate::transport::{ConnectErrorKind, Ending};

/// The state of an edge.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EdgeState {
    /// The state of the connection.
    pub connection: ConnectionState,
    /// The states of the Things, by the names by which they are bound.
    pub things: BTreeMap<String, ThingState>,
}

/// A change of the state of an edge.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StateChange {
    /// The connection is now in this state.
    Connection(ConnectionState),
    /// A Thing is now in this state.
    Thing {
        /// The name by which it is bound.
        name: String,
        /// Its state.
        state: ThingState,
    },
    /// The edge no longer has this Thing.
    Removed {
        /// The name by which it was bound.
        name: String,
    },
}

/// The state of the connection of an edge.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionState {
    /// The edge asks for the key, and opens the WebSocket.
    Connecting,
    /// The edge has sent AUTH, or is sending it.
    Authenticating,
    /// The platform has accepted AUTH.
    Authenticated {
        /// The id of this connection.
        session: u32,
        /// The id of this client; 0 if none was granted.
        endpoint: u32,
    },
    /// The connection has ended; the edge connects again later.
    Waiting {
        /// When the edge connects again.
        until: SystemTime,
        /// Why the connection has ended.
        reason: EndReason,
        /// The number of consecutive earlier ends for the same reason. A program that
        /// reports ends can use it to report each reason once.
        repeated: u32,
    },
    /// The edge is leaving.
    Leaving,
    /// The edge has ended: it has left, or the end of its connection was final.
    Ended {
        /// Why the edge has ended.
        reason: EndReason,
    },
}

/// Why a connection has ended, or was not established.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndReason {
    /// The provider of credentials failed or timed out. Its error is not kept, because the
    /// error may contain the key.
    NoCredentials,
    /// There is no WebSocket to the platform.
    NotConnected {
        /// The kind of the error.
        kind: ConnectErrorKind,
        /// The text of the error, with that of its causes.
        text: String,
    },
    /// AUTH cannot be encoded (PROTOCOL.md §2): the credentials are longer than its fields.
    /// Nothing was sent.
    NoAuth {
        /// The error of the codec.
        error: CallError,
    },
    /// The platform refused AUTH with this status and reason.
    Refused {
        /// The status.
        status: Status,
        /// The reason in the platform's words.
        reason: Option<String>,
    },
    /// The runtime was shut down, or the provider of credentials or the connector panicked.
    Stopped,
    /// The platform sent a message that cannot be read, and the connection ended because of
    /// that: the message has no complete header, or it was the answer to AUTH.
    Unreadable {
        /// The end as the codec's machine reports it.
        end: End,
        /// What is wrong with the message.
        fault: Fault,
    },
    /// The application has left.
    Left,
    /// The connection has ended.
    Disconnected {
        /// The end as the codec's machine reports it; [`End::Lost`] if the platform closed
        /// the connection, or the connection broke.
        end: End,
        /// Who ended the connection, and how.
        ending: Ending,
    },
}

impl std::error::Error for EndReason {}

impl EndReason {
    /// Returns whether every later attempt would fail for the same reason, so that the edge
    /// makes none. See [`ConnectErrorKind::is_permanent`].
    pub const fn is_permanent(&self) -> bool {
        match self {
            Self::NotConnected { kind, .. } => kind.is_permanent(),
            Self::NoAuth { .. } => true,
            _ => false,
        }
    }

    /// Returns whether another reason is the same, except for text that differs each time,
    /// such as how long ago a certificate expired.
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::NotConnected { kind, .. }, Self::NotConnected { kind: other, .. }) => {
                kind == other
            }
            _ => self == other,
        }
    }
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoCredentials => "there is no key",
            Self::Stopped => "the task of the edge was stopped",
            Self::NotConnected { text, .. } => return write!(f, "no WebSocket: {text}"),
            Self::NoAuth { error } => return write!(f, "AUTH cannot be encoded: {error}"),
            Self::Refused { status, reason: None } => {
                return write!(f, "the platform answered AUTH with {status}");
            }
            Self::Refused { status, reason: Some(reason) } => {
                return write!(f, "the platform answered AUTH with {status}: {reason}");
            }
            Self::Unreadable { fault, .. } => {
                return write!(f, "the platform sent what cannot be read: {fault}");
            }
            Self::Left => "the edge has left",
            Self::Disconnected { end, ending } => {
                let why = match end {
                    End::Unauthorized => "the platform does not accept the key: ",
                    End::Declined => "the platform did not accept AUTH: ",
                    End::AuthTimeout => "the platform did not answer AUTH in time: ",
                    End::InvalidSession => "the platform does not know the session any more: ",
                    End::Silent => "the platform does not answer pings: ",
                    _ => "",
                };
                return write!(f, "{why}{}", ending.told_of("the platform"));
            }
        })
    }
}

/// The state of a Thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ThingState {
    /// The platform does not know the Thing, and was not asked to bind it.
    #[default]
    Unbound,
    /// The edge is asking the platform to bind the Thing.
    Binding,
    /// The Thing is bound: the platform may send requests to it.
    Bound {
        /// Whether pushes are sent without being queued: the platform has synchronised the
        /// Thing, or the time for that is over (PROTOCOL.md §3).
        is_synchronized: bool,
    },
    /// The platform refuses to bind the Thing. The edge retries.
    Refused {
        /// The platform's status; `GATEWAY_TIMEOUT` if it did not answer.
        status: Status,
        /// The reason in the platform's words.
        reason: Option<String>,
    },
    /// The edge is asking the platform to unbind the Thing.
    Unbinding,
}

impl ThingState {
    /// Returns whether the Thing is bound, so that the platform may send requests to it.
    pub const fn is_bound(&self) -> bool {
        matches!(self, Self::Bound { .. })
    }
}

/// The counters of an edge since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// The counters of the codec's machine.
    pub protocol: Protocol,
    /// Answers that arrived after their caller had stopped waiting.
    pub answers_dropped: u64,
    /// Answers of handlers that were not sent, because their connection had ended or they
    /// were too late.
    pub handler_answers_dropped: u64,
    /// Handlers that panicked.
    pub handlers_panicked: u64,
    /// Connections on which AUTH succeeded.
    pub connections: u64,
    /// Pushes that are queued now, until the platform synchronises their Things.
    pub pushes_held: usize,
    /// Values that were pushed but not sent, because the platform has not asked for them.
    pub values_left_out: u64,
}
