//! The names that are bound on one connection of a platform, as on the wire. Which names a
//! BIND binds and an UNBIND frees is decided by the host, not here.

use core::fmt;
use core::marker::PhantomData;

use super::{NameInput, NameState, name_transition};
use crate::connection::registry::NameChange;
use crate::connection::slots::{self, Listed, Slots};
use crate::wire::bind::Bind;

/// A name with its state, as [`Storage`](crate::connection::Storage) stores it.
#[derive(Clone)]
pub struct Entry<N> {
    name: N,
    state: NameState,
    /// When it was bound, and freed.
    bound_ms: u64,
    freed_ms: u64,
    /// The events that the host has not seen.
    untold: Untold,
}

/// The events of a name that the host has not seen, in their order.
#[derive(Clone, Copy, Debug, Default)]
struct Untold {
    moved: bool,
    bound: bool,
    freed: bool,
}

impl<N> Entry<N> {
    fn new(name: N) -> Self {
        let state = NameState::Asked;
        let untold = Untold::default();
        Self { name, state, bound_ms: 0, freed_ms: 0, untold }
    }

    /// Applies an input. Returns whether the state has changed.
    fn apply(&mut self, input: NameInput, now_ms: u64) -> bool {
        let before = self.state;
        self.state = name_transition(before, input);
        match (before.is_bound(), self.state.is_bound()) {
            (false, true) => {
                self.bound_ms = now_ms;
                self.untold.bound = true;
            }
            (true, false) => {
                self.freed_ms = now_ms;
                if input == NameInput::Moved {
                    self.untold = Untold { moved: true, bound: false, freed: false };
                } else {
                    self.untold.freed = true;
                }
            }
            _ => {}
        }
        self.state != before
    }

    fn is_told(&self) -> bool {
        !(self.untold.bound || self.untold.freed || self.untold.moved)
    }

    fn may_go(&self) -> bool {
        self.state == NameState::Freed && self.is_told()
    }
}

/// An event of a name.
pub(super) enum NameEvent<'a> {
    Connected(&'a str, u64),
    Disconnected(&'a str, u64),
    Moved(&'a str, u64),
}

/// All names of a connection.
pub(super) struct Names<N, S> {
    slots: S,
    /// Whether any name may have an event.
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

    /// Returns whether the host may send requests for a name.
    pub(super) fn is_bound(&self, name: &str) -> bool {
        slots::items(&self.slots).any(|entry| entry.state.is_bound() && entry.name.as_ref() == name)
    }

    /// Returns the names that are bound here, and since when.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        let here = slots::items(&self.slots).filter(|entry| entry.state.is_bound());
        here.map(|entry| (entry.name.as_ref(), entry.bound_ms))
    }

    fn apply_to_all(&mut self, input: NameInput, now_ms: u64) {
        for entry in slots::items_mut(&mut self.slots) {
            entry.apply(input, now_ms);
        }
        self.untold = true;
    }

    /// Handles the decision about a BIND or UNBIND. The host has made its changes before.
    pub(super) fn decided(&mut self) {
        self.apply_to_all(NameInput::Decided, 0);
    }

    /// Binds or frees a name. Returns `false` if there is no such name to bind or free.
    pub(super) fn change(&mut self, name: &str, change: NameChange, now_ms: u64) -> bool {
        let Some(entry) = self.find(name) else { return false };
        let input = match change {
            NameChange::Bound => NameInput::Bound,
            NameChange::Unbound => NameInput::Unbound,
            NameChange::Moved => NameInput::Moved,
        };
        let is_so = change == NameChange::Bound && entry.state.is_bound();
        let has_changed = entry.apply(input, now_ms);
        self.untold = true;
        has_changed || is_so
    }

    /// Handles the end of the connection.
    pub(super) fn end(&mut self, now_ms: u64) {
        self.apply_to_all(NameInput::End, now_ms);
    }

    /// Returns a name that is bound here, or asked for. Each has at most one place.
    fn find(&mut self, name: &str) -> Option<&mut Entry<N>> {
        slots::items_mut(&mut self.slots)
            .find(|entry| entry.state != NameState::Freed && entry.name.as_ref() == name)
    }

    /// Returns `false` if there is no event.
    pub(super) const fn may_have_event(&self) -> bool {
        self.untold
    }

    /// Returns the next event. Freed names come before bound names, because the same name can
    /// be both.
    pub(super) fn poll_event(&mut self) -> Option<NameEvent<'_>> {
        if !self.untold {
            return None;
        }
        let is_untold = |entry: &Entry<N>, is_freed: bool| {
            !entry.is_told() && is_freed == (entry.untold.freed || entry.untold.moved)
        };
        let is_freed = slots::items(&self.slots).any(|entry| is_untold(entry, true));
        let mut entries = slots::items_mut(&mut self.slots);
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
    /// Reserves places for the gateway and the names of a BIND. Returns `false`, and changes
    /// nothing, if there is no room for all of them, or one is too long.
    pub(super) fn ask_bind(&mut self, bind: &Bind<'_>) -> bool {
        let has_room = bind.gateway.iter().all(|gateway| self.ask(gateway.name.as_str()))
            && bind.names.iter().all(|name| self.ask(name.as_str()));
        if !has_room {
            self.decided();
        }
        has_room
    }

    fn ask(&mut self, name: &str) -> bool {
        if let Some(known) = self.find(name) {
            known.apply(NameInput::Asked, 0);
            return true;
        }
        let Ok(name) = N::try_from(name) else { return false };
        slots::insert(&mut self.slots, Entry::may_go, Entry::new(name)).is_ok()
    }
}

impl<N: AsRef<str>> fmt::Debug for Entry<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, state, bound_ms, freed_ms, untold } = self;
        f.debug_struct("Entry")
            .field("name", &name.as_ref())
            .field("state", state)
            .field("bound_ms", bound_ms)
            .field("freed_ms", freed_ms)
            .field("untold", untold)
            .finish()
    }
}

impl<N: AsRef<str>, S: Slots<Entry<N>>> fmt::Debug for Names<N, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Listed(self.slots.slots()).fmt(f)
    }
}
