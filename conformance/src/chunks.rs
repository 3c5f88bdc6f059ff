//! Joining of the chunks in a capture.

use std::collections::BTreeMap;

use alwayson_codec::{Body, Chunk, ChunkOf, Joined, Joiner, Message, Split};

use crate::{diff, vectors};

/// The maximum number of unfinished messages of one side.
const PLACES: usize = 8;

/// The chunks of one side.
pub(crate) struct Chunks {
    joiner: Joiner<Vec<u8>, PLACES>,
    /// The frames of unfinished messages, by request id and code, then by chunk
    /// id.
    frames: BTreeMap<(u32, u8), BTreeMap<u16, Vec<u8>>>,
}

impl Default for Chunks {
    fn default() -> Self {
        let memory = std::array::from_fn(|_| vec![0; vectors::memory()]);
        Self { joiner: Joiner::new(memory), frames: BTreeMap::new() }
    }
}

/// A joined message.
pub(crate) struct Whole {
    pub(crate) bytes: Vec<u8>,
    pub(crate) chunks: Vec<Vec<u8>>,
    chunk_size: u16,
    is_response: bool,
}

impl Chunks {
    pub(crate) fn unfinished(&self) -> usize {
        self.joiner.unfinished()
    }

    pub(crate) fn push(
        &mut self,
        message: &Message<'_>,
        chunk: &Chunk<'_>,
        frame: &[u8],
    ) -> Result<Option<Whole>, String> {
        let key = (message.ids.request, message.code().to_u8());
        self.frames.entry(key).or_default().entry(chunk.id).or_insert_with(|| frame.to_vec());
        // A capture has no timestamps, so nothing expires.
        match self.joiner.push(message.ids, chunk, 0) {
            Ok(Joined::Incomplete) => Ok(None),
            Ok(Joined::Complete(whole)) => {
                let frames = self.frames.remove(&key).unwrap_or_default();
                Ok(Some(Whole {
                    bytes: whole.to_vec(),
                    chunks: frames.into_values().collect(),
                    chunk_size: chunk.size,
                    is_response: matches!(chunk.of, ChunkOf::Response(_)),
                }))
            }
            Err(error) => {
                self.frames.remove(&key);
                Err(format!("cannot be joined: {error}"))
            }
        }
    }
}

impl Whole {
    /// Splits the message with the sender's chunk size. The result is compared with the
    /// original chunks only for a response without empty chunks: senders differ in whether
    /// the entity of a request counts, and some send an empty last chunk.
    pub(crate) fn split_again(&self) -> Result<(), String> {
        let mut split = Split::new(&self.bytes, self.chunk_size)
            .map_err(|error| format!("cannot be split: {error}"))?;
        let mut buffer = vec![0; usize::from(self.chunk_size)];
        let mut again = Vec::new();
        loop {
            match split.next_chunk(&mut buffer) {
                Ok(Some(len)) => again.push(buffer[..len].to_vec()),
                Ok(None) => break,
                Err(error) => return Err(format!("cannot be split: {error}")),
            }
        }
        let has_empty = self.chunks.iter().any(|chunk| is_empty_chunk(chunk));
        if !self.is_response || has_empty || self.chunks.len() == 1 {
            return Ok(());
        }
        if again.len() != self.chunks.len() {
            return Err(format!("{} chunks, split again {}", self.chunks.len(), again.len()));
        }
        let pairs = self.chunks.iter().zip(&again).enumerate();
        let what = |index| format!("split again, chunk {}", index + 1);
        let mut differences =
            pairs.filter_map(|(index, (chunk, again))| diff::bytes(&what(index), chunk, again));
        differences.next().map_or(Ok(()), |difference| Err(difference.to_string()))
    }
}

fn is_empty_chunk(frame: &[u8]) -> bool {
    match Message::decode(frame) {
        Ok((Message { body: Body::Chunk(chunk), .. }, _)) => chunk.data.is_empty(),
        _ => false,
    }
}
