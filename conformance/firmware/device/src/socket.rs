//! A WebSocket over any byte stream: ws-framer builds and parses frames in two
//! buffers of the caller, and this module moves their bytes.
//!
//! Reasons for ws-framer: it does no I/O, does not allocate or panic, joins
//! fragments, keeps its state when a read stops at any byte, and allows a message
//! to be encoded directly into its frame. It gets its masking keys from the crate
//! getrandom (if ws-framer's feature for this is off, they are zero); `host.rs` has
//! the source of randomness. edge-ws leaves fragments and the handshake to the caller.
//! embedded-websocket needs each complete message in a second buffer, and has no
//! release that works with current versions of the other crates.

use alwayson_codec::Message;
use alwayson_codec::connection::Transmit;
use embedded_io::{Read, ReadReady, Write};
use ws_framer::{Header, WsFrame, WsRxError, WsRxFramer, WsTxFramer};

use crate::board;

/// The timeout of the response to the upgrade.
const UPGRADE_TIMEOUT_MS: u64 = 2_000;

/// The reason why there is no connection, or why it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, defmt::Format)]
pub enum Error {
    /// The byte stream failed.
    Stream,
    /// The platform did not accept the upgrade within the timeout.
    Upgrade,
    /// A message is longer than the buffer.
    TooLong,
}

/// Received data or an event of the WebSocket.
pub enum Incoming<'s> {
    /// A complete binary message.
    Binary(&'s [u8]),
    Ping,
    Pong,
    Closed,
    /// Nothing, or something that is not part of the protocol.
    Nothing,
}

/// The client side of an open WebSocket.
pub struct Socket<'s, S> {
    stream: &'s mut S,
    received: WsRxFramer<'s>,
    sent: WsTxFramer<'s>,
}

impl<'s, S: Read + ReadReady + Write> Socket<'s, S> {
    /// Opens a WebSocket over a stream with two buffers, and tells the platform the
    /// length of the longest frame that this side accepts.
    ///
    /// # Errors
    /// - [`Error::Stream`] if reading or writing fails.
    /// - [`Error::Upgrade`] if the platform does not accept the upgrade in time.
    /// - [`Error::TooLong`] if the upgrade request does not fit into `sent`.
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

    /// Sends the next message, ping or close, and returns whether there was one. A
    /// message is encoded directly into its frame.
    ///
    /// # Errors
    /// - The error of `next`.
    /// - [`Error::Stream`] if writing fails.
    /// - [`Error::TooLong`] if the frame does not fit into the buffer.
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

    /// Returns received data without waiting for it. A ping is answered here.
    ///
    /// # Errors
    /// - [`Error::Stream`] if reading or writing fails.
    /// - [`Error::TooLong`] if the pong does not fit into the buffer.
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
            // Text is not part of the protocol; ws-framer has skipped messages that are too long.
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
