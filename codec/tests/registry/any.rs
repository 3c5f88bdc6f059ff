//! Any sequence of BINDs, UNBINDs and ends, against a model that is a map and
//! copies it before each message; over arrays, and over a host's own store.

use std::collections::{BTreeMap, HashMap};

use alwayson_codec::Gateway;
use alwayson_codec::connection::registry::{
    BindPolicy, BindRefusalKind, Binding, Bindings, ConnectionId, FixedBindings, Key, Registry,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{Plant, names};

/// How many Things the bounded store takes: fewer than there are.
const ROOM: usize = 5;

/// All names that a message may have: of Things, of what is none, of gateways.
const NAMES: [&str; 9] =
    ["Pump", "Valve", "Gate", "Motor", "*m-1", "*m-2", "Ghost", "Fleet", "Train"];

/// What may be held.
const THINGS: [&str; 6] = ["Pump", "Valve", "Gate", "Motor", "Fleet", "Train"];

const GATEWAYS: [(&str, &str); 6] = [
    ("Fleet", "Router"),
    ("Fleet", "Toaster"),
    ("Train", "Router"),
    ("Gate", "Toaster"),
    ("*m-1", ""),
    ("Motor", "Router"),
];

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

/// What was called back: losses with the loser, or freed names; sorted.
type Outcome = Result<Vec<(u32, String)>, (BindRefusalKind, String)>;

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
        let (mut moved, mut without_room) = (Vec::new(), None);
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
            let new = (op.connection, (*name).to_owned(), behind.map(str::to_owned));
            let old = self.held.insert(thing, new);
            moved.extend(old.filter(|old| old.0 != op.connection).map(|old| (old.0, old.1)));
            if self.room.is_some_and(|room| self.held.len() > room) && without_room.is_none() {
                without_room = Some((*name).to_owned());
            }
        }
        moved.sort();
        without_room.map_or(Ok(moved), |name| Err((BindRefusalKind::NoRoom, name)))
    }

    fn unbind(&mut self, op: &Op) -> Outcome {
        let connection = op.connection;
        let not_held = |name: &str| Err((BindRefusalKind::NotHeld, name.to_owned()));
        let behind = |held: &Held, gateway: &str| -> Vec<String> {
            let stands = held
                .iter()
                .filter(|(_, held)| held.0 == connection && held.2.as_deref() == Some(gateway));
            stands.map(|(thing, _)| thing.clone()).collect()
        };
        let mut gone = Vec::new();
        if let Some((gateway, _)) = op.gateway {
            let all = behind(&self.held, gateway);
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
            freed.extend(self.held.remove(&thing).map(|held| (connection, held.1)));
        }
        if let Some((gateway, _)) = op.gateway {
            if behind(&self.held, gateway).is_empty() {
                let thing = self.thing_of(connection, gateway);
                let held = thing.and_then(|thing| self.held.remove(&thing));
                freed.extend(held.map(|held| (connection, held.1)));
            }
        }
        freed.sort();
        Ok(freed)
    }

    fn end(&mut self, op: &Op) -> Vec<(u32, String)> {
        let mut freed = Vec::new();
        self.held.retain(|_, held| {
            let stays = held.0 != op.connection;
            if !stays {
                freed.push((held.0, held.1.clone()));
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

/// A host's own store: no bound, no promises.
#[derive(Default)]
struct HostBindings(HashMap<String, (ConnectionId, String, Option<String>)>);

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

    fn retain(&mut self, connection: ConnectionId, mut keep: impl FnMut(&Binding<'_>) -> bool) {
        self.0.retain(|thing, (holder, wire_name, gateway)| {
            let gateway = gateway.as_deref();
            *holder != connection || keep(&Binding { thing, wire_name, connection, gateway })
        });
    }
}

fn run(registry: &mut Registry<impl Bindings>, op: &Op) -> Outcome {
    let connection = ConnectionId(op.connection);
    let gateway = op.gateway.map(|(name, gateway_type)| Gateway::new(name, gateway_type));
    let body = names(gateway, &op.names);
    let mut told = Vec::new();
    let done = match op.kind {
        Kind::Bind => registry.bind(&Plant, connection, &body, |loser, name| {
            told.push((loser.0, name.to_owned()));
        }),
        Kind::Unbind => {
            registry.unbind(connection, &body, |name| told.push((op.connection, name.to_owned())))
        }
        Kind::End => {
            registry.end(connection, |name| told.push((op.connection, name.to_owned())));
            Ok(())
        }
    };
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
    for op in ops {
        let before = held_of(&registry);
        let outcome = run(&mut registry, op);
        prop_assert_eq!(&outcome, &model.run(op), "{:?}", op);
        let after = held_of(&registry);
        prop_assert_eq!(&after, &model.held, "{:?}", op);
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
