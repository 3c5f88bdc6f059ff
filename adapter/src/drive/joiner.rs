//! Memory for long messages that come in, when they do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use alwayson_codec::connection::Join;
use alwayson_codec::limits::DEFAULT_JOIN_TIMEOUT_MS;
use alwayson_codec::{Chunk, ChunkOf, Ids, JoinError, Joined, Joiner, memory_for};

use crate::message::MessageLimit;

/// How many long messages one connection may have unfinished at a time.
const PLACES: usize = 2;

/// The smallest chunks that are usual, and the longest name of a Thing.
const SMALL_CHUNK: u16 = 512;
const LONG_NAME: usize = 128;

/// Bytes that the unfinished messages of all connections may take together.
#[derive(Clone, Debug)]
pub(crate) struct JoinBudget(Arc<AtomicUsize>);

impl JoinBudget {
    pub(crate) fn new(bytes: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(bytes)))
    }

    /// The least for messages of this limit: what one takes in small chunks.
    pub(crate) const fn least(limit: MessageLimit) -> usize {
        memory_for(limit.bytes(), SMALL_CHUNK, LONG_NAME)
    }

    fn take(&self, bytes: usize) -> bool {
        let rest = |left: usize| left.checked_sub(bytes);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, rest).is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// A joiner that has memory while there are unfinished messages: as much as their
/// first chunks promise that they will need.
pub(crate) struct GrowingJoiner {
    places: [Option<Place>; PLACES],
    limit: MessageLimit,
    budget: JoinBudget,
}

/// One message.
struct Place {
    request: u32,
    is_response: bool,
    joiner: Box<Joiner<Vec<u8>, 1>>,
    /// What its memory takes of the budget.
    len: usize,
}

fn is_response(chunk: &Chunk<'_>) -> bool {
    matches!(chunk.of, ChunkOf::Response(_))
}

impl GrowingJoiner {
    pub(crate) const fn new(limit: MessageLimit, budget: JoinBudget) -> Self {
        Self { places: [const { None }; PLACES], limit, budget }
    }

    /// The longest message that is joined.
    pub(crate) const fn limit(&self) -> MessageLimit {
        self.limit
    }

    /// When an unfinished message has waited too long.
    pub(crate) fn next_expiry(&self) -> Option<u64> {
        self.places.iter().flatten().filter_map(|place| place.joiner.next_expiry()).min()
    }

    /// Drops what has waited too long, and frees the memory of what is not unfinished
    /// any more.
    pub(crate) fn release(&mut self, now_ms: u64) {
        self.expire(now_ms);
        self.free(|place| place.joiner.unfinished() == 0);
    }

    fn free(&mut self, may_go: impl Fn(&Place) -> bool) {
        for place in &mut self.places {
            if let Some(freed) = place.take_if(|place| may_go(place)) {
                self.budget.give_back(freed.len);
            }
        }
    }

    fn find(&self, request: u32, is_response: bool) -> Option<usize> {
        self.places.iter().position(|place| {
            let is_it = |p: &Place| p.request == request && p.is_response == is_response;
            place.as_ref().is_some_and(is_it)
        })
    }

    /// Makes a place for the message that this chunk is the first of.
    fn begin(&mut self, ids: Ids, chunk: &Chunk<'_>, now_ms: u64) -> Result<usize, JoinError> {
        let joiner = |memory: Vec<u8>| {
            Joiner::with_limits([memory], self.limit.bytes(), DEFAULT_JOIN_TIMEOUT_MS)
        };
        // Without any memory it says how much is needed, or what else is wrong.
        let len = match joiner(Vec::new()).push(ids, chunk, now_ms) {
            Err(JoinError::OutOfMemory { needed }) => needed,
            Err(error) => return Err(error),
            Ok(_) => 0,
        };
        let free = self.places.iter().position(Option::is_none).ok_or(JoinError::Busy)?;
        if !self.budget.take(len) {
            return Err(JoinError::Busy);
        }
        // Zeroed memory of some size is given by the system page by page, as it is
        // written to.
        let joiner = Box::new(joiner(vec![0; len]));
        let place = Place { request: ids.request, is_response: is_response(chunk), joiner, len };
        self.places[free] = Some(place);
        Ok(free)
    }
}

impl Join for GrowingJoiner {
    fn push(&mut self, ids: Ids, chunk: &Chunk<'_>, now_ms: u64) -> Result<Joined<'_>, JoinError> {
        self.release(now_ms);
        let at = match self.find(ids.request, is_response(chunk)) {
            Some(at) => at,
            None => self.begin(ids, chunk, now_ms)?,
        };
        let place = self.places[at].as_mut().ok_or(JoinError::Busy)?;
        place.joiner.push(ids, chunk, now_ms)
    }

    fn missing(&self, request: u32) -> Option<u16> {
        self.places[self.find(request, false)?].as_ref()?.joiner.missing(request)
    }

    fn expire(&mut self, now_ms: u64) -> usize {
        self.places.iter_mut().flatten().map(|place| place.joiner.expire(now_ms)).sum()
    }

    fn clear(&mut self) {
        self.free(|_| true);
    }
}

impl Drop for GrowingJoiner {
    fn drop(&mut self) {
        self.free(|_| true);
    }
}
