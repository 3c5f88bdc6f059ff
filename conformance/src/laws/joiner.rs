//! Chunks in any order, valid or not, passed to the joiner and to a simple one with unlimited
//! memory: both must give the same results.

use std::collections::BTreeMap;

use alwayson_codec::limits::{CHUNK_FIELDS_LEN, HEADER_LEN};
use alwayson_codec::{Body, Chunk, ChunkOf, Code, Ids, JoinError, Joined, Joiner, Message, Status};

use super::{Verdict, canonical_form};

/// The message limit of the tested joiner, in bytes.
const MESSAGE_LIMIT: usize = 20_000;
/// The number of bytes of a chunk before its entity or data.
const CHUNK_OVERHEAD: usize = HEADER_LEN + CHUNK_FIELDS_LEN;
/// The timeout of unfinished messages, in ms.
const TIMEOUT_MS: u64 = 400;
/// The time between two chunks, in ms.
const PACE_MS: u64 = 5;
/// The memory of its slots, in bytes: different, so that some messages fit only one.
const PLACES: [usize; 4] = [600, 4_000, 24_000, 66_000];

/// Returns chunks as records for [`joiner`]: each is preceded by its length in two bytes. A
/// chunk of more than 65,535 bytes is cut.
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

/// The law of the joiner. The input is records: a length in two bytes, and that many bytes
/// of a frame. Frames that are not chunks are ignored.
///
/// The joiner never holds more messages than it has slots. A completed message is the
/// concatenation of its chunks, within the limit; it may or may not decode, without a
/// panic. A chunk that contradicts the first one of its message is a mismatch, and every
/// error has a reason. After an error the joiner has dropped the message of that chunk
/// and no other. At the end all unfinished messages expire at the announced time and not
/// earlier, and a new message is accepted.
///
/// # Errors
/// The records break the law; the error says how, in words.
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

/// Splits records into frames. A truncated last record counts.
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

/// Compares a completed message with the expected one.
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

/// Checks that a joiner accepts a new message.
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

/// The key of a message: its request id, and whether it is a response.
type Key = (u32, bool);

fn key(ids: Ids, chunk: &Chunk<'_>) -> Key {
    (ids.request, matches!(chunk.of.code(), Code::Response(_)))
}

/// A simple joiner, which accepts everything that the tested one accepts.
#[derive(Default)]
struct Simple {
    messages: BTreeMap<Key, Unfinished>,
}

struct Unfinished {
    head: Vec<u8>,
    /// The fields that every chunk repeats: count and size.
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

    /// Returns whether the chunk differs from the first one of its message in the repeated
    /// fields.
    fn contradicted_by(&self, ids: Ids, chunk: &Chunk<'_>) -> bool {
        self.messages.get(&key(ids, chunk)).is_some_and(|message| {
            message.head != head(ids, chunk) || message.numbers != (chunk.count, chunk.size)
        })
    }

    /// Returns whether this chunk justifies the error that it caused.
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

/// Returns whether a chunk has more data than its declared size.
fn is_oversized(chunk: &Chunk<'_>) -> bool {
    chunk.data.len() > usize::from(chunk.size)
}

/// Returns the start of a joined message: the header with a marker of 0, and the entity of a
/// request.
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
