//! Which connection holds which Thing: the platform's side of BIND and UNBIND
//! (section 7).
//!
//! [`Registry`] has the rules, [`Bindings`] is where it keeps what it decided,
//! and [`Things`] is what the host knows about Things. Nothing here does I/O:
//! each [`Change`] that a decision makes comes out of a callback, for the
//! connection that it concerns.

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

/// Who holds a Thing that a second connection wants to bind (section 7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BindPolicy {
    /// The connection that has it; the second one's BIND is refused.
    #[default]
    FirstInWins,
    /// The second one: the Thing moves.
    LastInWins,
}

/// Decides which connection holds which Thing, for all connections of a
/// platform (section 7). A Thing is held by one connection at most, and under
/// one name; on one connection a name stands for one Thing.
///
/// Call [`bind`](Self::bind) and [`unbind`](Self::unbind) for every message of
/// these kinds, [`end`](Self::end) once for every connection that has ended,
/// however it did, and [`holder`](Self::holder) to find out where a request for
/// a Thing goes. Each of the first three calls back with every [`Change`], in
/// order. Hand each to the connection that it is of, by
/// [`change_name`](crate::connection::platform::Connection::change_name), before
/// anything else is sent over any connection: then the names of a connection are
/// always what the registry holds for it.
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
    /// A registry over a store, which may already hold bindings.
    pub const fn new(bindings: B, policy: BindPolicy) -> Self {
        Self { bindings, policy }
    }

    /// The store.
    pub const fn bindings(&self) -> &B {
        &self.bindings
    }

    /// Who holds a Thing, by the Thing's name, and under which name: that is
    /// how a request is addressed to it.
    pub fn holder(&self, thing: &str) -> Option<Binding<'_>> {
        self.bindings.get(Key::Thing(thing))
    }

    /// All that a connection holds, in no order.
    pub fn held_by(&self, connection: ConnectionId) -> impl Iterator<Item = Binding<'_>> {
        self.bindings.of(connection)
    }

    /// Ties the names of a BIND, and its gateway, to the connection (section 7):
    /// all of them, or none. `changed` is called for each name that is bound on the
    /// connection and was not before, and for each that is freed for it.
    ///
    /// * `*x` is the Thing whose identifier is `x`. A Thing that has an
    ///   identifier is bound by it alone.
    /// * What the connection holds already is fine, and so is a name that
    ///   occurs twice. The last BIND says behind which gateway a Thing stands;
    ///   one that was bound by its identifier keeps that name when it is bound by
    ///   its own as well, and one that was bound by its own gets the other.
    /// * The gateway is a Thing like others and stands behind none. One that the
    ///   host does not know is made for as long as it is bound, if its type is
    ///   known: nobody else can bind it but as a gateway.
    /// * What another connection holds moves with [`BindPolicy::LastInWins`]
    ///   alone. What stood behind a gateway that has moved is still held, and can
    ///   still be unbound with it.
    ///
    /// # Errors
    /// Nothing has changed then. The refusal names the first that is at fault,
    /// the gateway before the names. `UnknownThing`: the name or the identifier
    /// is nobody's. `UnknownGateway`: neither the gateway nor its type is known.
    /// `HasIdentifier`: the Thing must be bound by its identifier.
    /// `HeldElsewhere`: another connection holds the Thing, and the first one
    /// wins. `NoRoom`, which is looked for last: the store is full, or a name is
    /// too long for it.
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

    /// Unties the names of an UNBIND from the connection (section 7): all of
    /// them, or none. `changed` is called once for each. A Thing that was bound by
    /// its identifier can be unbound by its name as well, a gateway too.
    ///
    /// With a gateway, this is untied too when nothing of this connection stands
    /// behind it afterwards; a gateway that was made for the connection is gone
    /// with that. A gateway and no names stand for the gateway and everything
    /// behind it.
    ///
    /// # Errors
    /// `NotHeld`, and nothing has changed: the connection does not hold a Thing
    /// of this name, or neither holds the gateway nor anything behind it. The
    /// refusal names the first that is at fault, the gateway before the names.
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

    /// The connection has ended: frees everything that it holds (section 7).
    /// `changed` is called once for each.
    pub fn end(&mut self, connection: ConnectionId, mut changed: impl FnMut(Change<'_>)) {
        self.free_where(connection, |_, _| true, &mut changed);
    }

    fn tie(&mut self, wanted: &Binding<'_>, changed: &mut impl FnMut(Change<'_>)) {
        let Binding { thing, wire_name, connection, gateway } = *wanted;
        let by_identifier = identifier(wire_name).is_some();
        if by_identifier {
            // The identifier was another Thing's when the connection bound it.
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

    /// Whether the connection holds a Thing of this name, or with this
    /// identifier.
    fn holds(&self, connection: ConnectionId, name: &str) -> bool {
        held_as(&self.bindings, connection, name).is_some()
    }

    /// Whether the connection holds anything behind a gateway.
    fn has_behind(&self, connection: ConnectionId, gateway: &str) -> bool {
        self.held_by(connection).any(|held| is_behind(&self.bindings, &held, gateway))
    }

    /// Frees what the connection holds under this name, if it does.
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

/// What a connection holds under this name, or with this identifier.
fn held_as<'b>(
    bindings: &'b impl Bindings,
    connection: ConnectionId,
    name: &str,
) -> Option<Binding<'b>> {
    bindings.get(key(connection, name)).filter(|held| held.connection == connection)
}

/// Whether a Thing stands behind a gateway, as the BIND spelled this, or by
/// another name of it while it is held.
fn is_behind(bindings: &impl Bindings, held: &Binding<'_>, gateway: &str) -> bool {
    let Some(behind) = held.gateway else { return false };
    let is_it = |own: Binding<'_>| behind == own.thing || behind == own.wire_name;
    behind == gateway || held_as(bindings, held.connection, gateway).is_some_and(is_it)
}

/// Where the store has what a connection binds under this name.
fn key(connection: ConnectionId, name: &str) -> Key<'_> {
    match identifier(name) {
        Some(_) => Key::Identifier(connection, name),
        None => Key::Thing(name),
    }
}
