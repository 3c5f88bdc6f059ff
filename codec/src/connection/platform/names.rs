//! The names that are bound on one connection of a platform, as on the wire. Which names a
//! BIND binds and an UNBIND frees is decided by the host, not here.

use core::fmt;
use core::marker::PhantomData;

use super::{NameInput, NameState, name_transition};
use crate::connection::registry::NameChange;
use crate::connection::slots::{self, By, Keys, Listed, Slots};
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
}

impl<N: AsRef<str>> Keys for Entry<N> {
    const BY: &'static [By] = &[By::Asked, By::Untold, By::Freed];

    #[inline(always)]
    fn key(&self, by: By) -> Option<u32> {
        let is_freed = self.untold.freed || self.untold.moved;
        let is_so = match by {
            By::Asked => matches!(self.state, NameState::Asked | NameState::BoundAsked),
            By::Untold => self.untold.bound && !is_freed,
            By::Freed => is_freed,
            _ => false,
        };
        is_so.then_some(0)
    }

    #[inline(always)]
    fn name(&self) -> &[u8] {
        self.name.as_ref().as_bytes()
    }

    #[inline(always)]
    fn is_named(&self) -> bool {
        self.state != NameState::Freed
    }

    #[inline(always)]
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
    /// The number of names that are bound or asked for.
    held: u32,
    _name: PhantomData<N>,
}

impl<N, S: Clone> Clone for Names<N, S> {
    fn clone(&self) -> Self {
        Self { slots: self.slots.clone(), untold: self.untold, held: self.held, _name: self._name }
    }
}

impl<N: AsRef<str>, S: Slots<Entry<N>>> Names<N, S> {
    pub(super) fn new() -> Self {
        Self { slots: S::empty(), untold: false, held: 0, _name: PhantomData }
    }

    /// Returns whether the host may send requests for a name.
    pub(super) fn is_bound(&self, name: &str) -> bool {
        self.slots.named(name.as_bytes()).is_some_and(|entry| entry.state.is_bound())
    }

    /// Returns the names that are bound here, and since when.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        let here = slots::items(&self.slots).filter(|entry| entry.state.is_bound());
        here.map(|entry| (entry.name.as_ref(), entry.bound_ms))
    }

    /// Handles the decision about a BIND or UNBIND. The host has made its changes before.
    pub(super) fn decided(&mut self) {
        let held = &mut self.held;
        self.slots.change_each(By::Asked, 0, |entry| {
            apply(entry, NameInput::Decided, 0, held);
            true
        });
    }

    /// Binds or frees a name. Returns `false` if there is no such name to bind or free.
    pub(super) fn change(&mut self, name: &str, change: NameChange, now_ms: u64) -> bool {
        let input = match change {
            NameChange::Bound => NameInput::Bound,
            NameChange::Unbound => NameInput::Unbound,
            NameChange::Moved => NameInput::Moved,
        };
        self.untold = true;
        let held = &mut self.held;
        let changed = self.slots.change_named(name.as_bytes(), |entry| {
            let is_so = change == NameChange::Bound && entry.state.is_bound();
            apply(entry, input, now_ms, held) || is_so
        });
        changed == Some(true)
    }

    /// Handles the end of the connection.
    pub(super) fn end(&mut self, now_ms: u64) {
        for entry in slots::items_mut(&mut self.slots) {
            entry.apply(NameInput::End, now_ms);
        }
        self.held = 0;
        self.untold = true;
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
        let by = if self.slots.any(By::Freed) { By::Freed } else { By::Untold };
        let told = self.slots.change(by, 0, |entry| {
            let untold = entry.untold;
            if untold.moved {
                entry.untold.moved = false;
            } else if untold.bound {
                entry.untold.bound = false;
            } else {
                entry.untold.freed = false;
            }
            untold
        });
        let Some((untold, entry)) = told else {
            self.untold = false;
            return None;
        };
        let name = entry.name.as_ref();
        Some(match untold {
            Untold { moved: true, .. } => NameEvent::Moved(name, entry.freed_ms),
            Untold { bound: true, .. } => NameEvent::Connected(name, entry.bound_ms),
            _ => NameEvent::Disconnected(name, entry.freed_ms),
        })
    }
}

impl<N, S: Slots<Entry<N>>> Names<N, S>
where
    N: AsRef<str> + for<'n> TryFrom<&'n str>,
{
    /// Reserves places for the gateway and the names of a BIND. Returns `false`, and changes
    /// nothing, if there is no room for all of them, more than `limit` would be held, or one is
    /// too long.
    pub(super) fn ask_bind(&mut self, bind: &Bind<'_>, limit: u32) -> bool {
        let has_room = bind.gateway.iter().all(|gateway| self.ask(gateway.name.as_str(), limit))
            && bind.names.iter().all(|name| self.ask(name.as_str(), limit));
        if !has_room {
            self.decided();
        }
        has_room
    }

    fn ask(&mut self, name: &str, limit: u32) -> bool {
        let ask = |known: &mut Entry<N>| known.apply(NameInput::Asked, 0);
        if self.slots.change_named(name.as_bytes(), ask).is_some() {
            return true;
        }
        let Ok(name) = N::try_from(name) else { return false };
        let is_asked = self.held < limit && self.slots.insert(Entry::new(name)).is_ok();
        self.held = self.held.saturating_add(u32::from(is_asked));
        is_asked
    }
}

/// Applies an input to a name. If that frees it, one less is held. Returns whether the state has
/// changed.
fn apply<N>(entry: &mut Entry<N>, input: NameInput, now_ms: u64, held: &mut u32) -> bool {
    let has_changed = entry.apply(input, now_ms);
    if has_changed && entry.state == NameState::Freed {
        *held = held.saturating_sub(1);
    }
    has_changed
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
