//! The calls that both sides of a connection have.

use super::counters::Counters;
use super::error::{BufferTooSmall, CallError};
use super::inbound::InboundId;
use super::pending::RequestId;
use super::transmit::Transmit;
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::table_writer::{RowsWriter, ShapeWriter};
use crate::wire::value::Value;

/// Either side of a connection: an [`edge::Connection`] or a [`platform::Connection`].
///
/// A driver that is written over this trait serves both. It is not needed to call a
/// machine of a known side: each has all of these calls itself, and their
/// documentation. What the sides do not share, such as `handle_received`, whose result
/// is that of a side, and `poll_event`, is not in it.
///
/// ```
/// use alwayson_codec::connection::{BufferTooSmall, Machine, Transmit};
///
/// /// Sends all that a machine has to send; returns whether a close was among it.
/// fn flush(
///     machine: &mut impl Machine,
///     mut send: impl FnMut(&[u8]),
///     now_ms: u64,
/// ) -> Result<bool, BufferTooSmall> {
///     let mut buffer = [0; 8192];
///     while let Some(transmit) = machine.poll_transmit(&mut buffer, now_ms)? {
///         match transmit {
///             Transmit::Message(len) => send(&buffer[..len]),
///             Transmit::Ping => { /* that of the WebSocket */ }
///             Transmit::Close(_) => return Ok(true),
///         }
///     }
///     Ok(false)
/// }
/// ```
///
/// [`edge::Connection`]: super::edge::Connection
/// [`platform::Connection`]: super::platform::Connection
#[expect(clippy::missing_errors_doc, reason = "the calls of each side have them")]
pub trait Machine {
    /// The memory for messages that wait to be sent.
    type Outbox;

    /// Writes what is to be sent next into the buffer.
    fn poll_transmit(
        &mut self,
        buffer: &mut [u8],
        now_ms: u64,
    ) -> Result<Option<Transmit>, BufferTooSmall>;

    /// Returns when [`handle_timeout`](Self::handle_timeout) is due, in milliseconds.
    fn poll_timeout(&self) -> Option<u64>;

    /// Takes note of a ping of the peer.
    fn handle_ping(&mut self, now_ms: u64);

    /// Takes note of a pong of the peer.
    fn handle_pong(&mut self, now_ms: u64);

    /// Takes note that the WebSocket is closed, or lost.
    fn handle_closed(&mut self, now_ms: u64);

    /// Does what is due at this time.
    fn handle_timeout(&mut self, now_ms: u64);

    /// Returns the messages that follow the one that was taken last, in the bytes in which
    /// it came.
    fn rest<'a>(&self, bytes: &'a [u8]) -> &'a [u8];

    /// Sends a request.
    fn request(&mut self, request: &Request<'_>, now_ms: u64) -> Result<RequestId, CallError>;

    /// Sends a request with parameters that are written on the spot.
    fn request_with_table(
        &mut self,
        request: &Request<'_>,
        shape: impl FnOnce(&mut ShapeWriter<'_, '_>),
        rows: impl FnOnce(&mut RowsWriter<'_, '_>),
        now_ms: u64,
    ) -> Result<RequestId, CallError>;

    /// Sends the request to write a property of a Thing.
    fn write_property(
        &mut self,
        thing: &str,
        property: &str,
        value: &Value<'_>,
        now_ms: u64,
    ) -> Result<RequestId, CallError>;

    /// Answers a request that was handed out.
    fn respond(&mut self, inbound: InboundId, response: &Response<'_>) -> Result<(), CallError>;

    /// Answers a request with one value.
    fn respond_value(
        &mut self,
        inbound: InboundId,
        name: &str,
        value: &Value<'_>,
    ) -> Result<(), CallError>;

    /// Answers a request with a table that is written on the spot.
    fn respond_with_table(
        &mut self,
        inbound: InboundId,
        response: &Response<'_>,
        shape: impl FnOnce(&mut ShapeWriter<'_, '_>),
        rows: impl FnOnce(&mut RowsWriter<'_, '_>),
    ) -> Result<(), CallError>;

    /// Returns the requests to the peer that have not ended.
    fn requests(&self) -> impl Iterator<Item = RequestId>;

    /// Returns the requests of the peer that were not answered.
    fn unanswered(&self) -> impl Iterator<Item = InboundId>;

    /// Moves what waits to be sent into other memory, and returns the memory of before.
    fn replace_outbox(&mut self, memory: Self::Outbox) -> Result<Self::Outbox, Self::Outbox>;

    /// Returns what was counted since the machine was made.
    fn counters(&self) -> Counters;

    /// Returns whether the connection has ended and its transport can be dropped.
    fn is_ended(&self) -> bool;
}
