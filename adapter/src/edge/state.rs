//! Where an edge stands, for whoever wants to know.

use std::collections::BTreeMap;
use std::fmt;
use std::time::SystemTime;

use alwayson_codec::Status;
use alwayson_codec::connection::Counters as Protocol;
use alwayson_codec::connection::edge::End;

use crate::frame::Fault;
use crate::transport::{ConnectErrorKind, Ending};

/// Where an edge stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EdgeState {
    /// The connection.
    pub connection: ConnectionState,
    /// The Things, by the names by which they are bound.
    pub things: BTreeMap<String, ThingState>,
}

/// A step of an edge from one state to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StateChange {
    /// The connection is in this state now.
    Connection(ConnectionState),
    /// A Thing is in this state now.
    Thing {
        /// The name by which it is bound.
        name: String,
        /// Its state.
        state: ThingState,
    },
    /// The edge has this Thing no more.
    Removed {
        /// The name by which it was bound.
        name: String,
    },
}

/// Where the connection stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionState {
    /// The key is asked for, and the transport connects.
    Connecting,
    /// AUTH is sent.
    Authenticating,
    /// AUTH has succeeded.
    Authenticated {
        /// The id of this connection.
        session: u32,
        /// The id of this client; 0: none was granted.
        endpoint: u32,
    },
    /// The connection has ended; the edge connects again later.
    Waiting {
        /// When it connects again.
        until: SystemTime,
        /// Why it has ended.
        reason: EndReason,
        /// How often it has ended for the same reason before, with nothing else
        /// between: whoever tells people of it may tell the reason once.
        repeated: u32,
    },
    /// The edge leaves.
    Leaving,
    /// All is over: the edge has left, or its end is final.
    Ended {
        /// Why it has ended.
        reason: EndReason,
    },
}

/// Why a connection has ended, or was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndReason {
    /// The key provider has failed, or took too long. What it says is not kept:
    /// it may have the key in it.
    NoCredentials,
    /// There is no WebSocket to the platform.
    NotConnected {
        /// What kind of error it was.
        kind: ConnectErrorKind,
        /// What it says.
        text: String,
    },
    /// The platform answered AUTH with this status and reason.
    Refused {
        /// The status.
        status: Status,
        /// Why, in the platform's words.
        reason: Option<String>,
    },
    /// The runtime has shut down, or the key provider or the connector has
    /// panicked.
    Stopped,
    /// The platform sent what cannot be read, and the connection has ended for it:
    /// no header of a message is whole, or it was the answer to AUTH.
    Unreadable {
        /// What the machine of the codec says.
        end: End,
        /// What is wrong.
        fault: Fault,
    },
    /// The application has left.
    Left,
    /// The connection has ended.
    Disconnected {
        /// What the machine of the codec says; [`End::Lost`] where the platform closed
        /// the connection, or it broke.
        end: End,
        /// Who ended it, and how.
        ending: Ending,
    },
}

impl std::error::Error for EndReason {}

impl EndReason {
    /// Whether no later try can end otherwise, so that none is made: see
    /// [`ConnectErrorKind::is_permanent`].
    pub const fn is_permanent(&self) -> bool {
        matches!(self, Self::NotConnected { kind, .. } if kind.is_permanent())
    }

    /// Whether it is the same as another, but for words that differ each time, such as
    /// for how long a certificate has expired.
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

/// Where a Thing stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ThingState {
    /// The platform does not know of it, and was not asked.
    #[default]
    Unbound,
    /// The platform is asked to bind it.
    Binding,
    /// The platform may send requests to it.
    Bound {
        /// Whether what is pushed goes out at once: the platform has
        /// synchronised, or was given the time for it (section 3).
        is_synchronized: bool,
    },
    /// The platform refuses to bind it. It is tried again.
    Refused {
        /// The platform's status; GATEWAY_TIMEOUT without an answer.
        status: Status,
        /// Why, in the platform's words.
        reason: Option<String>,
    },
    /// The platform is asked to unbind it.
    Unbinding,
}

impl ThingState {
    /// Whether the platform may send requests to it.
    pub const fn is_bound(&self) -> bool {
        matches!(self, Self::Bound { .. })
    }
}

/// What an edge has counted since it was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// What the machine has counted.
    pub protocol: Protocol,
    /// Answers for which nobody waited any more.
    pub answers_dropped: u64,
    /// Answers of handlers whose connection has ended meanwhile, or which came
    /// too late.
    pub handler_answers_dropped: u64,
    /// Handlers that panicked.
    pub handlers_panicked: u64,
    /// How often it has connected.
    pub connections: u64,
    /// Pushes that are held back now.
    pub pushes_held: usize,
    /// Values that were pushed and not sent, as the platform has not asked for them.
    pub values_left_out: u64,
}
