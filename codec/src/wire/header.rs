//! The header: it has 15 bytes and precedes every body.
//!
//! | offset | size | field (PROTOCOL.md §2) |
//! | --- | --- | --- |
//! | 0 | 1 | protocol version: 1 |
//! | 1 | 1 | code: a method below 0x40, a status from 0x40 on |
//! | 2 | 4 | request id |
//! | 6 | 4 | endpoint id |
//! | 10 | 4 | session id |
//! | 14 | 1 | multipart marker: 0 a whole message, 1 a chunk |

use super::codes::Code;
use super::reader::{self, Fault, Parsed, fault};
use super::writer::Sink;
use crate::error::{DecodeError, DecodeErrorKind};
use crate::limits::HEADER_LEN;

pub(crate) const VERSION: u8 = 1;

/// The three ids of a header (PROTOCOL.md §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ids {
    /// The request id. A response has that of its request, or [`Ids::NONE`] if it answers no
    /// request and only carries ids.
    pub request: u32,
    /// The endpoint id, which identifies a client in all of its connections. 0 and
    /// [`Ids::NONE`] mean none. A response repeats it.
    pub endpoint: u32,
    /// The session id, which identifies one connection. [`Ids::NONE`] means none yet.
    pub session: u32,
}

impl Ids {
    /// The id that means none.
    pub const NONE: u32 = 0xFFFF_FFFF;

    /// Returns the ids of a message before AUTH was answered: without endpoint and session.
    pub const fn unauthenticated(request: u32) -> Self {
        Self { request, endpoint: 0, session: Self::NONE }
    }

    /// Returns the ids in a header that was checked.
    #[cfg_attr(wide, inline(always))]
    pub(crate) fn at_start(input: &[u8]) -> Self {
        input.first_chunk().map_or(Self::unauthenticated(Self::NONE), Self::of)
    }

    #[inline]
    fn of(bytes: &[u8; HEADER_LEN]) -> Self {
        let [_, _, r0, r1, r2, r3, e0, e1, e2, e3, s0, s1, s2, s3, _] = *bytes;
        Self {
            request: u32::from_be_bytes([r0, r1, r2, r3]),
            endpoint: u32::from_be_bytes([e0, e1, e2, e3]),
            session: u32::from_be_bytes([s0, s1, s2, s3]),
        }
    }
}

/// The header of a message. [`Message`](crate::Message) decodes and encodes it together with the
/// body. The header alone is useful to answer a message whose body cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// The code of the message.
    pub code: Code,
    /// The ids of the message.
    pub ids: Ids,
    /// Whether the message is a chunk of a longer one (PROTOCOL.md §5).
    pub multipart: bool,
}

impl Header {
    /// Decodes the header of a message, without the body.
    ///
    /// # Errors
    /// Checked in this order (PROTOCOL.md §6):
    ///
    /// - [`UnsupportedVersion`](DecodeErrorKind::UnsupportedVersion) if the version is not 1
    /// - [`UnexpectedEnd`](DecodeErrorKind::UnexpectedEnd) if there are less than 15 bytes
    /// - [`InvalidMarker`](DecodeErrorKind::InvalidMarker) if the marker is neither 0 nor 1
    /// - [`UnknownCode`](DecodeErrorKind::UnknownCode) if the code is below 0x40 and has no name
    /// - [`InvalidMarker`](DecodeErrorKind::InvalidMarker) if the marker is 1, but such a message
    ///   is never sent in chunks
    pub fn decode(input: &[u8]) -> Result<Self, DecodeError> {
        match Self::parse(input) {
            Ok((_, header)) => Ok(header),
            Err(error) => Err(Fault::at_top(&error, input.len())),
        }
    }

    #[inline]
    pub(crate) fn parse(input: &[u8]) -> Parsed<'_, Self> {
        let (rest, bytes) = match reader::array::<HEADER_LEN>(input) {
            Ok(parsed) => parsed,
            Err(end) => return Self::too_short(input, end),
        };
        let [version, code, .., marker] = *bytes;
        if version != VERSION {
            return fault(DecodeErrorKind::UnsupportedVersion, input);
        }
        let at_marker = || input.get(14..).unwrap_or_default();
        if marker > 1 {
            return fault(DecodeErrorKind::InvalidMarker, at_marker());
        }
        let Some(code) = Code::from_u8(code) else {
            return fault(DecodeErrorKind::UnknownCode, input.get(1..).unwrap_or_default());
        };
        let multipart = marker == 1;
        if multipart && !code.is_chunkable() {
            return fault(DecodeErrorKind::InvalidMarker, at_marker());
        }
        Ok((rest, Self { code, ids: Ids::of(bytes), multipart }))
    }

    /// Returns the code of a whole message, or `None` for a chunk and for every error of
    /// [`parse`](Self::parse).
    #[inline]
    pub(crate) fn code_if_whole(input: &[u8]) -> Option<Code> {
        match input.first_chunk::<HEADER_LEN>()? {
            [VERSION, code, .., 0] => Code::from_u8(*code),
            _ => None,
        }
    }

    /// Returns the code, the ids, and whether it is marked as a chunk, of every complete header
    /// of this version, even if its method has no name or cannot have its marker.
    pub(crate) fn parts(input: &[u8]) -> Option<(u8, Ids, bool)> {
        match input.first_chunk::<HEADER_LEN>()? {
            bytes @ [VERSION, code, .., marker] => Some((*code, Ids::of(bytes), *marker == 1)),
            _ => None,
        }
    }

    /// Reports input that is too short for a header. A wrong version is reported first, however
    /// short the input is.
    #[cold]
    fn too_short(input: &[u8], end: nom::Err<Fault>) -> Parsed<'_, Self> {
        match input.first() {
            Some(&version) if version != VERSION => {
                fault(DecodeErrorKind::UnsupportedVersion, input)
            }
            _ => Err(end),
        }
    }

    #[cfg_attr(wide, inline(always))]
    pub(crate) fn put<S: Sink>(self, sink: &mut S) {
        let [r0, r1, r2, r3] = self.ids.request.to_be_bytes();
        let [e0, e1, e2, e3] = self.ids.endpoint.to_be_bytes();
        let [s0, s1, s2, s3] = self.ids.session.to_be_bytes();
        let code = self.code.to_u8();
        let marker = u8::from(self.multipart);
        sink.array([VERSION, code, r0, r1, r2, r3, e0, e1, e2, e3, s0, s1, s2, s3, marker]);
    }
}
