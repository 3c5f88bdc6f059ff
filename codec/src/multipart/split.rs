//! Splits a long message into chunks.
//!
//! Each chunk is a message of its own (PROTOCOL.md §5): the header of the whole message with the
//! multipart marker set, the id of the chunk, the count, the chunk size, for a request its
//! entity, and the next part of the body.

use crate::error::{EncodeError, SplitError};
use crate::limits::{CHUNK_FIELDS_LEN, HEADER_LEN};
use crate::wire::chunk::{Chunk, ChunkOf};
use crate::wire::codes::Code;
use crate::wire::header::{Header, Ids};
use crate::wire::reader;
use crate::wire::request::Entity;
use crate::wire::writer::{Sink, Writer};

/// Splits an encoded message into chunks, and writes them one after the other into a buffer of
/// the caller. The data is copied once, from the message into that buffer.
///
/// A message that is not longer than the chunk size is written once, unchanged. No chunk is longer
/// than the chunk size, and none is empty.
///
/// ```
/// use alwayson_codec::{Body, Ids, Message, Response, Split, Status};
///
/// let ids = Ids { request: 7, endpoint: 0, session: 77 };
/// let long = "a text that is longer than a chunk may be".into();
/// let response = Response { content: long, ..Response::new(Status::SUCCESS) };
/// let mut message = [0; 64];
/// let len = Message { ids, body: Body::Response(response) }.encode(&mut message)?;
///
/// let mut split = Split::new(&message[..len], 40)?;
/// let mut chunk = [0; 40];
/// while let Some(len) = split.next_chunk(&mut chunk)? {
///     assert!(len <= 40); // Send `&chunk[..len]` as one binary WebSocket message.
/// }
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Split<'m> {
    ids: Ids,
    /// What the chunks are parts of; `None` if the message is sent whole.
    of: Option<ChunkOf<'m>>,
    /// The data that is not sent yet.
    rest: &'m [u8],
    data_per_chunk: usize,
    chunk_size: u16,
    next_id: u16,
    count: u16,
}

impl<'m> Split<'m> {
    /// Splits an encoded message into chunks of at most this many bytes, header included.
    ///
    /// # Errors
    /// - [`NotAMessage`](SplitError::NotAMessage) if its header, or the entity of a request, cannot
    ///   be decoded
    ///
    /// And if the message is longer than the chunk size:
    ///
    /// - [`NeverChunked`](SplitError::NeverChunked) for AUTH, CLEARAUTH, KEEP_ALIVE and chunks
    /// - [`ChunkSizeTooSmall`](SplitError::ChunkSizeTooSmall) if there is no room for data next to
    ///   the fields that each chunk repeats
    /// - [`TooManyChunks`](SplitError::TooManyChunks) if more than 65,535 chunks are needed
    pub fn new(message: &'m [u8], chunk_size: u16) -> Result<Self, SplitError> {
        let header = Header::decode(message).map_err(SplitError::NotAMessage)?;
        let ids = header.ids;
        if message.len() <= usize::from(chunk_size) {
            return Ok(Self {
                ids,
                of: None,
                rest: message,
                data_per_chunk: message.len(),
                chunk_size,
                next_id: 1,
                count: 1,
            });
        }
        // Chunks are not split again.
        if header.multipart {
            return Err(SplitError::NeverChunked);
        }
        let body = message.get(HEADER_LEN..).unwrap_or_default();
        let (of, data) = match header.code {
            Code::Response(status) => (ChunkOf::Response(status), body),
            Code::Request(method) => {
                let (data, entity) = Entity::parse(body).map_err(|error| {
                    SplitError::NotAMessage(reader::Fault::at_top(&error, message.len()))
                })?;
                (ChunkOf::Request(method, entity), data)
            }
            Code::Bind => (ChunkOf::Bind, body),
            Code::Unbind => (ChunkOf::Unbind, body),
            Code::Auth | Code::ClearAuth | Code::KeepAlive => {
                return Err(SplitError::NeverChunked);
            }
        };
        let head = head_len(&of);
        let data_per_chunk = usize::from(chunk_size).saturating_sub(head);
        if data_per_chunk == 0 {
            return Err(SplitError::ChunkSizeTooSmall { least: head.saturating_add(1) });
        }
        let count = u16::try_from(data.len().div_ceil(data_per_chunk))
            .map_err(|_| SplitError::TooManyChunks)?;
        Ok(Self { ids, of: Some(of), rest: data, data_per_chunk, chunk_size, next_id: 1, count })
    }

    /// Returns the number of chunks, or 1 for a message that is sent whole.
    pub const fn count(&self) -> u16 {
        self.count
    }

    /// Skips this many chunks, which were sent before.
    pub(crate) fn skip(&mut self, chunks: u16) {
        let data = self.data_per_chunk.saturating_mul(usize::from(chunks));
        self.rest = self.rest.get(data..).unwrap_or_default();
        self.next_id = self.next_id.saturating_add(chunks);
    }

    /// Writes the next chunk into the buffer. Returns its length in bytes, or `None` after the
    /// last one.
    ///
    /// # Errors
    /// - [`BufferTooSmall`](SplitError::BufferTooSmall), with the length of the chunk, if it does
    ///   not fit; call again with a larger buffer. A buffer of the chunk size is always large
    ///   enough
    pub fn next_chunk(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, SplitError> {
        let len = self.data_per_chunk.min(self.rest.len());
        let (data, rest) = self.rest.split_at_checked(len).unwrap_or_default();
        if data.is_empty() {
            return Ok(None);
        }
        let mut writer = Writer::new(buffer);
        if let Some(of) = self.of {
            Header { code: of.code(), ids: self.ids, multipart: true }.put(&mut writer);
            let id = self.next_id;
            let count = self.count;
            let size = self.chunk_size;
            Chunk { of, id, count, size, data }.put(&mut writer);
        } else {
            writer.bytes(data);
        }
        match writer.finish() {
            Ok(len) => {
                self.rest = rest;
                self.next_id = self.next_id.saturating_add(1);
                Ok(Some(len))
            }
            Err(EncodeError::BufferTooSmall { needed }) => {
                Err(SplitError::BufferTooSmall { needed })
            }
            // Cannot occur: the entity was decoded, and ids are within the count.
            Err(_) => Err(SplitError::TooManyChunks),
        }
    }
}

impl core::fmt::Debug for Split<'_> {
    /// Shows no bytes of the message, which may contain secrets.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Split")
            .field("ids", &self.ids)
            .field("chunk_size", &self.chunk_size)
            .field("next_id", &self.next_id)
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

/// Returns the length of the fields that each chunk has before its data.
pub(super) fn head_len(of: &ChunkOf<'_>) -> usize {
    HEADER_LEN.saturating_add(CHUNK_FIELDS_LEN).saturating_add(entity_len(of))
}

/// Returns the entity that each chunk of a request repeats.
pub(super) fn entity_len(of: &ChunkOf<'_>) -> usize {
    let ChunkOf::Request(_, entity) = of else { return 0 };
    let mut writer = Writer::measure();
    entity.put(&mut writer);
    match writer.finish() {
        Err(EncodeError::BufferTooSmall { needed }) => needed,
        // Cannot occur: a decoded entity can be encoded.
        _ => 0,
    }
}
