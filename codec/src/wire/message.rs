//! Whole messages, and the dispatch on the kind of message.

use super::auth::Auth;
use super::bind::{Bind, Unbind};
use super::chunk::Chunk;
use super::codes::{BaseType, Code};
use super::header::{Header, Ids};
use super::reader::{Fault, Parsed};
use super::request::Request;
use super::response::Response;
use super::table_writer::{self, RowsWriter, ShapeWriter};
use super::writer::{Sink, Writer};
use crate::error::{DecodeError, DecodeErrorKind, EncodeError};
use crate::limits::HEADER_LEN;

/// One AlwaysOn message, the content of one binary WebSocket message (PROTOCOL.md §1). The rest of
/// the header follows from the body.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Message<'a> {
    /// The ids in the header.
    pub ids: Ids,
    /// The body.
    pub body: Body<'a>,
}

/// The body of a message (PROTOCOL.md §3), or a chunk (PROTOCOL.md §5).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Body<'a> {
    /// The edge authenticates.
    Auth(Auth<'a>),
    /// The edge binds Things.
    Bind(Bind<'a>),
    /// The edge unbinds Things.
    Unbind(Unbind<'a>),
    /// A request of either side.
    Request(Request<'a>),
    /// The answer to any of these messages.
    Response(Response<'a>),
    /// A part of a long request, response, BIND or UNBIND.
    Chunk(Chunk<'a>),
    /// The edge withdraws its authentication. How a platform reacts is not known.
    ClearAuth(Auth<'a>),
    /// A keep-alive of clients that cannot send pings. It has no body and no answer.
    KeepAlive,
}

impl<'a> Message<'a> {
    /// Decodes the message at the start of the input, and returns it with its length in bytes.
    /// Each byte is checked once. Bytes that follow the message are ignored, because some peers
    /// pad their messages.
    ///
    /// # Errors
    /// Returns the first problem, with kind and offset (PROTOCOL.md §6).
    pub fn decode(input: &'a [u8]) -> Result<(Self, usize), DecodeError> {
        if !cfg!(wide) {
            return Self::decode_any(input);
        }
        // What is frequent has a function of its own for each kind of body.
        match Header::code_if_whole(input) {
            Some(Code::Request(method)) => {
                with_body(input, |rest| Request::parse(rest, method), Body::Request)
            }
            Some(Code::Response(status)) => {
                with_body(input, |rest| Response::parse(rest, status), Body::Response)
            }
            Some(Code::Auth) => with_body(input, Auth::parse, Body::Auth),
            _ => Self::decode_any(input),
        }
    }

    /// Decodes any message, or returns its error.
    #[cfg_attr(wide, inline(never))]
    fn decode_any(input: &'a [u8]) -> Result<(Self, usize), DecodeError> {
        let at_top = |error| Fault::at_top(&error, input.len());
        let Header { code, ids, multipart } = Header::decode(input)?;
        let body = input.get(HEADER_LEN..).unwrap_or_default();
        let whole = |rest: &[u8], body| (Self { ids, body }, input.len().wrapping_sub(rest.len()));
        if multipart {
            let (rest, chunk) = Chunk::parse(body, code).map_err(at_top)?;
            return Ok(whole(rest, Body::Chunk(chunk)));
        }
        Ok(match code {
            Code::Request(method) => {
                let (rest, request) = Request::parse(body, method).map_err(at_top)?;
                whole(rest, Body::Request(request))
            }
            Code::Response(status) => {
                let (rest, response) = Response::parse(body, status).map_err(at_top)?;
                whole(rest, Body::Response(response))
            }
            Code::Auth | Code::ClearAuth => {
                let (rest, auth) = Auth::parse(body).map_err(at_top)?;
                let is_auth = code == Code::Auth;
                whole(rest, if is_auth { Body::Auth(auth) } else { Body::ClearAuth(auth) })
            }
            Code::Bind | Code::Unbind => {
                let (rest, bind) = Bind::parse(body).map_err(at_top)?;
                whole(rest, if code == Code::Bind { Body::Bind(bind) } else { Body::Unbind(bind) })
            }
            Code::KeepAlive => whole(body, Body::KeepAlive),
        })
    }

    /// Decodes a message that is the whole input.
    ///
    /// # Errors
    /// - as [`decode`](Self::decode)
    /// - [`TrailingBytes`](DecodeErrorKind::TrailingBytes) if bytes follow the message
    pub fn decode_exact(input: &'a [u8]) -> Result<Self, DecodeError> {
        let (message, used) = Self::decode(input)?;
        if used == input.len() {
            return Ok(message);
        }
        Err(DecodeError::new(DecodeErrorKind::TrailingBytes, used))
    }

    /// Encodes the message into the buffer, and returns its length in bytes.
    ///
    /// A decoded message is encoded in canonical form. These are the same bytes, unless the sender
    /// used a form that decoders accept and encoders never use: long forms of short lengths
    /// (PROTOCOL.md §3), other bytes than 1 for true, or a top bit in the length of a blob
    /// (PROTOCOL.md §4).
    ///
    /// # Errors
    /// - [`BufferTooSmall`](EncodeError::BufferTooSmall), with the exact length of the message, if
    ///   it does not fit; the buffer contains no message then
    /// - [`TooLong`](EncodeError::TooLong) if a string or blob is too long
    /// - [`NestingTooDeep`](EncodeError::NestingTooDeep) if a value is nested too deep
    /// - [`InvalidChunk`](EncodeError::InvalidChunk) if the id of a chunk is 0 or above its count
    #[cfg_attr(wide, inline(always))]
    pub fn encode(&self, buffer: &mut [u8]) -> Result<usize, EncodeError> {
        // Small machines have one copy of this, not one for each kind.
        if !cfg!(wide) {
            let mut writer = Writer::new(buffer);
            self.put(&mut writer);
            return writer.finish();
        }
        let ids = &self.ids;
        let code = (self.code(), matches!(self.body, Body::Chunk(_)));
        match &self.body {
            Body::Auth(auth) | Body::ClearAuth(auth) => {
                with_writer(ids, code, buffer, |w| auth.put(w))
            }
            Body::Bind(bind) | Body::Unbind(bind) => {
                with_writer(ids, code, buffer, |w| bind.put(w))
            }
            Body::Request(request) => with_writer(ids, code, buffer, |w| request.put(w)),
            Body::Response(response) => with_writer(ids, code, buffer, |w| response.put(w)),
            Body::Chunk(chunk) => with_writer(ids, code, buffer, |w| chunk.put(w)),
            Body::KeepAlive => with_writer(ids, code, buffer, |_| ()),
        }
    }

    /// Returns the exact length of the encoded message in bytes.
    ///
    /// # Errors
    /// As [`encode`](Self::encode), except [`BufferTooSmall`](EncodeError::BufferTooSmall).
    pub fn encoded_len(&self) -> Result<usize, EncodeError> {
        match self.encode(&mut []) {
            Err(EncodeError::BufferTooSmall { needed }) => Ok(needed),
            other => other,
        }
    }

    /// Encodes the message with a table that closures write: the parameters of a request, or the
    /// content of a response. The message itself must have none.
    ///
    /// To measure the message, pass an empty buffer:
    /// [`BufferTooSmall`](EncodeError::BufferTooSmall) has the length.
    ///
    /// # Errors
    /// - as [`encode`](Self::encode) and
    ///   [`TableWriter::write`](super::table_writer::TableWriter::write)
    /// - [`NoPlaceForTable`](EncodeError::NoPlaceForTable) if it is another message, or has
    ///   parameters or a content already
    #[inline]
    pub fn encode_with_table(
        &self,
        buffer: &mut [u8],
        shape: impl FnOnce(&mut ShapeWriter<'_, '_>),
        rows: impl FnOnce(&mut RowsWriter<'_, '_>),
    ) -> Result<usize, EncodeError> {
        let mut writer = Writer::new(buffer);
        self.header().put(&mut writer);
        match &self.body {
            Body::Request(request) if request.params.is_none() => request.put_head(&mut writer),
            Body::Response(response) if response.content.is_nothing() => {
                response.put_head(&mut writer);
            }
            _ => return Err(EncodeError::NoPlaceForTable),
        }
        writer.u8(BaseType::INFOTABLE.to_u8());
        table_writer::table(&mut writer, 1, shape, rows);
        writer.finish()
    }

    /// Writes the message to a sink of any kind.
    pub(crate) fn put<S: Sink>(&self, sink: &mut S) {
        self.header().put(sink);
        match &self.body {
            Body::Auth(auth) | Body::ClearAuth(auth) => auth.put(sink),
            Body::Bind(bind) | Body::Unbind(bind) => bind.put(sink),
            Body::Request(request) => request.put(sink),
            Body::Response(response) => response.put(sink),
            Body::Chunk(chunk) => chunk.put(sink),
            Body::KeepAlive => {}
        }
    }

    /// Returns the header of the message.
    pub const fn header(&self) -> Header {
        Header { code: self.code(), ids: self.ids, multipart: matches!(self.body, Body::Chunk(_)) }
    }

    /// Returns the code in the header (PROTOCOL.md §2).
    pub const fn code(&self) -> Code {
        match &self.body {
            Body::Auth(_) => Code::Auth,
            Body::ClearAuth(_) => Code::ClearAuth,
            Body::Bind(_) => Code::Bind,
            Body::Unbind(_) => Code::Unbind,
            Body::Request(request) => Code::Request(request.method),
            Body::Response(response) => Code::Response(response.status),
            Body::Chunk(chunk) => chunk.of.code(),
            Body::KeepAlive => Code::KeepAlive,
        }
    }
}

/// Encodes a whole message of one kind. Each kind has its own copy of this function, as in
/// decoding.
#[inline(never)]
fn with_writer<'b>(
    ids: &Ids,
    (code, multipart): (Code, bool),
    buffer: &'b mut [u8],
    body: impl FnOnce(&mut Writer<'b>),
) -> Result<usize, EncodeError> {
    let mut writer = Writer::new(buffer);
    Header { code, ids: *ids, multipart }.put(&mut writer);
    body(&mut writer);
    writer.finish()
}

/// Decodes a body of one kind. Each kind has its own copy of this function, which builds the
/// result in place, so that no kind costs instructions in another.
#[inline(never)]
fn with_body<'a, T>(
    input: &'a [u8],
    parse: impl FnOnce(&'a [u8]) -> Parsed<'a, T>,
    body: impl FnOnce(T) -> Body<'a>,
) -> Result<(Message<'a>, usize), DecodeError> {
    match parse(input.get(HEADER_LEN..).unwrap_or_default()) {
        Ok((rest, parsed)) => {
            let used = input.len().wrapping_sub(rest.len());
            Ok((Message { ids: Ids::at_start(input), body: body(parsed) }, used))
        }
        Err(error) => Err(Fault::at_top(&error, input.len())),
    }
}
