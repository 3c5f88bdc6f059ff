//! What the properties of the model ask about the system.

use std::collections::BTreeSet;

use alwayson_codec::connection::edge::NameState;

use super::system::{GATEWAY, System, THING, id, thing_of};

impl System {
    /// The live connections that hold the Thing.
    pub(crate) fn holders(&self) -> impl Iterator<Item = usize> {
        self.holders_of(THING)
    }

    fn holders_of<'s>(&'s self, thing: &'s str) -> impl Iterator<Item = usize> + 's {
        self.lines.iter().enumerate().filter_map(move |(index, line)| {
            let is_live = line.connection.end().is_none();
            let mut names = line.connection.names().map(|(name, _)| thing_of(name));
            (is_live && names.any(|name| name == thing)).then_some(index)
        })
    }

    pub(crate) fn nothing_is_held_twice(&self) -> bool {
        [THING, GATEWAY].iter().all(|thing| self.holders_of(thing).count() <= 1)
    }

    /// Each connection holds what the registry says, by the same name.
    pub(crate) fn registry_agrees(&self) -> bool {
        self.lines.iter().enumerate().all(|(index, line)| {
            let bound: BTreeSet<&str> = line.connection.names().map(|(name, _)| name).collect();
            let registered = self.registry.held_by(id(index)).map(|held| held.wire_name);
            bound == registered.collect()
        })
    }

    /// What was told of Things is so.
    pub(crate) fn is_connected_agrees(&self) -> bool {
        let held = [THING, GATEWAY].into_iter().filter(|thing| self.holders_of(thing).count() > 0);
        let held: BTreeSet<String> = held.map(str::to_owned).collect();
        self.shown == held && self.told == held
    }

    pub(crate) fn is_gateway_held(&self) -> bool {
        self.holders_of(GATEWAY).count() > 0
    }

    pub(crate) fn requests_agree(&self) -> bool {
        self.lines.iter().all(|line| line.connection.requests().eq(line.open.iter().copied()))
    }

    fn name(&self, edge: usize) -> Option<NameState> {
        self.edges[edge].names().map(|(_, state, _)| state).next()
    }

    pub(crate) fn is_bound(&self, edge: usize) -> bool {
        self.name(edge) == Some(NameState::Bound)
    }

    pub(crate) fn is_refused(&self, edge: usize) -> bool {
        self.name(edge) == Some(NameState::Refused)
    }

    pub(crate) fn is_ghost_holding(&self) -> bool {
        self.holders().any(|index| self.lines[index].edge.is_none())
    }
}
