//! One connection: what is received and sent.

use std::sync::Arc;

use alwayson_codec::connection::edge::{End, Event, Received};
use alwayson_codec::connection::{CallError, InboundId, RequestId};
use alwayson_codec::{EntityType, Status};
use bytes::Bytes;
use tokio::time::sleep_until;

use super::answer::{Answered, Asked, Effect};
use super::command::{Command, Queued, Waiting};
use super::error::RequestError;
use super::setup::Machine;
use super::state::{ConnectionState, EndReason};
use super::synchronise::Due;
use super::task::Task;
use super::wanted::{Wanted, wanted};
use crate::drive::{Driver, Machine as _, Step};
use crate::frame::Fault;
use crate::message::{Request, Response};
use crate::value::{Table, Value};

type Connection = Driver<Machine>;

/// The most answers, and the most commands, that are gathered before they are sent. What is
/// received has to wait for them.
const GATHERED: usize = 64;

/// An event of the machine, with owned data.
enum Told {
    Bound(String),
    Unbound(String),
    Refused(String),
    Failed(RequestId, RequestError),
    Authenticated(u32, u32),
    Nothing,
}

impl Task {
    /// Drives a connection until it has ended.
    pub(super) async fn drive(&mut self, connection: &mut Connection) -> EndReason {
        let mut is_left = false;
        loop {
            if self.is_leaving && !is_left && self.ready.is_empty() {
                is_left = true;
                self.shared.tell(ConnectionState::Leaving);
                connection.machine.leave(self.clock.now_ms());
            }
            self.tell_events(connection);
            self.send(connection);
            self.gather(connection);
            self.retire_due(&mut connection.machine);
            let synchronisation = &self.synchronisation;
            let due = [synchronisation.next_due(), synchronisation.next_expiry(), self.names_due()];
            let due = due.into_iter().flatten().min().map(|at_ms| self.clock.instant(at_ms));
            tokio::select! {
                step = connection.step() => match step {
                    Step::Message(bytes) => self.receive(connection, &bytes),
                    Step::Progress => {}
                    Step::Over => break,
                },
                Some(answered) = self.handlers.join_next(),
                    if self.answers.is_empty() && !self.handlers.is_empty() =>
                {
                    // Panics are caught, and nobody aborts handlers. The machine knows
                    // whether the request is one of this connection.
                    self.answers.extend(answered);
                }
                command = self.commands.recv(), if self.ready.is_empty() && !self.is_leaving => {
                    self.command(connection, command);
                }
                () = sleep_until(due.unwrap_or_else(tokio::time::Instant::now)),
                    if due.is_some() => self.synchronise(connection),
            }
        }
        self.over(connection)
    }

    /// Takes the answers and commands that are there already, while the outbox has room: what
    /// is sent together takes one call of the operating system.
    fn gather(&mut self, connection: &mut Connection) {
        for _ in 0..GATHERED {
            if !self.answers.is_empty() {
                break;
            }
            let Some(answered) = self.handlers.try_join_next() else { break };
            self.answers.extend(answered);
            self.send(connection);
        }
        for _ in 0..GATHERED {
            if !self.ready.is_empty() || self.is_leaving {
                break;
            }
            // That all handles are gone is seen where the next command is waited for.
            let Ok(command) = self.commands.try_recv() else { break };
            self.command(connection, Some(command));
            // Requests go before the changes of names that were asked for after them.
            self.send(connection);
        }
    }

    fn command(&mut self, connection: &mut Connection, command: Option<Command>) {
        self.take(&mut connection.machine, command, None);
    }

    /// Ends what belongs to a connection that has ended. Requests that were sent and not
    /// answered fail with `ConnectionEnded`, those that were not sent with `NotConnected`.
    /// Pushes wait on until the platform synchronises their Things.
    fn over(&mut self, connection: &mut Connection) -> EndReason {
        self.tell_events(connection);
        let ready: Vec<Queued> = self.ready.drain(..).collect();
        for queued in ready {
            self.reply(queued.reply, Err(RequestError::NotConnected));
        }
        let answers: Vec<Answered> = self.answers.drain(..).collect();
        for answered in &answers {
            self.dropped(Some(answered));
        }
        self.synchronisation.end();
        self.pushed.forget_all();
        self.reasons.clear();
        self.tell_names(&connection.machine);
        let end = connection.machine.end();
        let end = end.unwrap_or(End::Lost);
        let unreadable = self.fault.take().map(|fault| EndReason::Unreadable { end, fault });
        let mut refused = self.refused.take();
        // A platform that answers without a reason may give one in its close.
        if let Some(EndReason::Refused { reason: reason @ None, .. }) = &mut refused {
            *reason = connection.ending().answer.map(|close| close.reason().to_owned());
        }
        let disconnected = || match end {
            End::Left => EndReason::Left,
            end => EndReason::Disconnected { end, ending: connection.ending() },
        };
        refused.or(unreadable).unwrap_or_else(disconnected)
    }

    /// Handles the events of the machine.
    fn tell_events(&mut self, connection: &mut Connection) {
        let now_ms = self.clock.now_ms();
        while let Some(event) = connection.machine.poll_event() {
            let told = match event {
                Event::Authenticated { session, endpoint } => {
                    Told::Authenticated(session, endpoint)
                }
                Event::Bound { name } => Told::Bound(name.to_owned()),
                Event::Unbound { name } => Told::Unbound(name.to_owned()),
                Event::Refused { name, .. } => Told::Refused(name.to_owned()),
                Event::Failed { request, failure } => Told::Failed(request, failure.into()),
                _ => Told::Nothing,
            };
            match told {
                Told::Authenticated(session, endpoint) => self.authenticated(session, endpoint),
                Told::Bound(name) => {
                    self.reasons.remove(&name);
                    self.synchronisation.bound(&name, now_ms);
                }
                Told::Unbound(name) => {
                    self.synchronisation.unbound(&name);
                    self.pushed.forget(&name);
                }
                Told::Refused(name) => {
                    let reason = self.last_reason.take();
                    self.reasons.insert(name, reason);
                }
                Told::Failed(request, error) => self.answered(request, Err(error)),
                Told::Nothing => continue,
            }
            self.names_change = true;
        }
        if self.names_change {
            self.tell_names_soon(&connection.machine);
        }
        let counted = connection.machine.counters();
        self.shared.count(|counters| counters.protocol = counted);
    }

    fn receive(&mut self, connection: &mut Connection, bytes: &Bytes) {
        let now_ms = self.clock.now_ms();
        let received = connection.machine.handle_received(bytes, &mut connection.joiner, now_ms);
        match received {
            Received::Unreadable(unreadable) => {
                let fault = Fault::from(&unreadable);
                connection.blame(&fault);
                tracing::warn!(%fault, "a message of the platform cannot be read");
                self.fault = connection.machine.end().map(|_| fault);
            }
            Received::Handled => {}
            Received::NotNow => connection.put_back(bytes.clone()),
            Received::Request { inbound, request } => self.asked(inbound, request.into()),
            Received::Response { request, response } => {
                self.answered(request, Ok(response.into()));
            }
            Received::BindRefused { reason, .. } => {
                self.last_reason = reason.map(|reason| reason.as_str().to_owned());
            }
            Received::AuthRefused { status, reason } => {
                let reason = reason.map(|reason| reason.as_str().to_owned());
                self.refused = Some(EndReason::Refused { status, reason });
            }
        }
        connection.joiner.handled();
        if let Some(bytes) = connection.taken(bytes) {
            tracing::warn!(bytes, "bytes that follow a message of the platform are not read");
        }
    }

    /// Starts a task that answers a request of the platform.
    fn asked(&mut self, inbound: InboundId, request: Request) {
        let is_thing = request.entity_type == EntityType::THINGS;
        let thing = if is_thing { self.shared.thing(&request.entity) } else { None };
        let number = self.under_way.begin(&request.entity);
        let asked = Asked {
            number,
            inbound,
            request,
            thing,
            room: Arc::clone(&self.handler_room),
            patience: self.setup.options.answer_timeout,
            message_limit: self.setup.options.message_limit.bytes(),
        };
        self.handlers.spawn(asked.answer());
    }

    /// Handles the answer to a request of this edge, or its failure.
    fn answered(&mut self, request: RequestId, result: Result<Response, RequestError>) {
        match self.waiting.remove(&request) {
            Some(Waiting::Application(reply)) => self.reply(reply, result),
            Some(Waiting::Push(thing, reply)) => {
                if !result.as_ref().is_ok_and(|response| response.status.is_success()) {
                    self.pushed.forget(&thing);
                }
                self.reply(reply, result);
            }
            Some(Waiting::Subscriptions(thing)) => self.subscribed(&thing, result),
            None => {}
        }
    }

    /// Handles the answer to the request for the subscriptions of a Thing.
    fn subscribed(&mut self, thing: &str, result: Result<Response, RequestError>) {
        let status = result.as_ref().map_or_else(RequestError::status, |response| response.status);
        match result {
            Ok(response) if status.is_success() => {
                self.synchronized(thing, response.table().and_then(wanted));
            }
            _ if has_none(status) && self.synchronisation.are_missing(thing) => {
                tracing::debug!(thing, %status, "the platform has no subscriptions");
                self.synchronized(thing, None);
            }
            _ => self.synchronisation.fetch_again(thing, self.clock.now_ms()),
        }
    }

    /// Records that a Thing is synchronised, and which properties the platform wants, if it
    /// named any.
    fn synchronized(&mut self, thing: &str, wanted: Option<Wanted>) {
        self.shared.subscribe(thing, wanted);
        self.pushed.forget(thing);
        self.open(thing);
    }

    /// Releases the queued pushes of a Thing.
    fn open(&mut self, thing: &str) {
        for queued in self.synchronisation.open(thing) {
            self.release(queued);
        }
        self.count_held();
        self.names_change = true;
    }

    /// Executes what is due: pushes expire, Things are opened, subscriptions are requested.
    fn synchronise(&mut self, connection: &mut Connection) {
        self.expire(&RequestError::not_sent(connection.machine.state()));
        let now_ms = self.clock.now_ms();
        while let Some(due) = self.synchronisation.poll(now_ms) {
            match due {
                Due::Open(thing) => self.open(&thing),
                Due::Fetch(thing) => {
                    let options = Value::json(&serde_json::json!({ "hasDeadband": true }));
                    let options = Table::of([("options", options)]);
                    let request =
                        Request::invoke_service(&thing, "GetPropertySubscriptions", Some(options));
                    match connection.call(|machine, clock| {
                        machine.ask(&request, &request.entity, clock.now_ms())
                    }) {
                        Ok(id) => drop(self.waiting.insert(id, Waiting::Subscriptions(thing))),
                        Err(_) => self.synchronisation.fetch_again(&thing, now_ms),
                    }
                }
            }
        }
    }

    /// Sends answers and requests while the outbox has room. The rest is sent after
    /// something was sent or answered.
    fn send(&mut self, connection: &mut Connection) {
        while let Some(answered) = self.answers.pop_front() {
            let Answered { inbound, response, .. } = &answered;
            match connection.call(|machine, _| machine.answer(*inbound, response)) {
                Err(CallError::OutboxFull) => {
                    self.answers.push_front(answered);
                    break;
                }
                Ok(()) => self.follow(answered),
                Err(_) => self.dropped(Some(&answered)),
            }
        }
        while let Some(queued) = self.ready.pop_front() {
            let Queued { request, .. } = &queued;
            let sent = connection
                .call(|machine, clock| machine.ask(request, &request.entity, clock.now_ms()));
            match sent {
                Ok(id) => {
                    let Queued { request, reply, is_push } = queued;
                    let waiting = if is_push {
                        Waiting::Push(request.entity, reply)
                    } else {
                        Waiting::Application(reply)
                    };
                    self.waiting.insert(id, waiting);
                }
                Err(CallError::OutboxFull | CallError::TooManyRequests) => {
                    self.ready.push_front(queued);
                    break;
                }
                Err(error) => {
                    if queued.is_push {
                        self.pushed.forget(&queued.request.entity);
                    }
                    self.reply(queued.reply, Err(error.into()));
                }
            }
        }
    }

    /// Executes what follows from an answer.
    fn follow(&mut self, answered: Answered) {
        self.under_way.end(answered.number);
        if answered.has_panicked {
            self.shared.count(|counters| counters.handlers_panicked += 1);
        }
        match answered.effect {
            Effect::None => {}
            Effect::Fetch(thing) => self.synchronisation.fetch(&thing, self.clock.now_ms()),
            Effect::Synchronized(thing, wanted) => self.synchronized(&thing, wanted),
        }
    }
}

/// Returns whether a platform means by this status that it has no subscriptions.
const fn has_none(status: Status) -> bool {
    matches!(status, Status::NOT_FOUND | Status::METHOD_NOT_ALLOWED)
}
