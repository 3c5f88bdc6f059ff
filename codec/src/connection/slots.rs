//! Places for what a connection must remember.

use core::fmt;

/// Places of which each is free or taken.
pub trait Slots<T> {
    /// All places, free.
    fn empty() -> Self;

    /// The places.
    fn slots(&self) -> &[Option<T>];

    /// The places, to be taken and freed.
    fn slots_mut(&mut self) -> &mut [Option<T>];

    /// Adds places, where that can be done, after all were found taken; says
    /// whether it was.
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

/// Puts an item into a free place, or one whose item may go.
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

/// Shows the items of all places that are taken.
pub(crate) struct Listed<'s, T>(pub(crate) &'s [Option<T>]);

impl<T: fmt::Debug> fmt::Debug for Listed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().flatten()).finish()
    }
}

/// The items of all places that are taken.
pub(crate) fn items<'s, T: 's, S: Slots<T>>(slots: &'s S) -> impl Iterator<Item = &'s T> {
    slots.slots().iter().flatten()
}

/// The items of all places that are taken, to be changed.
pub(crate) fn items_mut<'s, T: 's, S: Slots<T>>(
    slots: &'s mut S,
) -> impl Iterator<Item = &'s mut T> {
    slots.slots_mut().iter_mut().flatten()
}
