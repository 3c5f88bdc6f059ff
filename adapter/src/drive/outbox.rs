//! Passes messages to the machine, whose outbox grows and shrinks with them.

use alwayson_codec::EncodeError;
use alwayson_codec::connection::{CallError, InboundId, RequestId};

use super::room::{OUTBOX_BUSY, OUTBOX_BUSY_MS, OUTBOX_IDLE};
use super::{Clock, Driver, Machine};
use crate::message::{Request, Response, request_len, response_len};

/// The length of the messages that are gathered before they are sent, in bytes: they fit into an
/// outbox that stays as long as it is.
const BATCH_LEN: usize = OUTBOX_BUSY / 2;

impl<M: Machine> Driver<M> {
    /// Calls the machine to send something. If the outbox is too short, it grows, up to its limit,
    /// and the call is repeated.
    ///
    /// # Errors
    /// Those of `call`.
    pub(crate) fn call<R>(
        &mut self,
        mut call: impl FnMut(&mut M, Clock) -> Result<R, CallError>,
    ) -> Result<R, CallError> {
        loop {
            let result = call(&mut self.machine, self.clock);
            let needs_room =
                matches!(result, Err(CallError::OutboxFull | CallError::MessageTooLong));
            if !needs_room || self.outbox_len >= self.outbox_limit {
                return result;
            }
            let len = (4 * self.outbox_len).clamp(OUTBOX_IDLE, self.outbox_limit);
            // The new outbox is longer, so everything that waits fits, and this cannot fail.
            drop(self.machine.replace_outbox(vec![0; len]));
            self.outbox_len = len;
            self.outbox_grown_ms = self.clock.now_ms();
        }
    }

    /// Sends a request to an entity of this name.
    ///
    /// # Errors
    /// [`CallError::MessageTooLong`] if it exceeds the message limit, and those of the machine.
    pub(crate) fn ask(&mut self, request: &Request, name: &str) -> Result<RequestId, CallError> {
        self.check_len(request_len(request, name))?;
        self.call(|machine, clock| machine.ask(request, name, clock.now_ms()))
    }

    /// Answers a request.
    ///
    /// # Errors
    /// [`CallError::MessageTooLong`] if the answer exceeds the message limit, and those of the
    /// machine.
    pub(crate) fn answer(
        &mut self,
        inbound: InboundId,
        response: &Response,
    ) -> Result<(), CallError> {
        self.check_len(response_len(response))?;
        self.call(|machine, _| machine.answer(inbound, response))
    }

    /// Checks the length of a message, and counts it among what is gathered.
    fn check_len(&mut self, len: Result<usize, EncodeError>) -> Result<(), CallError> {
        let len = len.map_err(CallError::Encode)?;
        if len > self.joiner.limit().bytes() {
            return Err(CallError::MessageTooLong);
        }
        self.gathered_len = self.gathered_len.saturating_add(len);
        Ok(())
    }

    /// Returns whether enough waits in the outbox to send it before anything else is put there: more
    /// would only make it grow.
    pub(crate) fn has_batch(&self) -> bool {
        self.gathered_len >= BATCH_LEN
    }

    /// Notes that nothing waits in the outbox. It shrinks, if it is time to.
    pub(super) fn emptied(&mut self, now_ms: u64) {
        self.gathered_len = 0;
        self.shrink(now_ms);
    }

    /// Returns when an outbox in which nothing waits shrinks, in milliseconds; `None` if it has the
    /// least length.
    pub(super) fn shrinks_at(&self) -> Option<u64> {
        if self.outbox_len <= OUTBOX_IDLE {
            return None;
        }
        let is_short = self.outbox_len <= OUTBOX_BUSY;
        let wait_ms = if is_short { OUTBOX_BUSY_MS } else { 0 };
        Some(self.outbox_grown_ms.saturating_add(wait_ms))
    }

    /// Shrinks an outbox in which nothing waits, if it is time to.
    fn shrink(&mut self, now_ms: u64) {
        if self.shrinks_at().is_some_and(|at_ms| at_ms <= now_ms)
            && self.machine.replace_outbox(vec![0; OUTBOX_IDLE]).is_ok()
        {
            self.outbox_len = OUTBOX_IDLE;
        }
    }
}
