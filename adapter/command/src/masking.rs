//! Masks the secrets of one connection in what is written to files. A secret may be spread over
//! the chunks of a long message: these wait until the message is complete, and so does
//! what follows them.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use alwayson::mask;
use alwayson_codec::{Body, Chunk, ChunkOf, Ids, Joined, Message};

use crate::long_messages::{self, LongMessages};

/// The maximum number of parts that wait for the last chunk of a long message.
const HELD: usize = 4_096;
/// The maximum length of these parts, in bytes: that of several long messages.
const HELD_BYTES: usize = 16 << 20;

/// A part of what one side sends.
pub(crate) struct Part<T> {
    pub(crate) from: &'static str,
    /// Whether it is a message of the protocol. The bytes of other parts are left as they are.
    pub(crate) is_message: bool,
    pub(crate) bytes: Vec<u8>,
    /// What else belongs to it.
    pub(crate) tag: T,
}

/// The key of a message: its sender, its request id, and whether it is a response.
type Key = (&'static str, u32, bool);

/// A part that is not passed on yet; a chunk waits until its message is complete.
struct Held<T> {
    part: Part<T>,
    waits_for: Option<Key>,
}

/// The parts of one connection.
pub(crate) struct Masking<T> {
    held: VecDeque<Held<T>>,
    bytes: usize,
    joiners: HashMap<&'static str, Box<LongMessages>>,
}

fn key(from: &'static str, ids: Ids, chunk: &Chunk<'_>) -> Key {
    (from, ids.request, matches!(chunk.of, ChunkOf::Response(_)))
}

impl<T> Masking<T> {
    pub(crate) fn new() -> Self {
        Self { held: VecDeque::new(), bytes: 0, joiners: HashMap::new() }
    }

    /// Adds a part, and masks its secrets as soon as they are known.
    pub(crate) fn take(&mut self, mut part: Part<T>) {
        let from = part.from;
        self.bytes += part.bytes.len();
        let chunk = match Message::decode(&part.bytes) {
            Ok((Message { ids, body: Body::Chunk(chunk) }, _)) if part.is_message => {
                Some((ids, chunk))
            }
            _ => None,
        };
        let Some((ids, chunk)) = chunk else {
            if part.is_message {
                part.bytes = mask::masked(&part.bytes);
            }
            self.held.push_back(Held { part, waits_for: None });
            return self.bound();
        };
        let key = key(from, ids, &chunk);
        // There is no clock: nothing expires.
        let joined = self
            .joiners
            .entry(from)
            .or_insert_with(|| Box::new(long_messages::none()))
            .push(ids, &chunk, 0);
        let secrets = match joined {
            Ok(Joined::Incomplete) => None,
            Ok(Joined::Complete(whole)) => Some(Ok((whole.len(), mask::secrets(whole)))),
            Err(_) => Some(Err(())),
        };
        self.held.push_back(Held { part, waits_for: Some(key) });
        match secrets {
            None => {}
            Some(Ok((len, secrets))) => self.resolve(key, len, &secrets),
            Some(Err(())) => self.resolve_masked(|waits_for| waits_for == key),
        }
        self.bound();
    }

    /// Returns the next part whose secrets are masked, if nothing before it waits.
    pub(crate) fn next(&mut self) -> Option<Part<T>> {
        self.held.front().filter(|held| held.waits_for.is_none())?;
        let held = self.held.pop_front()?;
        self.bytes -= held.part.bytes.len();
        Some(held.part)
    }

    /// Stops waiting for chunks.
    pub(crate) fn give_up(&mut self) {
        self.resolve_masked(|_| true);
        self.joiners.clear();
    }

    fn bound(&mut self) {
        if self.held.len() >= HELD || self.bytes > HELD_BYTES {
            self.give_up();
        }
    }

    /// Masks the chunks of a complete message of this length, whose secrets are at these
    /// offsets.
    fn resolve(&mut self, key: Key, len: usize, secrets: &[Range<usize>]) {
        let mut chunks = Vec::new();
        for (index, held) in self.held.iter().enumerate() {
            if held.waits_for != Some(key) {
                continue;
            }
            if let Ok((Message { body: Body::Chunk(chunk), .. }, end)) =
                Message::decode(&held.part.bytes)
            {
                // The data are at the end of a chunk.
                chunks.push((chunk.id, index, end - chunk.data.len(), chunk.data.len()));
            }
        }
        chunks.sort_unstable();
        // A repeated chunk is joined only once.
        let mut unique = chunks.clone();
        unique.dedup_by_key(|(id, ..)| *id);
        let mut at = len - unique.iter().map(|(.., len)| len).sum::<usize>().min(len);
        for (id, .., data_len) in unique {
            for (_, index, start, _) in chunks.iter().filter(|(same, ..)| *same == id) {
                let Some(held) = self.held.get_mut(*index) else { continue };
                let places = secrets.iter().map(|secret| {
                    let within = |place: usize| place.clamp(at, at + data_len) - at + start;
                    within(secret.start)..within(secret.end)
                });
                mask::cover(&mut held.part.bytes, places);
                held.waits_for = None;
            }
            at += data_len;
        }
    }

    /// Masks all that may be secret in messages that will not be completed.
    fn resolve_masked(&mut self, which: impl Fn(Key) -> bool) {
        for held in &mut self.held {
            if held.waits_for.take_if(|key| which(*key)).is_some() {
                held.part.bytes = mask::masked(&held.part.bytes);
            }
        }
    }
}
