//! The connections of a script.

use super::Delivery;
use crate::chunks::Chunks;
use crate::sessions::ids::KnownIds;
use crate::suite::net::{Frame, Socket};
use tungstenite::protocol::frame::coding::{Data, OpCode};

/// One connection.
pub(super) struct Line {
    pub(super) socket: Option<Socket>,
    pub(super) ids: KnownIds,
    /// How often it was opened anew.
    pub(super) opened: usize,
    /// Whether the edge is authenticated, or has bound a name: from then on the tested program
    /// may send requests of its own.
    pub(super) may_ask: bool,
    /// Whether one of the sides has closed.
    pub(super) is_over: bool,
    /// Pings of ours that have no pong yet.
    pub(super) pongs_due: usize,
    /// Requests that the application of the tested program answers by itself, and whether they
    /// came in chunks.
    pub(super) handed: Vec<(u32, bool)>,
    /// Chunks of answers of which the kind is compared.
    pub(super) chunks: Option<Chunks>,
}

impl Line {
    pub(super) fn new(grants: bool) -> Self {
        Self {
            socket: None,
            ids: KnownIds::new(grants),
            opened: 0,
            may_ask: false,
            is_over: false,
            pongs_due: 0,
            handed: Vec::new(),
            chunks: None,
        }
    }

    /// Sends a message. A connection that has ended takes nothing, which is no fault of the
    /// script: what follows the end is sent to show that it is not heard.
    pub(super) async fn send(&mut self, bytes: &[u8], delivery: Delivery) {
        let Some(socket) = self.socket.as_mut() else { return };
        let sent = match delivery {
            Delivery::Whole => socket.send(&Frame::binary(bytes)).await,
            Delivery::Slowly => socket.send_slowly(&Frame::binary(bytes)).await,
            Delivery::Fragments => {
                let mut result = Ok(());
                for fragment in fragments(bytes) {
                    result = result.and(socket.send(&fragment).await);
                }
                result
            }
            Delivery::FragmentsAndPings => {
                let mut result = Ok(());
                for fragment in fragments(bytes) {
                    result = result.and(socket.send(&fragment).await);
                    if !fragment.fin {
                        self.pongs_due += 1;
                        result = result.and(socket.send(&Frame::ping(b"between")).await);
                    }
                }
                result
            }
            Delivery::BehindText => {
                let text = Frame::text("not of this protocol");
                socket.send_together(&[text, Frame::binary(bytes)]).await
            }
            Delivery::WithPing => {
                self.pongs_due += 1;
                socket.send_together(&[Frame::ping(b"before"), Frame::binary(bytes)]).await
            }
        };
        if sent.is_err() {
            self.socket = None;
        }
    }

    /// Sends a frame that is no message.
    pub(super) async fn send_frame(&mut self, frame: &Frame) {
        if let Some(socket) = self.socket.as_mut() {
            if socket.send(frame).await.is_err() {
                self.socket = None;
            }
        }
    }

    /// Sends bytes that are no frame of a message, which the exchange shows in these words.
    pub(super) async fn send_raw(&mut self, bytes: &[u8], what: &str) {
        if let Some(socket) = self.socket.as_mut() {
            if socket.send_raw(bytes, what).await.is_err() {
                self.socket = None;
            }
        }
    }

    /// Ends the connection.
    pub(super) async fn shut(&mut self) {
        self.is_over = true;
        if let Some(mut socket) = self.socket.take() {
            socket.shut().await;
        }
    }
}

/// Returns a message in four fragments, of which the last is empty.
fn fragments(bytes: &[u8]) -> Vec<Frame> {
    let (first, rest) = bytes.split_at(bytes.len().min(1));
    let (second, third) = rest.split_at(rest.len() / 2);
    let parts = [first, second, third, &[]];
    let fragment = |(index, part): (usize, &[u8])| Frame {
        fin: index == 3,
        rsv1: false,
        opcode: OpCode::Data(if index == 0 { Data::Binary } else { Data::Continue }),
        payload: part.to_vec(),
    };
    parts.into_iter().enumerate().map(fragment).collect()
}
