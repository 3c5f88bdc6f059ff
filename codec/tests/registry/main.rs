//! Which connection holds which Thing: each rule of the registry, both ways, and
//! a model that it is compared with.

mod any;
mod changes;
mod gateways;
mod host_bindings;
mod limits;
mod names;

use alwayson_codec::connection::registry::{
    BindPolicy, BindRefusal, BindRefusalKind, Binding, Bindings, Change, ConnectionId,
    FixedBindings, NameChange, Registry, Thing, Things,
};
use alwayson_codec::{Bind, Gateway, List};

pub(crate) const ONE: ConnectionId = ConnectionId(1);
pub(crate) const TWO: ConnectionId = ConnectionId(2);
pub(crate) const FLEET: Option<Gateway<'static>> = Some(Gateway::new("Fleet", "Router"));

pub(crate) type Small = Registry<FixedBindings<8, 16>>;
pub(crate) type Told = Vec<String>;

/// Pump, Valve and Gate are bound by their names; Motor by its identifier, m-1.
/// Gateways are of type Router.
pub(crate) struct Plant;

impl Things for Plant {
    fn thing<'a>(&'a self, name: &'a str) -> Option<Thing<'a>> {
        let identifier = (name == "Motor").then_some("m-1");
        ["Pump", "Valve", "Gate", "Motor"].contains(&name).then_some(Thing { name, identifier })
    }

    fn by_identifier<'a>(&'a self, identifier: &'a str) -> Option<Thing<'a>> {
        (identifier == "m-1").then_some(Thing { name: "Motor", identifier: Some("m-1") })
    }

    fn is_gateway_type(&self, gateway_type: &str) -> bool {
        gateway_type == "Router"
    }
}

/// A Plant in which nothing is left.
pub(crate) struct Empty;

impl Things for Empty {
    fn thing<'a>(&'a self, _: &'a str) -> Option<Thing<'a>> {
        None
    }

    fn by_identifier<'a>(&'a self, _: &'a str) -> Option<Thing<'a>> {
        None
    }

    fn is_gateway_type(&self, _: &str) -> bool {
        false
    }
}

pub(crate) fn registry(policy: BindPolicy) -> Small {
    Registry::new(FixedBindings::new(), policy)
}

pub(crate) fn names<'a>(gateway: Option<Gateway<'a>>, names: &'a [&'a str]) -> Bind<'a> {
    Bind { gateway, names: List::new(names).unwrap() }
}

/// A change in words: `1 got Motor as *m-1`.
pub(crate) fn line(change: Change<'_>) -> String {
    let verb = match change.what {
        NameChange::Bound => "got",
        NameChange::Unbound => "gave up",
        NameChange::Moved => "lost",
    };
    let Change { connection, wire_name, thing, .. } = change;
    if thing == wire_name {
        format!("{} {verb} {thing}", connection.0)
    } else {
        format!("{} {verb} {thing} as {wire_name}", connection.0)
    }
}

/// Binds, and says what has changed.
pub(crate) fn changes<'n>(
    registry: &mut Registry<impl Bindings>,
    things: &dyn Things,
    connection: ConnectionId,
    bind: &Bind<'n>,
) -> Result<Told, BindRefusal<'n>> {
    let mut told = Told::new();
    registry.bind(things, connection, bind, |change| told.push(line(change)))?;
    Ok(told)
}

/// Binds, and says which names moved from connection ONE or TWO.
pub(crate) fn bind<'n>(
    registry: &mut Registry<impl Bindings>,
    connection: ConnectionId,
    bind: &Bind<'n>,
) -> Result<Told, BindRefusal<'n>> {
    bind_of(registry, &Plant, connection, bind)
}

pub(crate) fn bind_of<'n>(
    registry: &mut Registry<impl Bindings>,
    things: &dyn Things,
    connection: ConnectionId,
    bind: &Bind<'n>,
) -> Result<Told, BindRefusal<'n>> {
    let mut moved = Told::new();
    registry.bind(things, connection, bind, |change| match change.what {
        NameChange::Moved if change.connection != connection => {
            moved.push(format!("{} lost {}", change.connection.0, change.wire_name));
        }
        NameChange::Unbound => panic!("a BIND frees nothing: {change:?}"),
        NameChange::Bound | NameChange::Moved => {}
    })?;
    Ok(moved)
}

pub(crate) fn unbind<'n>(
    registry: &mut Registry<impl Bindings>,
    connection: ConnectionId,
    unbind: &Bind<'n>,
) -> Result<Told, BindRefusal<'n>> {
    let mut freed = Told::new();
    registry.unbind(connection, unbind, |change| {
        assert_eq!((change.connection, change.what), (connection, NameChange::Unbound));
        freed.push(change.wire_name.to_owned());
    })?;
    freed.sort();
    Ok(freed)
}

/// The connection has ended; says what this has freed.
pub(crate) fn end(registry: &mut Registry<impl Bindings>, connection: ConnectionId) -> Told {
    let mut freed = Told::new();
    registry.end(connection, |change| {
        assert_eq!((change.connection, change.what), (connection, NameChange::Unbound));
        freed.push(change.wire_name.to_owned());
    });
    freed.sort();
    freed
}

/// All that a connection holds: Thing, name on the wire, gateway.
pub(crate) fn held(registry: &Registry<impl Bindings>, connection: ConnectionId) -> Told {
    let line = |held: Binding<'_>| {
        assert_eq!(registry.holder(held.thing), Some(held));
        assert_eq!(held.connection, connection);
        match held.gateway {
            Some(gateway) => format!("{} as {} behind {gateway}", held.thing, held.wire_name),
            None => format!("{} as {}", held.thing, held.wire_name),
        }
    };
    let mut held: Told = registry.held_by(connection).map(line).collect();
    held.sort();
    held
}

pub(crate) fn refusal(kind: BindRefusalKind, name: &str) -> BindRefusal<'_> {
    BindRefusal { kind, name: name.into() }
}
