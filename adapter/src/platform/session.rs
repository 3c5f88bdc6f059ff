//! The task of one connection: it drives the machine, and does what it asks.

use std::collections::{BTreeSet, HashMap};
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use alwayson_codec::Status;
use alwayson_codec::connection::platform::{Connection, End, Event as Told, Received};
use alwayson_codec::connection::registry::ConnectionId;
use alwayson_codec::connection::{CallError as MachineError, InboundId, RequestId};
use bytes::Bytes;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tokio::sync::{mpsc, oneshot};

use super::after_bind::after_bind;
use super::authenticator::Claims;
use super::call::CallError;
use super::event::Event;
use super::hub::{Command, Hub, Known, Refusal};
use super::naming::{Names, look_up};
use crate::drive::{Clock, Driver, GrowingJoiner, Machine as _, NAMES, Room, Step};
use crate::frame::Observer;
use crate::message::{BoxFuture, Request, Response};
use crate::transport::AnyTransport;

/// How many Things are asked at a time after they were bound: half of the
/// requests that there is room for are left to others.
const CHORES: usize = 256;

type Machine = Connection<Room>;
type Reply = oneshot::Sender<Result<Response, CallError>>;

/// What the host has decided.
enum Decision {
    Claims(bool),
    Names(Names, Known),
}

/// What came of a message, without what it borrows.
enum Asked {
    NotNow,
    Claims(Claims),
    Bind(Names),
    Unbind(Names),
    Request(InboundId, Request),
    Response(RequestId, Response),
    Nothing,
}

impl From<Received<'_>> for Asked {
    fn from(received: Received<'_>) -> Self {
        match received {
            Received::NotNow => Self::NotNow,
            Received::Auth(auth) => Self::Claims(auth.into()),
            Received::Bind(bind) => Self::Bind(bind.into()),
            Received::Unbind(unbind) => Self::Unbind(unbind.into()),
            Received::Request { inbound, request } => Self::Request(inbound, request.into()),
            Received::Response { request, response } => Self::Response(request, response.into()),
            Received::Handled => Self::Nothing,
        }
    }
}

/// One connection.
pub(super) struct Session {
    hub: Arc<Hub>,
    id: ConnectionId,
    driver: Driver<Machine>,
    commands: mpsc::UnboundedReceiver<Box<Command>>,
    /// What the host is deciding about. There is one thing at a time.
    deciding: Option<BoxFuture<'static, Decision>>,
    /// Requests of the edge that the host is answering.
    answers: FuturesUnordered<BoxFuture<'static, (InboundId, Response)>>,
    /// Things that were bound, and are to be asked what is asked then.
    bound: BTreeSet<String>,
    /// What is asked of them.
    chores: FuturesUnordered<BoxFuture<'static, ()>>,
    /// Callers who wait for answers.
    calls: HashMap<RequestId, Reply>,
    is_shut_down: bool,
    /// Why it has ended, once it has.
    end: Option<End>,
}

impl Session {
    pub(super) fn new(
        hub: Arc<Hub>,
        id: ConnectionId,
        transport: AnyTransport,
        max_frame_size: Option<u16>,
        commands: mpsc::UnboundedReceiver<Box<Command>>,
    ) -> Self {
        let options = &hub.options;
        let clock = Clock::start();
        let mut settings = options.settings;
        // The edge says what it takes (section 1).
        settings.chunk_size =
            max_frame_size.unwrap_or(settings.chunk_size).min(settings.chunk_size);
        let machine = Connection::new(settings, Vec::new(), clock.now_ms());
        let joiner = GrowingJoiner::new(options.message_limit, hub.join_budget.clone());
        let observer = options
            .observer
            .clone()
            .map(|observer| -> Observer { Arc::new(move |frame| observer(id, frame)) });
        let driver = Driver::new(machine, transport, joiner, clock, options.send_timeout, observer);
        Self {
            hub,
            id,
            driver,
            commands,
            deciding: None,
            answers: FuturesUnordered::new(),
            bound: BTreeSet::new(),
            chores: FuturesUnordered::new(),
            calls: HashMap::new(),
            is_shut_down: false,
            end: None,
        }
    }

    /// Runs the connection to its end.
    pub(super) async fn run(mut self) {
        loop {
            if let Some(end) = self.tell() {
                self.end = Some(end);
                self.drain().await;
                return;
            }
            self.finish_shut_down();
            let step = tokio::select! {
                Some(command) = self.commands.recv() => {
                    self.command(*command);
                    continue;
                }
                decision = decided(&mut self.deciding) => {
                    self.decided(decision);
                    continue;
                }
                Some((inbound, response)) = self.answers.next(), if !self.answers.is_empty() => {
                    self.respond(inbound, &response);
                    continue;
                }
                Some(()) = self.chores.next(), if !self.chores.is_empty() => {
                    self.ask_bound();
                    continue;
                }
                step = self.driver.step() => step,
            };
            match step {
                Step::Message(bytes) => self.receive(bytes).await,
                Step::Progress => {}
                Step::Over => {
                    self.end = self.driver.machine.end();
                    return;
                }
            }
        }
    }

    /// Sends what is left to send after the end, the close among it, and waits
    /// for that of the edge as long as the machine does.
    async fn drain(&mut self) {
        // What holds names does so no longer.
        self.hub.close(self.id);
        while self.driver.step().await != Step::Over {}
    }

    /// Does what the machine tells; says whether the connection has ended.
    fn tell(&mut self) -> Option<End> {
        let mut end = None;
        while let Some(told) = self.driver.machine.poll_event() {
            match told {
                Told::Failed { request, failure } => {
                    if let Some(reply) = self.calls.remove(&request) {
                        let _ = reply.send(Err(failure.into()));
                    }
                }
                Told::Ended(why) => end = Some(why),
                // The registry knows of names, and has told already.
                _ => {}
            }
        }
        end
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Call { request, wire_name, reply } => {
                self.call(&request, &wire_name, reply);
            }
            Command::Moved(name) => {
                // It may have moved back since that was said.
                if !self.hub.holds(self.id, &name) {
                    let now_ms = self.driver.clock.now_ms();
                    self.driver.machine.handle_moved(&name, now_ms);
                }
            }
            Command::ShutDown => self.is_shut_down = true,
        }
    }

    /// Shuts down once what is in flight is answered.
    fn finish_shut_down(&mut self) {
        if self.is_shut_down && self.calls.is_empty() && self.answers.is_empty() {
            self.driver.machine.shut_down(self.driver.clock.now_ms());
        }
    }

    fn call(&mut self, request: &Request, wire_name: &str, reply: Reply) {
        if self.is_shut_down {
            let _ = reply.send(Err(CallError::Ended));
            return;
        }
        let sent = self.driver.call(|machine, now_ms| machine.ask(request, wire_name, now_ms));
        match sent {
            Ok(id) => {
                self.calls.insert(id, reply);
            }
            Err(error) => {
                let _ = reply.send(Err(error.into()));
            }
        }
    }

    /// Hands a message to the machine, and begins what it asks for.
    async fn receive(&mut self, bytes: Bytes) {
        let Driver { machine, joiner, clock, .. } = &mut self.driver;
        let now_ms = clock.now_ms();
        let asked = Asked::from(machine.handle_received(&bytes, joiner, now_ms));
        match asked {
            Asked::NotNow => {
                self.driver.put_back(bytes);
                return;
            }
            Asked::Claims(claims) => self.decide_claims(claims),
            Asked::Bind(names) => self.decide_names(names),
            Asked::Unbind(names) => {
                let result = names.with_bind(|unbind| self.hub.unbind(self.id, unbind));
                self.answer_names(result.map(|()| Vec::new()));
            }
            Asked::Request(inbound, request) => self.answer(inbound, request).await,
            Asked::Response(request, response) => {
                if let Some(reply) = self.calls.remove(&request) {
                    let _ = reply.send(Ok(response));
                }
            }
            Asked::Nothing => {}
        }
        self.driver.joiner.release(now_ms);
    }

    fn decide_claims(&mut self, claims: Claims) {
        let hub = Arc::clone(&self.hub);
        self.deciding = Some(Box::pin(async move {
            let is_accepted = unless_it_panics(hub.authenticator.authenticate(claims)).await;
            Decision::Claims(is_accepted.unwrap_or(false))
        }));
    }

    fn decide_names(&mut self, names: Names) {
        let hub = Arc::clone(&self.hub);
        self.deciding = Some(Box::pin(async move {
            let known = unless_it_panics(look_up(&*hub.things, &names)).await;
            // What nobody has said anything about is unknown.
            Decision::Names(names, known.unwrap_or_default())
        }));
    }

    fn decided(&mut self, decision: Decision) {
        self.deciding = None;
        let (connection, now_ms) = (self.id, self.driver.clock.now_ms());
        match decision {
            Decision::Claims(true) => {
                let session = self.hub.grant_session();
                // It may have ended while the host decided.
                if self.driver.machine.accept(session, 0, now_ms).is_ok() {
                    self.hub.tell(Event::Authenticated { connection, session });
                }
            }
            Decision::Claims(false) => {
                if self.driver.machine.refuse(now_ms).is_ok() {
                    self.hub.tell(Event::Unauthorized { connection });
                }
            }
            Decision::Names(names, known) => {
                if self.driver.machine.end().is_some() {
                    return;
                }
                let result = names.with_bind(|bind| self.hub.bind(connection, bind, &known));
                self.answer_names(result);
            }
        }
        self.driver.retry();
    }

    /// Answers a BIND or UNBIND, and begins what comes after a bind.
    fn answer_names(&mut self, result: Result<Vec<String>, Refusal>) {
        let now_ms = self.driver.clock.now_ms();
        let answered = match result {
            Ok(bound) => {
                let accepted = self.driver.machine.accept_names(now_ms);
                if accepted.is_ok() && !self.is_shut_down {
                    self.bound.extend(bound);
                    self.ask_bound();
                }
                accepted
            }
            Err(refusal) => {
                let reason = format!("{} {}", refusal.name, refusal.kind.reason());
                self.hub.tell(Event::BindRefused { connection: self.id, reason });
                let (status, reason) = (refusal.status(), refusal.kind.reason());
                self.driver.machine.refuse_names(status, &refusal.name, reason)
            }
        };
        // Where it has ended meanwhile, the end frees what was bound.
        if let Err(error) = answered {
            tracing::debug!(connection = self.id.0, %error, "a decision came too late");
        }
    }

    /// Begins to ask Things that were bound, as many as may be asked at a time.
    fn ask_bound(&mut self) {
        let (hub, id) = (&self.hub, self.id);
        while self.chores.len() < CHORES {
            let Some(thing) = self.bound.pop_first() else { return };
            if hub.holder(&thing) == Some(id) {
                let asked = unless_it_panics(after_bind(Arc::clone(hub), thing));
                self.chores.push(Box::pin(asked.map(|_| ())));
            }
        }
        if self.bound.len() > NAMES {
            // No more than that are bound at a time: the others were unbound.
            self.bound.retain(|thing| hub.holder(thing) == Some(id));
        }
    }

    /// Has the host answer a request: at once, or when it can. What it has not
    /// answered in time, the machine has; it is not waited for any more.
    async fn answer(&mut self, inbound: InboundId, request: Request) {
        if self.is_shut_down {
            let reason = "the platform shuts down";
            self.respond(inbound, &Response::error(Status::SERVICE_UNAVAILABLE, reason));
            return;
        }
        let (hub, id) = (Arc::clone(&self.hub), self.id);
        let limit = Duration::from_millis(hub.options.settings.answer_timeout_ms.into());
        let mut answer: BoxFuture<'static, Response> = Box::pin(async move {
            let response = unless_it_panics(async { hub.things.request(request, id).await });
            response.await.unwrap_or(Response::new(Status::INTERNAL_SERVER_ERROR))
        });
        let now = poll_fn(|context| Poll::Ready(answer.as_mut().poll(context))).await;
        match now {
            Poll::Ready(response) => self.respond(inbound, &response),
            Poll::Pending => self.answers.push(Box::pin(async move {
                let response = tokio::time::timeout(limit, answer).await;
                (inbound, response.unwrap_or(Response::new(Status::GATEWAY_TIMEOUT)))
            })),
        }
    }

    fn respond(&mut self, inbound: InboundId, response: &Response) {
        let sent = self.driver.call(|machine, _| machine.answer(inbound, response));
        if let Err(error) = sent {
            // One that waited too long was answered by the machine, or nobody is
            // there any more; the rest is said in a few bytes.
            let status = match error {
                MachineError::NotWaiting | MachineError::Ended => return,
                MachineError::MessageTooLong => Status::ENTITY_TOO_LARGE,
                MachineError::OutboxFull => Status::SERVICE_UNAVAILABLE,
                _ => Status::INTERNAL_SERVER_ERROR,
            };
            let short = Response::error(status, error.to_string());
            if self.driver.call(|machine, _| machine.answer(inbound, &short)).is_err() {
                tracing::warn!(
                    connection = self.id.0,
                    "an answer has no room; the edge is told GATEWAY_TIMEOUT"
                );
            }
        }
    }
}

impl Drop for Session {
    /// However it ends, its Things are freed and whoever waits is told.
    fn drop(&mut self) {
        let (connection, end) = (self.id, self.end.unwrap_or(End::Closed));
        for (_, reply) in self.calls.drain() {
            // The caller may not wait any more.
            let _ = reply.send(Err(CallError::Ended));
        }
        self.hub.close(connection);
        self.hub.tell(Event::Disconnected { connection, end });
        tracing::debug!(connection = connection.0, ?end, "a connection has ended");
    }
}

/// What a host has to say; none where it panics instead.
async fn unless_it_panics<T>(answer: impl Future<Output = T>) -> Option<T> {
    let answer = AssertUnwindSafe(answer).catch_unwind().await;
    if answer.is_err() {
        tracing::error!("the host has panicked");
    }
    answer.ok()
}

/// What is decided about, once it is; never where nothing is.
async fn decided(deciding: &mut Option<BoxFuture<'static, Decision>>) -> Decision {
    match deciding {
        Some(decision) => decision.await,
        None => std::future::pending().await,
    }
}
