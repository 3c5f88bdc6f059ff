//! The task of one connection: it drives the machine, and does what it asks.

// | file | what it holds |
// | --- | --- |
// | `mod.rs` | the connection, its loop and its end; requests to it |
// | `receive.rs` | what comes in |
// | `decide.rs` | what the host decides about claims and names |
// | `answer.rs` | what the host answers to requests |

mod answer;
mod decide;
mod receive;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use alwayson_codec::connection::platform::{Connection, End, Event as Told};
use alwayson_codec::connection::registry::ConnectionId;
use alwayson_codec::connection::{InboundId, RequestId};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{mpsc, oneshot};

use super::disconnect::Disconnect;
use super::error::RequestError;
use super::event::Event;
use super::hub::{Command, Hub};
use crate::drive::{Clock, Driver, GrowingJoiner, Room, Step};
use crate::frame::Observer;
use crate::message::{BoxFuture, Request, Response};
use crate::transport::AnyTransport;
use decide::{Decision, decided};

type Machine = Connection<Room>;
type Reply = oneshot::Sender<Result<Response, RequestError>>;

/// One connection.
pub(super) struct Session {
    hub: Arc<Hub>,
    id: ConnectionId,
    driver: Driver<Machine>,
    commands: mpsc::UnboundedReceiver<Box<Command>>,
    /// The next command, which may have to wait for others; all after it wait for
    /// it.
    next_command: Option<Box<Command>>,
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
    /// The host wants it dropped without a close.
    is_aborted: bool,
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
        let settings = options.settings();
        // The edge announces what it accepts (section 1).
        let chunk_size = max_frame_size.unwrap_or(settings.chunk_size).min(settings.chunk_size);
        let settings = settings.with_chunk_size(chunk_size);
        let machine = Connection::new(settings, Vec::new(), clock.now_ms());
        let joiner = GrowingJoiner::new(options.message_limit, hub.join_budget.clone());
        let observer = hub
            .observer
            .clone()
            .map(|observer| -> Observer { Arc::new(move |frame| observer(id, frame)) });
        let mut driver =
            Driver::new(machine, transport, joiner, clock, options.send_timeout, observer);
        if let Some(interval) = options.ping_interval {
            driver.ping_after(interval);
        }
        Self {
            hub,
            id,
            driver,
            commands,
            next_command: None,
            deciding: None,
            answers: FuturesUnordered::new(),
            bound: BTreeSet::new(),
            chores: FuturesUnordered::new(),
            calls: HashMap::new(),
            is_shut_down: false,
            is_aborted: false,
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
                Some(command) = next(&mut self.commands, &mut self.next_command) => {
                    self.command(*command);
                    if self.is_aborted {
                        return;
                    }
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
        // What holds names does so no longer, and nothing more is asked of it. Who
        // waits for what it was told waits no longer.
        self.hub.close(self.id);
        self.next_command = None;
        while self.commands.try_recv().is_ok() {}
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
            Command::Names(decided) => self.change_names(decided),
            Command::Disconnect(Disconnect::Abort) => self.is_aborted = true,
            Command::Disconnect(Disconnect::Close(close)) => {
                self.driver.close_with(close);
                self.driver.machine.shut_down(self.driver.clock.now_ms());
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
            let _ = reply.send(Err(RequestError::Ended));
            return;
        }
        let sent = self.driver.ask(request, wire_name);
        match sent {
            Ok(id) => {
                self.calls.insert(id, reply);
            }
            Err(error) => {
                let _ = reply.send(Err(error.into()));
            }
        }
    }
}

/// The next command, once it can be done: of a name that moves the loser has to
/// know first. None of these waits for one that was decided later, so they end.
///
/// # Cancel safety
/// A command that is waited with stays in its place.
async fn next(
    commands: &mut mpsc::UnboundedReceiver<Box<Command>>,
    next: &mut Option<Box<Command>>,
) -> Option<Box<Command>> {
    if next.is_none() {
        *next = Some(commands.recv().await?);
    }
    if let Some(Command::Names(decided)) = next.as_deref_mut() {
        while let Some(loser) = decided.losers.last_mut() {
            // It has done it, or has ended.
            let _ = loser.await;
            decided.losers.pop();
        }
    }
    next.take()
}

impl Drop for Session {
    /// However it ends, its Things are freed and whoever waits is told.
    fn drop(&mut self) {
        let (connection, end) = (self.id, self.end.unwrap_or(End::Closed));
        for (_, reply) in self.calls.drain() {
            // The caller may not wait any more.
            let _ = reply.send(Err(RequestError::Ended));
        }
        self.hub.close(connection);
        let ending = self.driver.ending();
        tracing::debug!(connection = connection.0, ?end, %ending, "a connection has ended");
        self.hub.tell(Event::Disconnected { connection, end, ending });
    }
}
