//! Decides which connection holds which Thing: the platform's side of BIND and UNBIND
//! (PROTOCOL.md §7).
//!
//! [`Registry`] contains the rules, [`Bindings`] is its store, and [`Things`] is what the host
//! knows about Things. There is no I/O: a decision passes each [`Change`] to a callback, for
//! the connection that it concerns.

mod change;
mod check;
mod refusal;
mod resolve;
mod store;
mod things;

pub use change::{Change, NameChange};
pub use refusal::{BindRefusal, BindRefusalKind};
pub use store::{Binding, Bindings, ConnectionId, FixedBindings, Key};
pub use things::{AnyThing, Thing, Things};

use crate::wire::bind::{Bind, Gateway, Unbind};
use resolve::{identifier, wanted};

/// Which connection gets a Thing that two connections bind (PROTOCOL.md §7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BindPolicy {
    /// The first one keeps it. The BIND of the second one is refused.
    #[default]
    FirstInWins,
    /// The second one gets it. The Thing moves.
    LastInWins,
}

/// Decides which connection holds which Thing, for all connections of a platform (PROTOCOL.md §7).
///
/// At most one connection holds a Thing, under one name. On one connection, a name stands for
/// one Thing.
///
/// Call [`bind`](Self::bind) and [`unbind`](Self::unbind) for each of these messages,
/// [`end`](Self::end) once for each connection that has ended, and
/// [`holder`](Self::holder) to find the connection for a request. The first three pass every
/// [`Change`], in order, to a callback. Pass each on to its connection with
/// [`change_name`](crate::connection::platform::Connection::change_name) before anything else
/// is sent over any connection, so that connections and registry always agree.
///
/// ```
/// use alwayson_codec::connection::registry::{
///     AnyThing, BindPolicy, BindRefusalKind, ConnectionId, FixedBindings, Registry,
/// };
/// use alwayson_codec::{Bind, Status};
///
/// // Up to 16 Things with names of up to 32 bytes.
/// let mut registry = Registry::new(FixedBindings::<16, 32>::new(), BindPolicy::FirstInWins);
/// let first = ConnectionId(1);
/// let second = ConnectionId(2);
/// let bind = Bind::new(&["Pump", "*serial-7"])?;
///
/// assert_eq!(registry.bind(&AnyThing, first, &bind, |_| {}), Ok(()));
/// let holder = registry.holder("serial-7").unwrap();
/// assert_eq!((holder.connection, holder.wire_name), (first, "*serial-7"));
///
/// let refusal = registry.bind(&AnyThing, second, &bind, |_| {}).unwrap_err();
/// assert_eq!(refusal.kind, BindRefusalKind::HeldElsewhere);
/// assert_eq!(refusal.status(), Status::CONFLICT);
/// assert_eq!(refusal.to_string(), "Pump is bound on another connection");
///
/// registry.end(first, |_| {});
/// assert_eq!(registry.bind(&AnyThing, second, &bind, |_| {}), Ok(()));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Registry<B> {
    bindings: B,
    policy: BindPolicy,
}

impl<B: Bindings> Registry<B> {
    /// Creates a registry with a store, which may already contain bindings.
    pub const fn new(bindings: B, policy: BindPolicy) -> Self {
        Self { bindings, policy }
    }

    /// Returns the store.
    pub const fn bindings(&self) -> &B {
        &self.bindings
    }

    /// Returns which connection holds the Thing with this name, and under which name:
    /// requests are addressed with the latter.
    pub fn holder(&self, thing: &str) -> Option<Binding<'_>> {
        self.bindings.get(Key::Thing(thing))
    }

    /// Returns everything that a connection holds, in any order.
    pub fn held_by(&self, connection: ConnectionId) -> impl Iterator<Item = Binding<'_>> {
        self.bindings.of(connection)
    }

    /// Binds the names of a BIND, and its gateway, on the connection (PROTOCOL.md §7): all of them,
    /// or none. `changed` is called for each name that becomes bound on the connection, and
    /// for each that is freed for it.
    ///
    /// * `*x` is the Thing whose identifier is `x`. A Thing with an identifier can only be
    ///   bound by that.
    /// * Names that the connection holds already, and names that occur twice, are accepted.
    ///   The last BIND determines the gateway of a Thing. A Thing that was bound by its
    ///   identifier keeps that name if it is bound by its own name as well, and one that was
    ///   bound by its own name gets the identifier.
    /// * The gateway is a Thing like others and has no gateway itself. If the host does not
    ///   know it but knows its type, it is created for as long as it is bound, and can only be
    ///   bound as a gateway.
    /// * A Thing of another connection moves only with [`BindPolicy::LastInWins`]. The Things
    ///   behind a gateway that has moved are still held, and can still be unbound with it.
    ///
    /// # Errors
    /// Nothing has changed then. The refusal has the first name at fault, the gateway before
    /// the names:
    ///
    /// - [`UnknownThing`](BindRefusalKind::UnknownThing) if no Thing has the name or identifier
    /// - [`UnknownGateway`](BindRefusalKind::UnknownGateway) if neither the gateway nor its type
    ///   is known
    /// - [`HasIdentifier`](BindRefusalKind::HasIdentifier) if the Thing must be bound by its
    ///   identifier
    /// - [`HeldElsewhere`](BindRefusalKind::HeldElsewhere) if another connection holds the Thing
    ///   and the policy is [`BindPolicy::FirstInWins`]
    /// - [`NoRoom`](BindRefusalKind::NoRoom), checked last, if the store is full or a name is too
    ///   long for it
    pub fn bind<'n>(
        &mut self,
        things: &(impl Things + ?Sized),
        connection: ConnectionId,
        bind: &Bind<'n>,
        mut changed: impl FnMut(Change<'_>),
    ) -> Result<(), BindRefusal<'n>> {
        self.check(things, connection, bind)?;
        let room = self.find_room(things, connection, bind);
        if room.is_ok() {
            for (_, wanted) in wanted(things, connection, bind) {
                self.tie(&wanted, &mut changed);
            }
        }
        self.bindings.withdraw();
        room
    }

    /// Frees the names of an UNBIND on the connection (PROTOCOL.md §7): all of them, or none.
    /// `changed` is called once for each. A Thing that was bound by its identifier can be
    /// unbound by its name as well, and so can a gateway.
    ///
    /// If the UNBIND has a gateway, that is freed too when the connection has no Thing behind
    /// it afterwards; a gateway that was created for the connection is removed with that. A
    /// gateway without names means the gateway and everything behind it.
    ///
    /// # Errors
    /// Nothing has changed then. The refusal has the first name at fault, the gateway before
    /// the names:
    ///
    /// - [`NotHeld`](BindRefusalKind::NotHeld) if the connection does not hold a Thing with this
    ///   name, or holds neither the gateway nor anything behind it
    pub fn unbind<'n>(
        &mut self,
        connection: ConnectionId,
        unbind: &Unbind<'n>,
        mut changed: impl FnMut(Change<'_>),
    ) -> Result<(), BindRefusal<'n>> {
        let not_held = |name| BindRefusal { kind: BindRefusalKind::NotHeld, name };
        if let Some(Gateway { name, .. }) = unbind.gateway {
            let gateway = name.as_str();
            if !self.holds(connection, gateway) && !self.has_behind(connection, gateway) {
                return Err(not_held(name));
            }
        }
        for name in unbind.names {
            if !self.holds(connection, name.as_str()) {
                return Err(not_held(name));
            }
        }
        for name in unbind.names {
            self.free(connection, name.as_str(), &mut changed);
        }
        let Some(gateway) = unbind.gateway else { return Ok(()) };
        let gateway = gateway.name.as_str();
        if unbind.names.is_empty() {
            let is_meant = |held: &Binding<'_>, all: &B| is_behind(all, held, gateway);
            self.free_where(connection, is_meant, &mut changed);
        }
        if !self.has_behind(connection, gateway) {
            self.free(connection, gateway, &mut changed);
        }
        Ok(())
    }

    /// Frees everything that the connection holds (PROTOCOL.md §7). Call it when the connection has
    /// ended. `changed` is called once for each name.
    pub fn end(&mut self, connection: ConnectionId, mut changed: impl FnMut(Change<'_>)) {
        self.free_where(connection, |_, _| true, &mut changed);
    }

    fn tie(&mut self, wanted: &Binding<'_>, changed: &mut impl FnMut(Change<'_>)) {
        let Binding { thing, wire_name, connection, gateway } = *wanted;
        let by_identifier = identifier(wire_name).is_some();
        if by_identifier {
            // The identifier belonged to another Thing when the connection bound it.
            let key = Key::Identifier(connection, wire_name);
            if let Some(other) = self.bindings.get(key).filter(|other| other.thing != thing) {
                changed(Change::of(&other, NameChange::Unbound));
                self.bindings.remove(key);
            }
        }
        if let Some(held) = self.holder(thing) {
            let keeps_name = held.wire_name == wire_name
                || (!by_identifier && identifier(held.wire_name).is_some());
            if held.connection == connection && keeps_name {
                self.bindings.set_gateway(thing, gateway);
                return;
            }
            changed(Change::of(&held, NameChange::Moved));
        }
        self.bindings.insert(wanted);
        changed(Change::of(wanted, NameChange::Bound));
    }

    /// Returns whether the connection holds a Thing with this name or identifier.
    fn holds(&self, connection: ConnectionId, name: &str) -> bool {
        held_as(&self.bindings, connection, name).is_some()
    }

    /// Returns whether the connection holds anything behind a gateway.
    fn has_behind(&self, connection: ConnectionId, gateway: &str) -> bool {
        let own = held_as(&self.bindings, connection, gateway);
        let others = own.into_iter().flat_map(|own| [own.thing, own.wire_name]);
        let mut names = core::iter::once(gateway).chain(others);
        names.any(|name| self.bindings.is_gateway(connection, name))
    }

    /// Frees the name, if the connection holds it.
    fn free(&mut self, connection: ConnectionId, name: &str, changed: &mut impl FnMut(Change<'_>)) {
        if let Some(held) = held_as(&self.bindings, connection, name) {
            changed(Change::of(&held, NameChange::Unbound));
            self.bindings.remove(key(connection, name));
        }
    }

    fn free_where(
        &mut self,
        connection: ConnectionId,
        is_meant: impl Fn(&Binding<'_>, &B) -> bool,
        changed: &mut impl FnMut(Change<'_>),
    ) {
        self.bindings.retain(connection, |held, all| {
            let is_meant = is_meant(held, all);
            if is_meant {
                changed(Change::of(held, NameChange::Unbound));
            }
            !is_meant
        });
    }
}

/// Returns what a connection holds under this name, or with this identifier.
fn held_as<'b>(
    bindings: &'b impl Bindings,
    connection: ConnectionId,
    name: &str,
) -> Option<Binding<'b>> {
    bindings.get(key(connection, name)).filter(|held| held.connection == connection)
}

/// Returns whether a Thing is behind a gateway, named as in the BIND or, while the gateway is
/// held, by another name of it.
fn is_behind(bindings: &impl Bindings, held: &Binding<'_>, gateway: &str) -> bool {
    let Some(behind) = held.gateway else { return false };
    let is_it = |own: Binding<'_>| behind == own.thing || behind == own.wire_name;
    behind == gateway || held_as(bindings, held.connection, gateway).is_some_and(is_it)
}

/// Returns the key of what a connection binds under this name.
fn key(connection: ConnectionId, name: &str) -> Key<'_> {
    match identifier(name) {
        Some(_) => Key::Identifier(connection, name),
        None => Key::Thing(name),
    }
}
