//! Any sequence of BINDs, UNBINDs and ends, against a model that is a map and
//! copies it before each message; over arrays, and over a host's own store. Who
//! keeps names by what is told alone, keeps what the registry holds.

use std::collections::{BTreeMap, BTreeSet};

use alwayson_codec::Gateway;
use alwayson_codec::connection::registry::{
    BindPolicy, BindRefusalKind, Binding, Bindings, Change, ConnectionId, FixedBindings,
    NameChange, Registry, Thing, Things,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::host_bindings::HostBindings;
use super::{Plant, line, names};

/// How many Things the bounded store takes: fewer than there are.
const ROOM: usize = 5;

/// All names that a message may have: of Things, of what is none, of gateways.
const NAMES: [&str; 11] =
    ["Pump", "Valve", "Gate", "Motor", "*m-1", "*m-2", "Ghost", "Fleet", "Train", "Dual", "*d-1"];

/// What may be held.
const THINGS: [&str; 7] = ["Pump", "Valve", "Gate", "Motor", "Fleet", "Train", "Dual"];

const GATEWAYS: [(&str, &str); 8] = [
    ("Fleet", "Router"),
    ("Fleet", "Toaster"),
    ("Train", "Router"),
    ("Gate", "Toaster"),
    ("*m-1", ""),
    ("Motor", "Router"),
    ("Dual", ""),
    ("*d-1", ""),
];

/// A Plant with one Thing more, that can be bound by its name and its identifier.
struct Larger;

impl Things for Larger {
    fn thing<'a>(&'a self, name: &'a str) -> Option<Thing<'a>> {
        let dual = (name == "Dual").then_some(Thing { name, identifier: None });
        dual.or_else(|| Plant.thing(name).map(|thing| Thing { name, ..thing }))
    }

    fn by_identifier<'a>(&'a self, identifier: &'a str) -> Option<Thing<'a>> {
        let dual = Thing { name: "Dual", identifier: Some(identifier) };
        match identifier {
            "d-1" => Some(dual),
            "m-1" => Some(Thing { name: "Motor", ..dual }),
            _ => None,
        }
    }

    fn is_gateway_type(&self, gateway_type: &str) -> bool {
        Plant.is_gateway_type(gateway_type)
    }
}

#[derive(Clone, Debug)]
struct Op {
    kind: Kind,
    connection: u32,
    gateway: Option<(&'static str, &'static str)>,
    names: Vec<&'static str>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Bind,
    Unbind,
    End,
}

fn op() -> impl Strategy<Value = Op> {
    let kind = prop_oneof![6 => Just(Kind::Bind), 3 => Just(Kind::Unbind), 1 => Just(Kind::End)];
    let gateway = proptest::option::weighted(0.4, select(&GATEWAYS[..]));
    // Few names in most: a BIND of many is refused nearly always.
    let names = prop_oneof![3 => vec(select(&NAMES[..]), 0..3), 1 => vec(select(&NAMES[..]), 0..7)];
    (kind, 0..3_u32, gateway, names).prop_map(|(kind, connection, gateway, names)| Op {
        kind,
        connection,
        gateway,
        names,
    })
}

/// Thing to connection, name on the wire, gateway.
type Held = BTreeMap<String, (u32, String, Option<String>)>;

#[derive(Clone, Default)]
struct Model {
    held: Held,
    last_wins: bool,
    room: Option<usize>,
}

/// What was called back, a line each; sorted.
type Outcome = Result<Vec<String>, (BindRefusalKind, String)>;

fn told(connection: u32, what: NameChange, thing: &str, wire_name: &str) -> String {
    line(Change { connection: ConnectionId(connection), wire_name, thing, what })
}

impl Model {
    fn thing_of(&self, connection: u32, name: &str) -> Option<String> {
        let of = |thing: &String| self.held.get(thing).is_some_and(|held| held.0 == connection);
        match name.strip_prefix('*') {
            Some(_) => {
                let found = self.held.iter().find(|(_, h)| h.0 == connection && h.1 == name);
                found.map(|(thing, _)| thing.clone())
            }
            None => Some(name.to_owned()).filter(of),
        }
    }

    /// The Thing that a name of a BIND may have, which gateway it is aside.
    fn may_bind(&self, connection: u32, name: &str) -> Result<String, BindRefusalKind> {
        let thing = match name {
            "*m-1" => "Motor",
            "*d-1" | "Dual" => "Dual",
            "Motor" => return Err(BindRefusalKind::HasIdentifier),
            "Pump" | "Valve" | "Gate" => name,
            _ => {
                return self.thing_of(connection, name).ok_or(BindRefusalKind::UnknownThing);
            }
        };
        self.must_be_free(connection, thing)
    }

    fn must_be_free(&self, connection: u32, thing: &str) -> Result<String, BindRefusalKind> {
        match self.held.get(thing) {
            Some(held) if held.0 != connection && !self.last_wins => {
                Err(BindRefusalKind::HeldElsewhere)
            }
            _ => Ok(thing.to_owned()),
        }
    }

    fn bind(&mut self, op: &Op) -> Outcome {
        let before = self.held.clone();
        let bound = self.bind_each(op);
        if bound.is_err() {
            self.held = before;
        }
        bound
    }

    fn bind_each(&mut self, op: &Op) -> Outcome {
        let mut changes = Vec::new();
        let mut without_room = None;
        let gateway = op.gateway.map(|(name, _)| name);
        let all = gateway.iter().chain(&op.names);
        let mut gateway_thing = None;
        for (index, name) in all.enumerate() {
            let is_gateway = index == 0 && gateway.is_some();
            let thing = match self.may_bind(op.connection, name) {
                Err(BindRefusalKind::UnknownThing) if is_gateway => {
                    let is_known_type = op.gateway.is_some_and(|(_, kind)| kind == "Router");
                    if name.starts_with('*') || !is_known_type {
                        Err(BindRefusalKind::UnknownGateway)
                    } else {
                        self.must_be_free(op.connection, name)
                    }
                }
                other => other,
            };
            let thing = thing.map_err(|kind| (kind, (*name).to_owned()))?;
            if is_gateway {
                gateway_thing = Some(thing.clone());
            }
            let is_made = ["Fleet", "Train"].contains(&thing.as_str());
            if is_made && !is_gateway {
                continue;
            }
            let behind = gateway.filter(|_| gateway_thing.as_ref() != Some(&thing));
            let mut wire_name = (*name).to_owned();
            let before = self.held.get(&thing).cloned();
            if let Some((holder, held_as, _)) = before {
                if holder == op.connection && held_as.starts_with('*') {
                    wire_name.clone_from(&held_as);
                }
                if (holder, &held_as) != (op.connection, &wire_name) {
                    changes.push(told(holder, NameChange::Moved, &thing, &held_as));
                    changes.push(told(op.connection, NameChange::Bound, &thing, &wire_name));
                }
            } else {
                changes.push(told(op.connection, NameChange::Bound, &thing, &wire_name));
            }
            self.held.insert(thing, (op.connection, wire_name, behind.map(str::to_owned)));
            if self.room.is_some_and(|room| self.held.len() > room) && without_room.is_none() {
                without_room = Some((*name).to_owned());
            }
        }
        changes.sort();
        without_room.map_or(Ok(changes), |name| Err((BindRefusalKind::NoRoom, name)))
    }

    fn unbind(&mut self, op: &Op) -> Outcome {
        let connection = op.connection;
        let not_held = |name: &str| Err((BindRefusalKind::NotHeld, name.to_owned()));
        let behind = |model: &Self, gateway: &str| -> Vec<String> {
            // By any name of it, while it is held.
            let mut names = BTreeSet::from([gateway.to_owned()]);
            if let Some(thing) = model.thing_of(connection, gateway) {
                names.insert(model.held[&thing].1.clone());
                names.insert(thing);
            }
            let stands = model.held.iter().filter(|(_, held)| {
                held.0 == connection && held.2.as_ref().is_some_and(|behind| names.contains(behind))
            });
            stands.map(|(thing, _)| thing.clone()).collect()
        };
        let mut gone = Vec::new();
        if let Some((gateway, _)) = op.gateway {
            let all = behind(self, gateway);
            if self.thing_of(connection, gateway).is_none() && all.is_empty() {
                return not_held(gateway);
            }
            if op.names.is_empty() {
                gone = all;
            }
        }
        for name in &op.names {
            match self.thing_of(connection, name) {
                Some(thing) => gone.push(thing),
                None => return not_held(name),
            }
        }
        let mut freed = Vec::new();
        for thing in gone {
            let held = self.held.remove(&thing);
            freed.extend(held.map(|held| told(connection, NameChange::Unbound, &thing, &held.1)));
        }
        if let Some((gateway, _)) = op.gateway {
            if behind(self, gateway).is_empty() {
                let thing = self.thing_of(connection, gateway);
                let held = thing.and_then(|thing| self.held.remove_entry(&thing));
                freed.extend(
                    held.map(|(thing, held)| {
                        told(connection, NameChange::Unbound, &thing, &held.1)
                    }),
                );
            }
        }
        freed.sort();
        Ok(freed)
    }

    fn end(&mut self, op: &Op) -> Vec<String> {
        let mut freed = Vec::new();
        self.held.retain(|thing, held| {
            let stays = held.0 != op.connection;
            if !stays {
                freed.push(told(held.0, NameChange::Unbound, thing, &held.1));
            }
            stays
        });
        freed.sort();
        freed
    }

    fn run(&mut self, op: &Op) -> Outcome {
        match op.kind {
            Kind::Bind => self.bind(op),
            Kind::Unbind => self.unbind(op),
            Kind::End => Ok(self.end(op)),
        }
    }
}

/// What is known to one who only hears of changes: the names of each connection,
/// and which Things are connected.
#[derive(Default)]
struct Listener {
    names: BTreeMap<u32, BTreeSet<String>>,
    connected: BTreeSet<String>,
    told: Vec<String>,
}

impl Listener {
    fn hear(&mut self, change: Change<'_>) {
        let names = self.names.entry(change.connection.0).or_default();
        let wire_name = change.wire_name.to_owned();
        match change.what {
            NameChange::Bound => {
                assert!(names.insert(wire_name), "bound twice: {change:?}");
                self.connected.insert(change.thing.to_owned());
            }
            NameChange::Unbound => {
                assert!(names.remove(&wire_name), "not bound: {change:?}");
                assert!(self.connected.remove(change.thing), "not connected: {change:?}");
            }
            NameChange::Moved => assert!(names.remove(&wire_name), "not bound: {change:?}"),
        }
        self.told.push(line(change));
    }

    fn agrees_with(&self, held: &Held) {
        let things: BTreeSet<String> = held.keys().cloned().collect();
        assert_eq!(self.connected, things);
        for (connection, names) in &self.names {
            let held: BTreeSet<String> = held
                .values()
                .filter(|held| held.0 == *connection)
                .map(|held| held.1.clone())
                .collect();
            assert_eq!(names, &held, "connection {connection}");
        }
    }
}

fn run(registry: &mut Registry<impl Bindings>, op: &Op, listener: &mut Listener) -> Outcome {
    let connection = ConnectionId(op.connection);
    let gateway = op.gateway.map(|(name, gateway_type)| Gateway::new(name, gateway_type));
    let body = names(gateway, &op.names);
    listener.told.clear();
    let hear = |change: Change<'_>| listener.hear(change);
    let done = match op.kind {
        Kind::Bind => registry.bind(&Larger, connection, &body, hear),
        Kind::Unbind => registry.unbind(connection, &body, hear),
        Kind::End => {
            registry.end(connection, hear);
            Ok(())
        }
    };
    let mut told = std::mem::take(&mut listener.told);
    told.sort();
    match done {
        Ok(()) => Ok(told),
        Err(refusal) => {
            assert!(told.is_empty(), "a refusal calls nothing back");
            Err((refusal.kind, refusal.name.to_string()))
        }
    }
}

/// All that is held, by asking for each Thing and by asking each connection.
fn held_of(registry: &Registry<impl Bindings>) -> Held {
    let entry = |held: Binding<'_>| {
        let gateway = held.gateway.map(str::to_owned);
        (held.thing.to_owned(), (held.connection.0, held.wire_name.to_owned(), gateway))
    };
    let by_thing: Held =
        THINGS.iter().filter_map(|thing| registry.holder(thing)).map(entry).collect();
    let mut count = 0;
    let by_connection: Held = (0..3)
        .flat_map(|connection| registry.held_by(ConnectionId(connection)))
        .inspect(|_| count += 1)
        .map(entry)
        .collect();
    assert_eq!(by_thing, by_connection);
    assert_eq!(count, by_thing.len(), "nothing is held by two");
    by_thing
}

fn follows_the_model(
    mut registry: Registry<impl Bindings>,
    mut model: Model,
    ops: &[Op],
) -> Result<(), TestCaseError> {
    let mut listener = Listener::default();
    for op in ops {
        let before = held_of(&registry);
        let outcome = run(&mut registry, op, &mut listener);
        prop_assert_eq!(&outcome, &model.run(op), "{:?}", op);
        let after = held_of(&registry);
        prop_assert_eq!(&after, &model.held, "{:?}", op);
        listener.agrees_with(&after);
        if outcome.is_err() {
            prop_assert_eq!(&after, &before);
        }
        if matches!(op.kind, Kind::End) {
            prop_assert!(after.values().all(|held| held.0 != op.connection));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: if cfg!(miri) { 3 } else { 1024 },
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_sequence_leaves_what_the_model_says(ops in vec(op(), 1..40), last_wins: bool) {
        let policy = if last_wins { BindPolicy::LastInWins } else { BindPolicy::FirstInWins };
        let model = Model { last_wins, ..Model::default() };
        follows_the_model(Registry::new(HostBindings::default(), policy), model.clone(), &ops)?;
        let bounded = Registry::new(FixedBindings::<ROOM, 5>::new(), policy);
        follows_the_model(bounded, Model { room: Some(ROOM), ..model }, &ops)?;
    }
}
