//! Sends messages of the machine, pings and the close.

use std::borrow::Cow;
use std::task::{Context, Poll};

use alwayson_codec::connection::{CloseCode, Transmit};
use bytes::Bytes;

use super::end::LocalEnd;
use super::{Driver, Machine, SCRATCH, SCRATCH_LEN, observe};
use crate::frame::{Direction, Kind};
use crate::transport::{Cause, Close, Ending, Outgoing, Transport};

impl<M: Machine> Driver<M> {
    /// Passes what waits to be sent to the transport. Returns whether it accepted anything.
    pub(super) fn send(&mut self, context: &mut Context<'_>, now_ms: u64) -> bool {
        let mut is_sent = false;
        loop {
            match self.transport.poll_ready(context) {
                Poll::Ready(Ok(())) => {
                    // Room in the buffer shows that data left it only if there was none before.
                    if self.blocked_ms.take().is_some() {
                        self.unflushed_ms = None;
                    }
                }
                Poll::Ready(Err(error)) => {
                    self.break_off(error.kind());
                    return is_sent;
                }
                Poll::Pending => {
                    self.blocked_ms.get_or_insert(now_ms);
                    return is_sent;
                }
            }
            let Some(outgoing) = self.next_outgoing(now_ms) else {
                self.emptied(now_ms);
                return is_sent;
            };
            if let Err(error) = self.transport.start_send(outgoing) {
                self.break_off(error.kind());
                return is_sent;
            }
            if let Some(ending) = self.closing.take() {
                self.ending.get_or_insert(ending);
            }
            self.is_flushed = false;
            self.may_retry = true;
            is_sent = true;
        }
    }

    fn next_ping(&mut self) -> Option<Outgoing> {
        let is_sent = self.pings.take() && self.ending.is_none();
        is_sent.then_some(Outgoing::Ping)
    }

    fn next_transmit(&mut self, now_ms: u64) -> Option<Outgoing> {
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.resize(SCRATCH_LEN, 0);
            // No frame is longer than the buffer, so there is no error.
            let transmit = self.machine.poll_transmit(scratch, now_ms).ok()??;
            Some(match transmit {
                Transmit::Message(len) => {
                    let message = scratch.get(..len).unwrap_or_default();
                    Outgoing::Message(Bytes::copy_from_slice(message))
                }
                Transmit::Ping => Outgoing::Ping,
                Transmit::Close(code) => Outgoing::Close(self.last_word(code)),
            })
        })
    }

    fn next_outgoing(&mut self, now_ms: u64) -> Option<Outgoing> {
        let outgoing = self.next_ping().or_else(|| self.next_transmit(now_ms))?;
        observe(self.observer.as_ref(), Direction::Sent, Kind::from(&outgoing));
        Some(outgoing)
    }

    /// Returns the close to send, and prepares the ending that it means.
    fn last_word(&mut self, code: CloseCode) -> Close {
        let LocalEnd { mut cause, reason } =
            self.machine.local_end().unwrap_or(LocalEnd { cause: Cause::Closed, reason: "" });
        let mut reason = Cow::Borrowed(reason);
        if let (Cause::Protocol(rule), Some(fault)) = (&mut cause, self.fault.take()) {
            *rule = format!("{rule}: {fault}");
            reason = Cow::Owned(rule.clone());
        }
        let close = self.close.take().unwrap_or_else(|| Close::new(code.to_u16(), reason));
        self.closing = Some(Ending::local(cause, Some(close.clone())));
        close
    }

    pub(super) fn flush(&mut self, context: &mut Context<'_>, now_ms: u64) {
        if self.is_flushed {
            return;
        }
        match self.transport.poll_flush(context) {
            Poll::Ready(Ok(())) => (self.is_flushed, self.unflushed_ms) = (true, None),
            Poll::Ready(Err(error)) => self.break_off(error.kind()),
            Poll::Pending => {
                self.unflushed_ms.get_or_insert(now_ms);
            }
        }
    }
}
