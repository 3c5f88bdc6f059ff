//! What the driver asks of either machine.

use alwayson_codec::connection::edge::{self, Edge};
use alwayson_codec::connection::platform::{self, Connection};
use alwayson_codec::connection::{BufferTooSmall, Storage, Transmit};

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
    /// Whether the transport can be dropped.
    fn is_over(&self) -> bool;
}

macro_rules! machine {
    ($machine:ident, $ended:path) => {
        impl<S: Storage<Outbox = Vec<u8>>> Machine for $machine<S> {
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

            fn is_over(&self) -> bool {
                self.state() == $ended
            }
        }
    };
}

machine!(Edge, edge::State::Ended);
machine!(Connection, platform::State::Ended);
