//! Chunks, put together into the message that they are parts of.
//!
//! Each unfinished message has a place in memory of the caller's; `layout.rs`
//! says where in it a message keeps what, `assembly.rs` what its chunks are held to.

use crate::error::JoinError;
use crate::limits::{DEFAULT_JOIN_TIMEOUT_MS, DEFAULT_MESSAGE_LIMIT};
use crate::wire::chunk::Chunk;
use crate::wire::header::Ids;
use crate::wire::writer;

use super::assembly::Assembly;
use super::layout::{LENGTH, Layout};

/// Puts the chunks of long messages together: in any order, of up to `N`
/// messages at a time, in memory that the caller gives it.
///
/// Time is milliseconds of any clock that the caller has. Time that goes
/// backwards only makes a message expire later.
///
/// How much memory a place needs depends on the longest message, on the size of
/// the chunks and on the names in them: [`memory_for`](super::memory_for) says.
///
/// ```
/// use alwayson_codec::limits::DEFAULT_CHUNK_SIZE;
/// use alwayson_codec::{Body, Joined, Joiner, Message, memory_for};
///
/// // Two messages at a time, of 32 KiB each, for Things with names up to 64 bytes.
/// const PLACE: usize = memory_for(32 * 1024, DEFAULT_CHUNK_SIZE, 64);
/// let mut joiner = Joiner::<[u8; PLACE], 2>::new([[0; PLACE]; 2]);
///
/// # let ids = alwayson_codec::Ids { request: 7, endpoint: 0, session: 77 };
/// # let text = "a".repeat(12_000);
/// # let content = text.as_str().into();
/// # let success = alwayson_codec::Response::new(alwayson_codec::Status::SUCCESS);
/// # let body = Body::Response(alwayson_codec::Response { content, ..success });
/// # let mut sent = vec![0; 13_000];
/// # let len = Message { ids, body }.encode(&mut sent)?;
/// # let mut split = alwayson_codec::Split::new(&sent[..len], DEFAULT_CHUNK_SIZE)?;
/// # let mut chunk = [0; 8192];
/// # let mut complete = 0;
/// # while let Some(len) = split.next_chunk(&mut chunk)? {
/// # let frame = &chunk[..len];
/// # let now_ms = 0;
/// let (message, _) = Message::decode(frame)?;
/// if let Body::Chunk(chunk) = &message.body {
///     if let Joined::Complete(whole) = joiner.push(message.ids, chunk, now_ms)? {
///         let message = Message::decode_exact(whole)?;
///         // Handle the message.
/// #       complete += 1;
/// #       assert!(matches!(message.body, Body::Response(_)));
///     }
/// }
/// # }
/// # assert_eq!(complete, 1);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Joiner<M, const N: usize> {
    places: [Place<M>; N],
    message_limit: usize,
    timeout_ms: u64,
}

/// What came of a chunk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Joined<'j> {
    /// Chunks of the message are still to come.
    Incomplete,
    /// The whole message, as if it had come in one: for
    /// [`Message::decode_exact`](crate::Message::decode_exact). It is gone with
    /// the next call.
    Complete(&'j [u8]),
}

impl core::fmt::Debug for Joined<'_> {
    /// Without the bytes: secrets may be in them.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Incomplete => f.write_str("Incomplete"),
            Self::Complete(whole) => write!(f, "Complete({} bytes)", whole.len()),
        }
    }
}

#[derive(Clone)]
struct Place<M> {
    memory: M,
    unfinished: Option<Unfinished>,
}

/// A message of which not all chunks have come.
#[derive(Clone, Copy, Debug)]
struct Unfinished {
    assembly: Assembly,
    layout: Layout,
    expires_ms: u64,
}

impl<M, const N: usize> core::fmt::Debug for Joiner<M, N> {
    /// Without the memory: parts of secrets may be in it.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Joiner")
            .field("unfinished", &self.unfinished())
            .field("message_limit", &self.message_limit)
            .field("timeout_ms", &self.timeout_ms)
            .finish_non_exhaustive()
    }
}

impl<M, const N: usize> Joiner<M, N> {
    /// A joiner with the default limits: messages of 1 MiB, 50 s (PROTOCOL.md §5).
    pub fn new(memory: [M; N]) -> Self {
        Self::with_limits(memory, DEFAULT_MESSAGE_LIMIT, DEFAULT_JOIN_TIMEOUT_MS)
    }

    /// A joiner that takes messages of at most so many bytes, header included,
    /// and drops one that is not complete so many milliseconds after its first
    /// chunk came.
    pub fn with_limits(memory: [M; N], message_limit: usize, timeout_ms: u64) -> Self {
        let places = memory.map(|memory| Place { memory, unfinished: None });
        Self { places, message_limit, timeout_ms }
    }

    /// How many messages are unfinished.
    pub fn unfinished(&self) -> usize {
        // Counted by hand: `count` may panic where overflow is checked.
        let mut unfinished = 0_usize;
        for place in &self.places {
            unfinished = unfinished.saturating_add(usize::from(place.unfinished.is_some()));
        }
        unfinished
    }

    /// How many chunks have not come of the unfinished request, BIND or UNBIND with
    /// this request id; none where there is no such message.
    pub fn missing(&self, request: u32) -> Option<u16> {
        self.places.iter().find_map(|place| {
            let message = place.unfinished.as_ref()?;
            let is_it = message.assembly.is_request(request);
            if is_it { Some(message.assembly.missing()) } else { None }
        })
    }

    /// Drops the messages that are not complete in time, and says how many
    /// these were.
    pub fn expire(&mut self, now_ms: u64) -> usize {
        let before = self.unfinished();
        for place in &mut self.places {
            place.unfinished.take_if(|message| message.expires_ms <= now_ms);
        }
        before.saturating_sub(self.unfinished())
    }

    /// When the next unfinished message expires.
    pub fn next_expiry(&self) -> Option<u64> {
        self.places.iter().filter_map(|place| Some(place.unfinished.as_ref()?.expires_ms)).min()
    }

    /// Drops all unfinished messages: their connection has ended.
    pub fn clear(&mut self) {
        for place in &mut self.places {
            place.unfinished = None;
        }
    }

    /// Gives the memory back.
    pub fn into_memory(self) -> [M; N] {
        self.places.map(|place| place.memory)
    }
}

impl<M: AsMut<[u8]>, const N: usize> Joiner<M, N> {
    /// Takes a chunk. A chunk that came before, by its id, changes nothing,
    /// whatever its data. After the last chunk that was missing, or an error, the
    /// message is forgotten: were a chunk of it to come again, that would begin a
    /// new message, which expires. (To remember ids instead would lose the
    /// messages of a sender that uses one again.)
    ///
    /// Messages that are not complete in time are dropped first.
    ///
    /// # Errors
    /// After each the message that the chunk belongs to is dropped, or was not begun, and
    /// nothing else has changed. `ChunkMismatch`: the code, an id, the entity, the count or the
    /// size is not that of the message's earlier chunks, or the chunk contradicts itself: its
    /// id is 0 or above the count, or its data is longer than the size. `TooLarge`: the message
    /// is longer than the limit, or its count and size promise that it will be. `OutOfMemory`:
    /// no place is large enough for what the first chunk promises. `Busy`: no place that is
    /// large enough is free.
    pub fn push(
        &mut self,
        ids: Ids,
        chunk: &Chunk<'_>,
        now_ms: u64,
    ) -> Result<Joined<'_>, JoinError> {
        self.expire(now_ms);
        let known = self.places.iter().position(|place| place.holds(ids, chunk));
        let index = match known {
            Some(index) => index,
            None => self.begin(ids, chunk, now_ms)?,
        };
        let limit = self.message_limit;
        let Some(place) = self.places.get_mut(index) else { return Err(JoinError::Busy) };
        let result = place.take(ids, chunk, limit);
        if !matches!(result, Ok(false)) {
            // Complete or dropped: the place is free, its memory still there.
            let message = place.unfinished.take();
            result?;
            let whole = message.and_then(|message| place.whole(&message));
            return Ok(Joined::Complete(whole.unwrap_or_default()));
        }
        Ok(Joined::Incomplete)
    }

    /// Finds a place for the message that this chunk is the first of.
    fn begin(&mut self, ids: Ids, chunk: &Chunk<'_>, now_ms: u64) -> Result<usize, JoinError> {
        let assembly = Assembly::begin(ids, chunk, self.message_limit)?;
        let layout = Layout::promised(chunk)?;
        let mut error = JoinError::OutOfMemory { needed: layout.end };
        for (index, place) in self.places.iter_mut().enumerate() {
            if place.memory.as_mut().len() < layout.end {
                continue;
            }
            if place.unfinished.is_some() {
                error = JoinError::Busy;
                continue;
            }
            let expires_ms = now_ms.saturating_add(self.timeout_ms);
            place.begin(ids, chunk, Unfinished { assembly, layout, expires_ms });
            return Ok(index);
        }
        Err(error)
    }
}

impl<M> Place<M> {
    /// Whether this is the place of the chunk's message.
    fn holds(&self, ids: Ids, chunk: &Chunk<'_>) -> bool {
        self.unfinished.as_ref().is_some_and(|message| message.assembly.holds(ids, chunk))
    }
}

impl<M: AsMut<[u8]>> Place<M> {
    fn begin(&mut self, ids: Ids, chunk: &Chunk<'_>, message: Unfinished) {
        let memory = self.memory.as_mut();
        let layout = message.layout;
        if let Some(arrived) = memory.get_mut(..layout.lengths_at) {
            arrived.fill(0);
        }
        if let Some(head) = memory.get_mut(layout.head_at..layout.data_at) {
            Assembly::put_head(ids, &chunk.of, head);
        }
        self.unfinished = Some(message);
    }

    /// Takes a chunk of the message in this place, and says whether that is now
    /// complete.
    fn take(&mut self, ids: Ids, chunk: &Chunk<'_>, limit: usize) -> Result<bool, JoinError> {
        let Some(message) = &mut self.unfinished else { return Err(JoinError::Busy) };
        let memory = self.memory.as_mut();
        let layout = message.layout;
        let head = memory.get(layout.head_at..layout.data_at).unwrap_or_default();
        message.assembly.check(ids, chunk, head)?;
        let index = usize::from(chunk.id).saturating_sub(1);
        if set_bit(memory, index) {
            return Ok(false);
        }
        let is_complete = message.assembly.count(chunk, limit)?;
        let length = u32::try_from(chunk.data.len()).unwrap_or(u32::MAX);
        let at = layout.lengths_at.saturating_add(index.saturating_mul(LENGTH));
        write(memory, at, &length.to_be_bytes());
        let at = layout.data_at.saturating_add(index.saturating_mul(layout.data_per_chunk));
        write(memory, at, chunk.data);
        Ok(is_complete)
    }

    /// The bytes of a complete message: moves chunks together that have gaps
    /// between them.
    fn whole(&mut self, message: &Unfinished) -> Option<&[u8]> {
        let Layout { lengths_at, head_at, data_at, data_per_chunk, .. } = message.layout;
        let (tables, whole) = self.memory.as_mut().split_at_mut_checked(head_at)?;
        let mut lengths = tables.get(lengths_at..)?;
        let mut filled = data_at.checked_sub(head_at)?;
        let mut from = filled;
        while let Some((length, rest)) = lengths.split_first_chunk::<LENGTH>() {
            let len = usize::try_from(u32::from_be_bytes(*length)).ok()?;
            let gap = from.checked_sub(filled)?;
            if gap > 0 {
                writer::close_gap(whole.get_mut(filled..from.checked_add(len)?)?, gap);
            }
            filled = filled.checked_add(len)?;
            from = from.checked_add(data_per_chunk)?;
            lengths = rest;
        }
        whole.get(..filled)
    }
}

/// Sets a bit, and says whether it was set before.
fn set_bit(memory: &mut [u8], index: usize) -> bool {
    let Some(byte) = memory.get_mut(index / 8) else { return true };
    let bit = 1_u8.wrapping_shl(u32::try_from(index % 8).unwrap_or_default());
    let was_set = *byte & bit != 0;
    *byte |= bit;
    was_set
}

/// Copies bytes to a place that the layout says is there.
fn write(memory: &mut [u8], at: usize, bytes: &[u8]) {
    let place = memory.get_mut(at..).and_then(|rest| rest.get_mut(..bytes.len()));
    if let Some(place) = place {
        writer::copy(bytes, place);
    }
}
