//! The index of many slots: where the items with a key are.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use crate::connection::deadline::NEVER;
use crate::connection::slots::{By, Keys};

/// The most kinds of keys that items of one type have.
const MOST: usize = 8;

/// Where items are, by everything that they are found by. Trees rather than hash tables: the names
/// come from the peer, which could choose those with equal hashes.
#[derive(Clone, Default)]
pub(super) struct Index {
    keys: BTreeSet<(By, u32, usize)>,
    due: BTreeSet<(u64, usize)>,
    names: BTreeMap<Box<[u8]>, usize>,
    /// The slots in which an item may be stored.
    free: BTreeSet<usize>,
}

/// What an item is found by before it is changed.
struct Before {
    keys: [Option<u32>; MOST],
    due_ms: u64,
    is_named: bool,
    may_go: bool,
}

impl Before {
    fn of<T: Keys>(item: &T) -> Self {
        const { assert!(T::BY.len() <= MOST, "more kinds of keys than there is room for") }
        let mut keys = [None; MOST];
        for (key, by) in keys.iter_mut().zip(T::BY) {
            *key = item.key(*by);
        }
        Self { keys, due_ms: item.due_ms(), is_named: item.is_named(), may_go: item.may_go() }
    }
}

impl Index {
    /// Makes the index of these slots.
    pub(super) fn new<T: Keys>(slots: &[Option<T>]) -> Self {
        let mut index = Self::default();
        for (at, slot) in slots.iter().enumerate() {
            match slot {
                Some(item) => index.add(at, item),
                None => index.free(at),
            }
        }
        index
    }

    /// Adds an item that was stored in this slot.
    pub(super) fn add<T: Keys>(&mut self, at: usize, item: &T) {
        for by in T::BY {
            if let Some(key) = item.key(*by) {
                self.keys.insert((*by, key, at));
            }
        }
        if item.due_ms() != NEVER {
            self.due.insert((item.due_ms(), at));
        }
        if item.is_named() {
            self.names.insert(item.name().into(), at);
        }
        if item.may_go() {
            self.free.insert(at);
        }
    }

    /// Removes an item that was stored in this slot.
    pub(super) fn remove<T: Keys>(&mut self, at: usize, item: &T) {
        for by in T::BY {
            if let Some(key) = item.key(*by) {
                self.keys.remove(&(*by, key, at));
            }
        }
        self.due.remove(&(item.due_ms(), at));
        if item.is_named() {
            self.names.remove(item.name());
        }
        self.free.remove(&at);
    }

    /// Changes an item in this slot.
    pub(super) fn change<T: Keys, R>(
        &mut self,
        at: usize,
        item: &mut T,
        change: impl FnOnce(&mut T) -> R,
    ) -> R {
        let before = Before::of(item);
        let result = change(item);
        for (by, before) in T::BY.iter().zip(before.keys) {
            let now = item.key(*by);
            if now != before {
                before.map(|key| self.keys.remove(&(*by, key, at)));
                now.map(|key| self.keys.insert((*by, key, at)));
            }
        }
        let due_ms = item.due_ms();
        if due_ms != before.due_ms {
            self.due.remove(&(before.due_ms, at));
            if due_ms != NEVER {
                self.due.insert((due_ms, at));
            }
        }
        match (before.is_named, item.is_named()) {
            (true, false) => _ = self.names.remove(item.name()),
            (false, true) => _ = self.names.insert(item.name().into(), at),
            _ => {}
        }
        match (before.may_go, item.may_go()) {
            (true, false) => self.unfree(at),
            (false, true) => self.free(at),
            _ => {}
        }
        result
    }

    /// Notes that an item may be stored in a slot.
    pub(super) fn free(&mut self, at: usize) {
        self.free.insert(at);
    }

    /// Notes that a slot is used.
    pub(super) fn unfree(&mut self, at: usize) {
        self.free.remove(&at);
    }

    pub(super) fn first_free(&self) -> Option<usize> {
        self.free.first().copied()
    }

    /// Returns the first slot with this key, at or after `from`.
    pub(super) fn find(&self, by: By, key: u32, from: usize) -> Option<usize> {
        let mut found = self.keys.range((by, key, from)..=(by, key, usize::MAX));
        found.next().map(|(_, _, at)| *at)
    }

    /// Returns whether any item is found by this.
    pub(super) fn any(&self, by: By) -> bool {
        self.keys.range((by, 0, 0)..=(by, u32::MAX, usize::MAX)).next().is_some()
    }

    /// Returns the slot of the item with this name.
    pub(super) fn named(&self, name: &[u8]) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// Returns the item that is due first: when, and its slot.
    pub(super) fn earliest(&self) -> Option<(u64, usize)> {
        self.due.first().copied()
    }

    /// Returns the slots of the items that are due at this time.
    pub(super) fn due(&self, now_ms: u64) -> Vec<usize> {
        self.due.range(..=(now_ms, usize::MAX)).map(|(_, at)| *at).collect()
    }
}
