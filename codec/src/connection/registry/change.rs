//! What a decision changes.

use super::store::{Binding, ConnectionId};

/// What a decision about a BIND or UNBIND, or the end of a connection, changes
/// for one name on one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Change<'a> {
    /// The connection.
    pub connection: ConnectionId,
    /// The name on the wire, as it was bound: that of the Thing, or `*` and its
    /// identifier.
    pub wire_name: &'a str,
    /// The name of the Thing.
    pub thing: &'a str,
    /// What has changed.
    pub what: NameChange,
}

/// What happens to a name on a connection (section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameChange {
    /// It is bound: `isConnected` of the Thing is true, `lastConnection` is now.
    Bound,
    /// It is freed, by UNBIND or by the end of the connection: `isConnected` is
    /// false.
    Unbound,
    /// It is freed, since the Thing is bound by another connection, or by another
    /// name: `isConnected` stays true. The [`Bound`](Self::Bound) of the same
    /// Thing comes next.
    Moved,
}

impl<'a> Change<'a> {
    pub(super) const fn of(binding: &Binding<'a>, what: NameChange) -> Self {
        let Binding { thing, wire_name, connection, .. } = *binding;
        Self { connection, wire_name, thing, what }
    }
}
