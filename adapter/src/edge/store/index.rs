//! What is in the file, in memory: which requests there are, by Thing.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::SystemTime;

use super::StoreStatus;

/// A request in the file.
pub(super) struct Found {
    pub(super) number: u64,
    pub(super) len: u64,
    pub(super) entity: String,
    pub(super) at: SystemTime,
}

/// The requests in the file.
#[derive(Default)]
pub(super) struct Index {
    /// The numbers of those of each entity, in order.
    entities: HashMap<String, VecDeque<u64>>,
    /// Length and time of each, by number.
    all: BTreeMap<u64, (u64, SystemTime, String)>,
    /// Those that are sent just now are not dropped.
    under_way: HashMap<String, u64>,
    /// With what is reserved for those that are written just now.
    bytes: u64,
    status: StoreStatus,
}

impl Index {
    pub(super) fn new(found: Vec<Found>) -> Self {
        let mut index = Self::default();
        for Found { number, len, entity, at } in found {
            index.bytes += len;
            index.insert(&entity, number, len, at);
        }
        index
    }

    fn insert(&mut self, entity: &str, number: u64, len: u64, at: SystemTime) {
        let numbers = self.entities.entry(entity.to_owned()).or_default();
        // Two that were stored at a time may be told in another order.
        let place = numbers.partition_point(|before| *before < number);
        numbers.insert(place, number);
        self.all.insert(number, (len, at, entity.to_owned()));
    }

    /// Room for as many bytes, if there is any.
    pub(super) fn reserve(&mut self, len: u64, most: u64) -> bool {
        let bytes = self.bytes.saturating_add(len);
        let has_room = bytes <= most;
        if has_room {
            self.bytes = bytes;
        }
        has_room
    }

    pub(super) fn release(&mut self, len: u64) {
        self.bytes = self.bytes.saturating_sub(len);
    }

    /// A request is in the file, for which room was reserved.
    pub(super) fn added(&mut self, entity: &str, number: u64, len: u64, at: SystemTime) {
        self.insert(entity, number, len, at);
        self.status.stored += 1;
    }

    /// Takes the oldest requests out until as many bytes have room; those are to be removed
    /// from the file. What is sent just now stays.
    pub(super) fn make_room(&mut self, len: u64, most: u64) -> Vec<u64> {
        let mut dropped = Vec::new();
        while self.bytes.saturating_add(len) > most {
            let is_idle = |number: &u64| !self.under_way.values().any(|sent| sent == number);
            let Some(oldest) = self.all.keys().copied().find(is_idle) else { break };
            self.take(oldest);
            self.status.dropped += 1;
            dropped.push(oldest);
        }
        dropped
    }

    /// A request is in the file no more.
    fn take(&mut self, number: u64) {
        let Some((len, _, entity)) = self.all.remove(&number) else { return };
        self.release(len);
        if let Some(numbers) = self.entities.get_mut(&entity) {
            numbers.retain(|of| *of != number);
            if numbers.is_empty() {
                self.entities.remove(&entity);
            }
        }
    }

    /// Entities with requests of which none is sent just now.
    pub(super) fn waiting(&self) -> Vec<String> {
        let is_idle = |entity: &&String| !self.under_way.contains_key(*entity);
        self.entities.keys().filter(is_idle).cloned().collect()
    }

    /// The next request of an entity, which is sent from now on.
    pub(super) fn begin(&mut self, entity: &str) -> Option<u64> {
        let number = *self.entities.get(entity)?.front()?;
        self.under_way.insert(entity.to_owned(), number);
        Some(number)
    }

    /// It is sent no more, and stays.
    pub(super) fn keep(&mut self, entity: &str) {
        self.under_way.remove(entity);
    }

    /// It was delivered, or has become a dead letter.
    pub(super) fn done(&mut self, entity: &str, number: u64, is_dead: bool) {
        self.under_way.remove(entity);
        self.take(number);
        let counter =
            if is_dead { &mut self.status.dead_lettered } else { &mut self.status.delivered };
        *counter += 1;
    }

    pub(super) fn count(&self, entity: &str) -> usize {
        self.entities.get(entity).map_or(0, VecDeque::len)
    }

    pub(super) fn status(&self) -> StoreStatus {
        StoreStatus {
            requests: self.all.len() as u64,
            bytes: self.bytes,
            oldest: self.all.values().next().map(|(_, at, _)| *at),
            ..self.status
        }
    }
}
