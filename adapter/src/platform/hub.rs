//! What all connections of a platform share: who holds which Thing, where
//! requests go, what is told.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use alwayson_codec::connection::registry::{
    self, BindRefusal, BindRefusalKind, Binding, Bindings as _, ConnectionId, Key, Registry,
};
use alwayson_codec::{Bind, Ids, Status, Text};
use tokio::sync::{broadcast, mpsc, oneshot};

use super::authenticator::Authenticator;
use super::bindings::MapBindings;
use super::call::CallError;
use super::event::Event;
use super::options::Options;
use super::things::{Thing, Things};
use crate::drive::JoinBudget;
use crate::message::{Request, Response};

/// How many events wait for a receiver that does not take them.
const EVENTS: usize = 4_096;

/// What a connection's task is told.
pub(super) enum Command {
    /// A request to a Thing, under the name that it is bound by.
    Call {
        request: Request,
        wire_name: String,
        reply: oneshot::Sender<Result<Response, CallError>>,
    },
    /// Another connection has this name now.
    Moved(String),
    /// The platform shuts down.
    ShutDown,
}

/// Boxed, so that the queue of an idle connection takes little memory.
pub(super) type Commands = mpsc::UnboundedSender<Box<Command>>;

/// What all connections share.
pub(super) struct Hub {
    pub(super) options: Options,
    pub(super) authenticator: Arc<dyn Authenticator>,
    pub(super) things: Arc<dyn Things>,
    pub(super) events: broadcast::Sender<Event>,
    pub(super) join_budget: JoinBudget,
    state: Mutex<State>,
    next_id: AtomicU32,
    next_session: AtomicU32,
}

struct State {
    registry: Registry<MapBindings>,
    connections: HashMap<ConnectionId, Commands>,
    is_shut_down: bool,
}

/// Why a BIND or UNBIND is refused, with the name that is at fault.
pub(super) struct Refusal {
    pub(super) kind: BindRefusalKind,
    pub(super) name: String,
}

/// What is known of the names of one BIND.
#[derive(Default)]
pub(super) struct Known {
    pub(super) by_name: HashMap<String, Thing>,
    pub(super) by_identifier: HashMap<String, Thing>,
    pub(super) is_gateway_type: bool,
}

impl registry::Things for Known {
    fn thing<'a>(&'a self, name: &'a str) -> Option<registry::Thing<'a>> {
        self.by_name.get(name).map(view)
    }

    fn by_identifier<'a>(&'a self, identifier: &'a str) -> Option<registry::Thing<'a>> {
        self.by_identifier.get(identifier).map(view)
    }

    fn is_gateway_type(&self, _: &str) -> bool {
        self.is_gateway_type
    }
}

fn view(thing: &Thing) -> registry::Thing<'_> {
    registry::Thing { name: &thing.name, identifier: thing.identifier.as_deref() }
}

impl Hub {
    pub(super) fn new(
        options: Options,
        authenticator: Arc<dyn Authenticator>,
        things: Arc<dyn Things>,
    ) -> Self {
        let (events, _) = broadcast::channel(EVENTS);
        let registry = Registry::new(MapBindings::new(options.bindings), options.bind_policy);
        let state = State { registry, connections: HashMap::new(), is_shut_down: false };
        Self {
            join_budget: JoinBudget::new(options.join_limit),
            next_id: AtomicU32::new(1),
            next_session: AtomicU32::new(options.first_session),
            options,
            authenticator,
            things,
            events,
            state: Mutex::new(state),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // What is done while it is held leaves it whole, even if a host panics.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tell(&self, event: Event) {
        // Nobody may be listening.
        let _ = self.events.send(event);
    }

    /// Takes a connection in; none after the platform was shut down.
    pub(super) fn open(&self, commands: Commands) -> Option<ConnectionId> {
        let mut state = self.lock();
        if state.is_shut_down {
            return None;
        }
        let id = loop {
            let id = ConnectionId(self.next_id.fetch_add(1, Ordering::Relaxed));
            if !state.connections.contains_key(&id) {
                break id;
            }
        };
        state.connections.insert(id, commands);
        Some(id)
    }

    /// A session id for the next connection that is authenticated.
    pub(super) fn grant_session(&self) -> u32 {
        loop {
            let session = self.next_session.fetch_add(1, Ordering::Relaxed);
            if session != 0 && session != Ids::NONE {
                return session;
            }
        }
    }

    /// A connection has ended: everything that it holds is freed.
    pub(super) fn close(&self, connection: ConnectionId) {
        let mut state = self.lock();
        state.connections.remove(&connection);
        let mut freed: Vec<String> =
            state.registry.held_by(connection).map(|held| held.thing.to_owned()).collect();
        freed.sort();
        state.registry.end(connection, |_| {});
        for thing in freed {
            self.freed(connection, thing);
        }
    }

    /// Ties the names of a BIND to a connection: all or none. Says which Things
    /// were not tied to it before.
    ///
    /// What is told of Things is told while nobody else can bind or unbind, so it
    /// comes in the order of what happened.
    pub(super) fn bind(
        &self,
        connection: ConnectionId,
        bind: &Bind<'_>,
        known: &Known,
    ) -> Result<Vec<String>, Refusal> {
        let mut state = self.lock();
        let state = &mut *state;
        let is_here = |registry: &Registry<MapBindings>, thing: &String| {
            registry.holder(thing).is_some_and(|held| held.connection == connection)
        };
        let mut bound = known.things(bind);
        bound.retain(|thing| !is_here(&state.registry, thing));
        let mut moved = Vec::new();
        state
            .registry
            .bind(known, connection, bind, |from, name| moved.push((from, name.to_owned())))?;
        bound.retain(|thing| is_here(&state.registry, thing));
        let last_connection = SystemTime::now();
        for thing in &bound {
            self.connected(thing, Some(last_connection));
        }
        let mut losers = HashMap::new();
        for (from, name) in moved {
            losers.insert(known.name_of(&name).unwrap_or_else(|| name.clone()), from);
            if let Some(commands) = state.connections.get(&from) {
                // One that has just ended does not need to know.
                let _ = commands.send(Box::new(Command::Moved(name)));
            }
        }
        for thing in &bound {
            let thing = thing.clone();
            self.tell(match losers.remove(&thing) {
                Some(from) => Event::Moved { from, to: connection, thing, last_connection },
                None => Event::Bound { connection, thing, last_connection },
            });
        }
        Ok(bound)
    }

    /// Unties the names of an UNBIND from a connection: all or none.
    pub(super) fn unbind(
        &self,
        connection: ConnectionId,
        unbind: &Bind<'_>,
    ) -> Result<(), Refusal> {
        let mut state = self.lock();
        // What was bound by its identifier has another name than the message says.
        let identified: HashMap<String, String> = state
            .registry
            .held_by(connection)
            .filter(|held| held.wire_name != held.thing)
            .map(|held| (held.wire_name.to_owned(), held.thing.to_owned()))
            .collect();
        let mut freed = Vec::new();
        state.registry.unbind(connection, unbind, |name| freed.push(name.to_owned()))?;
        for name in freed {
            let thing = identified.get(&name).cloned().unwrap_or(name);
            self.freed(connection, thing);
        }
        Ok(())
    }

    fn freed(&self, connection: ConnectionId, thing: String) {
        self.connected(&thing, None);
        self.tell(Event::Unbound { connection, thing });
    }

    /// Tells the host, which may panic: what is done for other Things goes on.
    fn connected(&self, thing: &str, last_connection: Option<SystemTime>) {
        let told = AssertUnwindSafe(|| self.things.connected(thing, last_connection));
        if catch_unwind(told).is_err() {
            tracing::error!(thing, "the host has panicked");
        }
    }

    /// Sends a request to whoever holds a Thing.
    pub(super) fn call(
        &self,
        request: Request,
        reply: oneshot::Sender<Result<Response, CallError>>,
    ) {
        let state = self.lock();
        let route = state.registry.holder(&request.entity).and_then(|held| {
            let commands = state.connections.get(&held.connection)?;
            Some((commands, held.wire_name.to_owned()))
        });
        let undelivered = match route {
            None => Some(reply),
            Some((commands, wire_name)) => {
                let command = Box::new(Command::Call { request, wire_name, reply });
                commands.send(command).err().and_then(|error| match *error.0 {
                    Command::Call { reply, .. } => Some(reply),
                    Command::Moved(_) | Command::ShutDown => None,
                })
            }
        };
        if let Some(reply) = undelivered {
            // The caller may not wait any more.
            let _ = reply.send(Err(CallError::NotBound));
        }
    }

    /// Which connection holds a Thing.
    pub(super) fn holder(&self, thing: &str) -> Option<ConnectionId> {
        self.lock().registry.holder(thing).map(|held| held.connection)
    }

    /// Whether a connection holds something under this name, as it was bound.
    pub(super) fn holds(&self, connection: ConnectionId, wire_name: &str) -> bool {
        let key = if wire_name.starts_with('*') {
            Key::Identifier(connection, wire_name)
        } else {
            Key::Thing(wire_name)
        };
        let is_here = |held: Binding<'_>| held.connection == connection;
        self.lock().registry.bindings().get(key).is_some_and(is_here)
    }

    /// How many connections there are.
    pub(super) fn connections(&self) -> usize {
        self.lock().connections.len()
    }

    /// Tells all connections that the platform shuts down, and takes no more in.
    pub(super) fn shut_down(&self) {
        let mut state = self.lock();
        state.is_shut_down = true;
        for commands in state.connections.values() {
            let _ = commands.send(Box::new(Command::ShutDown));
        }
    }
}

impl Known {
    /// The Things that a BIND is for, its gateway among them, in order and each
    /// once.
    fn things(&self, bind: &Bind<'_>) -> Vec<String> {
        let gateway = bind.gateway.iter().map(|gateway| gateway.name.as_str());
        let names = bind.names.iter().map(Text::as_str);
        let thing = |name: &str| self.name_of(name).unwrap_or_else(|| name.to_owned());
        let mut things: Vec<String> = gateway.chain(names).map(thing).collect();
        things.sort();
        things.dedup();
        things
    }

    /// The Thing that a name of a BIND is for.
    fn name_of(&self, wire_name: &str) -> Option<String> {
        let thing = match wire_name.strip_prefix('*') {
            Some(identifier) => self.by_identifier.get(identifier)?,
            None => self.by_name.get(wire_name)?,
        };
        Some(thing.name.clone())
    }
}

impl From<BindRefusal<'_>> for Refusal {
    fn from(refusal: BindRefusal<'_>) -> Self {
        Self { kind: refusal.kind, name: refusal.name.as_str().to_owned() }
    }
}

impl Refusal {
    pub(super) fn status(&self) -> Status {
        self.kind.status()
    }
}
