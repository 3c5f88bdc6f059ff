//! A long message, taken apart into chunks.
//!
//! Each chunk is a message of its own (PROTOCOL.md §5): the header of the whole with
//! its multipart marker set, the chunk's id, the count and the sender's size, in
//! a request its entity again, and the next part of the body.

use crate::error::{EncodeError, SplitError};
use crate::limits::{CHUNK_FIELDS_LEN, HEADER_LEN};
use crate::wire::chunk::{Chunk, ChunkOf};
use crate::wire::codes::Code;
use crate::wire::header::{Header, Ids};
use crate::wire::reader;
use crate::wire::request::Entity;
use crate::wire::writer::{Sink, Writer};

/// The chunks of an encoded message, one after the other, each written into a
/// buffer of the caller's. Data is copied once: from the message into that
/// buffer.
///
/// A message that is not longer than the chunk size comes out once, as it is.
/// No chunk is longer than the chunk size, and none is empty.
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
    /// What the chunks are of; none while a whole message is still to be sent.
    of: Option<ChunkOf<'m>>,
    /// What was not sent yet.
    rest: &'m [u8],
    data_per_chunk: usize,
    chunk_size: u16,
    next_id: u16,
    count: u16,
}

impl<'m> Split<'m> {
    /// Splits an encoded message into chunks of at most this many bytes, header
    /// included.
    ///
    /// # Errors
    /// `NotAMessage` where its header cannot be decoded, or the entity of a
    /// request. Of a message that is longer than the chunk size: `NeverChunked`
    /// for AUTH, CLEARAUTH, KEEP_ALIVE and chunks, `ChunkSizeTooSmall` where no
    /// data would fit beside what each chunk repeats, `TooManyChunks` for more
    /// than 65,535.
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
        // A chunk is not split again.
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

    /// How many chunks there are, or 1 for a message that is sent whole.
    pub const fn count(&self) -> u16 {
        self.count
    }

    /// Leaves out so many chunks: they were sent before.
    pub(crate) fn skip(&mut self, chunks: u16) {
        let data = self.data_per_chunk.saturating_mul(usize::from(chunks));
        self.rest = self.rest.get(data..).unwrap_or_default();
        self.next_id = self.next_id.saturating_add(chunks);
    }

    /// Writes the next chunk into the buffer and says how long it is; none
    /// after the last.
    ///
    /// # Errors
    /// `BufferTooSmall` with the length of that chunk, which is not lost: a
    /// call with a larger buffer writes it. A buffer as long as the chunk size
    /// always is large enough.
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
            // Cannot be: the entity was decoded, and ids are within the count.
            Err(_) => Err(SplitError::TooManyChunks),
        }
    }
}

impl core::fmt::Debug for Split<'_> {
    /// Without the message: secrets may be in it.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Split")
            .field("ids", &self.ids)
            .field("chunk_size", &self.chunk_size)
            .field("next_id", &self.next_id)
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

/// What each chunk repeats before its data.
pub(super) fn head_len(of: &ChunkOf<'_>) -> usize {
    HEADER_LEN.saturating_add(CHUNK_FIELDS_LEN).saturating_add(entity_len(of))
}

/// The entity that each chunk of a request repeats.
pub(super) fn entity_len(of: &ChunkOf<'_>) -> usize {
    let ChunkOf::Request(_, entity) = of else { return 0 };
    let mut writer = Writer::measure();
    entity.put(&mut writer);
    match writer.finish() {
        Err(EncodeError::BufferTooSmall { needed }) => needed,
        // Cannot be: an entity that was decoded can be encoded.
        _ => 0,
    }
}
