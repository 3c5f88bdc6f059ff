//! The names that are bound on one connection of a platform.

use core::fmt;
use core::marker::PhantomData;

use super::{NameInput, NameState, name_transition};
use crate::connection::storage::{self, Listed, Slots};
use crate::wire::bind::Bind;

/// A name with its state. [`Storage`](crate::connection::Storage) gives it room.
#[derive(Clone)]
pub struct Entry<N> {
    name: N,
    state: NameState,
    /// When it was bound, and freed.
    bound_ms: u64,
    freed_ms: u64,
    /// What the host was not told.
    untold: Untold,
    /// It is bound, and in the BIND that the host decides about.
    again: bool,
    is_gateway: bool,
    /// The place of the gateway that it is behind.
    behind: Option<u16>,
}

/// What the host was not told of a name, in the order in which it is told.
#[derive(Clone, Copy, Debug, Default)]
struct Untold {
    bound: bool,
    freed: bool,
    moved: bool,
}

impl<N> Entry<N> {
    fn new(name: N, is_gateway: bool, behind: Option<u16>) -> Self {
        let (state, untold) = (NameState::Asked, Untold::default());
        Self { name, state, bound_ms: 0, freed_ms: 0, untold, again: false, is_gateway, behind }
    }

    fn apply(&mut self, input: NameInput, now_ms: u64) {
        let before = self.state;
        self.state = name_transition(before, input);
        match (before, self.state) {
            (NameState::Asked, NameState::Bound) => {
                self.bound_ms = now_ms;
                self.untold.bound = true;
            }
            (NameState::Bound | NameState::Unbinding, NameState::Freed) => {
                self.freed_ms = now_ms;
                if input == NameInput::Moved {
                    self.untold = Untold { bound: false, freed: false, moved: true };
                } else {
                    self.untold.freed = true;
                }
                // The BIND that is being decided about wants it here again.
                if self.again && input == NameInput::Moved {
                    self.state = NameState::Asked;
                }
            }
            _ => {}
        }
        if matches!(input, NameInput::Granted | NameInput::Denied) {
            self.again = false;
        }
    }

    fn is_told(&self) -> bool {
        !(self.untold.bound || self.untold.freed || self.untold.moved)
    }

    fn may_go(&self) -> bool {
        self.state == NameState::Freed && self.is_told()
    }

    fn is_here(&self) -> bool {
        matches!(self.state, NameState::Bound | NameState::Unbinding)
    }
}

/// What the host is told of a name.
pub(super) enum NameEvent<'a> {
    Connected(&'a str, u64),
    Disconnected(&'a str, u64),
    Moved(&'a str, u64),
}

/// All names of a connection.
pub(super) struct Names<N, S> {
    slots: S,
    /// Whether any may have something to be told.
    untold: bool,
    _name: PhantomData<N>,
}

impl<N, S: Clone> Clone for Names<N, S> {
    fn clone(&self) -> Self {
        Self { slots: self.slots.clone(), untold: self.untold, _name: self._name }
    }
}

impl<N: AsRef<str>, S: Slots<Entry<N>>> Names<N, S> {
    pub(super) fn new() -> Self {
        Self { slots: S::empty(), untold: false, _name: PhantomData }
    }

    /// Whether the host may send requests to a name.
    pub(super) fn is_bound(&self, name: &str) -> bool {
        storage::items(&self.slots)
            .any(|entry| entry.state == NameState::Bound && entry.name.as_ref() == name)
    }

    /// The names that are bound here, and since when.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        let here = storage::items(&self.slots).filter(|entry| entry.is_here());
        here.map(|entry| (entry.name.as_ref(), entry.bound_ms))
    }

    /// Frees the names that are meant.
    fn apply(&mut self, input: NameInput, now_ms: u64, meant: impl Fn(&Entry<N>) -> bool) {
        for entry in storage::items_mut(&mut self.slots).filter(|entry| meant(entry)) {
            entry.apply(input, now_ms);
        }
        self.untold = true;
    }

    /// The host has decided about what was asked.
    pub(super) fn decided(&mut self, is_granted: bool, now_ms: u64) {
        let input = if is_granted { NameInput::Granted } else { NameInput::Denied };
        self.apply(input, now_ms, |entry| entry.state != NameState::Bound || entry.again);
    }

    /// Another connection has a name now; false where it was not bound here.
    pub(super) fn moved(&mut self, name: &str, now_ms: u64) -> bool {
        let is_here = |entry: &Entry<N>| entry.is_here() && entry.name.as_ref() == name;
        let was_here = storage::items(&self.slots).any(is_here);
        let place = self.place_of(name);
        self.apply(NameInput::Moved, now_ms, is_here);
        // A gateway is gone, and its place may be another's.
        for entry in storage::items_mut(&mut self.slots) {
            entry.behind = entry.behind.filter(|_| place.is_none() || entry.behind != place);
        }
        was_here
    }

    /// The connection has ended.
    pub(super) fn end(&mut self, now_ms: u64) {
        self.apply(NameInput::End, now_ms, |_| true);
    }

    /// Marks the names of an UNBIND, if all are bound here. The error is the
    /// first that is not. A gateway goes with the last name behind it; without
    /// names the whole gateway is meant.
    pub(super) fn ask_unbind<'b>(&mut self, unbind: &Bind<'b>) -> Result<(), &'b str> {
        for name in &unbind.names {
            if !self.is_bound(name.as_str()) {
                return Err(name.as_str());
            }
        }
        let gateway = unbind.gateway.map(|gateway| gateway.name.as_str());
        let place = gateway.and_then(|gateway| self.place_of(gateway));
        if let (Some(gateway), None, true) = (gateway, place, unbind.names.is_empty()) {
            return Err(gateway);
        }
        let ask = NameInput::UnbindAsked;
        for name in &unbind.names {
            let name = name.as_bytes();
            self.apply(ask, 0, |entry| entry.name.as_ref().as_bytes() == name);
        }
        if let (Some(place), true) = (place, unbind.names.is_empty()) {
            self.apply(ask, 0, |entry| entry.behind == Some(place));
        }
        let is_left = |entry: &Entry<N>| entry.state == NameState::Bound && entry.behind == place;
        if let (Some(gateway), Some(_)) = (gateway, place) {
            if !storage::items(&self.slots).any(is_left) {
                self.apply(ask, 0, |entry| entry.is_gateway && entry.name.as_ref() == gateway);
            }
        }
        Ok(())
    }

    /// The place of a gateway that is bound here.
    fn place_of(&self, gateway: &str) -> Option<u16> {
        let is_it = |entry: &Entry<N>| {
            entry.is_gateway && entry.name.as_ref() == gateway && entry.state != NameState::Freed
        };
        let mut place = 0_u16;
        for slot in self.slots.slots() {
            if slot.as_ref().is_some_and(is_it) {
                return Some(place);
            }
            place = place.checked_add(1)?;
        }
        None
    }

    /// What the host is told next: of names that were freed before of names that
    /// are bound, since the same name can be both.
    pub(super) fn poll_event(&mut self) -> Option<NameEvent<'_>> {
        if !self.untold {
            return None;
        }
        let is_untold = |entry: &Entry<N>, is_freed: bool| {
            !entry.is_told() && is_freed == (entry.untold.freed || entry.untold.moved)
        };
        let is_freed = storage::items(&self.slots).any(|entry| is_untold(entry, true));
        let mut entries = storage::items_mut(&mut self.slots);
        let Some(entry) = entries.find(|entry| is_untold(entry, is_freed)) else {
            self.untold = false;
            return None;
        };
        let name = entry.name.as_ref();
        if entry.untold.moved {
            entry.untold.moved = false;
            return Some(NameEvent::Moved(name, entry.freed_ms));
        }
        if entry.untold.bound {
            entry.untold.bound = false;
            return Some(NameEvent::Connected(name, entry.bound_ms));
        }
        entry.untold.freed = false;
        Some(NameEvent::Disconnected(name, entry.freed_ms))
    }
}

impl<N, S: Slots<Entry<N>>> Names<N, S>
where
    N: AsRef<str> + for<'n> TryFrom<&'n str>,
{
    /// Makes places for the names of a BIND, or says that there is no room: for
    /// all of them, or for this one. Then nothing has changed.
    pub(super) fn ask_bind(&mut self, bind: &Bind<'_>) -> bool {
        let mut has_room = true;
        let mut behind = None;
        if let Some(gateway) = &bind.gateway {
            has_room = self.ask(gateway.name.as_str(), true, None);
            behind = self.place_of(gateway.name.as_str());
        }
        has_room = has_room && bind.names.iter().all(|name| self.ask(name.as_str(), false, behind));
        if !has_room {
            self.decided(false, 0);
        }
        has_room
    }

    fn ask(&mut self, name: &str, is_gateway: bool, behind: Option<u16>) -> bool {
        let known = storage::items_mut(&mut self.slots)
            .find(|entry| entry.state != NameState::Freed && entry.name.as_ref() == name);
        if let Some(known) = known {
            known.again = known.state == NameState::Bound;
            known.is_gateway |= is_gateway;
            known.behind = behind.or(known.behind);
            return true;
        }
        let Ok(name) = N::try_from(name) else { return false };
        let entry = Entry::new(name, is_gateway, behind);
        storage::insert(&mut self.slots, Entry::may_go, entry).is_ok()
    }
}

impl<N: AsRef<str>> fmt::Debug for Entry<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, state, bound_ms, freed_ms, untold, again, is_gateway, behind } = self;
        f.debug_struct("Entry")
            .field("name", &name.as_ref())
            .field("state", state)
            .field("bound_ms", bound_ms)
            .field("freed_ms", freed_ms)
            .field("untold", untold)
            .field("again", again)
            .field("is_gateway", is_gateway)
            .field("behind", behind)
            .finish()
    }
}

impl<N: AsRef<str>, S: Slots<Entry<N>>> fmt::Debug for Names<N, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Listed(self.slots.slots()).fmt(f)
    }
}
