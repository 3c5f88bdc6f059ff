//! One incomplete long message, some chunks of which have not been received.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use alwayson_codec::{Assembly, Chunk, Ids, JoinError};

/// The memory that a chunk that waits for earlier ones takes in addition to its data, in bytes:
/// its entry in the map, and the overhead of the allocator.
const WAITING: usize = 64;

/// The step by which a short message's memory grows, in bytes.
const STEP: usize = 1 << 10;

/// The length, in bytes, from which memory grows by a sixteenth instead, so that each byte is
/// moved a bounded number of times.
const LONG: usize = 64 << 10;

/// The memory that the incomplete messages of all connections may take together, in bytes.
#[derive(Clone, Debug)]
pub(crate) struct JoinBudget {
    left: Arc<AtomicUsize>,
    all: usize,
}

impl JoinBudget {
    pub(crate) fn new(bytes: usize) -> Self {
        Self { left: Arc::new(AtomicUsize::new(bytes)), all: bytes }
    }

    /// Returns the number of bytes in use.
    pub(crate) fn taken(&self) -> usize {
        self.all - self.left.load(Ordering::Relaxed)
    }

    fn take(&self, bytes: usize) -> Result<(), JoinError> {
        let rest = |left: usize| left.checked_sub(bytes);
        let taken = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, rest);
        taken.map(drop).map_err(|_| JoinError::Busy)
    }

    fn give_back(&self, bytes: usize) {
        self.left.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// A part of the budget, which is returned to it when this is dropped.
struct Taken {
    bytes: usize,
    budget: JoinBudget,
}

impl Taken {
    fn more(&mut self, bytes: usize) -> Result<(), JoinError> {
        self.budget.take(bytes)?;
        self.bytes += bytes;
        Ok(())
    }

    fn less(&mut self, bytes: usize) {
        self.budget.give_back(bytes);
        self.bytes -= bytes;
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.budget.give_back(self.bytes);
    }
}

/// An incomplete message, with memory for the chunks that were received.
pub(super) struct Place {
    pub(super) assembly: Assembly,
    pub(super) expires_ms: u64,
    /// The head, and the data of the chunks up to the first gap.
    whole: Vec<u8>,
    head_len: usize,
    /// The number of chunks up to the first gap.
    in_order: u16,
    /// The chunks after the first gap, by chunk id.
    waiting: BTreeMap<u16, Box<[u8]>>,
    taken: Taken,
}

impl Place {
    /// Creates a place for a message, from the first chunk of it that was received, which need not
    /// be chunk 1. [`take`](Self::take) then takes the chunk itself.
    ///
    /// # Errors
    /// Those of [`Assembly::begin`], and [`JoinError::Busy`] if the budget is used up.
    pub(super) fn begin(
        ids: Ids,
        chunk: &Chunk<'_>,
        message_limit: usize,
        expires_ms: u64,
        budget: &JoinBudget,
    ) -> Result<Self, JoinError> {
        let assembly = Assembly::begin(ids, chunk, message_limit)?;
        let mut place = Self {
            assembly,
            expires_ms,
            whole: Vec::new(),
            head_len: Assembly::head_len(&chunk.of),
            in_order: 0,
            waiting: BTreeMap::new(),
            taken: Taken { bytes: 0, budget: budget.clone() },
        };
        place.grow(place.head_len)?;
        place.whole.resize(place.head_len, 0);
        Assembly::put_head(ids, &chunk.of, &mut place.whole);
        Ok(place)
    }

    /// Takes a chunk. Returns whether the message is complete. Drop the place after an error.
    ///
    /// # Errors
    /// Those of [`Assembly::check`] and [`Assembly::count`], and [`JoinError::Busy`] if the budget
    /// or the memory of the system is used up.
    pub(super) fn take(
        &mut self,
        ids: Ids,
        chunk: &Chunk<'_>,
        message_limit: usize,
    ) -> Result<bool, JoinError> {
        self.assembly.check(ids, chunk, &self.whole[..self.head_len])?;
        if chunk.id <= self.in_order || self.waiting.contains_key(&chunk.id) {
            return Ok(false);
        }
        let is_complete = self.assembly.count(chunk, message_limit)?;
        if self.is_next(chunk.id) {
            self.append(chunk.data)?;
            while let Some(data) = self.next_waiting() {
                self.taken.less(data.len() + WAITING);
                self.append(&data)?;
            }
        } else {
            self.taken.more(chunk.data.len() + WAITING)?;
            self.waiting.insert(chunk.id, chunk.data.into());
        }
        Ok(is_complete)
    }

    /// Returns the message, once it is complete.
    pub(super) fn whole(&self) -> &[u8] {
        &self.whole
    }

    fn is_next(&self, id: u16) -> bool {
        self.in_order.checked_add(1) == Some(id)
    }

    fn next_waiting(&mut self) -> Option<Box<[u8]>> {
        let (&id, _) = self.waiting.first_key_value()?;
        if self.is_next(id) { self.waiting.remove(&id) } else { None }
    }

    fn append(&mut self, data: &[u8]) -> Result<(), JoinError> {
        self.grow(self.whole.len() + data.len())?;
        self.whole.extend_from_slice(data);
        self.in_order += 1;
        Ok(())
    }

    /// Reserves `needed` bytes in total, and some more to avoid frequent moves, but no more than
    /// the chunks can still bring, and nothing extra if the budget does not allow it.
    fn grow(&mut self, needed: usize) -> Result<(), JoinError> {
        let len = self.whole.len();
        let before = self.whole.capacity();
        if needed <= before {
            return Ok(());
        }
        let some_more =
            if needed < LONG { needed.next_multiple_of(STEP) } else { needed + needed / 16 };
        let mut capacity = some_more.min(self.assembly.promised(self.head_len)).max(needed);
        if self.taken.more(capacity - before).is_err() {
            capacity = needed;
            self.taken.more(capacity - before)?;
        }
        // The system may have less memory than the budget.
        self.whole.try_reserve_exact(capacity - len).map_err(|_| JoinError::Busy)
    }
}
