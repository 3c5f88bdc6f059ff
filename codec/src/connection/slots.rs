//! Slots for what a connection has to remember, and how items in them are found.

use core::fmt;

use super::deadline::NEVER;

/// What items in [`Slots`] are found by. Each type of items uses some of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum By {
    /// The request id of the message that is not answered yet.
    Request,
    /// The number of an unanswered request of the peer, which the machine has chosen.
    Inbound,
    /// It has an event that the caller has not seen. The key is 0.
    Untold,
    /// The event is that it was freed. The key is 0.
    Freed,
    /// It is in a BIND that waits for a decision. The key is 0.
    Asked,
    /// A BIND or UNBIND with it is to be sent. The key is 0.
    Wanted,
    /// It is bound. The key is 0.
    Bound,
    /// It is bound, or being bound or unbound. The key is 0.
    Held,
    /// A BIND or UNBIND with it is to be sent. The key is the same for names that may share it.
    Together,
    /// It is bound. The key is the same for names that may share an UNBIND.
    Leaving,
}

/// What an item in [`Slots`] is found by.
pub trait Keys {
    /// Everything that [`key`](Self::key) can return a key for.
    const BY: &'static [By];

    /// Returns the key of the item, or `None` if it is not to be found by this.
    fn key(&self, by: By) -> Option<u32>;

    /// Returns when something becomes of the item, in milliseconds; `u64::MAX` if at no time.
    fn due_ms(&self) -> u64 {
        NEVER
    }

    /// Returns the name of the item, which never changes. Items without a name return nothing.
    fn name(&self) -> &[u8] {
        &[]
    }

    /// Returns whether the item is to be found by its name. At most one of a name is.
    fn is_named(&self) -> bool {
        false
    }

    /// Returns whether the item may be replaced by another one.
    fn may_go(&self) -> bool {
        false
    }
}

/// A list of slots, each free or used.
///
/// The provided methods visit all slots, which takes the least code and memory. `GrowingSlots`
/// (feature `alloc`) has an index instead, with the same results.
pub trait Slots<T: Keys> {
    /// Returns slots that are all free.
    fn empty() -> Self;

    /// Returns the slots.
    fn slots(&self) -> &[Option<T>];

    /// Returns the slots, to use, change and free them.
    fn slots_mut(&mut self) -> &mut [Option<T>];

    /// Adds free slots if the list can grow. It is called when all are used. Returns
    /// whether slots were added.
    fn grow(&mut self) -> bool {
        false
    }

    /// Returns the first item with this key.
    #[inline(always)]
    fn get(&self, by: By, key: u32) -> Option<&T> {
        for slot in self.slots() {
            let Some(item) = slot else { continue };
            if item.key(by) == Some(key) {
                return Some(item);
            }
        }
        None
    }

    /// Returns whether any item is found by this.
    #[inline(always)]
    fn any(&self, by: By) -> bool {
        for slot in self.slots() {
            let Some(item) = slot else { continue };
            if item.key(by).is_some() {
                return true;
            }
        }
        false
    }

    /// Visits the items with this key, in the order of their slots, until `visit` returns `false`.
    #[inline(always)]
    fn each(&self, by: By, key: u32, mut visit: impl FnMut(&T) -> bool) {
        for slot in self.slots() {
            let Some(item) = slot else { continue };
            if item.key(by) == Some(key) && !visit(item) {
                break;
            }
        }
    }

    /// Returns the item with this name.
    #[inline(always)]
    fn named(&self, name: &[u8]) -> Option<&T> {
        for slot in self.slots() {
            let Some(item) = slot else { continue };
            if item.is_named() && item.name() == name {
                return Some(item);
            }
        }
        None
    }

    /// Returns the earliest time at which something becomes of an item.
    #[inline(always)]
    fn earliest_ms(&self) -> u64 {
        let mut next = NEVER;
        for slot in self.slots() {
            let Some(item) = slot else { continue };
            next = next.min(item.due_ms());
        }
        next
    }

    /// Changes the first item with this key.
    #[inline(always)]
    fn change<R>(&mut self, by: By, key: u32, change: impl FnOnce(&mut T) -> R) -> Option<(R, &T)> {
        for slot in self.slots_mut() {
            let Some(item) = slot else { continue };
            if item.key(by) == Some(key) {
                return Some((change(item), item));
            }
        }
        None
    }

    /// Changes the item with this name.
    #[inline(always)]
    fn change_named<R>(&mut self, name: &[u8], change: impl FnOnce(&mut T) -> R) -> Option<R> {
        for slot in self.slots_mut() {
            let Some(item) = slot else { continue };
            if item.is_named() && item.name() == name {
                return Some(change(item));
            }
        }
        None
    }

    /// Changes the items with this key, in the order of their slots, until `change` returns
    /// `false`.
    #[inline(always)]
    fn change_each(&mut self, by: By, key: u32, mut change: impl FnMut(&mut T) -> bool) {
        for slot in self.slots_mut() {
            let Some(item) = slot else { continue };
            if item.key(by) == Some(key) && !change(item) {
                break;
            }
        }
    }

    /// Changes each item that is due at this time, in any order.
    #[inline(always)]
    fn change_due(&mut self, now_ms: u64, mut change: impl FnMut(&mut T)) {
        for slot in self.slots_mut() {
            let Some(item) = slot else { continue };
            if item.due_ms() <= now_ms {
                change(item);
            }
        }
    }

    /// Removes the first item with this key, if it `may` go.
    #[inline(always)]
    fn take_if(&mut self, by: By, key: u32, may: impl FnOnce(&T) -> bool) -> Option<T> {
        for slot in self.slots_mut() {
            if slot.as_ref().is_some_and(|item| item.key(by) == Some(key)) {
                return slot.take_if(|item| may(item));
            }
        }
        None
    }

    /// Removes the item that is due at the earliest time, if that has come.
    #[inline(always)]
    fn take_due(&mut self, now_ms: u64) -> Option<T> {
        let mut before_ms = now_ms.saturating_add(1);
        let mut first = None;
        for slot in self.slots_mut() {
            let due_ms = slot.as_ref().map_or(NEVER, T::due_ms);
            if due_ms < before_ms {
                before_ms = due_ms;
                first = Some(slot);
            }
        }
        first?.take()
    }

    /// Returns whether there is room for another item, and grows if there is none.
    #[inline(always)]
    fn has_room(&mut self) -> bool {
        self.slots().iter().any(|slot| is_free(slot.as_ref())) || self.grow()
    }

    /// Stores an item in the first slot that is free, or whose item may be replaced.
    ///
    /// # Errors
    /// Returns the item if there is no room.
    #[inline(always)]
    fn insert(&mut self, item: T) -> Result<(), T> {
        loop {
            for slot in self.slots_mut() {
                if is_free(slot.as_ref()) {
                    *slot = Some(item);
                    return Ok(());
                }
            }
            if !self.grow() {
                return Err(item);
            }
        }
    }
}

/// Returns whether an item may be stored in this slot.
#[inline(always)]
pub(super) fn is_free<T: Keys>(slot: Option<&T>) -> bool {
    slot.is_none_or(T::may_go)
}

impl<T: Keys, const N: usize> Slots<T> for [Option<T>; N] {
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

/// Shows the items of all used slots.
pub(crate) struct Listed<'s, T>(pub(crate) &'s [Option<T>]);

impl<T: fmt::Debug> fmt::Debug for Listed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().flatten()).finish()
    }
}

/// Returns the items of all used slots.
#[inline(always)]
pub(crate) fn items<'s, T: Keys + 's, S: Slots<T> + ?Sized>(
    slots: &'s S,
) -> impl Iterator<Item = &'s T> {
    slots.slots().iter().flatten()
}

/// Returns the items of all used slots, to change them.
#[inline(always)]
pub(crate) fn items_mut<'s, T: Keys + 's, S: Slots<T> + ?Sized>(
    slots: &'s mut S,
) -> impl Iterator<Item = &'s mut T> {
    slots.slots_mut().iter_mut().flatten()
}
