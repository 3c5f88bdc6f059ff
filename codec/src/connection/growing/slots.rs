//! Slots of which more are added when all are used.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use super::index::Index;
use crate::connection::deadline::NEVER;
use crate::connection::slots::{By, Keys, Listed, Slots, is_free, items};

/// Up to as many slots are searched one by one: that is as fast as an index, and most connections
/// have no more.
const FEW: usize = 16;

/// Slots of which more are added when all are used, up to `MAX`. Finding an item among `n` takes
/// O(log n).
#[derive(Clone)]
pub struct GrowingSlots<T, const MAX: usize> {
    slots: Vec<Option<T>>,
    /// The index, if there are many slots and none was changed without it. Most connections have
    /// none, so it takes no room of its own.
    index: Option<Box<Index>>,
}

impl<T: Keys, const MAX: usize> GrowingSlots<T, MAX> {
    /// Returns the index, made first if there are many slots and none yet, and the slots.
    fn parts(&mut self) -> (Option<&mut Index>, &mut [Option<T>]) {
        if self.index.is_none() && self.slots.len() > FEW {
            self.index = Some(Box::new(Index::new(&self.slots)));
        }
        (self.index.as_deref_mut(), &mut self.slots)
    }

    /// Changes the item in a slot.
    fn change_at<R>(&mut self, at: usize, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let index = self.index.as_mut();
        let item = self.slots.get_mut(at)?.as_mut()?;
        Some(match index {
            Some(index) => index.change(at, item, change),
            None => change(item),
        })
    }

    /// Empties a slot.
    fn take_at(&mut self, at: usize) -> Option<T> {
        let item = self.slots.get_mut(at)?.take()?;
        if let Some(index) = &mut self.index {
            index.remove(at, &item);
            index.free(at);
        }
        Some(item)
    }

    fn at(&self, at: usize) -> Option<&T> {
        self.slots.get(at)?.as_ref()
    }

    /// Returns where the first item is that `is_meant`. For few slots.
    fn position(&self, is_meant: impl Fn(&T) -> bool) -> Option<usize> {
        self.slots.iter().position(|slot| slot.as_ref().is_some_and(&is_meant))
    }

    /// Returns where the first item with this key is, at or after a slot.
    fn find(&self, by: By, key: u32, from: usize) -> Option<usize> {
        if let Some(index) = &self.index {
            return index.find(by, key, from);
        }
        let mut slots = self.slots.iter().enumerate().skip(from);
        slots.find_map(|(at, slot)| (slot.as_ref()?.key(by) == Some(key)).then_some(at))
    }

    fn find_name(&self, name: &[u8]) -> Option<usize> {
        match &self.index {
            Some(index) => index.named(name),
            None => self.position(|item| item.is_named() && item.name() == name),
        }
    }
}

impl<T: Keys, const MAX: usize> Slots<T> for GrowingSlots<T, MAX> {
    fn empty() -> Self {
        Self { slots: Vec::new(), index: None }
    }

    fn slots(&self) -> &[Option<T>] {
        &self.slots
    }

    /// Drops the index, which is made again when it is needed.
    fn slots_mut(&mut self) -> &mut [Option<T>] {
        self.index = None;
        &mut self.slots
    }

    fn grow(&mut self) -> bool {
        let has_room = self.slots.len() < MAX && self.slots.try_reserve(1).is_ok();
        if has_room {
            if let Some(index) = &mut self.index {
                index.free(self.slots.len());
            }
            self.slots.push(None);
        }
        has_room
    }

    fn get(&self, by: By, key: u32) -> Option<&T> {
        self.at(self.find(by, key, 0)?)
    }

    fn any(&self, by: By) -> bool {
        match &self.index {
            Some(index) => index.any(by),
            None => items(self).any(|item| item.key(by).is_some()),
        }
    }

    fn each(&self, by: By, key: u32, mut visit: impl FnMut(&T) -> bool) {
        let mut from = 0;
        while let Some(at) = self.find(by, key, from) {
            from = at.saturating_add(1);
            if !self.at(at).is_some_and(&mut visit) {
                break;
            }
        }
    }

    fn named(&self, name: &[u8]) -> Option<&T> {
        self.at(self.find_name(name)?)
    }

    fn earliest_ms(&self) -> u64 {
        match &self.index {
            Some(index) => index.earliest().map_or(NEVER, |(due_ms, _)| due_ms),
            None => items(self).fold(NEVER, |next, item| next.min(item.due_ms())),
        }
    }

    fn change<R>(&mut self, by: By, key: u32, change: impl FnOnce(&mut T) -> R) -> Option<(R, &T)> {
        self.parts();
        let at = self.find(by, key, 0)?;
        let result = self.change_at(at, change)?;
        Some((result, self.at(at)?))
    }

    fn change_named<R>(&mut self, name: &[u8], change: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.parts();
        self.change_at(self.find_name(name)?, change)
    }

    fn change_each(&mut self, by: By, key: u32, mut change: impl FnMut(&mut T) -> bool) {
        self.parts();
        let mut from = 0;
        while let Some(at) = self.find(by, key, from) {
            from = at.saturating_add(1);
            if self.change_at(at, &mut change) != Some(true) {
                break;
            }
        }
    }

    fn change_due(&mut self, now_ms: u64, mut change: impl FnMut(&mut T)) {
        // None is due at `NEVER`, which no clock reaches.
        let (index, slots) = self.parts();
        let Some(index) = index else {
            let due = slots.iter_mut().flatten().filter(|item| item.due_ms() <= now_ms);
            return due.for_each(change);
        };
        // Listed first: what is changed may be due again at once.
        for at in index.due(now_ms) {
            self.change_at(at, &mut change);
        }
    }

    fn take_if(&mut self, by: By, key: u32, may: impl FnOnce(&T) -> bool) -> Option<T> {
        self.parts();
        let at = self.find(by, key, 0)?;
        if may(self.at(at)?) { self.take_at(at) } else { None }
    }

    fn take_due(&mut self, now_ms: u64) -> Option<T> {
        self.parts();
        let due_ms = self.earliest_ms();
        if due_ms > now_ms {
            return None;
        }
        let at = match &self.index {
            Some(index) => index.earliest()?.1,
            None => self.position(|item| item.due_ms() == due_ms)?,
        };
        self.take_at(at)
    }

    fn has_room(&mut self) -> bool {
        self.first_free().is_some() || self.grow()
    }

    fn insert(&mut self, item: T) -> Result<(), T> {
        if !self.has_room() {
            return Err(item);
        }
        let Some(at) = self.first_free() else { return Err(item) };
        let old = self.take_at(at);
        drop(old);
        let Some(slot) = self.slots.get_mut(at) else { return Err(item) };
        if let Some(index) = &mut self.index {
            index.unfree(at);
            index.add(at, &item);
        }
        *slot = Some(item);
        Ok(())
    }
}

impl<T: Keys, const MAX: usize> GrowingSlots<T, MAX> {
    /// Returns the first slot in which an item may be stored.
    fn first_free(&mut self) -> Option<usize> {
        match self.parts() {
            (Some(index), _) => index.first_free(),
            (None, slots) => slots.iter().position(|slot| is_free(slot.as_ref())),
        }
    }
}

impl<T: fmt::Debug, const MAX: usize> fmt::Debug for GrowingSlots<T, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Listed(&self.slots).fmt(f)
    }
}
