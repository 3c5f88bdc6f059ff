//! A whole message, and the one dispatch over its bodies.

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

/// One AlwaysOn message: what one binary WebSocket message carries
/// (PROTOCOL.md §1). The rest of the header follows from the body.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Message<'a> {
    /// Whom the message belongs to.
    pub ids: Ids,
    /// What it says.
    pub body: Body<'a>,
}

/// The bodies of PROTOCOL.md §3, and the chunk of PROTOCOL.md §5.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Body<'a> {
    /// The edge says who it is.
    Auth(Auth<'a>),
    /// The edge says which Things it stands for.
    Bind(Bind<'a>),
    /// The edge no longer stands for these Things.
    Unbind(Unbind<'a>),
    /// Either side asks for something.
    Request(Request<'a>),
    /// The answer to any of these.
    Response(Response<'a>),
    /// A part of a long request, response, BIND or UNBIND.
    Chunk(Chunk<'a>),
    /// The edge takes back who it said it is. What a platform does then is not
    /// known.
    ClearAuth(Auth<'a>),
    /// A sign of life, from clients that cannot send pings. No body, no answer.
    KeepAlive,
}

impl<'a> Message<'a> {
    /// Decodes the message at the start of the input, checking each byte once,
    /// and says how many bytes it has. What follows it is not looked at: some
    /// peers pad their messages.
    ///
    /// # Errors
    /// The first problem, with kind and offset (PROTOCOL.md §6).
    pub fn decode(input: &'a [u8]) -> Result<(Self, usize), DecodeError> {
        if !cfg!(wide) {
            return Self::decode_any(input);
        }
        match Header::code_if_whole(input) {
            Some(Code::Request(method)) => {
                with_body(input, |rest| Request::parse(rest, method), Body::Request)
            }
            Some(Code::Response(status)) => {
                with_body(input, |rest| Response::parse(rest, status), Body::Response)
            }
            // One copy for both: of two, neither would be as short as AUTH has to be.
            Some(code @ (Code::Auth | Code::ClearAuth)) => {
                with_body(input, Auth::parse, |auth| match code {
                    Code::Auth => Body::Auth(auth),
                    _ => Body::ClearAuth(auth),
                })
            }
            Some(Code::Bind) => with_body(input, Bind::parse, Body::Bind),
            Some(Code::Unbind) => with_body(input, Unbind::parse, Body::Unbind),
            Some(Code::KeepAlive) => with_body(input, |rest| Ok((rest, ())), |()| Body::KeepAlive),
            None => Self::decode_chunk(input),
        }
    }

    /// The same in one function, for small machines.
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

    /// Decodes what is not a whole message: a chunk, or nothing at all.
    #[inline(never)]
    fn decode_chunk(input: &'a [u8]) -> Result<(Self, usize), DecodeError> {
        let code = Header::decode(input)?.code;
        with_body(input, |rest| Chunk::parse(rest, code), Body::Chunk)
    }

    /// Decodes a message that is the whole input.
    ///
    /// # Errors
    /// As [`decode`](Self::decode), and `TrailingBytes` where anything follows
    /// the message.
    pub fn decode_exact(input: &'a [u8]) -> Result<Self, DecodeError> {
        let (message, used) = Self::decode(input)?;
        if used == input.len() {
            return Ok(message);
        }
        Err(DecodeError::new(DecodeErrorKind::TrailingBytes, used))
    }

    /// Encodes the message into the buffer and says how many bytes it has.
    ///
    /// A message that was decoded comes out in its canonical form: the same
    /// bytes, unless the sender used a form that decoders take and encoders
    /// never make (PROTOCOL.md §3: long forms of short lengths; PROTOCOL.md §4: other
    /// bytes for true, a top bit in a blob's length).
    ///
    /// # Errors
    /// `BufferTooSmall` with the exact length of the message; then the buffer
    /// holds no message. `TooLong`, `NestingTooDeep` or `InvalidChunk` where
    /// the message cannot be said on the wire.
    #[cfg_attr(wide, inline(always))]
    pub fn encode(&self, buffer: &mut [u8]) -> Result<usize, EncodeError> {
        // A small machine has one copy of this, not one for each kind.
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

    /// How many bytes [`encode`](Self::encode) will write: exact.
    ///
    /// # Errors
    /// As [`encode`](Self::encode), less `BufferTooSmall`.
    pub fn encoded_len(&self) -> Result<usize, EncodeError> {
        match self.encode(&mut []) {
            Err(EncodeError::BufferTooSmall { needed }) => Ok(needed),
            other => other,
        }
    }

    /// Encodes the message with a table that is written on the spot: the
    /// parameters of a request, or the content of a response. The message's
    /// own place for it must be empty. How long it will be, an empty buffer
    /// tells: `BufferTooSmall` says how much is needed.
    ///
    /// # Errors
    /// As [`encode`](Self::encode) and
    /// [`TableWriter::write`](super::table_writer::TableWriter::write);
    /// `NoPlaceForTable` for other messages, and where there is a table or
    /// content already.
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

    /// The header that goes before the body.
    pub const fn header(&self) -> Header {
        Header { code: self.code(), ids: self.ids, multipart: matches!(self.body, Body::Chunk(_)) }
    }

    /// The code in the header (PROTOCOL.md §2).
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

/// Encodes a whole message of one kind, each kind with a copy of this function,
/// as in decoding.
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

/// Decodes a body of one kind. Each kind has a copy of this function, which
/// builds the result in its place: no body pays for another.
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
