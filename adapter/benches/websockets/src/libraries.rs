//! The libraries, as servers that echo messages.

use std::fmt;
use std::future::poll_fn;

use alwayson::transport::Io;
use fastwebsockets::{FragmentCollector, OpCode};
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

/// The longest message, and the longest frame where a library has a limit of it, in bytes: those of
/// the adapter.
pub(crate) const MESSAGE: usize = 1 << 20;
pub(crate) const FRAME: usize = 128 << 10;
/// The sizes of buffers, in bytes, where a library lets them be set: those of the adapter.
const BUFFER: usize = 4 << 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Library {
    Tungstenite,
    TokioWebsockets,
    Fastwebsockets,
    Yawc,
}

impl fmt::Display for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tungstenite => "tokio-tungstenite",
            Self::TokioWebsockets => "tokio-websockets",
            Self::Fastwebsockets => "fastwebsockets",
            Self::Yawc => "yawc",
        })
    }
}

pub(crate) fn tungstenite_config() -> WebSocketConfig {
    WebSocketConfig::default()
        .max_message_size(Some(MESSAGE))
        .max_frame_size(Some(FRAME))
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
}

pub(crate) fn tokio_websockets<S: Io>(stream: S) -> tokio_websockets::WebSocketStream<S> {
    let limits = tokio_websockets::Limits::default().max_payload_len(Some(MESSAGE));
    tokio_websockets::ServerBuilder::new().limits(limits).serve(stream)
}

pub(crate) fn yawc<S: Io>(stream: S) -> yawc::WebSocket<S> {
    let options = yawc::Options::default()
        .with_limits(MESSAGE + 1, MESSAGE + 1)
        .with_utf8()
        .with_read_buffer_capacity(BUFFER)
        .with_write_buffer_capacity(BUFFER)
        .with_backpressure_boundary(BUFFER);
    yawc::WebSocket::from_stream_with_extensions(stream, yawc::Role::Server, None, options)
        .expect("options")
}

impl Library {
    pub(crate) const ALL: [Self; 4] =
        [Self::Tungstenite, Self::TokioWebsockets, Self::Fastwebsockets, Self::Yawc];

    /// Returns whether it can be behind the trait of transports. The read of fastwebsockets is an
    /// `async fn` that loses a part of a frame if it is dropped, and borrows the WebSocket, so
    /// nothing can be sent while it waits.
    pub(crate) fn has_transport(self) -> bool {
        self != Self::Fastwebsockets
    }

    /// Echoes messages until the end of the connection, as the library's own examples do.
    pub(crate) async fn echo(self, stream: impl Io) {
        match self {
            Self::Tungstenite => {
                let config = Some(tungstenite_config());
                let mut socket =
                    WebSocketStream::from_raw_socket(stream, Role::Server, config).await;
                while let Some(Ok(message)) = socket.next().await {
                    let is_data = message.is_binary() || message.is_text();
                    if is_data && socket.send(message).await.is_err() {
                        break;
                    }
                }
                let _ = socket.close(None).await;
            }
            Self::TokioWebsockets => {
                let mut socket = tokio_websockets(stream);
                while let Some(Ok(message)) = socket.next().await {
                    let is_data = message.is_binary() || message.is_text();
                    if is_data && socket.send(message).await.is_err() {
                        break;
                    }
                }
                let _ = socket.close().await;
            }
            Self::Fastwebsockets => {
                let role = fastwebsockets::Role::Server;
                let mut socket = fastwebsockets::WebSocket::after_handshake(stream, role);
                socket.set_max_message_size(MESSAGE + 1);
                let mut socket = FragmentCollector::new(socket);
                while let Ok(frame) = socket.read_frame().await {
                    match frame.opcode {
                        OpCode::Close => break,
                        OpCode::Text | OpCode::Binary => {
                            if socket.write_frame(frame).await.is_err() {
                                break;
                            }
                        }
                        _ => {}
                    }
                }
            }
            Self::Yawc => {
                let mut socket = yawc(stream);
                while let Ok(frame) = poll_fn(|context| socket.poll_next_frame(context)).await {
                    match frame.opcode() {
                        yawc::frame::OpCode::Text | yawc::frame::OpCode::Binary => {
                            if socket.send(frame).await.is_err() {
                                break;
                            }
                        }
                        yawc::frame::OpCode::Close => break,
                        _ => {}
                    }
                }
                let _ = socket.close().await;
            }
        }
    }
}
