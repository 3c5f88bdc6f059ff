//! Joins incoming long messages in memory that grows with what was received.

use alwayson_codec::connection::Join;
use alwayson_codec::limits::DEFAULT_JOIN_TIMEOUT_MS;
use alwayson_codec::{Chunk, Ids, JoinError, Joined};

use super::joined::{JoinBudget, Place};
use crate::message::MessageLimit;

/// The number of incomplete long messages that one connection may have at a time.
const PLACES: usize = 2;

/// A joiner that takes memory for the chunks of incomplete messages that were received, whatever
/// number of chunks they announce.
pub(crate) struct GrowingJoiner {
    /// Boxed, so that a connection without any takes little memory.
    places: [Option<Box<Place>>; PLACES],
    /// The complete message, until it is handled.
    complete: Option<Box<Place>>,
    limit: MessageLimit,
    budget: JoinBudget,
}

impl GrowingJoiner {
    pub(crate) const fn new(limit: MessageLimit, budget: JoinBudget) -> Self {
        Self { places: [const { None }; PLACES], complete: None, limit, budget }
    }

    /// Returns the limit of the length of a joined message.
    pub(crate) const fn limit(&self) -> MessageLimit {
        self.limit
    }

    /// Returns when the next incomplete message expires, in ms.
    pub(crate) fn next_expiry(&self) -> Option<u64> {
        self.places.iter().flatten().map(|place| place.expires_ms).min()
    }

    /// Frees the memory of the complete message, which was handled.
    pub(crate) fn handled(&mut self) {
        self.complete = None;
    }

    /// Returns the index of the place of a chunk's message, which is created if the chunk is the
    /// first one of the message that was received.
    ///
    /// # Errors
    /// Those of [`Place::begin`], and [`JoinError::Busy`] if no place is free.
    fn find(&mut self, ids: Ids, chunk: &Chunk<'_>, now_ms: u64) -> Result<usize, JoinError> {
        let is_it = |place: &Option<Box<Place>>| {
            place.as_ref().is_some_and(|place| place.assembly.holds(ids, chunk))
        };
        if let Some(at) = self.places.iter().position(is_it) {
            return Ok(at);
        }
        let expires_ms = now_ms.saturating_add(DEFAULT_JOIN_TIMEOUT_MS);
        let place = Place::begin(ids, chunk, self.limit.bytes(), expires_ms, &self.budget)?;
        let free = self.places.iter().position(Option::is_none).ok_or(JoinError::Busy)?;
        self.places[free] = Some(Box::new(place));
        Ok(free)
    }
}

impl Join for GrowingJoiner {
    fn push(&mut self, ids: Ids, chunk: &Chunk<'_>, now_ms: u64) -> Result<Joined<'_>, JoinError> {
        self.handled();
        self.expire(now_ms);
        let at = self.find(ids, chunk, now_ms)?;
        let Some(mut place) = self.places[at].take() else { return Err(JoinError::Busy) };
        // After an error, the place is dropped.
        if place.take(ids, chunk, self.limit.bytes())? {
            return Ok(Joined::Complete(self.complete.insert(place).whole()));
        }
        self.places[at] = Some(place);
        Ok(Joined::Incomplete)
    }

    fn missing(&self, request: u32) -> Option<u16> {
        let mut assemblies = self.places.iter().flatten().map(|place| place.assembly);
        let message = assemblies.find(|message| message.is_request(request))?;
        Some(message.missing())
    }

    fn expire(&mut self, now_ms: u64) -> usize {
        let is_late = |place: &mut Box<Place>| place.expires_ms <= now_ms;
        self.places.iter_mut().filter_map(|place| place.take_if(is_late)).count()
    }

    fn clear(&mut self) {
        self.places = [const { None }; PLACES];
        self.complete = None;
    }
}

#[cfg(test)]
mod tests {
    use alwayson_codec::{ChunkOf, Entity, Joiner, Method, Status, memory_for};
    use proptest::prelude::*;

    use super::*;

    const LIMIT: MessageLimit = MessageLimit::MIN;

    fn ids(request: u32) -> Ids {
        Ids { request, endpoint: 0, session: 7 }
    }

    fn chunk(id: u16, count: u16, data: &[u8]) -> Chunk<'_> {
        let of = ChunkOf::Request(Method::Put, Entity::thing("Pump"));
        Chunk { of, id, count, size: 8192, data }
    }

    #[test]
    fn a_promise_takes_what_was_received_and_no_more() {
        let budget = JoinBudget::new(1 << 20);
        let mut joiner = GrowingJoiner::new(MessageLimit::default(), budget.clone());
        joiner.push(ids(1), &chunk(1, 128, &[0; 8000]), 0).unwrap();
        assert!(budget.taken() < 9216, "{} bytes", budget.taken());
        // Nor does the last chunk reserve memory for the ones before it.
        joiner.push(ids(2), &chunk(128, 128, &[0; 8000]), 0).unwrap();
        assert!(budget.taken() < 2 * 9216, "{} bytes", budget.taken());
        joiner.clear();
        assert_eq!(budget.taken(), 0);
    }

    #[test]
    fn a_message_is_joined_in_a_budget_of_its_length_and_refused_below() {
        // The head has 21 bytes.
        let len = 21 + 8 * 8000;
        for (budget, is_joined) in [(len - 1, false), (len, true), (len + 1, true)] {
            let budget = JoinBudget::new(budget);
            // The chunks announce exactly what is received, so nothing is reserved in advance.
            let mut joiner = GrowingJoiner::new(MessageLimit::default(), budget.clone());
            let data = [0xFF; 8000];
            let of = ChunkOf::Request(Method::Put, Entity::thing("Pump"));
            let mut results = (1..=8).map(|id| {
                let chunk = Chunk { of, id, count: 8, size: 8000, data: &data };
                joiner.push(ids(1), &chunk, 0).map(|joined| match joined {
                    Joined::Complete(whole) => whole.len(),
                    Joined::Incomplete => 0,
                })
            });
            let last = results.find(|result| !matches!(result, Ok(0)));
            drop(results);
            let expected = if is_joined { Ok(len) } else { Err(JoinError::Busy) };
            assert_eq!(last, Some(expected));
            joiner.handled();
            assert_eq!(budget.taken(), 0, "all is given back");
        }
    }

    #[test]
    fn what_was_handled_or_came_too_late_takes_no_memory() {
        let budget = JoinBudget::new(1 << 20);
        let mut joiner = GrowingJoiner::new(LIMIT, budget.clone());
        joiner.push(ids(1), &chunk(2, 2, b"x"), 0).unwrap();
        joiner.push(ids(1), &chunk(1, 2, b"x"), 0).unwrap();
        assert!(budget.taken() > 0, "it can still be read");
        joiner.handled();
        assert_eq!(budget.taken(), 0);
        joiner.push(ids(1), &chunk(1, 2, b"x"), 0).unwrap();
        assert_eq!(joiner.expire(DEFAULT_JOIN_TIMEOUT_MS - 1), 0);
        assert_eq!(joiner.expire(DEFAULT_JOIN_TIMEOUT_MS), 1);
        assert_eq!(budget.taken(), 0);
    }

    #[test]
    fn as_many_chunks_as_there_can_be_are_joined_in_any_order() {
        let budget = JoinBudget::new(64 << 20);
        let mut joiner = GrowingJoiner::new(MessageLimit::MAX, budget.clone());
        let part = |id| Chunk {
            of: ChunkOf::Response(Status::SUCCESS),
            id,
            count: u16::MAX,
            size: 22,
            data: b"x",
        };
        for id in (2..=u16::MAX).rev() {
            assert_eq!(joiner.push(ids(1), &part(id), 0), Ok(Joined::Incomplete));
        }
        let whole = joiner.push(ids(1), &part(1), 0).map(|joined| match joined {
            Joined::Complete(whole) => whole.len(),
            Joined::Incomplete => 0,
        });
        assert_eq!(whole, Ok(15 + usize::from(u16::MAX)));
    }

    /// A chunk of one of a few messages; some chunks contradict each other.
    fn any_chunk() -> impl Strategy<Value = (Ids, bool, [u16; 3], Vec<u8>)> {
        let fields = (0..6_u16, 1..6_u16, prop_oneof![4 => Just(500_u16), 1 => Just(40)]);
        let data = prop::collection::vec(any::<u8>(), 0..600);
        ((1..5_u32).prop_map(ids), prop::bool::weighted(0.2), fields, data).prop_map(
            |(ids, is_other, (id, count, size), data)| {
                (ids, is_other, [id, count.max(3), size], data)
            },
        )
    }

    proptest! {
        /// The tests of the codec check that its joiner joins correctly.
        #[test]
        fn chunks_come_to_what_the_joiner_of_the_codec_makes_of_them(
            chunks in prop::collection::vec(any_chunk(), 1..60),
        ) {
            const MEMORY: usize = memory_for(MessageLimit::MIN.bytes(), 60, 8);
            let budget = JoinBudget::new(1 << 20);
            let mut growing = GrowingJoiner::new(LIMIT, budget.clone());
            let mut fixed = Joiner::with_limits(
                [const { Vec::new() }; PLACES].map(|_: Vec<u8>| vec![0; MEMORY]),
                LIMIT.bytes(),
                DEFAULT_JOIN_TIMEOUT_MS,
            );
            for (now_ms, (ids, is_other, [id, count, size], data)) in (0..).zip(&chunks) {
                // So some messages expire.
                let now_ms = now_ms * 2_000;
                let of = match is_other {
                    true => ChunkOf::Response(Status::SUCCESS),
                    false => ChunkOf::Request(Method::Put, Entity::thing("Pump")),
                };
                let chunk = Chunk { of, id: *id, count: *count, size: *size, data };
                let missing = (growing.missing(ids.request), Join::missing(&fixed, ids.request));
                prop_assert_eq!(missing.0, missing.1);
                prop_assert_eq!(growing.push(*ids, &chunk, now_ms), fixed.push(*ids, &chunk, now_ms));
                prop_assert_eq!(growing.next_expiry(), fixed.next_expiry());
            }
            growing.handled();
            growing.clear();
            prop_assert_eq!(budget.taken(), 0);
        }
    }
}
