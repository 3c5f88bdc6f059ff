//! The store of a host with an allocator.

use std::collections::HashMap;

use alwayson_codec::connection::registry::{Binding, Bindings, ConnectionId, Key};

/// A host's own store: no bound, no promises.
#[derive(Default)]
pub(crate) struct HostBindings(HashMap<String, (ConnectionId, String, Option<String>)>);

impl HostBindings {
    fn iter(&self) -> impl Iterator<Item = Binding<'_>> {
        self.0.iter().map(|(thing, (connection, wire_name, gateway))| Binding {
            thing,
            wire_name,
            connection: *connection,
            gateway: gateway.as_deref(),
        })
    }
}

impl Bindings for HostBindings {
    fn get(&self, key: Key<'_>) -> Option<Binding<'_>> {
        self.iter().find(|held| match key {
            Key::Thing(thing) => held.thing == thing,
            Key::Identifier(connection, name) => {
                (held.connection, held.wire_name) == (connection, name)
            }
        })
    }

    fn of(&self, connection: ConnectionId) -> impl Iterator<Item = Binding<'_>> {
        self.iter().filter(move |held| held.connection == connection)
    }

    fn insert(&mut self, binding: &Binding<'_>) {
        let gateway = binding.gateway.map(str::to_owned);
        let held = (binding.connection, binding.wire_name.to_owned(), gateway);
        self.0.insert(binding.thing.to_owned(), held);
    }

    fn remove(&mut self, key: Key<'_>) {
        if let Some(thing) = self.get(key).map(|held| held.thing.to_owned()) {
            self.0.remove(&thing);
        }
    }

    fn set_gateway(&mut self, thing: &str, gateway: Option<&str>) {
        if let Some((_, _, behind)) = self.0.get_mut(thing) {
            *behind = gateway.map(str::to_owned);
        }
    }

    fn retain(
        &mut self,
        connection: ConnectionId,
        mut keep: impl FnMut(&Binding<'_>, &Self) -> bool,
    ) {
        let gone = self.of(connection).filter(|held| !keep(held, self));
        let gone: Vec<String> = gone.map(|held| held.thing.to_owned()).collect();
        for thing in gone {
            self.0.remove(&thing);
        }
    }
}
