//! One long message of which not all chunks have come.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use alwayson_codec::{Assembly, Chunk, Ids, JoinError};

/// What a chunk that waits for earlier ones takes beside its data: its place among
/// the others, and what an allocator adds.
const WAITING: usize = 64;

/// Memory grows by no less than this.
const STEP: usize = 1 << 10;

/// From this length on it grows by a sixteenth, so that each byte is moved a bounded
/// number of times.
const LONG: usize = 64 << 10;

/// Bytes that the unfinished messages of all connections may take together.
#[derive(Clone, Debug)]
pub(crate) struct JoinBudget {
    left: Arc<AtomicUsize>,
    all: usize,
}

impl JoinBudget {
    pub(crate) fn new(bytes: usize) -> Self {
        Self { left: Arc::new(AtomicUsize::new(bytes)), all: bytes }
    }

    /// How many bytes are taken.
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

/// A part of the budget, given back when it is dropped.
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

/// A message, with memory for what has come of it.
pub(super) struct Place {
    pub(super) assembly: Assembly,
    pub(super) expires_ms: u64,
    /// The head, and the chunks that have come without a gap.
    whole: Vec<u8>,
    head_len: usize,
    /// How many chunks these are.
    in_order: u16,
    /// Those behind a gap.
    waiting: BTreeMap<u16, Box<[u8]>>,
    taken: Taken,
}

impl Place {
    /// A place for the message that this chunk is the first of that has come.
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

    /// Takes a chunk, and says whether the message is complete. After an error it is
    /// of no use any more.
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

    /// The message, once it is complete.
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

    /// Makes room for so many bytes, and for some more, but for no more than the
    /// chunks promise.
    fn grow(&mut self, needed: usize) -> Result<(), JoinError> {
        let (len, before) = (self.whole.len(), self.whole.capacity());
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
        // The system may have less than the budget.
        self.whole.try_reserve_exact(capacity - len).map_err(|_| JoinError::Busy)
    }
}
