//! Where the registry keeps what it decided: a trait, for hosts that bring
//! their own, and arrays, for those without an allocator.

use core::fmt;

use crate::connection::name::FixedName;

/// A connection, by a number that the host gives it. Two connections that live
/// at the same time never have the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u32);

/// That a connection holds a Thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Binding<'a> {
    /// The Thing's name.
    pub thing: &'a str,
    /// The name it was bound under: its own, or `*` and its identifier.
    /// Requests to the connection use it.
    pub wire_name: &'a str,
    /// Who holds it.
    pub connection: ConnectionId,
    /// The gateway it stands behind, as the BIND named it.
    pub gateway: Option<&'a str>,
}

/// How a binding is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key<'a> {
    /// By the name of the Thing, whoever holds it.
    Thing(&'a str),
    /// By the name that this connection bound: `*` and an identifier.
    Identifier(ConnectionId, &'a str),
}

/// A store of bindings, one at most for a Thing. It has no rules: these are the
/// [`Registry`](super::Registry)'s, which alone changes it.
///
/// A host with an allocator keeps a map from Things to bindings, and as it
/// grows one from [`Key::Identifier`] and from connections to Things.
pub trait Bindings {
    /// The binding under this key.
    fn get(&self, key: Key<'_>) -> Option<Binding<'_>>;

    /// What a connection holds, in any order.
    fn of(&self, connection: ConnectionId) -> impl Iterator<Item = Binding<'_>>;

    /// Keeps a binding, in place of one of the same Thing if there is one. Room
    /// for it was promised.
    fn insert(&mut self, binding: &Binding<'_>);

    /// Removes what [`get`](Self::get) finds under this key.
    fn remove(&mut self, key: Key<'_>);

    /// Changes the gateway that a Thing stands behind, if the Thing is there. Room
    /// for it was promised.
    fn set_gateway(&mut self, thing: &str, gateway: Option<&str>);

    /// Shows each binding of a connection once, with all others, and removes those
    /// of which the answer is `false`.
    fn retain(&mut self, connection: ConnectionId, keep: impl FnMut(&Binding<'_>, &Self) -> bool);

    /// Promises room for a binding, in addition to what was promised since the
    /// last [`withdraw`](Self::withdraw); a Thing that is there already, or that
    /// room was promised for, needs no more. What is promised is not found.
    /// `false` where there is no room. Without a limit, always `true`.
    fn promise(&mut self, binding: &Binding<'_>) -> bool {
        let _ = binding;
        true
    }

    /// Takes back all promises that no binding was kept for.
    fn withdraw(&mut self) {}
}

/// A store in arrays, for up to `THINGS` Things. `NAME_LEN` is the longest
/// name in bytes, of a Thing, of a gateway, or of an identifier with its `*`.
/// Each place takes three names and up to 40 bytes more, used or not. Every
/// look-up visits all places.
#[derive(Clone)]
pub struct FixedBindings<const THINGS: usize, const NAME_LEN: usize> {
    slots: [Option<Slot<NAME_LEN>>; THINGS],
}

#[derive(Clone)]
struct Slot<const LEN: usize> {
    /// None while room is only promised.
    connection: Option<ConnectionId>,
    thing: FixedName<LEN>,
    wire_name: FixedName<LEN>,
    gateway: Option<FixedName<LEN>>,
}

impl<const THINGS: usize, const NAME_LEN: usize> FixedBindings<THINGS, NAME_LEN> {
    /// An empty store.
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
    /// The place of a Thing, or else a free one.
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
    /// Room for a binding; none where a name is too long.
    fn keep(binding: &Binding<'_>) -> Option<Self> {
        let gateway = match binding.gateway {
            Some(gateway) => Some(kept(gateway)?),
            None => None,
        };
        let thing = kept(binding.thing)?;
        let wire_name = kept(binding.wire_name)?;
        Some(Self { connection: None, thing, wire_name, gateway })
    }

    /// Whether this is under the key: what is promised is under that of its
    /// Thing alone.
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

/// The name, if there is room for it.
fn kept<const LEN: usize>(name: &str) -> Option<FixedName<LEN>> {
    FixedName::try_from(name).ok()
}
