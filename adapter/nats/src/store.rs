//! Whether the store has come back empty, and who may claim then.
//!
//! The bucket of owners has one key for its generation ([`StoreEntry`]). A node that does not find
//! it has found an empty store, and creates it with a greater generation.
//!
//! **For one lease after that, only nodes that still serve a Thing may claim it.** An empty
//! store does not say who owns what: a node that is cut off goes on serving until its deadline,
//! and nobody can ask it. A new claim would succeed at once and make a second owner. After one
//! lease each node has either claimed its Things again or is fenced. Then a second key says that
//! the generation is settled, so that nodes that start later need not wait.
//!
//! All keys but that of the generation contain the generation. A request that was sent to the store
//! of before and arrives late would otherwise meet a key that has the expected revision by accident.
//! What arrives late at the key of the generation begins another generation ([`StoreAction::Create`]
//! and [`StoreAction::Raise`] write one that was never there), which is the same as another loss.

use crate::settings::Times;
use crate::time::BootTime;
use crate::token::Generation;

/// What the key of the generation contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StoreEntry {
    /// The generation.
    pub generation: Generation,
    /// The revision of this entry.
    pub revision: u64,
}

/// What to do about the key of the generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoreAction {
    /// Read it at the leader, and whether it is settled.
    Read,
    /// Create it. Then read it.
    Create(Generation),
    /// The store has a lower generation than this node knows: replace it by compare-and-set. Then
    /// read it.
    Raise {
        /// What to write.
        generation: Generation,
        /// The expected revision.
        revision: u64,
    },
    /// One lease has passed: create the key that says that this generation is settled. Then read
    /// both.
    Settle(Generation),
    /// Nothing until then.
    Wait(BootTime),
    /// Nothing until the store is lost.
    Rest,
}

/// What a node knows of the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Store {
    times: Times,
    /// The greatest generation that this node has seen.
    known: Option<Generation>,
    found: Found,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Found {
    Unknown,
    Empty,
    Entry { entry: StoreEntry, seen: BootTime, settled: bool },
}

impl Store {
    /// A node that has not looked at the store yet.
    pub const fn new(times: Times) -> Self {
        Self { times, known: None, found: Found::Unknown }
    }

    /// The generation may have changed: it is read before anything else. To be called when the
    /// lease says [`LeaseAction::FindStore`](crate::lease::LeaseAction::FindStore), and after
    /// each [`StoreAction`] that writes, whatever came of it.
    pub const fn lost(&mut self) {
        self.found = Found::Unknown;
    }

    /// Takes the entry as it was read at the leader.
    ///
    /// `now` is when it was received: the lease of others is counted from the first time that
    /// this node sees a generation, as it cannot know when that was created.
    pub fn found(&mut self, entry: Option<StoreEntry>, now: BootTime) {
        let Some(entry) = entry else {
            self.found = Found::Empty;
            return;
        };
        let (seen, settled) = match self.found {
            Found::Entry { entry: before, seen, settled }
                if before.generation == entry.generation =>
            {
                (seen, settled)
            }
            _ => (now, false),
        };
        if self.known.is_none_or(|known| known <= entry.generation) {
            self.known = Some(entry.generation);
        }
        self.found = Found::Entry { entry, seen, settled };
    }

    /// The store has the key that says that this generation is settled. To be called after
    /// [`found`](Self::found); it has no effect if the store has another generation.
    pub fn settled(&mut self, generation: Generation) {
        if let Found::Entry { entry, settled, .. } = &mut self.found {
            *settled |= entry.generation == generation;
        }
    }

    /// Returns what to do. `unix_ms` is the wall clock in milliseconds, `random` any number
    /// (see [`Generation::next`]).
    pub fn next(&self, now: BootTime, unix_ms: u64, random: u16) -> StoreAction {
        match self.found {
            Found::Unknown => StoreAction::Read,
            Found::Empty => StoreAction::Create(Generation::next(self.known, unix_ms, random)),
            Found::Entry { entry, .. } if self.known > Some(entry.generation) => {
                StoreAction::Raise {
                    generation: Generation::next(self.known, unix_ms, random),
                    revision: entry.revision,
                }
            }
            Found::Entry { settled: true, .. } => StoreAction::Rest,
            Found::Entry { entry, seen, .. } => {
                let until = seen.after(self.times.lease_of_others());
                if now < until {
                    StoreAction::Wait(until)
                } else {
                    StoreAction::Settle(entry.generation)
                }
            }
        }
    }

    /// Returns the generation, if the store has one that is not outdated.
    pub fn generation(&self) -> Option<Generation> {
        match self.found {
            Found::Entry { entry, .. } if self.known == Some(entry.generation) => self.known,
            _ => None,
        }
    }

    /// Returns when a name may be claimed that this node does not serve: now (`Ok`), at a time
    /// (`Err(Some)`), or when the generation is known (`Err(None)`). See the module.
    ///
    /// # Errors
    ///
    /// The time to wait for.
    pub fn new_claims(&self, now: BootTime) -> Result<(), Option<BootTime>> {
        match self.found {
            Found::Entry { seen, settled, .. } if self.generation().is_some() => {
                let until = seen.after(self.times.lease_of_others());
                if settled || now >= until { Ok(()) } else { Err(Some(until)) }
            }
            _ => Err(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::settings::LeaseSettings;

    fn at(ms: u64) -> BootTime {
        BootTime::since_boot(Duration::from_millis(ms))
    }

    fn store() -> Store {
        Store::new(LeaseSettings::default().check().unwrap())
    }

    fn entry(generation: u64) -> StoreEntry {
        StoreEntry { generation: Generation(generation), revision: 4 }
    }

    #[test]
    fn an_empty_store_gets_a_generation_and_is_settled_after_one_lease() {
        let mut store = store();
        assert_eq!(store.next(at(0), 0, 9), StoreAction::Read);
        store.found(None, at(0));
        assert_eq!(store.next(at(0), 0, 9), StoreAction::Create(Generation(9)));
        assert_eq!(store.new_claims(at(0)), Err(None));
        store.lost();
        store.found(Some(entry(9)), at(100));
        for now in [at(100), at(15_249)] {
            assert_eq!(store.next(now, 0, 0), StoreAction::Wait(at(15_250)));
            assert_eq!(store.new_claims(now), Err(Some(at(15_250))));
        }
        let settle = StoreAction::Settle(Generation(9));
        for now in [at(15_250), at(15_251)] {
            assert_eq!(store.next(now, 0, 0), settle);
            assert_eq!(store.new_claims(now), Ok(()));
        }
        store.settled(Generation(9));
        assert_eq!(store.next(at(15_300), 0, 0), StoreAction::Rest);
        // As each refresh reads it.
        store.found(Some(entry(9)), at(15_400));
        assert_eq!(store.next(at(15_400), 0, 0), StoreAction::Rest);
    }

    #[test]
    fn a_node_that_starts_later_does_not_wait() {
        let mut store = store();
        store.found(Some(entry(9)), at(0));
        assert_eq!(store.new_claims(at(0)), Err(Some(at(15_150))));
        store.settled(Generation(9));
        assert_eq!(store.new_claims(at(0)), Ok(()));
        assert_eq!(store.generation(), Some(Generation(9)));
    }

    #[test]
    fn another_generation_is_not_settled() {
        let mut store = store();
        store.settled(Generation(9));
        store.found(Some(entry(9)), at(0));
        store.settled(Generation(8));
        assert_eq!(store.new_claims(at(0)), Err(Some(at(15_150))));
        store.settled(Generation(9));
        store.found(Some(entry(10)), at(1));
        assert_eq!(store.new_claims(at(1)), Err(Some(at(15_151))));
        store.settled(Generation(10));
        store.lost();
        store.found(Some(entry(10)), at(2));
        assert_eq!(store.new_claims(at(2)), Err(Some(at(15_152))));
    }

    #[test]
    fn the_lease_is_counted_from_the_first_sight_of_a_generation() {
        let mut store = store();
        store.found(Some(entry(9)), at(0));
        store.found(Some(entry(9)), at(10_000));
        assert_eq!(store.new_claims(at(10_000)), Err(Some(at(15_150))));
        store.found(Some(entry(10)), at(10_000));
        assert_eq!(store.new_claims(at(10_000)), Err(Some(at(25_150))));
    }

    #[test]
    fn a_generation_that_is_lower_than_a_known_one_is_raised() {
        let mut store = store();
        store.found(Some(entry(9)), at(0));
        store.lost();
        store.found(Some(entry(5)), at(1));
        assert_eq!(store.generation(), None);
        assert_eq!(store.new_claims(at(1)), Err(None));
        let raise = StoreAction::Raise { generation: Generation(10), revision: 4 };
        assert_eq!(store.next(at(1), 0, 0), raise);
    }
}
