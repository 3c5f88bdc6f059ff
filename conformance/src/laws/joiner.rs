//! Chunks in any order, honest or not, through a joiner and through a simple
//! one with all the memory it likes: both have to say the same.

use std::collections::BTreeMap;

use alwayson_codec::limits::{CHUNK_FIELDS_LEN, HEADER_LEN};
use alwayson_codec::{Body, Chunk, ChunkOf, Code, Ids, JoinError, Joined, Joiner, Message, Status};

use super::{Verdict, canonical_form};

/// Bytes of a message that the joiner under test takes.
const MESSAGE_LIMIT: usize = 20_000;
/// Bytes of a chunk before its entity or data.
const CHUNK_OVERHEAD: usize = HEADER_LEN + CHUNK_FIELDS_LEN;
/// Milliseconds until it drops what is unfinished.
const TIMEOUT_MS: u64 = 400;
/// Milliseconds between one chunk and the next.
const PACE_MS: u64 = 5;
/// Memory of its places: not alike, so that some messages fit in one alone.
const PLACES: [usize; 4] = [600, 4_000, 24_000, 66_000];

/// Chunks as records for [`joiner`]: each with its length in two bytes
/// before it. A chunk of more than 65,535 bytes is cut.
pub fn records(chunks: &[impl AsRef<[u8]>]) -> Vec<u8> {
    let mut records = Vec::new();
    for chunk in chunks {
        let chunk = chunk.as_ref();
        let len = u16::try_from(chunk.len()).unwrap_or(u16::MAX);
        records.extend(len.to_be_bytes());
        records.extend(&chunk[..usize::from(len)]);
    }
    records
}

/// What a joiner does with chunks. The input is records, each a length of two
/// bytes and so many bytes of a frame; frames that are no chunks are left out.
///
/// The joiner never holds more messages than it has places. What it completes
/// is what the chunks add up to, within the limit, and can be decoded or not;
/// both without a panic. A chunk that contradicts the first one of its message
/// is a mismatch, and errors have their reasons. After an error the joiner has
/// dropped the chunk's message and no other. In the end all that is unfinished
/// expires, at the time that was announced and not before, and a new message is
/// taken.
///
/// # Errors
/// How the records break it.
pub fn joiner(records: &[u8]) -> Verdict {
    let memory = PLACES.map(|len| vec![0; len]);
    let mut joiner = Joiner::with_limits(memory, MESSAGE_LIMIT, TIMEOUT_MS);
    let mut simple = Simple::default();
    let mut now_ms = 0;
    for frame in frames(records) {
        let Ok((message, _)) = Message::decode(frame) else { continue };
        let Body::Chunk(chunk) = &message.body else { continue };
        now_ms += PACE_MS;
        simple.expire(now_ms);
        let key = key(message.ids, chunk);
        match joiner.push(message.ids, chunk, now_ms) {
            Ok(Joined::Incomplete) => simple.take(message.ids, chunk, now_ms)?,
            Ok(Joined::Complete(whole)) => {
                simple.take(message.ids, chunk, now_ms)?;
                complete(whole, &simple.finish(key))?;
            }
            Err(error) => {
                simple.deserved(message.ids, chunk, error)?;
                simple.drop(key);
            }
        }
        if joiner.unfinished() != simple.messages.len() {
            let real = joiner.unfinished();
            let expected = simple.messages.len();
            return Err(format!("{real} unfinished messages, and not {expected}"));
        }
        if joiner.unfinished() > PLACES.len() {
            return Err(format!("{} messages in {}", joiner.unfinished(), PLACES.len()));
        }
        let real = joiner.next_expiry();
        let expected = simple.next_expiry();
        if real != expected {
            return Err(format!("the next expires at {real:?}, and not at {expected:?}"));
        }
    }
    all_expire(&mut joiner)?;
    takes_new(&mut joiner, now_ms)
}

/// Splits records into frames. A last record that is cut short counts.
fn frames(records: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = records;
    std::iter::from_fn(move || {
        let (len, after) = rest.split_first_chunk::<2>()?;
        let len = usize::from(u16::from_be_bytes(*len)).min(after.len());
        let (frame, after) = after.split_at(len);
        rest = after;
        Some(frame)
    })
}

/// What a joiner completed, against what it should be.
fn complete(whole: &[u8], expected: &[u8]) -> Verdict {
    if whole != expected {
        let whole = super::shown(whole);
        let expected = super::shown(expected);
        return Err(format!("joined to {whole}, and not to {expected}"));
    }
    if whole.len() > MESSAGE_LIMIT {
        return Err(format!("joined {} bytes, beyond the limit", whole.len()));
    }
    match Message::decode_exact(whole) {
        Ok(message) => canonical_form(&message).map(|_| ()),
        Err(_) => Ok(()),
    }
}

fn all_expire<const N: usize>(joiner: &mut Joiner<Vec<u8>, N>) -> Verdict {
    while let Some(at) = joiner.next_expiry() {
        let before = joiner.unfinished();
        let early = joiner.expire(at.saturating_sub(1));
        let dropped = joiner.expire(at);
        if early != 0 || dropped == 0 || before - dropped != joiner.unfinished() {
            return Err(format!("of {before}, {early} expired before {at} and {dropped} at it"));
        }
    }
    match joiner.unfinished() {
        0 => Ok(()),
        left => Err(format!("{left} messages never expire")),
    }
}

/// A joiner takes a new message, whatever it was given before.
fn takes_new<const N: usize>(joiner: &mut Joiner<Vec<u8>, N>, now_ms: u64) -> Verdict {
    let ids = Ids { request: 1, endpoint: 0, session: 2 };
    let chunk =
        |id, data| Chunk { of: ChunkOf::Response(Status::SUCCESS), id, count: 2, size: 22, data };
    let first = joiner.push(ids, &chunk(2, &[0xFF]), now_ms);
    if first != Ok(Joined::Incomplete) {
        return Err(format!("the first chunk of a new message: {first:?}"));
    }
    match joiner.push(ids, &chunk(1, &[0x00]), now_ms) {
        Ok(Joined::Complete(whole)) => {
            let message = Message::decode_exact(whole).map_err(|error| error.to_string())?;
            if message.ids == ids { Ok(()) } else { Err(format!("a new message: {message:?}")) }
        }
        other => Err(format!("the last chunk of a new message: {other:?}")),
    }
}

/// What ties chunks together: the request id, and whether it is a response.
type Key = (u32, bool);

fn key(ids: Ids, chunk: &Chunk<'_>) -> Key {
    (ids.request, matches!(chunk.of.code(), Code::Response(_)))
}

/// A joiner that believes all that the one under test takes.
#[derive(Default)]
struct Simple {
    messages: BTreeMap<Key, Unfinished>,
}

struct Unfinished {
    head: Vec<u8>,
    /// What every chunk repeats beside that: count and size.
    numbers: (u16, u16),
    chunks: BTreeMap<u16, Vec<u8>>,
    expires_ms: u64,
}

impl Simple {
    fn take(&mut self, ids: Ids, chunk: &Chunk<'_>, now_ms: u64) -> Verdict {
        if self.contradicted_by(ids, chunk) {
            return Err(format!("took a chunk that contradicts an earlier one: {chunk:?}"));
        }
        let message = self.messages.entry(key(ids, chunk)).or_insert_with(|| Unfinished {
            head: head(ids, chunk),
            numbers: (chunk.count, chunk.size),
            chunks: BTreeMap::new(),
            expires_ms: now_ms + TIMEOUT_MS,
        });
        if is_oversized(chunk) && !message.chunks.contains_key(&chunk.id) {
            return Err(format!("took a chunk with more data than its size: {chunk:?}"));
        }
        message.chunks.entry(chunk.id).or_insert_with(|| chunk.data.to_vec());
        Ok(())
    }

    /// Whether the chunk differs from the first one of its message in what all
    /// chunks repeat.
    fn contradicted_by(&self, ids: Ids, chunk: &Chunk<'_>) -> bool {
        self.messages.get(&key(ids, chunk)).is_some_and(|message| {
            message.head != head(ids, chunk) || message.numbers != (chunk.count, chunk.size)
        })
    }

    /// Whether there is a reason for the error that this chunk caused.
    fn deserved(&self, ids: Ids, chunk: &Chunk<'_>, error: JoinError) -> Verdict {
        let known = self.messages.get(&key(ids, chunk));
        let declared = usize::from(chunk.size).saturating_sub(CHUNK_OVERHEAD);
        let so_far = known.map_or(0, |message| {
            message.head.len() + message.chunks.values().map(Vec::len).sum::<usize>()
        });
        let reason = match error {
            JoinError::ChunkMismatch => self.contradicted_by(ids, chunk) || is_oversized(chunk),
            JoinError::Busy => known.is_none() && !self.messages.is_empty(),
            JoinError::OutOfMemory { needed } => {
                known.is_none() && PLACES.into_iter().all(|len| len < needed)
            }
            JoinError::TooLarge { limit } => {
                let promised = usize::from(chunk.count - 1) * declared + head(ids, chunk).len();
                let came = so_far + chunk.data.len();
                let came = if known.is_none() { came + head(ids, chunk).len() } else { came };
                limit == MESSAGE_LIMIT && promised.max(came) > limit
            }
            _ => true,
        };
        if reason { Ok(()) } else { Err(format!("{error:?} without a reason, for {chunk:?}")) }
    }

    fn finish(&mut self, key: Key) -> Vec<u8> {
        let Some(message) = self.messages.remove(&key) else { return Vec::new() };
        message.chunks.into_values().fold(message.head, |mut whole, data| {
            whole.extend(data);
            whole
        })
    }

    fn drop(&mut self, key: Key) {
        self.messages.remove(&key);
    }

    fn expire(&mut self, now_ms: u64) {
        self.messages.retain(|_, message| message.expires_ms > now_ms);
    }

    fn next_expiry(&self) -> Option<u64> {
        self.messages.values().map(|message| message.expires_ms).min()
    }
}

/// Whether a chunk has more data than its sender's size.
fn is_oversized(chunk: &Chunk<'_>) -> bool {
    chunk.data.len() > usize::from(chunk.size)
}

/// What a whole message starts with: the header with a marker of 0, and the
/// entity of a request.
fn head(ids: Ids, chunk: &Chunk<'_>) -> Vec<u8> {
    let mut head = vec![1, chunk.of.code().to_u8()];
    for id in [ids.request, ids.endpoint, ids.session] {
        head.extend(id.to_be_bytes());
    }
    head.push(0);
    if let ChunkOf::Request(_, entity) = &chunk.of {
        head.push(entity.entity_type.to_u8());
        let name = entity.name.as_bytes();
        if name.len() < 0x80 {
            head.extend(name.len().to_be_bytes().last());
        } else {
            let len = u32::try_from(name.len()).unwrap_or(u32::MAX);
            head.extend((len | 0x8000_0000).to_be_bytes());
        }
        head.extend(name);
    }
    head
}
