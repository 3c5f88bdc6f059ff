//! The changes of a decision.

use super::store::{Binding, ConnectionId};

/// A change of one name on one connection, caused by a decision about a BIND or UNBIND, or
/// by the end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Change<'a> {
    /// The connection.
    pub connection: ConnectionId,
    /// The name as it was bound on the wire: that of the Thing, or `*` and its identifier.
    pub wire_name: &'a str,
    /// The name of the Thing.
    pub thing: &'a str,
    /// The change.
    pub what: NameChange,
}

/// What happens to a name on a connection (PROTOCOL.md §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameChange {
    /// It is bound: `isConnected` of the Thing becomes true, and `lastConnection` is now.
    Bound,
    /// It is freed, by UNBIND or by the end of the connection: `isConnected` becomes false.
    Unbound,
    /// It is freed because the Thing is bound by another connection, or by another name:
    /// `isConnected` stays true. The [`Bound`](Self::Bound) of the same Thing comes next.
    Moved,
}

impl<'a> Change<'a> {
    pub(super) const fn of(binding: &Binding<'a>, what: NameChange) -> Self {
        let Binding { thing, wire_name, connection, .. } = *binding;
        Self { connection, wire_name, thing, what }
    }
}
