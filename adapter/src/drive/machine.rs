//! What the driver asks of either machine.

use alwayson_codec::connection::edge;
use alwayson_codec::connection::platform;
use alwayson_codec::connection::{
    BufferTooSmall, CallError, Counters, InboundId, RequestId, Storage, Transmit,
};
use alwayson_codec::{self as codec};

use super::end::{self, LocalEnd};
use crate::message::{Request, Response};
use crate::value::Value;

/// Either side of a connection: the calls that both machines have.
pub(crate) trait Machine {
    fn poll_transmit(
        &mut self,
        buffer: &mut [u8],
        now_ms: u64,
    ) -> Result<Option<Transmit>, BufferTooSmall>;
    fn poll_timeout(&self) -> Option<u64>;
    fn handle_ping(&mut self, now_ms: u64);
    fn handle_pong(&mut self, now_ms: u64);
    fn handle_closed(&mut self, now_ms: u64);
    fn handle_timeout(&mut self, now_ms: u64);
    fn replace_outbox(&mut self, memory: Vec<u8>) -> Result<Vec<u8>, Vec<u8>>;
    /// What is to be handed in next of these bytes.
    fn rest<'a>(&self, bytes: &'a [u8]) -> &'a [u8];
    /// What it has counted.
    fn counters(&self) -> Counters;
    /// Sends a request to an entity under this name.
    fn ask(&mut self, request: &Request, name: &str, now_ms: u64) -> Result<RequestId, CallError>;
    /// Answers a request.
    fn answer(&mut self, inbound: InboundId, response: &Response) -> Result<(), CallError>;
    /// Whether the transport can be dropped.
    fn is_over(&self) -> bool;
    /// Why the machine has ended the connection, where it was not the transport that
    /// ended.
    fn local_end(&self) -> Option<LocalEnd>;
}

macro_rules! machine {
    ($side:ident, $local_end:path) => {
        impl<S: Storage<Outbox = Vec<u8>>> Machine for $side::Connection<S> {
            fn poll_transmit(
                &mut self,
                buffer: &mut [u8],
                now_ms: u64,
            ) -> Result<Option<Transmit>, BufferTooSmall> {
                self.poll_transmit(buffer, now_ms)
            }

            fn poll_timeout(&self) -> Option<u64> {
                self.poll_timeout()
            }

            fn handle_ping(&mut self, now_ms: u64) {
                self.handle_ping(now_ms);
            }

            fn handle_pong(&mut self, now_ms: u64) {
                self.handle_pong(now_ms);
            }

            fn handle_closed(&mut self, now_ms: u64) {
                self.handle_closed(now_ms);
            }

            fn handle_timeout(&mut self, now_ms: u64) {
                self.handle_timeout(now_ms);
            }

            fn replace_outbox(&mut self, memory: Vec<u8>) -> Result<Vec<u8>, Vec<u8>> {
                self.replace_outbox(memory)
            }

            fn rest<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
                self.rest(bytes)
            }

            fn counters(&self) -> Counters {
                self.counters()
            }

            fn ask(
                &mut self,
                request: &Request,
                name: &str,
                now_ms: u64,
            ) -> Result<RequestId, CallError> {
                request
                    .with_view(name, |view| match &request.params {
                        None => self.request(&view, now_ms),
                        Some(params) => self.request_with_table(
                            &view,
                            |shape| params.shape(shape),
                            |rows| params.rows_to(rows),
                            now_ms,
                        ),
                    })
                    .map_err(CallError::Encode)?
            }

            fn answer(&mut self, inbound: InboundId, response: &Response) -> Result<(), CallError> {
                let reason = response.reason.as_deref().map(Into::into);
                let view = codec::Response { reason, ..codec::Response::new(response.status) };
                match &response.content {
                    Value::InfoTable(table) => self.respond_with_table(
                        inbound,
                        &view,
                        |shape| table.shape(shape),
                        |rows| table.rows_to(rows),
                    ),
                    content => content
                        .with_view(|content| {
                            self.respond(inbound, &codec::Response { content, ..view })
                        })
                        .map_err(CallError::Encode)?,
                }
            }

            fn is_over(&self) -> bool {
                self.state() == $side::State::Ended
            }

            fn local_end(&self) -> Option<LocalEnd> {
                self.end().and_then(|end| $local_end(end, self.settings()))
            }
        }
    };
}

machine!(edge, end::of_edge);
machine!(platform, end::of_platform);
