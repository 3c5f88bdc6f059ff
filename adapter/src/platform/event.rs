//! The events of a platform's connections.

use std::net::SocketAddr;
use std::time::SystemTime;

use alwayson_codec::connection::platform::End;
use alwayson_codec::connection::registry::ConnectionId;

use super::cluster::NodeId;
use crate::frame::Fault;
use crate::transport::{Ending, Refusal};

/// An event of a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A connection was not upgraded to a WebSocket. At most
    /// [`Options::refusals_told`](super::Options::refusals_told) of these are reported in a second.
    NotUpgraded {
        /// The address of the client.
        peer: SocketAddr,
        /// Why, and what the client requested.
        refusal: Refusal,
        /// The number of further ones since the last report.
        untold: u64,
    },
    /// A WebSocket was opened.
    Connected {
        /// The connection.
        connection: ConnectionId,
        /// The address of the edge, if it is known.
        peer: Option<SocketAddr>,
    },
    /// The claims of an AUTH were accepted.
    Authenticated {
        /// The connection.
        connection: ConnectionId,
        /// The session id that was granted.
        session: u32,
    },
    /// The claims of an AUTH were refused; the connection ends.
    Unauthorized {
        /// The connection.
        connection: ConnectionId,
    },
    /// A Thing was bound. Its `isConnected` is true, and its `lastConnection` is this time
    /// (PROTOCOL.md §7).
    Bound {
        /// The connection that has bound it.
        connection: ConnectionId,
        /// The Thing.
        thing: String,
        /// The time of the BIND.
        last_connection: SystemTime,
    },
    /// A message was received that cannot be read (PROTOCOL.md §7).
    ///
    /// It was answered with BAD_REQUEST or, if it is an answer, has ended its request. If it came
    /// before AUTH was accepted, or has no complete header, it ends the connection, which is
    /// reported next.
    Unreadable {
        /// The connection.
        connection: ConnectionId,
        /// What is wrong.
        fault: Fault,
    },
    /// Bytes after a message, in the same WebSocket message, were not read (PROTOCOL.md §1).
    ///
    /// Some clients pad their messages. Others put several messages into one WebSocket message:
    /// [`Options::several_messages`](super::Options::several_messages) reads them.
    BytesFollowed {
        /// The connection.
        connection: ConnectionId,
        /// The number of bytes.
        bytes: u32,
    },
    /// A BIND or UNBIND was refused.
    BindRefused {
        /// The connection.
        connection: ConnectionId,
        /// The name at fault, followed by the reason.
        reason: String,
    },
    /// A Thing that was bound by one connection was bound by another one.
    Moved {
        /// The connection that had bound it before.
        from: ConnectionId,
        /// The connection that has bound it now.
        to: ConnectionId,
        /// The Thing.
        thing: String,
        /// The time of the BIND.
        last_connection: SystemTime,
    },
    /// A Thing was unbound, by UNBIND or by the end of its connection. Its `isConnected` is false.
    Unbound {
        /// The connection that had bound it.
        connection: ConnectionId,
        /// The Thing.
        thing: String,
    },
    /// A Thing of this node was taken by another node. Its `isConnected` stays true.
    MovedAway {
        /// The connection that had bound it.
        connection: ConnectionId,
        /// The Thing.
        thing: String,
        /// The node that holds it now.
        to: NodeId,
    },
    /// This node has joined its cluster.
    Joined {
        /// The node, with its epoch.
        node: NodeId,
    },
    /// This node has lost its cluster, so others may take over its Things. All of its connections
    /// end, and the host is not told about Things until it has joined again.
    Fenced,
    /// An event about a Thing that happened on another node: [`Bound`](Self::Bound),
    /// [`Moved`](Self::Moved), [`MovedAway`](Self::MovedAway), [`Unbound`](Self::Unbound),
    /// [`Described`](Self::Described) or [`NotDescribed`](Self::NotDescribed). What concerns a
    /// connection alone is told by its own node.
    ///
    /// These events may come late, or be lost. What is told to [`Things`](super::Things) is not.
    Elsewhere {
        /// The node.
        node: NodeId,
        /// The event.
        event: Box<Event>,
    },
    /// The metadata of a Thing were read, after it was bound.
    Described {
        /// The Thing.
        thing: String,
    },
    /// A Thing that was bound has sent no metadata, or metadata that are not valid. Nothing of them
    /// is kept.
    NotDescribed {
        /// The Thing.
        thing: String,
        /// Why.
        reason: String,
    },
    /// A connection has ended.
    Disconnected {
        /// The connection.
        connection: ConnectionId,
        /// Why, in terms of the protocol.
        end: End,
        /// Who ended it, and how: the close, the rule that was broken, or the limit that was
        /// reached.
        ending: Ending,
    },
}
