//! A WebSocket with compression: yawc's, with `permessage-deflate` (RFC 7692).
//!
//! Both sides keep the context of their compressor from message to message, and accept
//! continuation frames that are marked as compressed: the widespread client does both
//! (PROTOCOL.md §1).

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Sink;
use hyper::header::{self, HeaderMap};
use tokio::time::Sleep;
use yawc::close::CloseCode;
use yawc::frame::OpCode;
use yawc::{Frame, Options, Role, WebSocketError};

use super::{Cause, Close, Ending, Incoming, Io, Limits, Outgoing, Party, Transport};

/// The name of the extension, which is the whole offer of an edge.
pub(super) const NAME: &str = "permessage-deflate";

/// The longest payload of a control frame, in bytes (RFC 6455, section 5.5).
const MAX_CONTROL: usize = 125;

/// A WebSocket whose messages are compressed in both directions.
///
/// The limit of a message applies to its compressed and to its decompressed length. A
/// compressor and a decompressor need about 300 KiB for each connection.
pub struct DeflateWebSocket {
    stream: yawc::WebSocket<Box<dyn Io>>,
    state: State,
    /// How it has ended, once it has.
    ending: Option<Ending>,
    /// Whether a pong was not written yet.
    pong_waits: bool,
    message_limit: usize,
    max_write_buffer: usize,
    close_timeout: Duration,
}

enum State {
    Open,
    /// This side has closed; the peer has not.
    Closing,
    /// The last frame is being sent, until the deadline at the latest.
    Ending {
        deadline: Pin<Box<Sleep>>,
        is_answer: bool,
    },
    Ended,
}

impl fmt::Debug for DeflateWebSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeflateWebSocket").finish_non_exhaustive()
    }
}

impl DeflateWebSocket {
    /// Creates the side that requested the upgrade, with the extension as it was agreed on.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] if the extension is another one.
    pub fn client(io: impl Io, agreed: &str, limits: &Limits) -> io::Result<Self> {
        Self::client_over(Box::new(io), agreed, limits)
    }

    pub(super) fn client_over(io: Box<dyn Io>, agreed: &str, limits: &Limits) -> io::Result<Self> {
        Self::new(io, Role::Client, agreed, limits)
    }

    /// Creates the side that accepted the upgrade, with the extension as it was agreed on.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] if the extension is another one.
    pub fn server(io: impl Io, agreed: &str, limits: &Limits) -> io::Result<Self> {
        Self::server_over(Box::new(io), agreed, limits)
    }

    pub(super) fn server_over(io: Box<dyn Io>, agreed: &str, limits: &Limits) -> io::Result<Self> {
        Self::new(io, Role::Server, agreed, limits)
    }

    fn new(io: Box<dyn Io>, role: Role, agreed: &str, limits: &Limits) -> io::Result<Self> {
        if !agreed.starts_with(NAME) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        // yawc's limits are the first length that is too long.
        let too_long = limits.message.saturating_add(1);
        let options = Options::default()
            .with_limits(too_long, too_long)
            .with_read_buffer_capacity(limits.read_buffer)
            .with_write_buffer_capacity(limits.write_buffer)
            .with_backpressure_boundary(limits.write_buffer)
            .with_balanced_compression();
        let stream = yawc::WebSocket::from_stream_with_extensions(io, role, Some(agreed), options)
            .map_err(|error| to_io(&error))?;
        Ok(Self {
            stream,
            state: State::Open,
            ending: None,
            pong_waits: false,
            message_limit: limits.message,
            max_write_buffer: limits.max_write_buffer,
            close_timeout: limits.close_timeout,
        })
    }

    fn stream(&mut self) -> Pin<&mut yawc::WebSocket<Box<dyn Io>>> {
        Pin::new(&mut self.stream)
    }

    fn end(&mut self, is_answer: bool) {
        let deadline = Box::pin(tokio::time::sleep(self.close_timeout));
        self.state = State::Ending { deadline, is_answer };
    }

    /// Keeps the first ending.
    fn ended_by(&mut self, ending: impl FnOnce() -> Ending) {
        self.ending.get_or_insert_with(ending);
    }

    /// Ends the WebSocket after a violation by the peer, or because the connection broke.
    fn fail(&mut self, error: &WebSocketError) {
        tracing::debug!(%error, "the WebSocket ends");
        let code = close_code(error);
        let limit = self.message_limit;
        self.ended_by(|| match code {
            Some(code) => Ending::local(fault(error, limit), Some(u16::from(code).into())),
            None => broken(error),
        });
        let close = code.map(|code| Frame::close(code, []));
        match close.map(|close| self.stream().start_send(close)) {
            Some(Ok(())) if matches!(self.state, State::Open) => self.end(false),
            _ => self.state = State::Ended,
        }
    }

    /// Waits until everything is written, including the answers of yawc itself.
    fn poll_flush_all(&mut self, context: &mut Context<'_>) -> Poll<Result<(), WebSocketError>> {
        ready!(self.stream().poll_ready(context))?;
        ready!(self.stream().poll_flush(context))?;
        self.pong_waits = false;
        Poll::Ready(Ok(()))
    }

    /// Waits until there is nothing left to do, or the time is over.
    fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let State::Ending { deadline, is_answer } = &mut self.state else {
            return Poll::Ready(());
        };
        if deadline.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        // yawc queues its answer to a close separately, so that is flushed first. Its own
        // closes after violations are queued there, too, but are not flushed: it does not
        // have one for every violation.
        if *is_answer && ready!(self.poll_flush_all(context)).is_err() {
            return Poll::Ready(());
        }
        self.stream().poll_close(context).map(drop)
    }

    fn take(&mut self, frame: Result<Frame, WebSocketError>) -> Option<Incoming> {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => {
                self.fail(&error);
                return None;
            }
        };
        match frame.opcode() {
            OpCode::Binary => Some(Incoming::Message(frame.into_payload())),
            OpCode::Ping => {
                self.pong_waits = true;
                Some(Incoming::Ping)
            }
            // yawc itself checks the length of pings only.
            OpCode::Pong | OpCode::Close if frame.payload().len() > MAX_CONTROL => {
                self.fail(&WebSocketError::PingFrameTooLarge);
                None
            }
            OpCode::Pong => Some(Incoming::Pong),
            OpCode::Close => {
                let close = close(&frame);
                match &mut self.ending {
                    Some(ending) => ending.answered(close),
                    None => self.ending = Some(Ending::closed(Party::Peer, close)),
                }
                if matches!(self.state, State::Closing) {
                    self.state = State::Ended;
                } else {
                    self.end(true);
                }
                None
            }
            OpCode::Text | OpCode::Continuation => None,
        }
    }
}

impl Transport for DeflateWebSocket {
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Incoming> {
        loop {
            match &self.state {
                State::Open | State::Closing => {}
                State::Ending { .. } => {
                    ready!(self.poll_end(context));
                    self.state = State::Ended;
                    continue;
                }
                State::Ended => {
                    let ending = self.ending.get_or_insert_with(Ending::cut).clone();
                    return Poll::Ready(Incoming::Closed(ending));
                }
            }
            // Nothing is read while a pong waits: the queue of pongs would have no bound.
            if self.pong_waits && ready!(self.poll_flush_all(context)).is_err() {
                self.state = State::Ended;
                continue;
            }
            let frame = ready!(self.stream.poll_next_frame(context));
            let Some(incoming) = self.take(frame) else { continue };
            if self.pong_waits {
                // The next read returns the error, too.
                let _ = self.poll_flush_all(context);
            }
            return Poll::Ready(incoming);
        }
    }

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_ready(context).map_err(|error| to_io(&error))
    }

    fn start_send(&mut self, outgoing: Outgoing) -> io::Result<()> {
        if !matches!(self.state, State::Open) {
            return Err(io::ErrorKind::NotConnected.into());
        }
        let frame = match outgoing {
            Outgoing::Message(message) if message.len() > self.max_write_buffer => {
                let error = "the message is longer than the limit";
                return Err(io::Error::new(io::ErrorKind::InvalidInput, error));
            }
            Outgoing::Message(message) => Frame::binary(message),
            Outgoing::Ping => Frame::ping(Bytes::new()),
            Outgoing::Close(close) => {
                self.state = State::Closing;
                self.ended_by(|| Ending::closed(Party::Local, Some(close.clone())));
                Frame::close(CloseCode::from(close.code()), close.reason())
            }
        };
        self.stream().start_send(frame).map_err(|error| to_io(&error))
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if matches!(self.state, State::Ended) {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        }
        self.poll_flush_all(context).map_err(|error| to_io(&error))
    }
}

/// Returns the code that tells the peer about its violation; `None` if there is none.
fn close_code(error: &WebSocketError) -> Option<CloseCode> {
    match error {
        WebSocketError::ConnectionClosed => None,
        WebSocketError::IoError(error) if error.kind() != io::ErrorKind::InvalidInput => None,
        WebSocketError::FrameTooLarge => Some(CloseCode::Size),
        WebSocketError::InvalidUTF8 => Some(CloseCode::Invalid),
        _ => Some(CloseCode::Protocol),
    }
}

/// Returns the violation for which this side closes the connection.
fn fault(error: &WebSocketError, message_limit: usize) -> Cause {
    match error {
        WebSocketError::FrameTooLarge => {
            let value = u64::try_from(message_limit).unwrap_or(u64::MAX);
            Cause::Limit { name: "message_limit", value }
        }
        WebSocketError::InvalidUTF8 => Cause::Protocol("text that is not UTF-8".to_owned()),
        // yawc reports a message that cannot be decompressed as an I/O error.
        WebSocketError::IoError(_) => Cause::Protocol("a compressed message is broken".to_owned()),
        // yawc has no error of its own for other control frames.
        WebSocketError::PingFrameTooLarge => {
            Cause::Protocol("a control frame of more than 125 bytes".to_owned())
        }
        // Its texts contain nothing of a message.
        error => Cause::Protocol(error.to_string()),
    }
}

/// Returns the ending of a connection without a close of the peer.
fn broken(error: &WebSocketError) -> Ending {
    match error {
        WebSocketError::IoError(error) => Ending::broken(error.kind()),
        _ => Ending::cut(),
    }
}

/// Returns the content of a close frame; `None` if it has no code.
fn close(frame: &Frame) -> Option<Close> {
    let code = frame.close_code()?;
    let reason = frame.close_reason().ok().flatten().unwrap_or_default();
    Some(Close::new(code.into(), reason))
}

/// Returns the error of a sender. It contains nothing of what was sent.
fn to_io(error: &WebSocketError) -> io::Error {
    match error {
        WebSocketError::IoError(error) => error.kind().into(),
        _ => io::ErrorKind::NotConnected.into(),
    }
}

/// Returns the answer of a platform to the offers of a client, which accepts the first
/// offer that the platform can keep. The size of the platform's window cannot be chosen
/// here.
pub(super) fn agree(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::SEC_WEBSOCKET_EXTENSIONS)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .find_map(|offer| {
            let mut agreed = NAME.to_owned();
            for (name, _) in parameters(offer)? {
                match name {
                    // These are hints: this side also decompresses with a larger window and
                    // a kept context.
                    "client_max_window_bits" | "client_no_context_takeover" => {}
                    "server_no_context_takeover" => agreed.push_str("; server_no_context_takeover"),
                    _ => return None,
                }
            }
            Some(agreed)
        })
}

/// Returns whether this side can keep the platform's answer to its offer.
pub(super) fn is_kept(answer: &str) -> bool {
    let Some(parameters) = parameters(answer) else { return false };
    parameters.into_iter().all(|(name, value)| match name {
        "client_no_context_takeover" | "server_no_context_takeover" => value.is_none(),
        "server_max_window_bits" => {
            value.and_then(|bits| bits.parse().ok()).is_some_and(|bits| (8..=15).contains(&bits))
        }
        _ => false,
    })
}

/// Returns the parameters of this extension in an offer or an answer; `None` if it is
/// another extension, or a name occurs twice.
fn parameters(extension: &str) -> Option<Vec<(&str, Option<&str>)>> {
    let mut parts = extension.split(';').map(str::trim);
    if parts.next() != Some(NAME) {
        return None;
    }
    let mut parameters: Vec<(&str, Option<&str>)> = Vec::new();
    for part in parts {
        let (name, value) = match part.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim().trim_matches('"'))),
            None => (part, None),
        };
        if parameters.iter().any(|(other, _)| *other == name) {
            return None;
        }
        parameters.push((name, value));
    }
    Some(parameters)
}
