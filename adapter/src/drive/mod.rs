//! Drives a machine of the codec and its WebSocket together. Both sides use it.

// | file | contents |
// | --- | --- |
// | `machine.rs` | the operations of both machines that the driver needs |
// | `end.rs` | maps the end of a machine to the cause and the reason of the connection's end |
// | `send.rs` | sends messages, pings and the close |
// | `outbox.rs` | passes messages to the machine, whose outbox grows and shrinks with them |
// | `room.rs` | memory for machines, which grows with use up to limits |
// | `joiner.rs`, `joined.rs` | join incoming long messages in memory that grows with them |
// | `pings.rs` | pings for a side whose machine sends none |
// | `clock.rs` | the clock of the machines, in milliseconds |

mod clock;
mod end;
mod joined;
mod joiner;
mod machine;
mod outbox;
mod pings;
mod room;
mod send;

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Sleep;

pub(crate) use clock::Clock;
pub(crate) use joined::JoinBudget;
pub(crate) use joiner::GrowingJoiner;
pub(crate) use machine::Machine;
use pings::Pings;
use room::outbox_limit;
pub(crate) use room::{NAMES, Room};

use crate::frame::{Direction, Fault, Frame, Kind, Observer};
use crate::transport::{AnyTransport, Cause, Close, Ending, Incoming, Party, Transport};
use alwayson_codec::connection::Join;

thread_local! {
    /// The buffer into which the next frame is written, before it is copied to its size: one for
    /// each thread instead of one for each of thousands of connections.
    static SCRATCH: std::cell::RefCell<Vec<u8>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// The length of the buffer, in bytes: the largest chunk size fits, and with it each frame.
const SCRATCH_LEN: usize = 0x1_0000;

/// What happened in a step of the driver.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A message was received. Pass it to the machine; if the machine does not take it now, pass
    /// it to [`Driver::put_back`].
    Message(Bytes),
    /// The machine may have events.
    Progress,
    /// The connection is over: nothing is sent or received any more.
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
    /// A message that the machine has not taken.
    held: Option<Bytes>,
    /// Whether the machine may take the held message now.
    may_retry: bool,
    /// Whether everything that the transport accepted was flushed.
    is_flushed: bool,
    /// Whether the transport has ended.
    is_closed: bool,
    /// Who ended the connection first, and how.
    ending: Option<Ending>,
    /// The ending to record once the transport accepts the close that is being sent.
    closing: Option<Ending>,
    /// Why nothing can be sent any more. What the peer sent before may still be received.
    broken: Option<io::ErrorKind>,
    /// The close that is sent instead of the machine's.
    close: Option<Close>,
    /// What was wrong with the last message that could not be read.
    fault: Option<String>,
    /// The time since which the transport accepts nothing.
    blocked_ms: Option<u64>,
    /// The time since which the transport has not flushed all that it accepted.
    unflushed_ms: Option<u64>,
    send_timeout: Duration,
    pings: Pings,
    /// The length of the machine's outbox, in bytes.
    outbox_len: usize,
    /// When it has grown last.
    outbox_grown_ms: u64,
    /// The length up to which the outbox may grow, in bytes.
    outbox_limit: usize,
    /// The length of what was put into the outbox since it was last empty, in bytes.
    gathered_len: usize,
    /// The time of the latest step, in milliseconds.
    pub(crate) stepped_ms: u64,
    /// The number of bytes that followed messages, as of the last report.
    bytes_followed: u32,
}

impl<M: Machine> Driver<M> {
    /// Creates a driver of a machine whose outbox has no memory yet. The connection is lost if the
    /// transport accepts nothing, or flushes nothing, for `send_timeout`.
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
            outbox_grown_ms: 0,
            outbox_limit,
            gathered_len: 0,
            stepped_ms: clock.now_ms(),
            bytes_followed,
        }
    }

    /// Holds a message that the machine does not take now. It is returned again by
    /// [`step`](Self::step) after something was sent, or after [`retry`](Self::retry).
    pub(crate) fn put_back(&mut self, message: Bytes) {
        self.held = Some(message);
        self.may_retry = false;
    }

    /// Notes that the machine took a message from these bytes. If the machine reads several
    /// messages, [`step`](Self::step) returns the rest next. Returns the number of bytes that
    /// followed the message and are not read, if there are any.
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

    /// Notes that the decision that the machine waited for was made.
    pub(crate) fn retry(&mut self) {
        self.may_retry = true;
    }

    /// Pings the peer whenever nothing was received for this interval.
    pub(crate) fn ping_after(&mut self, interval: Duration) {
        self.pings.after(interval);
    }

    /// Replaces the code and reason of the machine's next close.
    pub(crate) fn close_with(&mut self, close: Close) {
        self.close = Some(close);
    }

    /// Notes the fault of a message, in case the machine ends the connection because of it.
    pub(crate) fn blame(&mut self, fault: &Fault) {
        let at = fault.offset.map(|offset| format!(" at byte {offset}")).unwrap_or_default();
        self.fault = Some(format!("{}{at}", fault.kind));
    }

    /// Stops sending. What the peer sends before the end is still received.
    pub(crate) fn break_off(&mut self, kind: io::ErrorKind) {
        self.broken.get_or_insert(kind);
        self.blocked_ms.get_or_insert(self.clock.now_ms());
    }

    /// Ends the connection, which has accepted no outgoing data for `send_timeout`.
    pub(crate) fn stall(&mut self) {
        let limit = Cause::Limit { name: "send_timeout_ms", value: self.send_timeout_ms() };
        self.lost(self.clock.now_ms(), Ending::local(limit, None));
    }

    /// Returns who ended the connection, and how. If nothing has, this side aborted it.
    pub(crate) fn ending(&self) -> Ending {
        let silent = || self.machine.local_end().map(|end| Ending::local(end.cause, None));
        self.ending.clone().or_else(silent).unwrap_or_else(Ending::aborted)
    }

    /// Sends everything that waits, and waits for the next thing to happen.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing. What was received is returned before anything else is
    /// waited for, and what waits to be sent stays in the machine or the transport.
    pub(crate) async fn step(&mut self) -> Step {
        poll_fn(|context| self.poll_step(context)).await
    }

    /// Polls a [`step`](Self::step).
    pub(crate) fn poll_step(&mut self, context: &mut Context<'_>) -> Poll<Step> {
        if self.is_closed || self.machine.is_ended() {
            return Poll::Ready(Step::Over);
        }
        // The clock is read once, since that costs as much as decoding a message.
        let now_ms = self.clock.now_ms();
        self.stepped_ms = now_ms;
        if self.broken.is_none() && self.send(context, now_ms) && self.machine.is_host_due() {
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
            // A closed transport soon reports how it was closed, so wait for that, up to the
            // timeout. A broken one has nothing more to report.
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
            // The peer's answer to our own close.
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
        // No ping is sent once the connection is being closed.
        let ping_at = self.pings.next_at().filter(|_| self.ending.is_none());
        // What is due already waits for the next message: something is still in the outbox.
        let shrinks_at = self.shrinks_at().filter(|at_ms| *at_ms > now_ms);
        let times = [
            self.machine.poll_timeout(),
            self.joiner.next_expiry(),
            stalled_until,
            ping_at,
            shrinks_at,
        ];
        let Some(due_ms) = times.into_iter().flatten().min() else { return Poll::Pending };
        let due = self.clock.instant(due_ms);
        // Each message postpones the due time. The timer is not reset then, but only after it
        // fired too early: once for many messages.
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
