//! Joins chunks into messages.
//!
//! Each unfinished message has a place in the memory of the caller. `layout.rs` defines the layout
//! of a place, and `assembly.rs` checks the chunks.

use crate::error::JoinError;
use crate::limits::{DEFAULT_JOIN_TIMEOUT_MS, DEFAULT_MESSAGE_LIMIT};
use crate::wire::chunk::Chunk;
use crate::wire::header::Ids;
use crate::wire::writer;

use super::assembly::Assembly;
use super::layout::{LENGTH, Layout};

/// Joins the chunks of at most `N` messages at a time, in any order, in the memory of the caller.
///
/// Times are milliseconds of any clock of the caller. If the clock goes backwards, messages only
/// expire later.
///
/// [`memory_for`](super::memory_for) returns the memory that a place needs, which depends on the
/// longest message, the chunk size and the names in the chunks.
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

/// The result of a chunk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Joined<'j> {
    /// Chunks of the message are still to come.
    Incomplete,
    /// The whole message, for [`Message::decode_exact`](crate::Message::decode_exact). It is
    /// valid until the next call.
    Complete(&'j [u8]),
}

impl core::fmt::Debug for Joined<'_> {
    /// Shows no bytes, which may contain secrets.
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

/// An unfinished message.
#[derive(Clone, Copy, Debug)]
struct Unfinished {
    assembly: Assembly,
    layout: Layout,
    expires_ms: u64,
}

impl<M, const N: usize> core::fmt::Debug for Joiner<M, N> {
    /// Shows no bytes of the memory, which may contain secrets.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Joiner")
            .field("unfinished", &self.unfinished())
            .field("message_limit", &self.message_limit)
            .field("timeout_ms", &self.timeout_ms)
            .finish_non_exhaustive()
    }
}

impl<M, const N: usize> Joiner<M, N> {
    /// Creates a joiner with the default limits: messages of at most 1 MiB within 50 s
    /// (PROTOCOL.md §5).
    pub fn new(memory: [M; N]) -> Self {
        Self::with_limits(memory, DEFAULT_MESSAGE_LIMIT, DEFAULT_JOIN_TIMEOUT_MS)
    }

    /// Creates a joiner with a limit of the message in bytes, header included, and a timeout in
    /// milliseconds from the first chunk on, after which an unfinished message is dropped.
    pub fn with_limits(memory: [M; N], message_limit: usize, timeout_ms: u64) -> Self {
        let places = memory.map(|memory| Place { memory, unfinished: None });
        Self { places, message_limit, timeout_ms }
    }

    /// Returns the number of unfinished messages.
    pub fn unfinished(&self) -> usize {
        // Not `count`, which may panic if overflow checks are on.
        let mut unfinished = 0_usize;
        for place in &self.places {
            unfinished = unfinished.saturating_add(usize::from(place.unfinished.is_some()));
        }
        unfinished
    }

    /// Returns the number of missing chunks of the unfinished request, BIND or UNBIND with this
    /// request id, or `None` if there is no such message.
    pub fn missing(&self, request: u32) -> Option<u16> {
        self.places.iter().find_map(|place| {
            let message = place.unfinished.as_ref()?;
            let is_it = message.assembly.is_request(request);
            if is_it { Some(message.assembly.missing()) } else { None }
        })
    }

    /// Drops the messages that have timed out, and returns their number.
    pub fn expire(&mut self, now_ms: u64) -> usize {
        let before = self.unfinished();
        for place in &mut self.places {
            place.unfinished.take_if(|message| message.expires_ms <= now_ms);
        }
        before.saturating_sub(self.unfinished())
    }

    /// Returns when the next unfinished message times out.
    pub fn next_expiry(&self) -> Option<u64> {
        self.places.iter().filter_map(|place| Some(place.unfinished.as_ref()?.expires_ms)).min()
    }

    /// Drops all unfinished messages. Call it when their connection has ended.
    pub fn clear(&mut self) {
        for place in &mut self.places {
            place.unfinished = None;
        }
    }

    /// Returns the memory.
    pub fn into_memory(self) -> [M; N] {
        self.places.map(|place| place.memory)
    }
}

impl<M: AsMut<[u8]>, const N: usize> Joiner<M, N> {
    /// Adds a chunk. Messages that have timed out are dropped before.
    ///
    /// A chunk whose id was received before changes nothing, even if its data differs. After the last
    /// missing chunk, or an error, the message is forgotten: a repeated chunk of it begins a new
    /// message, which times out. (Remembering ids would lose the messages of a sender that reuses
    /// one.)
    ///
    /// # Errors
    /// The message of the chunk is dropped then, or was not begun, and nothing else has changed.
    ///
    /// - [`ChunkMismatch`](JoinError::ChunkMismatch) if the code, an id, the entity, the count or
    ///   the size differs from that of earlier chunks, the id is 0 or above the count, or the data
    ///   is longer than the size
    /// - [`TooLarge`](JoinError::TooLarge) if the message exceeds the limit, or its count and size
    ///   promise that it will
    /// - [`OutOfMemory`](JoinError::OutOfMemory) if no place is large enough for what the first
    ///   chunk promises
    /// - [`Busy`](JoinError::Busy) if no place that is large enough is free
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
            // Complete or dropped: the place is free, but its memory is still valid.
            let message = place.unfinished.take();
            result?;
            let whole = message.and_then(|message| place.whole(&message));
            return Ok(Joined::Complete(whole.unwrap_or_default()));
        }
        Ok(Joined::Incomplete)
    }

    /// Finds a place for a message that begins with this chunk.
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
    /// Returns whether this is the place of the message of the chunk.
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

    /// Adds a chunk of the message in this place, and returns whether that is complete now.
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

    /// Returns the bytes of a complete message, after closing gaps between chunks.
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

/// Sets a bit, and returns whether it was set before.
fn set_bit(memory: &mut [u8], index: usize) -> bool {
    let Some(byte) = memory.get_mut(index / 8) else { return true };
    let bit = 1_u8.wrapping_shl(u32::try_from(index % 8).unwrap_or_default());
    let was_set = *byte & bit != 0;
    *byte |= bit;
    was_set
}

/// Copies bytes to a place of the layout.
fn write(memory: &mut [u8], at: usize, bytes: &[u8]) {
    let place = memory.get_mut(at..).and_then(|rest| rest.get_mut(..bytes.len()));
    if let Some(place) = place {
        writer::copy(bytes, place);
    }
}
