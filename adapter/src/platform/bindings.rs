//! The storage of a platform's registry, in maps.

use std::cell::Cell;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::time::SystemTime;

use alwayson_codec::connection::registry::{Binding, Bindings, ConnectionId, Key};

/// Bindings in maps, up to a limit of their number.
pub(super) struct MapBindings {
    /// By the name of the Thing.
    held: HashMap<String, Held>,
    /// The Things of each connection.
    by_connection: HashMap<ConnectionId, HashSet<String>>,
    /// The Things that were bound by identifier, by the wire name with its `*`.
    by_identifier: HashMap<(ConnectionId, String), String>,
    /// The number of Things behind each gateway, named as in the BIND.
    behind: HashMap<(ConnectionId, String), usize>,
    promised: HashSet<String>,
    limit: usize,
    /// The time of the BIND that is being decided.
    now: Cell<SystemTime>,
}

struct Held {
    wire_name: String,
    connection: ConnectionId,
    gateway: Option<String>,
    since: SystemTime,
}

impl MapBindings {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            held: HashMap::new(),
            by_connection: HashMap::new(),
            by_identifier: HashMap::new(),
            behind: HashMap::new(),
            promised: HashSet::new(),
            limit,
            now: Cell::new(SystemTime::UNIX_EPOCH),
        }
    }

    /// Sets the time of the BIND that is decided next.
    pub(super) fn set_now(&self, now: SystemTime) {
        self.now.set(now);
    }

    /// Returns the time since which a Thing is bound.
    pub(super) fn since(&self, thing: &str) -> Option<SystemTime> {
        self.held.get(thing).map(|held| held.since)
    }

    /// Returns all bindings and since when they are, in any order.
    pub(super) fn all(&self) -> impl Iterator<Item = (Binding<'_>, SystemTime)> {
        self.held.iter().map(|(thing, held)| (Self::binding(thing, held), held.since))
    }

    fn binding<'a>(thing: &'a str, held: &'a Held) -> Binding<'a> {
        Binding {
            thing,
            wire_name: &held.wire_name,
            connection: held.connection,
            gateway: held.gateway.as_deref(),
        }
    }

    fn find(&self, thing: &str) -> Option<Binding<'_>> {
        let (thing, held) = self.held.get_key_value(thing)?;
        Some(Self::binding(thing, held))
    }

    fn remove_thing(&mut self, thing: &str) {
        let Some(held) = self.held.remove(thing) else { return };
        if let Some(things) = self.by_connection.get_mut(&held.connection) {
            things.remove(thing);
            if things.is_empty() {
                self.by_connection.remove(&held.connection);
            }
        }
        self.by_identifier.remove(&(held.connection, held.wire_name));
        if let Some(gateway) = held.gateway {
            self.uncount(held.connection, gateway);
        }
    }

    /// Counts a Thing behind a gateway.
    fn count(&mut self, connection: ConnectionId, gateway: &str) {
        *self.behind.entry((connection, gateway.to_owned())).or_default() += 1;
    }

    /// No longer counts a Thing behind a gateway.
    fn uncount(&mut self, connection: ConnectionId, gateway: String) {
        if let Entry::Occupied(mut count) = self.behind.entry((connection, gateway)) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

impl Bindings for MapBindings {
    fn get(&self, key: Key<'_>) -> Option<Binding<'_>> {
        match key {
            Key::Thing(thing) => self.find(thing),
            Key::Identifier(connection, name) => {
                self.find(self.by_identifier.get(&(connection, name.to_owned()))?)
            }
        }
    }

    fn of(&self, connection: ConnectionId) -> impl Iterator<Item = Binding<'_>> {
        let things = self.by_connection.get(&connection).into_iter().flatten();
        things.filter_map(|thing| self.find(thing))
    }

    fn is_gateway(&self, connection: ConnectionId, gateway: &str) -> bool {
        self.behind.contains_key(&(connection, gateway.to_owned()))
    }

    fn insert(&mut self, binding: &Binding<'_>) {
        self.remove_thing(binding.thing);
        let thing = binding.thing.to_owned();
        if binding.wire_name.starts_with('*') {
            let key = (binding.connection, binding.wire_name.to_owned());
            self.by_identifier.insert(key, thing.clone());
        }
        self.by_connection.entry(binding.connection).or_default().insert(thing.clone());
        if let Some(gateway) = binding.gateway {
            self.count(binding.connection, gateway);
        }
        let held = Held {
            wire_name: binding.wire_name.to_owned(),
            connection: binding.connection,
            gateway: binding.gateway.map(str::to_owned),
            since: self.now.get(),
        };
        self.held.insert(thing, held);
    }

    fn remove(&mut self, key: Key<'_>) {
        if let Some(thing) = self.get(key).map(|binding| binding.thing.to_owned()) {
            self.remove_thing(&thing);
        }
    }

    fn set_gateway(&mut self, thing: &str, gateway: Option<&str>) {
        let Some(held) = self.held.get_mut(thing) else { return };
        let connection = held.connection;
        let before = std::mem::replace(&mut held.gateway, gateway.map(str::to_owned));
        if let Some(before) = before {
            self.uncount(connection, before);
        }
        if let Some(gateway) = gateway {
            self.count(connection, gateway);
        }
    }

    fn retain(
        &mut self,
        connection: ConnectionId,
        mut keep: impl FnMut(&Binding<'_>, &Self) -> bool,
    ) {
        let gone: Vec<String> = self
            .of(connection)
            .filter(|binding| !keep(binding, self))
            .map(|binding| binding.thing.to_owned())
            .collect();
        for thing in gone {
            self.remove_thing(&thing);
        }
    }

    fn promise(&mut self, binding: &Binding<'_>) -> bool {
        if self.held.contains_key(binding.thing) || self.promised.contains(binding.thing) {
            return true;
        }
        let has_room = self.held.len() + self.promised.len() < self.limit;
        if has_room {
            self.promised.insert(binding.thing.to_owned());
        }
        has_room
    }

    fn withdraw(&mut self) {
        self.promised = HashSet::new();
    }
}
