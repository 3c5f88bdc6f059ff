//! Memory for long messages that come in, when they do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use alwayson_codec::connection::Join;
use alwayson_codec::{Chunk, Ids, JoinError, Joined, Joiner, limits, memory_for};

/// How many long messages one connection may have unfinished at a time.
const PLACES: usize = 2;

/// The smallest chunks and the longest name of a Thing for which a place is
/// long enough. Smaller ones make a shorter message at most.
const SMALL_CHUNK: u16 = 512;
const LONG_NAME: usize = 128;

/// Bytes that the unfinished messages of all connections may take together.
#[derive(Clone, Debug)]
pub(crate) struct JoinBudget(Arc<AtomicUsize>);

impl JoinBudget {
    pub(crate) fn new(bytes: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(bytes)))
    }

    fn take(&self, bytes: usize) -> bool {
        let rest = |left: usize| left.checked_sub(bytes);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, rest).is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// A joiner that has memory while there are unfinished messages.
pub(crate) struct GrowingJoiner {
    joiner: Option<Box<Joiner<Vec<u8>, PLACES>>>,
    message_limit: usize,
    budget: JoinBudget,
}

impl GrowingJoiner {
    pub(crate) fn new(message_limit: usize, budget: JoinBudget) -> Self {
        Self { joiner: None, message_limit, budget }
    }

    /// The longest message that is joined.
    pub(crate) const fn message_limit(&self) -> usize {
        self.message_limit
    }

    const fn place_len(&self) -> usize {
        memory_for(self.message_limit, SMALL_CHUNK, LONG_NAME)
    }

    /// When an unfinished message has waited too long.
    pub(crate) fn next_expiry(&self) -> Option<u64> {
        self.joiner.as_ref()?.next_expiry()
    }

    /// Frees the memory where nothing unfinished is left.
    pub(crate) fn release(&mut self, now_ms: u64) {
        if let Some(joiner) = &mut self.joiner {
            joiner.expire(now_ms);
            if joiner.unfinished() == 0 {
                self.free();
            }
        }
    }

    fn free(&mut self) {
        if self.joiner.take().is_some() {
            self.budget.give_back(PLACES * self.place_len());
        }
    }
}

impl Join for GrowingJoiner {
    fn push(&mut self, ids: Ids, chunk: &Chunk<'_>, now_ms: u64) -> Result<Joined<'_>, JoinError> {
        let (len, limit) = (self.place_len(), self.message_limit);
        if self.joiner.is_none() && !self.budget.take(PLACES * len) {
            return Err(JoinError::Busy);
        }
        let joiner = self.joiner.get_or_insert_with(|| {
            // Zeroed memory of this size is given by the system page by page, as
            // it is written to.
            let memory = [vec![0; len], vec![0; len]];
            Box::new(Joiner::with_limits(memory, limit, limits::DEFAULT_JOIN_TIMEOUT_MS))
        });
        joiner.push(ids, chunk, now_ms)
    }

    fn missing(&self, request: u32) -> Option<u16> {
        self.joiner.as_ref()?.missing(request)
    }

    fn expire(&mut self, now_ms: u64) -> usize {
        self.joiner.as_mut().map_or(0, |joiner| joiner.expire(now_ms))
    }

    fn clear(&mut self) {
        self.free();
    }
}

impl Drop for GrowingJoiner {
    fn drop(&mut self) {
        self.free();
    }
}
