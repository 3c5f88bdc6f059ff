//! What a platform tells of its connections.

use std::net::SocketAddr;
use std::time::SystemTime;

use alwayson_codec::connection::platform::End;
use alwayson_codec::connection::registry::ConnectionId;

use crate::frame::Fault;
use crate::transport::{Ending, Refusal};

/// What has happened on a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A connection became no WebSocket. No more of these are told in a second than
    /// [`Options::refusals_told`](super::Options::refusals_told).
    NotUpgraded {
        /// Where from.
        peer: SocketAddr,
        /// Why, and what it had asked for.
        refusal: Refusal,
        /// How many more there were since the last one that was told.
        untold: u64,
    },
    /// A WebSocket was opened.
    Connected {
        /// Its connection.
        connection: ConnectionId,
        /// Where from, if that is known.
        peer: Option<SocketAddr>,
    },
    /// The claims of an AUTH were accepted.
    Authenticated {
        /// Its connection.
        connection: ConnectionId,
        /// The session id that was granted.
        session: u32,
    },
    /// The claims of an AUTH were refused; the connection ends.
    Unauthorized {
        /// Its connection.
        connection: ConnectionId,
    },
    /// A Thing was bound: its `isConnected` is true, its `lastConnection` this
    /// time (section 7).
    Bound {
        /// By which connection.
        connection: ConnectionId,
        /// The Thing.
        thing: String,
        /// When.
        last_connection: SystemTime,
    },
    /// A message came that cannot be read. It was answered BAD_REQUEST, or has ended
    /// the request that it answers; of a connection whose AUTH was not accepted, or
    /// where no header of a message is whole, it is the end, which is told next
    /// (section 7).
    Unreadable {
        /// Over which connection.
        connection: ConnectionId,
        /// What is wrong.
        fault: Fault,
    },
    /// Bytes followed a message in its WebSocket message, and were not read. Some
    /// clients pad what they send; others put several messages into one, which
    /// [`Options::several_messages`](super::Options::several_messages) reads (section 1).
    BytesFollowed {
        /// Over which connection.
        connection: ConnectionId,
        /// How many.
        bytes: u32,
    },
    /// A BIND or UNBIND was refused.
    BindRefused {
        /// Of which connection.
        connection: ConnectionId,
        /// The name that is at fault, and what is said of it.
        reason: String,
    },
    /// A Thing was bound by one connection and is by another now.
    Moved {
        /// By which it was bound before.
        from: ConnectionId,
        /// By which it is bound now.
        to: ConnectionId,
        /// The Thing.
        thing: String,
        /// When.
        last_connection: SystemTime,
    },
    /// A Thing was unbound, by UNBIND or by the end of its connection: its
    /// `isConnected` is false.
    Unbound {
        /// By which connection it was bound.
        connection: ConnectionId,
        /// The Thing.
        thing: String,
    },
    /// What a Thing has said of itself was read after it was bound.
    Described {
        /// The Thing.
        thing: String,
    },
    /// What a Thing has said of itself cannot be believed, or it has said nothing:
    /// nothing of it is kept.
    NotDescribed {
        /// The Thing.
        thing: String,
        /// Why.
        reason: String,
    },
    /// A connection has ended.
    Disconnected {
        /// Which.
        connection: ConnectionId,
        /// Why, in terms of the protocol.
        end: End,
        /// Who ended it, and how: the close of whoever closed it, the rule that was
        /// broken, the limit that was reached.
        ending: Ending,
    },
}
