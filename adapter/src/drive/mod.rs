//! A machine of the codec and its WebSocket, driven together. Both sides use it.

// | file | what it holds |
// | --- | --- |
// | `machine.rs` | what the driver asks of either machine |
// | `end.rs` | what a machine's own end means for the connection |
// | `send.rs` | what goes out |
// | `room.rs` | memory for machines that grows with use, up to limits |
// | `joiner.rs`, `joined.rs` | memory for long messages that come in, when they do |
// | `pings.rs` | pings of a side whose machine sends none |
// | `clock.rs` | milliseconds for the machines |

mod clock;
mod end;
mod joined;
mod joiner;
mod machine;
mod pings;
mod room;
mod send;

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use alwayson_codec::EncodeError;
use alwayson_codec::connection::{CallError, InboundId, Join, RequestId};
use bytes::Bytes;
use tokio::time::Sleep;

pub(crate) use clock::Clock;
pub(crate) use joined::JoinBudget;
pub(crate) use joiner::GrowingJoiner;
pub(crate) use machine::Machine;
use pings::Pings;
pub(crate) use room::{NAMES, Room};
use room::{OUTBOX_IDLE, outbox_limit};

use crate::frame::{Direction, Fault, Frame, Kind, Observer};
use crate::message::{Request, Response, request_len, response_len};
use crate::transport::{AnyTransport, Cause, Close, Ending, Incoming, Party, Transport};

thread_local! {
    /// Where the next frame is written, before it is copied to its size: one for
    /// each thread rather than one for each of thousands of connections.
    static SCRATCH: std::cell::RefCell<Vec<u8>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// How long a buffer must be so that each frame fits: the longest chunk size.
const SCRATCH_LEN: usize = 0x1_0000;

/// What has happened.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A message came, to be handed to the machine. One that it does not take
    /// now goes to [`Driver::put_back`].
    Message(Bytes),
    /// The machine may have something to tell.
    Progress,
    /// All is over: nothing will come or go any more.
    Over,
}

/// A machine with its WebSocket.
pub(crate) struct Driver<M> {
    pub(crate) machine: M,
    pub(crate) joiner: GrowingJoiner,
    pub(crate) clock: Clock,
    transport: AnyTransport,
    observer: Option<Observer>,
    timer: Pin<Box<Sleep>>,
    /// A message that the machine has not taken, and whether anything has
    /// happened since.
    held: Option<Bytes>,
    may_retry: bool,
    /// Whether all that was taken by the transport was flushed.
    is_flushed: bool,
    /// The transport is at its end.
    is_closed: bool,
    /// Who ended the connection, and how: the first to do so.
    ending: Option<Ending>,
    /// What the end is, once the close that is being sent was taken.
    closing: Option<Ending>,
    /// Nothing can be sent any more, for this reason. What the peer has said before
    /// may still come.
    broken: Option<io::ErrorKind>,
    /// The close that the host wants sent instead of the machine's.
    close: Option<Close>,
    /// What was wrong with the message that has ended the connection.
    fault: Option<String>,
    /// The transport takes nothing, since.
    blocked_ms: Option<u64>,
    /// It does not hand on all that it took, since.
    unflushed_ms: Option<u64>,
    send_timeout: Duration,
    pings: Pings,
    /// How long the machine's outbox is, and may become.
    outbox_len: usize,
    outbox_limit: usize,
    /// Bytes that followed messages, as far as they were told.
    bytes_followed: u32,
}

impl<M: Machine> Driver<M> {
    /// Drives a machine whose outbox has no memory yet over a transport. It is lost
    /// when it takes nothing, or hands on nothing, for so long.
    pub(crate) fn new(
        machine: M,
        transport: AnyTransport,
        joiner: GrowingJoiner,
        clock: Clock,
        send_timeout: Duration,
        observer: Option<Observer>,
    ) -> Self {
        let outbox_limit = outbox_limit(joiner.limit());
        let bytes_followed = machine.counters().bytes_followed;
        Self {
            machine,
            joiner,
            clock,
            transport,
            observer,
            timer: Box::pin(tokio::time::sleep(Duration::ZERO)),
            held: None,
            may_retry: false,
            is_flushed: true,
            is_closed: false,
            ending: None,
            closing: None,
            broken: None,
            close: None,
            fault: None,
            blocked_ms: None,
            unflushed_ms: None,
            send_timeout,
            pings: Pings::none(clock.now_ms()),
            outbox_len: 0,
            outbox_limit,
            bytes_followed,
        }
    }

    /// Has the machine send something, with an outbox that is made longer when it
    /// has to be, up to the limit.
    pub(crate) fn call<R>(
        &mut self,
        mut call: impl FnMut(&mut M, u64) -> Result<R, CallError>,
    ) -> Result<R, CallError> {
        let now_ms = self.clock.now_ms();
        loop {
            let result = call(&mut self.machine, now_ms);
            let needs_room =
                matches!(result, Err(CallError::OutboxFull | CallError::MessageTooLong));
            if !needs_room || self.outbox_len >= self.outbox_limit {
                return result;
            }
            let len = (4 * self.outbox_len).clamp(OUTBOX_IDLE, self.outbox_limit);
            // It is longer than before, so it takes all that waits.
            drop(self.machine.replace_outbox(vec![0; len]));
            self.outbox_len = len;
        }
    }

    /// Sends a request to an entity under this name, if it is no longer than may be.
    pub(crate) fn ask(&mut self, request: &Request, name: &str) -> Result<RequestId, CallError> {
        self.check_len(request_len(request, name))?;
        self.call(|machine, now_ms| machine.ask(request, name, now_ms))
    }

    /// Answers a request, if the answer is no longer than may be.
    pub(crate) fn answer(
        &mut self,
        inbound: InboundId,
        response: &Response,
    ) -> Result<(), CallError> {
        self.check_len(response_len(response))?;
        self.call(|machine, _| machine.answer(inbound, response))
    }

    fn check_len(&self, len: Result<usize, EncodeError>) -> Result<(), CallError> {
        let is_too_long = len.map_err(CallError::Encode)? > self.joiner.limit().bytes();
        if is_too_long { Err(CallError::MessageTooLong) } else { Ok(()) }
    }

    /// Gives back the memory of an outbox in which nothing waits.
    fn shrink(&mut self) {
        if self.outbox_len > OUTBOX_IDLE
            && self.machine.replace_outbox(vec![0; OUTBOX_IDLE]).is_ok()
        {
            self.outbox_len = OUTBOX_IDLE;
        }
    }

    /// The machine does not take this message now: it is handed out again when
    /// something was sent, or [`retry`](Self::retry) was called.
    pub(crate) fn put_back(&mut self, message: Bytes) {
        self.held = Some(message);
        self.may_retry = false;
    }

    /// The machine has taken a message of these bytes: what follows it is handed out
    /// next. Says how many bytes followed that are not read; none where there are none.
    pub(crate) fn taken(&mut self, bytes: &Bytes) -> Option<u32> {
        let rest = self.machine.rest(bytes);
        if !rest.is_empty() {
            self.held = Some(bytes.slice_ref(rest));
            self.may_retry = true;
        }
        let counted = self.machine.counters().bytes_followed;
        let more = counted - std::mem::replace(&mut self.bytes_followed, counted);
        (more > 0).then_some(more)
    }

    /// What the machine waited for was decided.
    pub(crate) fn retry(&mut self) {
        self.may_retry = true;
    }

    /// Pings the peer when nothing has come for so long.
    pub(crate) fn ping_after(&mut self, interval: Duration) {
        self.pings.after(interval);
    }

    /// The next close of the machine goes out with this code and reason.
    pub(crate) fn close_with(&mut self, close: Close) {
        self.close = Some(close);
    }

    /// What is wrong with a message that the machine has ended the connection for.
    pub(crate) fn blame(&mut self, fault: &Fault) {
        let at = fault.offset.map(|offset| format!(" at byte {offset}")).unwrap_or_default();
        self.fault = Some(format!("{}{at}", fault.kind));
    }

    /// Nothing can be sent any more: what comes before the end is still taken.
    pub(crate) fn break_off(&mut self, kind: io::ErrorKind) {
        self.broken.get_or_insert(kind);
        self.blocked_ms.get_or_insert(self.clock.now_ms());
    }

    /// The connection has taken nothing for too long.
    pub(crate) fn stall(&mut self) {
        let limit = Cause::Limit { name: "send_timeout_ms", value: self.send_timeout_ms() };
        self.lost(self.clock.now_ms(), Ending::local(limit, None));
    }

    /// Who ended the connection, and how; dropped here, where nothing has ended it.
    pub(crate) fn ending(&self) -> Ending {
        let silent = || self.machine.local_end().map(|end| Ending::local(end.cause, None));
        self.ending.clone().or_else(silent).unwrap_or_else(Ending::aborted)
    }

    /// Sends what there is to send, and waits for what happens next.
    ///
    /// Dropping the future loses nothing: what came is handed out before anything
    /// else is waited for, and what is to be sent stays with the machine or the
    /// transport.
    pub(crate) async fn step(&mut self) -> Step {
        poll_fn(|context| self.poll_step(context)).await
    }

    fn poll_step(&mut self, context: &mut Context<'_>) -> Poll<Step> {
        if self.is_closed || self.machine.is_ended() {
            return Poll::Ready(Step::Over);
        }
        // The clock is asked once: that costs as much as decoding a message.
        let now_ms = self.clock.now_ms();
        if self.broken.is_none() && self.send(context, now_ms) {
            return Poll::Ready(Step::Progress);
        }
        if let Some(message) = self.held.take_if(|_| self.may_retry) {
            return Poll::Ready(Step::Message(message));
        }
        if self.held.is_none() {
            if let Poll::Ready(incoming) = self.transport.poll_receive(context) {
                return Poll::Ready(self.received(incoming, now_ms));
            }
        }
        if self.broken.is_none() {
            self.flush(context, now_ms);
        }
        if let Some(kind) = self.broken {
            // A transport that is closed tells soon how, for as long as it may take. One
            // that is broken has told all that it had to.
            if kind != io::ErrorKind::NotConnected || self.held.is_some() {
                self.lost(now_ms, Ending::broken(kind));
                return Poll::Ready(Step::Progress);
            }
        }
        ready!(self.poll_timer(context, now_ms));
        Poll::Ready(Step::Progress)
    }

    fn received(&mut self, incoming: Incoming, now_ms: u64) -> Step {
        self.pings.heard(now_ms);
        observe(self.observer.as_ref(), Direction::Received, Kind::from(&incoming));
        match incoming {
            Incoming::Message(message) => return Step::Message(message),
            Incoming::Ping => self.machine.handle_ping(now_ms),
            Incoming::Pong => self.machine.handle_pong(now_ms),
            Incoming::Closed(ending) => self.lost(now_ms, ending),
        }
        Step::Progress
    }

    fn lost(&mut self, now_ms: u64, ending: Ending) {
        self.is_closed = true;
        match &mut self.ending {
            // What the peer says beside our own end.
            Some(own) if ending.by == Party::Peer => own.answered(ending.close),
            Some(own) => own.answered(ending.answer),
            None => self.ending = Some(ending),
        }
        self.machine.handle_closed(now_ms);
    }

    fn send_timeout_ms(&self) -> u64 {
        u64::try_from(self.send_timeout.as_millis()).unwrap_or(u64::MAX)
    }

    fn poll_timer(&mut self, context: &mut Context<'_>, now_ms: u64) -> Poll<()> {
        let send_timeout_ms = self.send_timeout_ms();
        let stalled = [self.blocked_ms, self.unflushed_ms].into_iter().flatten().min();
        let stalled_until = stalled.map(|since| since.saturating_add(send_timeout_ms));
        // None is sent once the connection is being closed.
        let ping_at = self.pings.next_at().filter(|_| self.ending.is_none());
        let times =
            [self.machine.poll_timeout(), self.joiner.next_expiry(), stalled_until, ping_at];
        let Some(due_ms) = times.into_iter().flatten().min() else { return Poll::Pending };
        let due = self.clock.instant(due_ms);
        // Each message puts the time off. The timer is left as it is then, and set
        // anew when it has come too early: that happens once for many messages.
        if due < self.timer.deadline() || self.timer.is_elapsed() {
            self.timer.as_mut().reset(due);
        }
        ready!(self.timer.as_mut().poll(context));
        if now_ms < due_ms {
            self.timer.as_mut().reset(due);
            ready!(self.timer.as_mut().poll(context));
        }
        let now_ms = self.clock.now_ms();
        if stalled_until.is_some_and(|until_ms| until_ms <= now_ms) {
            match self.broken {
                Some(kind) => self.lost(now_ms, Ending::broken(kind)),
                None => self.stall(),
            }
        } else {
            self.joiner.expire(now_ms);
            self.machine.handle_timeout(now_ms);
            self.pings.handle_timeout(now_ms);
        }
        Poll::Ready(())
    }
}

fn observe(observer: Option<&Observer>, direction: Direction, kind: Kind<'_>) {
    if let Some(observer) = observer {
        observer(&Frame { direction, kind });
    }
}
