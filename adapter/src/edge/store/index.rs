//! The index of the file, in memory: the numbers of the requests by Thing.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::SystemTime;

use super::{StoreEvent, StoreStatus};

/// A request in the file.
pub(super) struct Found {
    pub(super) number: u64,
    /// Its length in bytes, with its time.
    pub(super) len: u64,
    /// The name of its Thing or other entity.
    pub(super) entity: String,
    /// When it was stored.
    pub(super) at: SystemTime,
}

/// The requests in the file, and the counters of the store.
#[derive(Default)]
pub(super) struct Index {
    /// The numbers of the requests to each entity, in order.
    entities: HashMap<String, VecDeque<u64>>,
    /// Length, time and entity of each request, by number.
    all: BTreeMap<u64, (u64, SystemTime, String)>,
    /// The request of each entity that is being sent. It is not dropped to make room.
    under_way: HashMap<String, u64>,
    /// How those requests have ended that could not be removed from the file. They are not sent
    /// again.
    ended: HashMap<u64, StoreEvent>,
    /// The bytes of all requests, and those reserved for requests that are being written.
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
        // Two calls that stored at the same time may get here in another order.
        let place = numbers.partition_point(|before| *before < number);
        numbers.insert(place, number);
        self.all.insert(number, (len, at, entity.to_owned()));
    }

    /// Reserves room for a request of `len` bytes. Returns whether there was room.
    pub(super) fn reserve(&mut self, len: u64, most: u64) -> bool {
        let bytes = self.bytes.saturating_add(len);
        let has_room = bytes <= most;
        if has_room {
            self.bytes = bytes;
        }
        has_room
    }

    /// Gives back the room of a request.
    pub(super) fn release(&mut self, len: u64) {
        self.bytes = self.bytes.saturating_sub(len);
    }

    /// Adds a request that was written to the file, and for which room was reserved.
    pub(super) fn added(&mut self, entity: &str, number: u64, len: u64, at: SystemTime) {
        self.insert(entity, number, len, at);
        self.status.stored += 1;
    }

    /// Removes the oldest requests until there is room for `len` bytes. Returns their numbers:
    /// the caller removes them from the file. Requests that are being sent stay.
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

    /// Removes a request.
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

    /// Marks the next requests of at most `room` entities as being sent, and returns them. Only
    /// entities count for which no request is being sent and `may_send` returns true.
    pub(super) fn begin(
        &mut self,
        room: usize,
        mut may_send: impl FnMut(&str) -> bool,
    ) -> Vec<(String, u64)> {
        let under_way = &self.under_way;
        let next = |(entity, numbers): (&String, &VecDeque<u64>)| {
            let number = *numbers.front()?;
            let is_begun = !under_way.contains_key(entity) && may_send(entity);
            is_begun.then(|| (entity.clone(), number))
        };
        let begun: Vec<_> = self.entities.iter().filter_map(next).take(room).collect();
        self.under_way.extend(begun.iter().cloned());
        begun
    }

    /// Records the end of a request that is still in the file, because it could not be removed.
    pub(super) fn ended(&mut self, number: u64, event: StoreEvent) {
        self.ended.insert(number, event);
    }

    /// Returns how a request has ended that is still in the file, if it has.
    pub(super) fn end_of(&self, number: u64) -> Option<StoreEvent> {
        self.ended.get(&number).cloned()
    }

    /// Marks that the request of an entity is no longer being sent. It stays in the store.
    pub(super) fn keep(&mut self, entity: &str) {
        self.under_way.remove(entity);
    }

    /// Removes a request that was delivered or has become a dead letter, and counts it.
    pub(super) fn done(&mut self, entity: &str, number: u64, is_dead: bool) {
        self.under_way.remove(entity);
        self.ended.remove(&number);
        self.take(number);
        let counter =
            if is_dead { &mut self.status.dead_lettered } else { &mut self.status.delivered };
        *counter += 1;
    }

    /// Returns the number of requests to an entity.
    pub(super) fn count(&self, entity: &str) -> usize {
        self.entities.get(entity).map_or(0, VecDeque::len)
    }

    /// Returns the content and the counters of the store.
    pub(super) fn status(&self) -> StoreStatus {
        StoreStatus {
            requests: self.all.len() as u64,
            bytes: self.bytes,
            oldest: self.all.values().next().map(|(_, at, _)| *at),
            ..self.status
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(entities: &[&str]) -> Index {
        let found = |(number, entity): (usize, &&str)| Found {
            number: number as u64,
            len: 1,
            entity: (*entity).to_owned(),
            at: SystemTime::UNIX_EPOCH,
        };
        Index::new(entities.iter().enumerate().map(found).collect())
    }

    #[test]
    fn an_entity_has_one_request_under_way_and_its_oldest_first() {
        let mut index = index(&["A", "B", "A"]);
        let mut begun = index.begin(9, |_| true);
        begun.sort_unstable();
        assert_eq!(begun, [("A".to_owned(), 0), ("B".to_owned(), 1)]);
        assert_eq!(index.begin(9, |_| true), []);
        index.done("A", 0, false);
        assert_eq!(index.begin(9, |_| true), [("A".to_owned(), 2)]);
        index.keep("B");
        assert_eq!(index.begin(0, |_| true), []);
        assert_eq!(index.begin(9, |entity| entity != "B"), []);
        assert_eq!(index.begin(1, |_| true), [("B".to_owned(), 1)]);
    }

    #[test]
    fn the_end_of_a_request_is_known_until_it_is_removed() {
        let mut index = index(&["A"]);
        assert_eq!(index.end_of(0), None);
        index.ended(0, StoreEvent::Delivered);
        index.keep("A");
        assert_eq!(index.begin(1, |_| true), [("A".to_owned(), 0)]);
        assert_eq!(index.end_of(0), Some(StoreEvent::Delivered));
        index.done("A", 0, false);
        assert_eq!((index.end_of(0), index.status().requests), (None, 0));
    }
}
