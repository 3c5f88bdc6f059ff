//! The default WebSocket: tungstenite's, without compression.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Sink, Stream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, Role};

use super::{Cause, Close, Ending, Incoming, Io, Limits, Outgoing, Party, Transport};

/// A WebSocket over any stream of bytes.
///
/// A violation of the WebSocket protocol is answered with a close: 1002, 1007 for text that
/// is not UTF-8, 1009 for a frame or message that is longer than [`Limits`] allow.
/// [`Incoming::Closed`] follows, at the latest after
/// [`close_timeout`](Limits::close_timeout).
pub struct WebSocket {
    stream: WebSocketStream<Box<dyn Io>>,
    state: State,
    /// How it has ended, once it has.
    ending: Option<Ending>,
    /// Whether a pong was not written yet.
    pong_waits: bool,
    /// The longest frame in bytes. It distinguishes an error of a frame from one of a
    /// message: the library has one error for both.
    frame_limit: usize,
    close_timeout: Duration,
}

enum State {
    Open,
    Closing(Closing),
    Ended,
}

/// The last frame is being sent.
struct Closing {
    deadline: Pin<Box<Sleep>>,
    step: Step,
    /// Whether what the peer still sends is read and discarded, because it has not closed.
    /// Otherwise its operating system would discard our last frame.
    drain: bool,
}

#[derive(Clone, Copy)]
enum Step {
    Flush,
    Shutdown,
    Drain,
}

impl fmt::Debug for WebSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocket").finish_non_exhaustive()
    }
}

impl WebSocket {
    /// Creates the side that requested the upgrade. It masks what it sends. The future is
    /// ready at once.
    pub async fn client(io: impl Io, limits: &Limits) -> Self {
        Self::client_over(Box::new(io), limits).await
    }

    pub(super) async fn client_over(io: Box<dyn Io>, limits: &Limits) -> Self {
        Self::new(io, Role::Client, limits).await
    }

    /// Creates the side that accepted the upgrade. The future is ready at once.
    pub async fn server(io: impl Io, limits: &Limits) -> Self {
        Self::server_over(Box::new(io), limits).await
    }

    pub(super) async fn server_over(io: Box<dyn Io>, limits: &Limits) -> Self {
        Self::new(io, Role::Server, limits).await
    }

    async fn new(io: Box<dyn Io>, role: Role, limits: &Limits) -> Self {
        let stream = WebSocketStream::from_raw_socket(io, role, Some(limits.config())).await;
        Self {
            stream,
            state: State::Open,
            ending: None,
            pong_waits: false,
            frame_limit: limits.frame,
            close_timeout: limits.close_timeout,
        }
    }

    fn stream(&mut self) -> Pin<&mut WebSocketStream<Box<dyn Io>>> {
        Pin::new(&mut self.stream)
    }

    /// Writes the pong that waits, as far as possible now.
    fn flush_pong(&mut self, context: &mut Context<'_>) {
        // The next read returns the error, too.
        self.pong_waits = self.pong_waits && self.stream().poll_flush(context).is_pending();
    }

    fn end(&mut self, drain: bool) {
        let deadline = Box::pin(tokio::time::sleep(self.close_timeout));
        self.state = State::Closing(Closing { deadline, step: Step::Flush, drain });
    }

    /// Keeps the first ending.
    fn ended_by(&mut self, ending: impl FnOnce() -> Ending) {
        self.ending.get_or_insert_with(ending);
    }

    /// Ends the WebSocket after a violation by the peer, or because the connection broke.
    fn fail(&mut self, error: &Error) {
        tracing::debug!(%error, "the WebSocket ends");
        let Some(code) = close_code(error) else {
            self.ended_by(|| broken(error));
            self.state = State::Ended;
            return;
        };
        let frame_limit = self.frame_limit;
        self.ended_by(|| Ending::local(fault(error, frame_limit), Some(u16::from(code).into())));
        let frame = CloseFrame { code, reason: "".into() };
        match self.stream().start_send(Message::Close(Some(frame))) {
            Ok(()) => self.end(true),
            Err(_) => self.state = State::Ended,
        }
    }
}

impl Closing {
    /// Waits until there is nothing left to do, or the time is over.
    fn poll(
        &mut self,
        stream: &mut WebSocketStream<Box<dyn Io>>,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        if self.deadline.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        loop {
            match self.step {
                Step::Flush => {
                    if ready!(Pin::new(&mut *stream).poll_flush(context)).is_err() {
                        return Poll::Ready(());
                    }
                    self.step = Step::Shutdown;
                }
                Step::Shutdown => {
                    let shut = ready!(Pin::new(stream.get_mut()).poll_shutdown(context));
                    if shut.is_err() || !self.drain {
                        return Poll::Ready(());
                    }
                    self.step = Step::Drain;
                }
                Step::Drain => {
                    let mut buffer = [0; 1024];
                    let mut buffer = ReadBuf::new(&mut buffer);
                    let read = ready!(Pin::new(stream.get_mut()).poll_read(context, &mut buffer));
                    if read.is_err() || buffer.filled().is_empty() {
                        return Poll::Ready(());
                    }
                }
            }
        }
    }
}

impl Transport for WebSocket {
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Incoming> {
        loop {
            match &mut self.state {
                State::Open => {}
                State::Closing(closing) => {
                    ready!(closing.poll(&mut self.stream, context));
                    self.state = State::Ended;
                    continue;
                }
                State::Ended => {
                    let ending = self.ending.get_or_insert_with(Ending::cut).clone();
                    return Poll::Ready(Incoming::Closed(ending));
                }
            }
            self.flush_pong(context);
            match ready!(self.stream().poll_next(context)) {
                Some(Ok(Message::Binary(message))) => {
                    return Poll::Ready(Incoming::Message(message));
                }
                Some(Ok(Message::Text(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Ping(_))) => {
                    self.pong_waits = true;
                    self.flush_pong(context);
                    return Poll::Ready(Incoming::Ping);
                }
                Some(Ok(Message::Pong(_))) => return Poll::Ready(Incoming::Pong),
                Some(Ok(Message::Close(close))) => {
                    let close = close.map(Close::from);
                    match &mut self.ending {
                        Some(ending) => ending.answered(close),
                        None => self.ending = Some(Ending::closed(Party::Peer, close)),
                    }
                    self.end(false);
                }
                Some(Err(error)) => self.fail(&error),
                None => self.state = State::Ended,
            }
        }
    }

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.pong_waits {
            ready!(self.poll_flush(context))?;
        }
        self.stream().poll_ready(context).map_err(to_io)
    }

    fn start_send(&mut self, outgoing: Outgoing) -> io::Result<()> {
        if !matches!(self.state, State::Open) {
            return Err(io::ErrorKind::NotConnected.into());
        }
        let message = match outgoing {
            Outgoing::Message(message) => Message::Binary(message),
            Outgoing::Ping => Message::Ping(Bytes::new()),
            Outgoing::Close(close) => {
                self.ended_by(|| Ending::closed(Party::Local, Some(close.clone())));
                let code = close.code().into();
                let reason = close.reason().into();
                Message::Close(Some(CloseFrame { code, reason }))
            }
        };
        self.stream().start_send(message).map_err(to_io)
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if matches!(self.state, State::Ended) {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        }
        ready!(self.stream().poll_flush(context)).map_err(to_io)?;
        self.pong_waits = false;
        Poll::Ready(Ok(()))
    }
}

/// Returns the code that tells the peer about its violation; `None` if there is none.
fn close_code(error: &Error) -> Option<CloseCode> {
    use tokio_tungstenite::tungstenite::error::ProtocolError::{
        ReceivedAfterClosing, ResetWithoutClosingHandshake, SendAfterClosing,
    };
    match error {
        Error::Protocol(ReceivedAfterClosing | ResetWithoutClosingHandshake | SendAfterClosing) => {
            None
        }
        Error::Protocol(_) => Some(CloseCode::Protocol),
        // The top bit of a length must be 0 (RFC 6455, section 5.2).
        Error::Capacity(CapacityError::MessageTooLong { size, .. })
            if isize::try_from(*size).is_err() =>
        {
            Some(CloseCode::Protocol)
        }
        Error::Capacity(_) => Some(CloseCode::Size),
        Error::Utf8(_) => Some(CloseCode::Invalid),
        _ => None,
    }
}

impl From<CloseFrame> for Close {
    fn from(frame: CloseFrame) -> Self {
        Self::new(frame.code.into(), frame.reason.as_str())
    }
}

/// Returns the violation for which this side closes the connection.
fn fault(error: &Error, frame_limit: usize) -> Cause {
    match error {
        Error::Capacity(CapacityError::MessageTooLong { max_size, .. })
            if close_code(error) == Some(CloseCode::Size) =>
        {
            let is_frame = *max_size == frame_limit;
            let name = if is_frame { "frame_limit" } else { "message_limit" };
            Cause::Limit { name, value: u64::try_from(*max_size).unwrap_or(u64::MAX) }
        }
        Error::Capacity(_) => Cause::Protocol("the top bit of a length is set".to_owned()),
        Error::Utf8(_) => Cause::Protocol("text that is not UTF-8".to_owned()),
        // Its texts contain nothing of a message.
        Error::Protocol(error) => Cause::Protocol(error.to_string()),
        _ => Cause::Protocol("a frame that cannot be read".to_owned()),
    }
}

/// Returns the ending of a connection without a close of the peer.
fn broken(error: &Error) -> Ending {
    match error {
        Error::Io(error) => Ending::broken(error.kind()),
        _ => Ending::cut(),
    }
}

/// Returns the error of a sender. It contains nothing of what was sent.
fn to_io(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        Error::WriteBufferFull(_) | Error::Capacity(_) => {
            io::Error::new(io::ErrorKind::InvalidInput, "the message is longer than the limit")
        }
        _ => io::ErrorKind::NotConnected.into(),
    }
}
