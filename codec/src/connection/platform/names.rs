//! The names that are bound on one connection of a platform, as they are on the
//! wire. What a BIND or UNBIND ties and frees is not decided here: the host says.

use core::fmt;
use core::marker::PhantomData;

use super::{NameInput, NameState, name_transition};
use crate::connection::registry::NameChange;
use crate::connection::slots::{self, Listed, Slots};
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
}

/// What the host was not told of a name, in the order in which it is told.
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

    /// Whether anything has changed.
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
        slots::items(&self.slots).any(|entry| entry.state.is_bound() && entry.name.as_ref() == name)
    }

    /// The names that are bound here, and since when.
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

    /// The host has decided about what was asked, and has said before what it
    /// changes.
    pub(super) fn decided(&mut self) {
        self.apply_to_all(NameInput::Decided, 0);
    }

    /// The host binds or frees a name; false where there is no such name to be
    /// bound or freed.
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

    /// The connection has ended.
    pub(super) fn end(&mut self, now_ms: u64) {
        self.apply_to_all(NameInput::End, now_ms);
    }

    /// A name that is bound here, or asked for. There is at most one place for
    /// each.
    fn find(&mut self, name: &str) -> Option<&mut Entry<N>> {
        slots::items_mut(&mut self.slots)
            .find(|entry| entry.state != NameState::Freed && entry.name.as_ref() == name)
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
    /// Makes places for the gateway and the names of a BIND, or says that there is
    /// no room: for all of them, or for one. Then nothing has changed.
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
