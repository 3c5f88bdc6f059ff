//! A WebSocket of which every frame is seen, and that can send any frame.

use std::io::{self, Cursor};

use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use super::Stream;
use crate::capture::Side;
use crate::suite::exchange::{Exchange, Who};
use crate::watch;

/// The longest frame that is read: the longest message of the protocol, section 5.
const LONGEST: u64 = 64 * 1024 * 1024;

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) fin: bool,
    pub(crate) rsv1: bool,
    pub(crate) opcode: OpCode,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    pub(crate) fn new(opcode: OpCode, payload: impl Into<Vec<u8>>) -> Self {
        Self { fin: true, rsv1: false, opcode, payload: payload.into() }
    }

    pub(crate) fn binary(payload: impl Into<Vec<u8>>) -> Self {
        Self::new(OpCode::Data(Data::Binary), payload)
    }

    pub(crate) fn text(payload: &str) -> Self {
        Self::new(OpCode::Data(Data::Text), payload)
    }

    pub(crate) fn ping(payload: &[u8]) -> Self {
        Self::new(OpCode::Control(Control::Ping), payload)
    }

    pub(crate) fn pong(payload: &[u8]) -> Self {
        Self::new(OpCode::Control(Control::Pong), payload)
    }

    pub(crate) fn close(code: Option<u16>) -> Self {
        let payload = code.map_or_else(Vec::new, |code| code.to_be_bytes().to_vec());
        Self::new(OpCode::Control(Control::Close), payload)
    }

    /// Returns the code of a close.
    pub(crate) fn close_code(&self) -> Option<u16> {
        self.payload.first_chunk().map(|code| u16::from_be_bytes(*code))
    }
}

/// What happened on a connection.
#[derive(Debug)]
pub(crate) enum What {
    /// A whole binary message, and in how many frames it came.
    Message(Vec<u8>, usize),
    Text,
    Ping,
    Pong,
    Close(Option<u16>),
    /// The connection ended without a close.
    Lost,
    /// The peer broke a rule of WebSockets.
    Broken(String),
    /// A connection was accepted.
    Arrived(super::Arrival),
    /// The tested program wrote a line.
    Line(String),
    /// The tested program ended, with this exit code.
    Exited(Option<i32>),
}

/// What is added to the number of a connection each time that it is opened anew, so that what
/// comes late from an old one is not taken for something of the new one.
pub(crate) const ANEW: usize = 100;

/// Something that happened, and on which connection.
#[derive(Debug)]
pub(crate) struct Happening {
    pub(crate) connection: usize,
    pub(crate) what: What,
}

/// Where happenings of all connections and of the tested program arrive, in order.
pub(crate) type Inbox = mpsc::UnboundedReceiver<Happening>;

/// The sender of an [`Inbox`].
pub(crate) type Outbox = mpsc::UnboundedSender<Happening>;

/// The writing half of a WebSocket. What is read goes to an [`Inbox`].
pub(crate) struct Socket {
    write: WriteHalf<Box<dyn Stream>>,
    who: Who,
    connection: usize,
    exchange: Exchange,
}

impl Socket {
    /// Takes a stream whose upgrade is done, with the bytes that were read after it.
    pub(crate) fn new(
        stream: Box<dyn Stream>,
        rest: Vec<u8>,
        who: Who,
        connection: usize,
        exchange: Exchange,
        inbox: Outbox,
    ) -> Self {
        let (read, write) = tokio::io::split(stream);
        let reader = Reader {
            read,
            buffer: rest,
            begun: None,
            peer: if who == Who::Edge { Who::Platform } else { Who::Edge },
            connection,
            exchange: exchange.clone(),
            inbox,
        };
        tokio::spawn(reader.run());
        Self { write, who, connection, exchange }
    }

    /// Sends a frame.
    pub(crate) async fn send(&mut self, frame: &Frame) -> io::Result<()> {
        self.exchange.frame(self.connection, self.who, frame);
        let bytes = frame.to_bytes(self.who == Who::Edge)?;
        self.write.write_all(&bytes).await?;
        self.write.flush().await
    }

    /// Sends a frame byte by byte.
    pub(crate) async fn send_slowly(&mut self, frame: &Frame) -> io::Result<()> {
        self.exchange.frame(self.connection, self.who, frame);
        for byte in frame.to_bytes(self.who == Who::Edge)? {
            self.write.write_all(&[byte]).await?;
            self.write.flush().await?;
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Sends several frames at once, in one write.
    pub(crate) async fn send_together(&mut self, frames: &[Frame]) -> io::Result<()> {
        let mut bytes = Vec::new();
        for frame in frames {
            self.exchange.frame(self.connection, self.who, frame);
            bytes.extend(frame.to_bytes(self.who == Who::Edge)?);
        }
        self.write.write_all(&bytes).await?;
        self.write.flush().await
    }

    /// Sends bytes as they are.
    pub(crate) async fn send_raw(&mut self, bytes: &[u8], what: &str) -> io::Result<()> {
        self.exchange.note(self.connection, format!("{} bytes: {what}", bytes.len()));
        self.write.write_all(bytes).await?;
        self.write.flush().await
    }

    /// Closes the TCP connection.
    pub(crate) async fn shut(&mut self) {
        // The peer may have gone already.
        let _ = self.write.shutdown().await;
    }
}

/// Returns the header and the payload of the first frame, unmasked, and how many bytes both
/// have; `None` if it is not whole.
fn first(bytes: &[u8]) -> Result<Option<(FrameHeader, Vec<u8>, usize)>, String> {
    let mut cursor = Cursor::new(bytes);
    let parsed = FrameHeader::parse(&mut cursor).map_err(|error| error.to_string())?;
    let Some((header, len)) = parsed else { return Ok(None) };
    if len > LONGEST {
        return Err(format!("a frame of {len} bytes"));
    }
    let start = usize::try_from(cursor.position()).unwrap_or(usize::MAX);
    let end = usize::try_from(len).ok().and_then(|len| start.checked_add(len));
    let Some((end, payload)) = end.and_then(|end| Some((end, bytes.get(start..end)?))) else {
        return Ok(None);
    };
    let mask = header.mask.unwrap_or_default();
    let unmasked = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask);
    let payload = unmasked.collect();
    Ok(Some((header, payload, end)))
}

/// Returns the payload of the first frame, once it is whole.
pub(super) fn first_payload(bytes: &[u8]) -> Result<Option<Vec<u8>>, String> {
    Ok(first(bytes)?.map(|(_, payload, _)| payload))
}

struct Reader {
    read: ReadHalf<Box<dyn Stream>>,
    buffer: Vec<u8>,
    /// The fragments of a message so far.
    begun: Option<(OpCode, Vec<u8>, usize)>,
    peer: Who,
    connection: usize,
    exchange: Exchange,
    inbox: Outbox,
}

impl Reader {
    async fn run(mut self) {
        loop {
            let what = match self.frame().await {
                Ok(Some(frame)) => {
                    self.exchange.frame(self.connection, self.peer, &frame);
                    match self.take(frame) {
                        Some(what) => what,
                        None => continue,
                    }
                }
                Ok(None) => What::Lost,
                Err(text) => What::Broken(text),
            };
            let is_last = matches!(what, What::Lost | What::Broken(_));
            if is_last {
                self.exchange.note(self.connection, "the connection ended");
            }
            let happening = Happening { connection: self.connection, what };
            if self.inbox.send(happening).is_err() || is_last {
                return;
            }
        }
    }

    /// Returns the next frame, `None` at the end.
    async fn frame(&mut self) -> Result<Option<Frame>, String> {
        loop {
            if let Some(frame) = self.parse()? {
                return Ok(Some(frame));
            }
            match self.read.read_buf(&mut self.buffer).await {
                Ok(0) | Err(_) => return Ok(None),
                Ok(_) => {}
            }
        }
    }

    fn parse(&mut self) -> Result<Option<Frame>, String> {
        let Some((header, payload, used)) = first(&self.buffer)? else { return Ok(None) };
        let from = match self.peer {
            Who::Edge => Side::Edge,
            Who::Platform => Side::Platform,
        };
        let len = payload.len() as u64;
        if let Some(rule) = watch::faults(&header, len, from, false).next() {
            return Err(rule.about.to_owned());
        }
        self.buffer.drain(..used);
        Ok(Some(Frame { fin: header.is_final, rsv1: false, opcode: header.opcode, payload }))
    }

    /// Puts fragments together; returns what is complete.
    fn take(&mut self, frame: Frame) -> Option<What> {
        match frame.opcode {
            OpCode::Control(Control::Ping) => Some(What::Ping),
            OpCode::Control(Control::Pong) => Some(What::Pong),
            OpCode::Control(_) => Some(What::Close(frame.close_code())),
            OpCode::Data(Data::Continue) => {
                let Some((opcode, mut begun, frames)) = self.begun.take() else {
                    return Some(What::Broken("a continuation without a beginning".to_owned()));
                };
                begun.extend(frame.payload);
                self.whole(frame.fin, opcode, begun, frames + 1)
            }
            OpCode::Data(_) if self.begun.is_some() => {
                Some(What::Broken("a message begins within another".to_owned()))
            }
            opcode @ OpCode::Data(_) => self.whole(frame.fin, opcode, frame.payload, 1),
        }
    }

    fn whole(
        &mut self,
        fin: bool,
        opcode: OpCode,
        payload: Vec<u8>,
        frames: usize,
    ) -> Option<What> {
        if !fin {
            self.begun = Some((opcode, payload, frames));
            return None;
        }
        Some(match opcode {
            OpCode::Data(Data::Binary) => What::Message(payload, frames),
            _ => What::Text,
        })
    }
}
