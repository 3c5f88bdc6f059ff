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
/// A driver that uses this trait works with both sides. To call a machine of a known side
/// you do not need it: each type has all of these methods itself, with their
/// documentation. `handle_received` and `poll_event` are not part of the trait, because
/// each side has its own result types.
///
/// ```
/// use alwayson_codec::connection::{BufferTooSmall, Machine, Transmit};
///
/// /// Sends everything that a machine has to send. Returns whether it closed.
/// fn flush(
///     machine: &mut impl Machine,
///     mut send: impl FnMut(&[u8]),
///     now_ms: u64,
/// ) -> Result<bool, BufferTooSmall> {
///     let mut buffer = [0; 8192];
///     while let Some(transmit) = machine.poll_transmit(&mut buffer, now_ms)? {
///         match transmit {
///             Transmit::Message(len) => send(&buffer[..len]),
///             Transmit::Ping => { /* send a ping over the WebSocket */ }
///             Transmit::Close(_) => return Ok(true),
///         }
///     }
///     Ok(false)
/// }
/// ```
///
/// [`edge::Connection`]: super::edge::Connection
/// [`platform::Connection`]: super::platform::Connection
#[expect(clippy::missing_errors_doc, reason = "the methods of each side have them")]
pub trait Machine {
    /// The memory of the outbox.
    type Outbox;

    /// Writes the next message to send into the buffer.
    fn poll_transmit(
        &mut self,
        buffer: &mut [u8],
        now_ms: u64,
    ) -> Result<Option<Transmit>, BufferTooSmall>;

    /// Returns when [`handle_timeout`](Self::handle_timeout) is due, in milliseconds.
    fn poll_timeout(&self) -> Option<u64>;

    /// Handles a ping of the peer.
    fn handle_ping(&mut self, now_ms: u64);

    /// Handles a pong of the peer.
    fn handle_pong(&mut self, now_ms: u64);

    /// Handles the end of the WebSocket, closed or lost.
    fn handle_closed(&mut self, now_ms: u64);

    /// Handles everything that is due at this time.
    fn handle_timeout(&mut self, now_ms: u64);

    /// Returns the bytes that follow the message that was handled last.
    fn rest<'a>(&self, bytes: &'a [u8]) -> &'a [u8];

    /// Queues a request.
    fn request(&mut self, request: &Request<'_>, now_ms: u64) -> Result<RequestId, CallError>;

    /// Queues a request whose parameters are written by closures.
    fn request_with_table(
        &mut self,
        request: &Request<'_>,
        shape: impl FnOnce(&mut ShapeWriter<'_, '_>),
        rows: impl FnOnce(&mut RowsWriter<'_, '_>),
        now_ms: u64,
    ) -> Result<RequestId, CallError>;

    /// Queues a request that writes a property of a Thing.
    fn write_property(
        &mut self,
        thing: &str,
        property: &str,
        value: &Value<'_>,
        now_ms: u64,
    ) -> Result<RequestId, CallError>;

    /// Queues the response to a request of the peer.
    fn respond(&mut self, inbound: InboundId, response: &Response<'_>) -> Result<(), CallError>;

    /// Queues a response that carries one value.
    fn respond_value(
        &mut self,
        inbound: InboundId,
        name: &str,
        value: &Value<'_>,
    ) -> Result<(), CallError>;

    /// Queues a response whose table is written by closures.
    fn respond_with_table(
        &mut self,
        inbound: InboundId,
        response: &Response<'_>,
        shape: impl FnOnce(&mut ShapeWriter<'_, '_>),
        rows: impl FnOnce(&mut RowsWriter<'_, '_>),
    ) -> Result<(), CallError>;

    /// Returns the requests to the peer that have not ended.
    fn requests(&self) -> impl Iterator<Item = RequestId>;

    /// Returns the requests of the peer that are not answered yet.
    fn unanswered(&self) -> impl Iterator<Item = InboundId>;

    /// Replaces the memory of the outbox and returns the old one.
    fn replace_outbox(&mut self, memory: Self::Outbox) -> Result<Self::Outbox, Self::Outbox>;

    /// Returns what was counted since the machine was made.
    fn counters(&self) -> Counters;

    /// Returns whether the connection has ended and its transport can be dropped.
    fn is_ended(&self) -> bool;
}
