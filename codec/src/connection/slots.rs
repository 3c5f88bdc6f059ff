//! Slots for what a connection has to remember.

use core::fmt;

/// A list of slots, each free or used.
pub trait Slots<T> {
    /// Returns slots that are all free.
    fn empty() -> Self;

    /// Returns the slots.
    fn slots(&self) -> &[Option<T>];

    /// Returns the slots, to use and free them.
    fn slots_mut(&mut self) -> &mut [Option<T>];

    /// Adds free slots if the list can grow. It is called when all are used. Returns
    /// whether slots were added.
    fn grow(&mut self) -> bool {
        false
    }
}

impl<T, const N: usize> Slots<T> for [Option<T>; N] {
    fn empty() -> Self {
        [const { None }; N]
    }

    fn slots(&self) -> &[Option<T>] {
        self
    }

    fn slots_mut(&mut self) -> &mut [Option<T>] {
        self
    }
}

/// Stores an item in a free slot, or in one whose item may be replaced.
pub(crate) fn insert<T, S: Slots<T>>(
    slots: &mut S,
    may_go: impl Fn(&T) -> bool,
    item: T,
) -> Result<(), T> {
    let is_free = |slot: &Option<T>| slot.as_ref().is_none_or(&may_go);
    if !slots.slots().iter().any(is_free) && !slots.grow() {
        return Err(item);
    }
    match slots.slots_mut().iter_mut().find(|slot| is_free(slot)) {
        Some(slot) => {
            *slot = Some(item);
            Ok(())
        }
        None => Err(item),
    }
}

/// Shows the items of all used slots.
pub(crate) struct Listed<'s, T>(pub(crate) &'s [Option<T>]);

impl<T: fmt::Debug> fmt::Debug for Listed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().flatten()).finish()
    }
}

/// Returns the items of all used slots.
pub(crate) fn items<'s, T: 's, S: Slots<T>>(slots: &'s S) -> impl Iterator<Item = &'s T> {
    slots.slots().iter().flatten()
}

/// Returns the items of all used slots, to change them.
pub(crate) fn items_mut<'s, T: 's, S: Slots<T>>(
    slots: &'s mut S,
) -> impl Iterator<Item = &'s mut T> {
    slots.slots_mut().iter_mut().flatten()
}
