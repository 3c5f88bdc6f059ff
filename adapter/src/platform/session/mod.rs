//! The task of one connection: it drives the machine, and handles what the machine reports.

// | file | contents |
// | --- | --- |
// | `mod.rs` | the connection, its loop and its end; requests to its edge |
// | `turn.rs` | waits for what happens next |
// | `receive.rs` | handles received messages |
// | `decide.rs` | lets the host decide about claims and names |
// | `answer.rs` | lets the host answer requests |

mod answer;
mod decide;
mod receive;
mod turn;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use alwayson_codec::connection::platform::{Connection, End, Event as Told};
use alwayson_codec::connection::registry::ConnectionId;
use alwayson_codec::connection::{InboundId, RequestId};
use futures_util::stream::FuturesUnordered;
use tokio::sync::{mpsc, oneshot};

use super::commands::Command;
use super::disconnect::Disconnect;
use super::error::RequestError;
use super::event::Event;
use super::hub::Hub;
use crate::drive::{Clock, Driver, GrowingJoiner, Room, Step};
use crate::frame::Observer;
use crate::message::{BoxFuture, Request, Response};
use crate::transport::{AnyTransport, Close};
use decide::Decision;
use turn::Turn;

type Machine = Connection<Room>;
type Reply = oneshot::Sender<Result<Response, RequestError>>;

/// One connection.
pub(super) struct Session {
    hub: Arc<Hub>,
    id: ConnectionId,
    driver: Driver<Machine>,
    commands: mpsc::UnboundedReceiver<Box<Command>>,
    /// The next command. It may have to wait for other connections, and all later commands wait
    /// for it.
    next_command: Option<Box<Command>>,
    /// The decision that the host is making. There is at most one at a time.
    deciding: Option<BoxFuture<'static, Decision>>,
    /// Requests of the edge that the host is answering.
    answers: FuturesUnordered<BoxFuture<'static, (InboundId, Response)>>,
    /// Things that were bound, and wait for the requests after a BIND.
    bound: BTreeSet<String>,
    /// The requests after a BIND that are in progress, one future for each Thing.
    chores: FuturesUnordered<BoxFuture<'static, ()>>,
    /// The callers that wait for an answer of the edge.
    calls: HashMap<RequestId, Reply>,
    /// The number of steps since the host had its turn.
    steps: usize,
    is_shut_down: bool,
    /// Whether the host wants the connection dropped without a close.
    is_aborted: bool,
    /// Why the connection has ended, once it has.
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
        // The edge announces the largest frame that it accepts (PROTOCOL.md §1).
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
            steps: 0,
            is_shut_down: false,
            is_aborted: false,
            end: None,
        }
    }

    /// Runs the connection until its end.
    pub(super) async fn run(mut self) {
        loop {
            if let Some(end) = self.tell() {
                self.end = Some(end);
                self.drain().await;
                return;
            }
            self.finish_shut_down();
            match self.turn().await {
                Turn::Host if self.is_aborted => return,
                Turn::Host | Turn::Step(Step::Progress) => {}
                Turn::Step(Step::Message(bytes)) => self.receive(bytes).await,
                Turn::Step(Step::Over) => {
                    self.end = self.driver.machine.end();
                    return;
                }
            }
        }
    }

    /// Sends what is left after the end, including the close, and waits for the edge's close as
    /// long as the machine does.
    async fn drain(&mut self) {
        // The connection gives up its names, and gets no more requests. Dropping its commands
        // releases the connections that wait for it.
        self.hub.close(self.id);
        self.next_command = None;
        while self.commands.try_recv().is_ok() {}
        while self.driver.step().await != Step::Over {
            self.tell();
        }
    }

    /// Handles the events of the machine. Returns why the connection has ended, if it has.
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
                // Events about names come from the registry, in the hub.
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
            Command::Disconnect(Disconnect::Close(close)) => self.close_with(close),
            Command::ShutDown => self.is_shut_down = true,
        }
    }

    /// Closes the connection, after everything that already waits to be sent.
    pub(super) fn close_with(&mut self, close: Close) {
        self.driver.close_with(close);
        self.driver.machine.shut_down(self.driver.clock.now_ms());
    }

    /// Shuts down once all requests that are in flight are answered.
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

/// Returns the next command, once it can be executed: if names move, the connections that lose
/// them have to know first. A command only waits for decisions made before it, so there is no
/// deadlock.
///
/// # Cancel safety
/// A command that waits stays in `next`.
async fn next(
    commands: &mut mpsc::UnboundedReceiver<Box<Command>>,
    next: &mut Option<Box<Command>>,
) -> Option<Box<Command>> {
    if next.is_none() {
        *next = Some(commands.recv().await?);
    }
    if let Some(Command::Names(decided)) = next.as_deref_mut() {
        while let Some(loser) = decided.losers.last_mut() {
            // The receiver ends when the loser has applied the decision, or has ended.
            let _ = loser.await;
            decided.losers.pop();
        }
    }
    next.take()
}

impl Drop for Session {
    /// Frees the Things and answers the callers, however the connection ends.
    fn drop(&mut self) {
        let connection = self.id;
        let end = self.end.unwrap_or(End::Closed);
        for (_, reply) in self.calls.drain() {
            // The caller may have stopped waiting.
            let _ = reply.send(Err(RequestError::Ended));
        }
        self.hub.close(connection);
        let ending = self.driver.ending();
        tracing::debug!(connection = connection.0, ?end, %ending, "a connection has ended");
        self.hub.tell(Event::Disconnected { connection, end, ending });
    }
}
