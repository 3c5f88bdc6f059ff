//! Chunks of requests, responses, BINDs and UNBINDs that are too long for one message.
//!
//! | size | field (PROTOCOL.md §5) |
//! | --- | --- |
//! | 2 | chunk id, counted from 1 |
//! | 2 | chunk count |
//! | 2 | chunk size: the sender's limit, header included |
//! | 1 | in a request: entity type |
//! | | in a request: entity name string |
//! | | data, to the end of the frame |

use core::fmt;

use super::codes::{Code, Method, Status};
use super::reader::{self, Parsed, fault};
use super::request::Entity;
use super::writer::Sink;
use crate::error::{DecodeErrorKind, EncodeError};
use crate::limits::HEADER_LEN;

/// The body of a chunk. [`Split`](crate::Split) creates chunks, and
/// [`Joiner`](crate::Joiner) joins them.
#[derive(Clone, Copy, PartialEq)]
pub struct Chunk<'a> {
    /// The kind of message that the chunk belongs to.
    pub of: ChunkOf<'a>,
    /// Its place among the chunks of its message, counted from 1.
    pub id: u16,
    /// The number of chunks of the message.
    pub count: u16,
    /// The chunk size of the sender, in bytes, header included.
    pub size: u16,
    /// Its part of the body of the message.
    pub data: &'a [u8],
}

/// The kind of message that a chunk belongs to, with the fields that every chunk repeats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ChunkOf<'a> {
    /// A request. The data begins after its entity.
    Request(Method, Entity<'a>),
    /// A response.
    Response(Status),
    /// A BIND.
    Bind,
    /// An UNBIND.
    Unbind,
}

impl ChunkOf<'_> {
    /// Returns the code in the header of the chunk.
    pub const fn code(&self) -> Code {
        match self {
            Self::Request(method, _) => Code::Request(*method),
            Self::Response(status) => Code::Response(*status),
            Self::Bind => Code::Bind,
            Self::Unbind => Code::Unbind,
        }
    }
}

/// Shows only the length of the data, which may be a part of a secret.
impl fmt::Debug for Chunk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunk")
            .field("of", &self.of)
            .field("id", &self.id)
            .field("count", &self.count)
            .field("size", &self.size)
            .field("data", &format_args!("{} bytes", self.data.len()))
            .finish()
    }
}

impl<'a> Chunk<'a> {
    /// Parses a chunk of a message with this code. Codes of messages that are never sent in
    /// chunks were refused with the header.
    pub(crate) fn parse(input: &'a [u8], code: Code) -> Parsed<'a, Self> {
        let (rest, [id, count, size]) = fields(input)?;
        let (data, of) = match code {
            Code::Request(method) => {
                let (data, entity) = Entity::parse(rest)?;
                (data, ChunkOf::Request(method, entity))
            }
            Code::Response(status) => (rest, ChunkOf::Response(status)),
            Code::Bind => (rest, ChunkOf::Bind),
            Code::Unbind => (rest, ChunkOf::Unbind),
            Code::Auth | Code::ClearAuth | Code::KeepAlive => {
                return fault(DecodeErrorKind::InvalidMarker, input);
            }
        };
        Ok((&[], Self { of, id, count, size, data }))
    }

    /// Returns whether the id is between 1 and the count.
    pub(crate) fn is_within_count(&self) -> bool {
        is_within(self.id, self.count)
    }

    pub(crate) fn put<S: Sink>(&self, sink: &mut S) {
        self.put_head(sink);
        sink.bytes(self.data);
    }

    /// Writes everything before the data.
    pub(crate) fn put_head<S: Sink>(&self, sink: &mut S) {
        if !self.is_within_count() {
            sink.fail(EncodeError::InvalidChunk);
        }
        sink.array(self.id.to_be_bytes());
        sink.array(self.count.to_be_bytes());
        sink.array(self.size.to_be_bytes());
        if let ChunkOf::Request(_, entity) = &self.of {
            entity.put(sink);
        }
    }
}

/// Returns the number of other chunks of the message of this chunk, as the chunk states it, or 0
/// if it is too short to contain the count.
pub(crate) fn left(message: &[u8]) -> u16 {
    let (_, body) = message.split_at_checked(HEADER_LEN).unwrap_or_default();
    match body {
        [_, _, c0, c1, ..] => u16::from_be_bytes([*c0, *c1]).saturating_sub(1),
        _ => 0,
    }
}

/// Parses chunk id, count and size.
fn fields(input: &[u8]) -> Parsed<'_, [u16; 3]> {
    let (rest, id) = reader::u16(input)?;
    let (rest, count) = reader::u16(rest)?;
    let (rest, size) = reader::u16(rest)?;
    if !is_within(id, count) {
        return fault(DecodeErrorKind::InvalidChunk, input);
    }
    Ok((rest, [id, count, size]))
}

fn is_within(id: u16, count: u16) -> bool {
    (1..=count).contains(&id)
}
