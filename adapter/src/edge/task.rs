//! The task of an edge: it connects, drives the connection, and connects again.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use alwayson_codec::connection::edge::{self as machine, End, Reconnect};
use alwayson_codec::connection::{CallError, RequestId};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::answer::Answered;
use super::command::{Command, Queued, Reply, Waiting};
use super::connect::{authenticate, open, send_first};
use super::error::{RequestError, ThingError};
use super::setup::{Machine, Setup};
use super::shared::Shared;
use super::state::{ConnectionState, EndReason, ThingState};
use super::synchronise::Synchronisation;
use super::thing::Thing;
use super::under_way::UnderWay;
use super::wanted::Pushed;
use crate::drive::{Clock, Driver, GrowingJoiner, JoinBudget};
use crate::frame::{Direction, Fault, Frame, Kind};
use crate::message::Response;

/// Up to as many names are told at each change of one of them.
const FEW_NAMES: usize = 128;

/// How many names add a millisecond to the time that the change of one of many names
/// waits to be told: at each, all are looked at.
const NAMES_PER_MS: usize = 32;

/// The task of an edge.
pub(super) struct Task {
    pub(super) shared: Arc<Shared>,
    pub(super) setup: Arc<Setup>,
    pub(super) commands: mpsc::UnboundedReceiver<Command>,
    reconnect: Reconnect,
    pub(super) clock: Clock,
    budget: JoinBudget,
    /// The running handlers, of this and of earlier connections.
    pub(super) handlers: JoinSet<Answered>,
    pub(super) handler_room: Arc<Semaphore>,
    /// What the handlers work on.
    pub(super) under_way: UnderWay,
    pub(super) synchronisation: Synchronisation,
    pub(super) pushed: Pushed,
    pub(super) waiting: HashMap<RequestId, Waiting>,
    /// Requests that have no room in the outbox yet, in order.
    pub(super) ready: VecDeque<Queued>,
    pub(super) answers: VecDeque<Answered>,
    /// Why names are refused, in the platform's words.
    pub(super) reasons: HashMap<String, Option<String>>,
    pub(super) last_reason: Option<String>,
    pub(super) refused: Option<EndReason>,
    /// What was wrong with the message that ended the connection.
    pub(super) fault: Option<Fault>,
    /// Why the last connection ended, and how often it ended for the same reason before;
    /// `None` after a connection that was authenticated.
    last_end: Option<(EndReason, u32)>,
    /// Whether names may change their state without an event.
    pub(super) names_change: bool,
    /// When names were told last, and when a change is told that waits, in milliseconds.
    names_told_ms: u64,
    /// How many there were then.
    names_told: usize,
    names_due_ms: Option<u64>,
    /// The application leaves, or has.
    pub(super) is_leaving: bool,
    /// Why the edge has ended, once it has.
    reason: EndReason,
}

impl Task {
    pub(super) fn new(
        shared: Arc<Shared>,
        setup: Setup,
        commands: mpsc::UnboundedReceiver<Command>,
    ) -> Self {
        let options = &setup.options;
        let budget = JoinBudget::new(options.joined_memory);
        Self {
            shared,
            reconnect: setup.reconnect,
            handler_room: Arc::new(Semaphore::new(options.handlers)),
            synchronisation: Synchronisation::new(
                millis(options.hold),
                millis(options.push_timeout),
            ),
            setup: Arc::new(setup),
            commands,
            clock: Clock::start(),
            budget,
            handlers: JoinSet::new(),
            under_way: UnderWay::default(),
            pushed: Pushed::default(),
            waiting: HashMap::new(),
            ready: VecDeque::new(),
            answers: VecDeque::new(),
            reasons: HashMap::new(),
            last_reason: None,
            refused: None,
            fault: None,
            last_end: None,
            names_change: true,
            names_told_ms: 0,
            names_told: 0,
            names_due_ms: None,
            is_leaving: false,
            reason: EndReason::Stopped,
        }
    }

    /// Runs until the edge has left, or its end is final.
    pub(super) async fn run(mut self, mut machine: Machine) {
        loop {
            let reason;
            (machine, reason) = self.live(machine).await;
            let end = match reason {
                _ if self.is_leaving => End::Left,
                EndReason::Disconnected { end, .. } | EndReason::Unreadable { end, .. } => end,
                EndReason::Refused { .. } => machine.end().unwrap_or(End::Lost),
                _ => End::Lost,
            };
            // A machine that was not opened stays as it is.
            let _ = machine.reopen();
            let now_ms = self.clock.now_ms();
            let at_ms = self.reconnect.after(end, now_ms, rand::random());
            let at_ms = at_ms.filter(|_| !reason.is_permanent());
            let Some(at_ms) = at_ms else {
                let reason = if self.is_leaving { EndReason::Left } else { reason };
                self.reason = reason;
                return;
            };
            let until = self.clock.time_of_day(at_ms);
            let wait = Duration::from_millis(at_ms.saturating_sub(now_ms));
            let repeated = match &self.last_end {
                Some((last, repeated)) if last.is_like(&reason) => repeated.saturating_add(1),
                _ => 0,
            };
            self.last_end = Some((reason.clone(), repeated));
            self.shared.tell_waiting(until, wait, reason, repeated);
            let wait = sleep_until(self.clock.instant(at_ms));
            if self.meanwhile(&mut machine, wait).await.is_none() {
                self.reason = EndReason::Left;
                return;
            }
        }
    }

    /// Runs one connection, from the credentials to its end.
    async fn live(&mut self, mut machine: Machine) -> (Machine, EndReason) {
        self.shared.tell(ConnectionState::Connecting);
        let opening = open(Arc::clone(&self.setup));
        let mut transport = match self.meanwhile(&mut machine, opening).await {
            None => return (machine, EndReason::Left),
            Some(Err(reason)) => return (machine, reason),
            Some(Ok((transport, credentials))) => {
                let auth = authenticate(&mut machine, &credentials, self.clock.now_ms());
                match auth {
                    Ok(auth) => (transport, auth),
                    Err(error) => return (machine, EndReason::NoAuth { error }),
                }
            }
        };
        self.shared.tell(ConnectionState::Authenticating);
        if let Some(observer) = &self.setup.observer {
            observer(&Frame { direction: Direction::Sent, kind: Kind::Message(&transport.1) });
        }
        let sending = send_first(&mut transport.0, transport.1);
        let sending = tokio::time::timeout(self.setup.options.send_timeout, sending);
        let sent = self.meanwhile(&mut machine, sending).await;
        let joiner = GrowingJoiner::new(self.setup.options.message_limit, self.budget.clone());
        let clock = self.clock;
        let send_timeout = self.setup.options.send_timeout;
        let observer = self.setup.observer.clone();
        let mut driver = Driver::new(machine, transport.0, joiner, clock, send_timeout, observer);
        match sent {
            None => driver.machine.leave(clock.now_ms()),
            Some(Ok(Ok(()))) => {}
            Some(Ok(Err(error))) => driver.break_off(error.kind()),
            Some(Err(_)) => driver.stall(),
        }
        let reason = self.drive(&mut driver).await;
        let Driver { machine, .. } = driver;
        (machine, reason)
    }

    /// Waits for a future while there is no connection, and executes commands meanwhile.
    /// Returns `None` if the application leaves.
    async fn meanwhile<T>(
        &mut self,
        machine: &mut Machine,
        until: impl Future<Output = T>,
    ) -> Option<T> {
        let mut until = pin!(until);
        loop {
            if self.is_leaving {
                return None;
            }
            self.retire_due(machine);
            let not_sent = RequestError::not_sent(machine.state());
            let expiry = self.synchronisation.next_expiry().map(|at_ms| self.clock.instant(at_ms));
            let names = self.names_due().map(|at_ms| self.clock.instant(at_ms));
            tokio::select! {
                biased;
                done = &mut until => return Some(done),
                command = self.commands.recv() => self.take(machine, command, Some(&not_sent)),
                () = sleep_until(expiry.unwrap_or_else(Instant::now)), if expiry.is_some() => {
                    self.expire(&not_sent);
                }
                () = sleep_until(names.unwrap_or_else(Instant::now)), if names.is_some() => {
                    self.tell_names_soon(machine);
                }
                Some(answered) = self.handlers.join_next(), if !self.handlers.is_empty() => {
                    self.dropped(answered.ok().as_ref());
                }
            }
        }
    }

    /// Executes a command of a handle. Requests are queued to be sent, or fail with
    /// `not_sent` if it is set.
    pub(super) fn take(
        &mut self,
        machine: &mut Machine,
        command: Option<Command>,
        not_sent: Option<&RequestError>,
    ) {
        // Without handles, nobody can ask for anything any more.
        match command.unwrap_or(Command::Leave) {
            // These change no name, and are the most by far.
            Command::Request(queued) => {
                return match not_sent {
                    Some(error) => self.reply(queued.reply, Err(error.clone())),
                    None => self.ready.push_back(queued),
                };
            }
            Command::Push(queued) => return self.push(queued, None),
            Command::PushNow(queued) => {
                return self.push(queued, Some(&RequestError::not_sent(machine.state())));
            }
            Command::Add(thing, reply) => {
                let added = add(&self.shared, machine, *thing);
                self.tell_names_soon(machine);
                let _ = reply.send(added);
            }
            Command::Bind(name) => _ = machine.bind(name),
            Command::Unbind(name) => _ = machine.unbind(&name),
            Command::Remove(name) => self.remove(machine, &name),
            Command::Retire(name, done) => self.retire(machine, name, done),
            Command::Leave => self.is_leaving = true,
        }
        self.names_change = true;
        self.tell_names_soon(machine);
    }

    /// Has a Thing unbound, and forgets it.
    pub(super) fn remove(&mut self, machine: &mut Machine, name: &str) {
        let _ = machine.remove(name);
        self.shared.remove(name);
        self.pushed.forget(name);
        for queued in self.synchronisation.give_up(Some(name)) {
            self.reply(queued.reply, Err(RequestError::UnknownThing));
        }
        self.names_change = true;
    }

    /// Answers the application. If it no longer waits, the answer is counted as dropped.
    pub(super) fn reply(&self, reply: Reply, result: Result<Response, RequestError>) {
        let result = result.and_then(|response| match response {
            Response { status, .. } if status.is_success() => Ok(response),
            Response { status, reason, .. } => Err(RequestError::Refused { status, reason }),
        });
        if reply.to.send(result).is_err() {
            self.shared.count(|counters| counters.answers_dropped += 1);
        }
    }

    /// An answer of a handler that came too late.
    pub(super) fn dropped(&mut self, answered: Option<&Answered>) {
        if let Some(answered) = answered {
            self.under_way.end(answered.number);
        }
        let has_panicked = answered.is_none_or(|answered| answered.has_panicked);
        self.shared.count(|counters| {
            counters.handler_answers_dropped += 1;
            counters.handlers_panicked += u64::from(has_panicked);
        });
    }

    /// Records that AUTH has succeeded.
    pub(super) fn authenticated(&mut self, session: u32, endpoint: u32) {
        self.reconnect.succeeded();
        self.last_end = None;
        self.shared.count(|counters| counters.connections += 1);
        self.shared.tell(ConnectionState::Authenticated { session, endpoint });
    }

    /// Tells where the Things stand; if they are many, changes in quick succession are
    /// told together: each takes a look at all names.
    pub(super) fn tell_names_soon(&mut self, machine: &Machine) {
        let names = self.names_told;
        let wait_ms = u64::try_from(names / NAMES_PER_MS).unwrap_or(u64::MAX);
        let due_ms = self.names_told_ms.saturating_add(wait_ms);
        if names <= FEW_NAMES || self.clock.now_ms() >= due_ms {
            self.tell_names(machine);
        } else {
            self.names_due_ms = Some(due_ms);
        }
    }

    /// When names are to be told that wait for it, in milliseconds.
    pub(super) fn names_due(&self) -> Option<u64> {
        self.names_due_ms
    }

    /// Tells where the Things stand.
    pub(super) fn tell_names(&mut self, machine: &Machine) {
        use machine::NameState;
        self.names_told_ms = self.clock.now_ms();
        self.names_due_ms = None;
        let mut is_settled = true;
        let things = machine.names().map(|(name, state, status)| {
            is_settled &= matches!(state, NameState::Bound | NameState::Unbound);
            let state = match state {
                NameState::Unbound => ThingState::Unbound,
                NameState::Binding => ThingState::Binding,
                NameState::Bound => {
                    ThingState::Bound { is_synchronized: self.synchronisation.is_open(name) }
                }
                NameState::Refused => {
                    let reason = self.reasons.get(name).cloned().flatten();
                    ThingState::Refused { status, reason }
                }
                NameState::Unbinding => ThingState::Unbinding,
            };
            (name.to_owned(), state)
        });
        let things: BTreeMap<_, _> = things.collect();
        self.names_told = things.len();
        let is_connected = machine.state() != machine::State::Ended;
        let has_changed = self.shared.tell_things(things, is_connected);
        self.names_change = has_changed || !is_settled;
    }
}

impl Drop for Task {
    /// Answers all callers that wait, even if the task was stopped.
    fn drop(&mut self) {
        // Handlers that run are not cut off in the middle.
        self.handlers.detach_all();
        self.commands.close();
        let sent: Vec<Waiting> = self.waiting.drain().map(|(_, waiting)| waiting).collect();
        for waiting in sent {
            if let Waiting::Application(reply) | Waiting::Push(_, reply) = waiting {
                self.reply(reply, Err(RequestError::ConnectionEnded));
            }
        }
        for queued in self.synchronisation.give_up(None) {
            self.reply(queued.reply, Err(RequestError::Left));
        }
        self.count_held();
        while let Ok(command) = self.commands.try_recv() {
            match command {
                Command::Request(queued) | Command::Push(queued) | Command::PushNow(queued) => {
                    self.reply(queued.reply, Err(RequestError::Left));
                }
                Command::Add(_, reply) => _ = reply.send(Err(ThingError::Left)),
                _ => {}
            }
        }
        let reason = self.reason.clone();
        self.shared.tell(ConnectionState::Ended { reason });
    }
}

/// Adds a Thing, and has the machine bind it.
pub(super) fn add(shared: &Shared, machine: &mut Machine, thing: Thing) -> Result<(), ThingError> {
    let name = thing.bound_as().to_owned();
    if !shared.insert(thing) {
        return Err(ThingError::Double);
    }
    machine.bind(name.clone()).map_err(|error| {
        shared.remove(&name);
        match error {
            CallError::NameTooLong => ThingError::NameTooLong,
            _ => ThingError::TooMany,
        }
    })
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
