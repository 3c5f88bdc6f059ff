//! Two of the libraries behind the trait of transports. They do what a load needs: how they end is
//! left out.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use alwayson::transport::WebSocket;
use alwayson::transport::{AnyTransport, Ending, Incoming, Io, Limits, Outgoing, Transport};
use bytes::Bytes;
use futures_util::{Sink, Stream};
use tokio_websockets::Message;
use yawc::Frame;
use yawc::frame::OpCode;

use crate::libraries::{self, Library};

/// Returns the library's WebSocket as a transport.
pub(crate) async fn transport(library: Library, stream: impl Io) -> AnyTransport {
    match library {
        Library::Tungstenite => Box::new(WebSocket::server(stream, &Limits::default()).await),
        Library::TokioWebsockets => Box::new(TokioWebsockets(libraries::tokio_websockets(stream))),
        Library::Yawc => Box::new(Yawc(libraries::yawc(stream))),
        Library::Fastwebsockets => unreachable!("it has no transport"),
    }
}

struct TokioWebsockets<S>(tokio_websockets::WebSocketStream<S>);

impl<S: Io> Transport for TokioWebsockets<S> {
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Incoming> {
        loop {
            return Poll::Ready(match ready!(Pin::new(&mut self.0).poll_next(context)) {
                Some(Ok(message)) if message.is_binary() => {
                    Incoming::Message(Bytes::from(message.into_payload()))
                }
                Some(Ok(message)) if message.is_ping() => Incoming::Ping,
                Some(Ok(message)) if message.is_pong() => Incoming::Pong,
                Some(Ok(message)) if message.is_text() => continue,
                _ => Incoming::Closed(Ending::cut()),
            });
        }
    }

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_ready(context).map_err(io::Error::other)
    }

    fn start_send(&mut self, outgoing: Outgoing) -> io::Result<()> {
        let message = match outgoing {
            Outgoing::Message(bytes) => Message::binary(bytes),
            Outgoing::Ping => Message::ping(Bytes::new()),
            Outgoing::Close(_) => Message::close(None, ""),
        };
        Pin::new(&mut self.0).start_send(message).map_err(io::Error::other)
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context).map_err(io::Error::other)
    }
}

struct Yawc<S>(yawc::WebSocket<S>);

impl<S: Io> Transport for Yawc<S> {
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Incoming> {
        loop {
            let Ok(frame) = ready!(self.0.poll_next_frame(context)) else {
                return Poll::Ready(Incoming::Closed(Ending::cut()));
            };
            return Poll::Ready(match frame.opcode() {
                OpCode::Binary => Incoming::Message(frame.into_payload()),
                OpCode::Ping => Incoming::Ping,
                OpCode::Pong => Incoming::Pong,
                OpCode::Close => Incoming::Closed(Ending::cut()),
                OpCode::Text | OpCode::Continuation => continue,
            });
        }
    }

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_ready(context).map_err(io::Error::other)
    }

    fn start_send(&mut self, outgoing: Outgoing) -> io::Result<()> {
        let frame = match outgoing {
            Outgoing::Message(bytes) => Frame::binary(bytes),
            Outgoing::Ping => Frame::ping(Bytes::new()),
            Outgoing::Close(_) => Frame::close(yawc::close::CloseCode::Normal, []),
        };
        Pin::new(&mut self.0).start_send(frame).map_err(io::Error::other)
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context).map_err(io::Error::other)
    }
}
