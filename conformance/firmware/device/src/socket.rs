//! The WebSocket over any byte stream: ws-framer builds and parses frames in two
//! buffers of ours, and this moves their bytes.
//!
//! Why ws-framer: it does no I/O, allocates nothing, has no panics, puts
//! fragments together, keeps what it has when a read stops at any byte, and lets a
//! message be encoded straight into its frame. It asks the crate getrandom for
//! its masking keys (with none of its features on they would be zero): see
//! `host.rs` for where they come from here. edge-ws leaves fragments, and the
//! handshake, to the caller; embedded-websocket wants each message whole in a
//! second buffer, and was not released for the crates of today.

use alwayson_codec::Message;
use alwayson_codec::connection::Transmit;
use embedded_io::{Read, ReadReady, Write};
use ws_framer::{Header, WsFrame, WsRxError, WsRxFramer, WsTxFramer};

use crate::board;

/// How long the answer to the upgrade may take.
const UPGRADE_TIMEOUT_MS: u64 = 2_000;

/// Why there is no connection, or none any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, defmt::Format)]
pub enum Error {
    /// The byte stream failed.
    Stream,
    /// The platform did not accept the upgrade, or not in time.
    Upgrade,
    /// A message is longer than the buffer.
    TooLong,
}

/// What came.
pub enum Incoming<'s> {
    /// A binary message, whole.
    Binary(&'s [u8]),
    Ping,
    Pong,
    Closed,
    /// Nothing, or what is not meant for a device.
    Nothing,
}

/// A WebSocket that is open, client side.
pub struct Socket<'s, S> {
    stream: &'s mut S,
    received: WsRxFramer<'s>,
    sent: WsTxFramer<'s>,
}

impl<'s, S: Read + ReadReady + Write> Socket<'s, S> {
    /// Opens a WebSocket over a stream, in two buffers, and tells the platform how
    /// long messages may be.
    pub fn open(
        stream: &'s mut S,
        received: &'s mut [u8],
        sent: &'s mut [u8],
        max_frame_size: &[u8],
    ) -> Result<Self, Error> {
        let received = WsRxFramer::new(received);
        let sent = WsTxFramer::new(true, sent);
        let mut socket = Self { stream, received, sent };
        let size = Header { name: "Max-Frame-Size", value: max_frame_size };
        let request = socket.sent.http_upgrade_request("platform", "/Thingworx/WS", &[size]);
        write(socket.stream, request.ok_or(Error::TooLong)?)?;
        let accepted = socket.sent.accept_key();
        let until_ms = board::now_ms() + UPGRADE_TIMEOUT_MS;
        while board::now_ms() < until_ms {
            socket.read()?;
            match socket.received.http_response() {
                Some(Ok(response)) if response.is_websocket_accepted(&accepted) => {
                    return Ok(socket);
                }
                Some(_) => break,
                None => {}
            }
        }
        Err(Error::Upgrade)
    }

    /// Sends what is next, if anything is: a message is encoded straight into its
    /// frame.
    pub fn send(
        &mut self,
        next: impl FnOnce(&mut [u8]) -> Result<Option<Transmit>, Error>,
    ) -> Result<bool, Error> {
        let mut transmit = Ok(None);
        let frame = self.sent.binary_with(|buffer| {
            transmit = next(buffer);
            let Ok(Some(Transmit::Message(len))) = transmit else { return None };
            if let Ok((message, _)) = Message::decode(buffer.get(..len)?) {
                defmt::info!("-> {}", message);
            }
            Some(len)
        });
        let frame = match transmit? {
            None => return Ok(false),
            Some(Transmit::Message(_)) => frame,
            Some(Transmit::Ping) => self.sent.ping(&[]),
            Some(Transmit::Close(code)) => self.sent.close(code.to_u16(), ""),
        };
        write(self.stream, frame.ok_or(Error::TooLong)?)?;
        Ok(true)
    }

    /// What has come, without waiting for it. A ping is answered here.
    pub fn receive(&mut self) -> Result<Incoming<'_>, Error> {
        self.read()?;
        Ok(match self.received.next_frame() {
            Some(Ok(WsFrame::Binary(bytes))) => Incoming::Binary(bytes),
            Some(Ok(WsFrame::Ping(data))) => {
                write(self.stream, self.sent.pong(data).ok_or(Error::TooLong)?)?;
                Incoming::Ping
            }
            Some(Ok(WsFrame::Pong(_))) => Incoming::Pong,
            Some(Ok(WsFrame::Close(..)) | Err(WsRxError::Protocol)) => Incoming::Closed,
            // Text is not part of the protocol; what is too long was skipped.
            Some(Ok(WsFrame::Text(_)) | Err(_)) | None => Incoming::Nothing,
        })
    }

    fn read(&mut self) -> Result<(), Error> {
        let buffer = self.received.read_buf();
        if !buffer.is_empty() && self.stream.read_ready().map_err(|_| Error::Stream)? {
            let len = self.stream.read(buffer).map_err(|_| Error::Stream)?;
            self.received.advance(len);
        }
        Ok(())
    }
}

fn write(stream: &mut impl Write, bytes: &[u8]) -> Result<(), Error> {
    stream.write_all(bytes).and_then(|()| stream.flush()).map_err(|_| Error::Stream)
}
