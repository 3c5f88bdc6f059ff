//! Maps the names of a BIND to Things.

use super::store::{Binding, ConnectionId};
use super::things::{Thing, Things};
use crate::wire::bind::{Bind, Gateway};
use crate::wire::text::Text;

/// Returns the bindings that a BIND asks for, each with its name in the BIND, the gateway
/// first. Names that the host does not know, but that the connection holds, are left out:
/// they stay as they are.
pub(super) fn wanted<'n, 't, T: Things + ?Sized>(
    things: &'t T,
    connection: ConnectionId,
    bind: &Bind<'n>,
) -> impl Iterator<Item = (Text<'n>, Binding<'t>)>
where
    'n: 't,
{
    let gateway = bind.gateway.and_then(|Gateway { name, .. }| {
        let wire_name = name.as_str();
        let made = identifier(wire_name).is_none().then_some(wire_name);
        let thing = resolve(things, wire_name).map(|thing| thing.name).or(made)?;
        Some((name, Binding { thing, wire_name, connection, gateway: None }))
    });
    let before = bind.gateway.map(|gateway| gateway.name.as_str());
    let names = bind.names.iter().filter_map(move |name| {
        let wire_name = name.as_str();
        let thing = resolve(things, wire_name)?.name;
        let is_gateway = gateway.is_some_and(|(_, gateway)| gateway.thing == thing);
        let gateway = if is_gateway { None } else { before };
        Some((name, Binding { thing, wire_name, connection, gateway }))
    });
    gateway.into_iter().chain(names)
}

/// Returns the Thing of a name in a BIND. A Thing that is bound by its name keeps the
/// spelling of the BIND.
pub(super) fn resolve<'t, T: Things + ?Sized>(things: &'t T, name: &'t str) -> Option<Thing<'t>> {
    match identifier(name) {
        Some(identifier) => things.by_identifier(identifier),
        None => things.thing(name).map(|thing| Thing { name, ..thing }),
    }
}

/// Returns the identifier if the name is one.
pub(super) fn identifier(name: &str) -> Option<&str> {
    name.strip_prefix('*')
}
