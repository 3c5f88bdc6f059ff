//! The store of a registry: a trait for hosts that bring their own, and arrays for those
//! without an allocator.

use core::fmt;

use crate::connection::name::FixedName;

/// Identifies a connection by a number that the host chooses. Connections that exist at the
/// same time must have different numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u32);

/// A Thing that a connection holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Binding<'a> {
    /// The name of the Thing.
    pub thing: &'a str,
    /// The name under which it was bound: its own, or `*` and its identifier. Requests to the
    /// connection use it.
    pub wire_name: &'a str,
    /// The connection that holds it.
    pub connection: ConnectionId,
    /// Its gateway, as in the BIND.
    pub gateway: Option<&'a str>,
}

/// A key to look up a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key<'a> {
    /// The name of the Thing, on any connection.
    Thing(&'a str),
    /// A name that this connection bound: `*` and an identifier.
    Identifier(ConnectionId, &'a str),
}

/// A store of bindings, at most one for each Thing. It has no rules of its own: only the
/// [`Registry`](super::Registry) changes it.
///
/// A host with an allocator uses a map from Things to bindings and, for many Things, also
/// maps from [`Key::Identifier`] and from connections to Things, and the number of Things behind
/// each gateway. If each of these takes O(log n), so does the work of a [`Registry`] for each name of
/// a BIND or UNBIND.
///
/// [`Registry`]: super::Registry
pub trait Bindings {
    /// Returns the binding with this key.
    fn get(&self, key: Key<'_>) -> Option<Binding<'_>>;

    /// Returns what a connection holds, in any order.
    fn of(&self, connection: ConnectionId) -> impl Iterator<Item = Binding<'_>>;

    /// Returns whether the connection holds a Thing with this gateway, named as in the BIND.
    fn is_gateway(&self, connection: ConnectionId, gateway: &str) -> bool {
        self.of(connection).any(|held| held.gateway == Some(gateway))
    }

    /// Stores a binding, which replaces one of the same Thing. Room for it was promised.
    fn insert(&mut self, binding: &Binding<'_>);

    /// Removes the binding that [`get`](Self::get) returns for this key.
    fn remove(&mut self, key: Key<'_>);

    /// Changes the gateway of a Thing, if the Thing is there. Room for it was promised.
    fn set_gateway(&mut self, thing: &str, gateway: Option<&str>);

    /// Calls `keep` once with each binding of a connection and the store, and removes those
    /// for which it returns `false`.
    fn retain(&mut self, connection: ConnectionId, keep: impl FnMut(&Binding<'_>, &Self) -> bool);

    /// Reserves room for a binding, in addition to what was reserved since the last
    /// [`withdraw`](Self::withdraw). A Thing that is there already, or for which room was
    /// reserved, needs no more. [`get`](Self::get) does not find reserved places. Returns
    /// `false` if there is no room; a store without a limit always returns `true`.
    fn promise(&mut self, binding: &Binding<'_>) -> bool {
        let _ = binding;
        true
    }

    /// Frees all reserved places without a binding.
    fn withdraw(&mut self) {}
}

/// A store in arrays, for at most `THINGS` Things.
///
/// `NAME_LEN` is the length in bytes of the longest name of a Thing or a gateway, or of an
/// identifier with its `*`. Each place takes three names and at most 40 bytes more, used or
/// not. Every lookup visits all places.
#[derive(Clone)]
pub struct FixedBindings<const THINGS: usize, const NAME_LEN: usize> {
    slots: [Option<Slot<NAME_LEN>>; THINGS],
}

#[derive(Clone)]
struct Slot<const LEN: usize> {
    /// `None` while the place is only reserved.
    connection: Option<ConnectionId>,
    thing: FixedName<LEN>,
    wire_name: FixedName<LEN>,
    gateway: Option<FixedName<LEN>>,
}

impl<const THINGS: usize, const NAME_LEN: usize> FixedBindings<THINGS, NAME_LEN> {
    /// Creates an empty store.
    pub const fn new() -> Self {
        Self { slots: [const { None }; THINGS] }
    }
}

impl<const THINGS: usize, const NAME_LEN: usize> Bindings for FixedBindings<THINGS, NAME_LEN> {
    fn get(&self, key: Key<'_>) -> Option<Binding<'_>> {
        self.slots.iter().flatten().find(|slot| slot.is_under(key))?.binding()
    }

    fn of(&self, connection: ConnectionId) -> impl Iterator<Item = Binding<'_>> {
        let slots = self.slots.iter().flatten();
        slots.filter(move |slot| slot.connection == Some(connection)).filter_map(Slot::binding)
    }

    fn insert(&mut self, binding: &Binding<'_>) {
        if let (Some(new), Some(slot)) = (Slot::keep(binding), self.place(binding.thing)) {
            *slot = Some(Slot { connection: Some(binding.connection), ..new });
        }
    }

    fn remove(&mut self, key: Key<'_>) {
        let is_meant = |slot: &Slot<NAME_LEN>| slot.is_under(key);
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.as_ref().is_some_and(is_meant)) {
            *slot = None;
        }
    }

    fn set_gateway(&mut self, thing: &str, gateway: Option<&str>) {
        let is_it = |slot: &&mut Slot<NAME_LEN>| slot.thing.is(thing);
        if let Some(slot) = self.slots.iter_mut().flatten().find(is_it) {
            slot.gateway = gateway.and_then(kept);
        }
    }

    fn retain(
        &mut self,
        connection: ConnectionId,
        mut keep: impl FnMut(&Binding<'_>, &Self) -> bool,
    ) {
        for at in 0..THINGS {
            let is_its = |slot: &mut Slot<NAME_LEN>| slot.connection == Some(connection);
            let taken = self.slots.get_mut(at).and_then(|place| place.take_if(is_its));
            let Some(slot) = taken else { continue };
            let stays = slot.binding().is_none_or(|held| keep(&held, self));
            if let Some(place) = self.slots.get_mut(at).filter(|_| stays) {
                *place = Some(slot);
            }
        }
    }

    fn promise(&mut self, binding: &Binding<'_>) -> bool {
        let Some(new) = Slot::keep(binding) else { return false };
        let Some(slot) = self.place(binding.thing) else { return false };
        slot.get_or_insert(new);
        true
    }

    fn withdraw(&mut self) {
        for slot in &mut self.slots {
            slot.take_if(|slot| slot.connection.is_none());
        }
    }
}

impl<const THINGS: usize, const NAME_LEN: usize> FixedBindings<THINGS, NAME_LEN> {
    /// Returns the place of a Thing, or a free one.
    fn place(&mut self, thing: &str) -> Option<&mut Option<Slot<NAME_LEN>>> {
        let mut free = None;
        for place in &mut self.slots {
            match place {
                Some(slot) if slot.thing.is(thing) => return Some(place),
                Some(_) => {}
                None => free = Some(place),
            }
        }
        free
    }
}

impl<const THINGS: usize, const NAME_LEN: usize> Default for FixedBindings<THINGS, NAME_LEN> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const THINGS: usize, const NAME_LEN: usize> fmt::Debug for FixedBindings<THINGS, NAME_LEN> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.slots.iter().flatten().filter_map(Slot::binding)).finish()
    }
}

impl<const LEN: usize> Slot<LEN> {
    /// Creates a reserved place for a binding. Returns `None` if a name is too long.
    fn keep(binding: &Binding<'_>) -> Option<Self> {
        let gateway = match binding.gateway {
            Some(gateway) => Some(kept(gateway)?),
            None => None,
        };
        let thing = kept(binding.thing)?;
        let wire_name = kept(binding.wire_name)?;
        Some(Self { connection: None, thing, wire_name, gateway })
    }

    /// Returns whether it has this key. A reserved place has only the key of its Thing.
    fn is_under(&self, key: Key<'_>) -> bool {
        match key {
            Key::Thing(thing) => self.thing.is(thing),
            Key::Identifier(connection, name) => {
                self.connection == Some(connection) && self.wire_name.is(name)
            }
        }
    }

    fn binding(&self) -> Option<Binding<'_>> {
        Some(Binding {
            thing: self.thing.as_str(),
            wire_name: self.wire_name.as_str(),
            connection: self.connection?,
            gateway: self.gateway.as_ref().map(FixedName::as_str),
        })
    }
}

/// Returns the name, stored, if it is not too long.
fn kept<const LEN: usize>(name: &str) -> Option<FixedName<LEN>> {
    FixedName::try_from(name).ok()
}
