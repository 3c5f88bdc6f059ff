//! What all connections of a platform share: which connection holds which Thing, the routing of
//! requests, and the events.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use alwayson_codec::connection::registry::{
    BindRefusal, Bindings as _, Change, ConnectionId, Key, NameChange, Registry,
};
use alwayson_codec::{Bind, Ids};
use tokio::sync::{broadcast, oneshot};

use super::admission::Admission;
use super::authenticator::Authenticator;
use super::bindings::MapBindings;
use super::cluster::{Claimed, Cluster, View};
use super::commands::{Command, Commands, Decided, Refusal};
use super::disconnect::Disconnect;
use super::error::RequestError;
use super::event::Event;
use super::naming::Known;
use super::options::Options;
use super::things::Things;
use crate::drive::JoinBudget;
use crate::frame::PlatformObserver;
use crate::message::{Request, Response};

/// The number of events that wait for a receiver. When it is exceeded, the receiver loses the
/// oldest.
const EVENTS: usize = 4_096;

/// What all connections share.
pub(super) struct Hub {
    pub(super) observer: Option<PlatformObserver>,
    pub(super) options: Options,
    pub(super) authenticator: Arc<dyn Authenticator>,
    pub(super) things: Arc<dyn Things>,
    pub(super) events: broadcast::Sender<Event>,
    pub(super) join_budget: JoinBudget,
    pub(super) admission: Admission,
    /// The other nodes, if there may be some.
    pub(super) cluster: Option<Cluster>,
    state: Mutex<State>,
    next_id: AtomicU32,
    next_session: AtomicU32,
}

pub(super) struct State {
    pub(super) registry: Registry<MapBindings>,
    pub(super) connections: HashMap<ConnectionId, Commands>,
    is_shut_down: bool,
    /// What this node knows of its cluster, if it has one.
    pub(super) view: Option<Box<View>>,
}

/// Creates the channel of events.
pub(super) fn events() -> broadcast::Sender<Event> {
    broadcast::channel(EVENTS).0
}

impl Hub {
    pub(super) fn new(
        options: Options,
        authenticator: Arc<dyn Authenticator>,
        things: Arc<dyn Things>,
        events: broadcast::Sender<Event>,
        observer: Option<PlatformObserver>,
        cluster: Option<Cluster>,
    ) -> Self {
        let registry = Registry::new(MapBindings::new(options.bindings), options.bind_policy);
        let view = cluster.as_ref().map(|_| Box::default());
        let state = State { registry, connections: HashMap::new(), is_shut_down: false, view };
        Self {
            join_budget: JoinBudget::new(options.joined_memory),
            admission: Admission::new(&options),
            next_id: AtomicU32::new(1),
            next_session: AtomicU32::new(options.first_session),
            options,
            observer,
            authenticator,
            things,
            events,
            cluster,
            state: Mutex::new(state),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // The state is consistent even after a panic: those of the host are caught.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tell(&self, event: Event) {
        if let Some(cluster) = &self.cluster {
            cluster.peers.tell(&event);
        }
        // There may be no receiver.
        let _ = self.events.send(event);
    }

    /// Adds a connection. Returns its id, or `None` if the platform shuts down.
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

    /// Returns a session id for the next connection that is authenticated. It is neither 0 nor
    /// [`Ids::NONE`].
    pub(super) fn grant_session(&self) -> u32 {
        loop {
            let session = self.next_session.fetch_add(1, Ordering::Relaxed);
            if session != 0 && session != Ids::NONE {
                return session;
            }
        }
    }

    /// Removes a connection that has ended, and frees the Things that it holds.
    pub(super) fn close(&self, connection: ConnectionId) {
        let mut state = self.lock();
        let State { registry, connections, view, .. } = &mut *state;
        connections.remove(&connection);
        let mut freed = Vec::new();
        registry.end(connection, |change| freed.push(change.thing.to_owned()));
        freed.sort();
        for thing in freed {
            self.freed(view, connection, thing);
        }
    }

    /// Lets the registry decide about a BIND: all of its names are bound by the connection, or
    /// none. `claimed` has their Things, if this node has a cluster. The connection gets the decision and the answer as a [`Command::Names`].
    pub(super) fn bind(
        &self,
        connection: ConnectionId,
        bind: &Bind<'_>,
        known: &Known,
        claimed: Option<&Claimed>,
    ) {
        self.decide(connection, claimed, |registry, changed| {
            registry.bind(known, connection, bind, changed)
        });
    }

    /// Lets the registry decide about an UNBIND, like [`bind`](Self::bind).
    pub(super) fn unbind(&self, connection: ConnectionId, unbind: &Bind<'_>) {
        self.decide(connection, None, |registry, changed| {
            registry.unbind(connection, unbind, changed)
        });
    }

    /// Lets the registry decide, and distributes the decision. Events are sent, and connections get
    /// their commands, under the lock, while nothing else can be bound or unbound. So all receive
    /// them in the order in which things happened.
    fn decide<'b>(
        &self,
        connection: ConnectionId,
        claimed: Option<&Claimed>,
        decide: impl FnOnce(
            &mut Registry<MapBindings>,
            &mut dyn FnMut(Change<'_>),
        ) -> Result<(), BindRefusal<'b>>,
    ) {
        let now = SystemTime::now();
        let mut state = self.lock();
        let State { registry, connections, view, .. } = &mut *state;
        registry.bindings().set_now(now);
        let Some(commands) = connections.get(&connection) else { return };
        let mut own = Decided::default();
        let mut losers = HashMap::<_, Decided>::new();
        let mut bound = Vec::new();
        // The registry reports a move to the loser first, and to the winner right after it.
        let mut moved_from = None;
        let lost = claimed.zip(view.as_deref()).and_then(|(claimed, view)| claimed.lost(view));
        let mut changed = |change: Change<'_>| {
            let Change { connection: of, thing, what, .. } = change;
            if of == connection {
                own.push(change);
            } else {
                losers.entry(of).or_default().push(change);
            }
            match what {
                NameChange::Moved => moved_from = Some(of),
                NameChange::Unbound => self.freed(view, of, thing.to_owned()),
                NameChange::Bound => {
                    let from = moved_from.take();
                    // The same connection may have bound it before, by another name.
                    if from != Some(of) {
                        self.bound(view, from, of, thing, now);
                        bound.push(thing.to_owned());
                    }
                }
            }
        };
        let result = match lost {
            Some(name) => Err(Refusal::unavailable(&name)),
            None => decide(registry, &mut changed).map_err(Refusal::from),
        };
        for (loser, mut lost) in losers {
            // A connection that has just ended does not need to know.
            let Some(commands) = connections.get(&loser) else { continue };
            let (done, is_done) = oneshot::channel();
            lost.done = Some(done);
            own.losers.push(is_done);
            let _ = commands.send(Box::new(Command::Names(lost)));
        }
        own.answer = Some(result.map(|()| bound));
        let _ = commands.send(Box::new(Command::Names(own)));
    }

    fn bound(
        &self,
        view: &mut Option<Box<View>>,
        from: Option<ConnectionId>,
        connection: ConnectionId,
        thing: &str,
        last_connection: SystemTime,
    ) {
        if let Some(view) = view {
            view.bound(thing);
        }
        let thing = thing.to_owned();
        self.connected(&thing, Some(last_connection));
        self.tell(match from {
            Some(from) => Event::Moved { from, to: connection, thing, last_connection },
            None => Event::Bound { connection, thing, last_connection },
        });
    }

    /// Tells that a Thing was freed, unless another node holds it already.
    fn freed(&self, view: &mut Option<Box<View>>, connection: ConnectionId, thing: String) {
        let freed = view.as_deref_mut().map(|view| view.freed(&thing));
        if let (Some(cluster), Some(token)) =
            (&self.cluster, freed.as_ref().and_then(|freed| freed.token))
        {
            cluster.directory.release(&thing, token);
        }
        if freed.is_none_or(|freed| freed.is_told) {
            self.connected(&thing, None);
        }
        self.tell(Event::Unbound { connection, thing });
    }

    /// Tells the host. Its panic is caught, so that other Things are still handled.
    pub(super) fn connected(&self, thing: &str, last_connection: Option<SystemTime>) {
        let told = AssertUnwindSafe(|| self.things.connected(thing, last_connection));
        if catch_unwind(told).is_err() {
            tracing::error!(thing, "the host has panicked");
        }
    }

    /// Sends a request to the connection that holds a Thing, on whichever node.
    pub(super) fn call(
        &self,
        request: Request,
        reply: oneshot::Sender<Result<Response, RequestError>>,
    ) {
        if let Some((request, reply)) = self.call_here(request, reply) {
            self.call_peer(request, reply);
        }
    }

    /// Sends a request to the connection of this node that holds a Thing. Returns the request if
    /// there is none.
    pub(super) fn call_here(
        &self,
        request: Request,
        reply: oneshot::Sender<Result<Response, RequestError>>,
    ) -> Option<(Request, oneshot::Sender<Result<Response, RequestError>>)> {
        if self.cluster.as_ref().is_some_and(|cluster| !cluster.directory.serves()) {
            return Some((request, reply));
        }
        let state = self.lock();
        let route = state.registry.holder(&request.entity).and_then(|held| {
            let commands = state.connections.get(&held.connection)?;
            Some((commands, held.wire_name.to_owned()))
        });
        match route {
            None => Some((request, reply)),
            Some((commands, wire_name)) => {
                let command = Box::new(Command::Call { request, wire_name, reply });
                commands.send(command).err().and_then(|error| match *error.0 {
                    Command::Call { request, reply, .. } => Some((request, reply)),
                    Command::Names(_) | Command::Disconnect(_) | Command::ShutDown => None,
                })
            }
        }
    }

    /// Returns the connection that holds a Thing, if there is one.
    pub(super) fn holder(&self, thing: &str) -> Option<ConnectionId> {
        self.lock().registry.holder(thing).map(|held| held.connection)
    }

    /// Returns the Thing that a connection has bound by this identifier, passed with the `*`.
    pub(super) fn identified(&self, connection: ConnectionId, name: &str) -> Option<String> {
        let state = self.lock();
        let held = state.registry.bindings().get(Key::Identifier(connection, name))?;
        Some(held.thing.to_owned())
    }

    /// Ends a connection. Returns whether it exists.
    pub(super) fn disconnect(&self, connection: ConnectionId, how: Disconnect) -> bool {
        let state = self.lock();
        let commands = state.connections.get(&connection);
        commands.is_some_and(|commands| commands.send(Box::new(Command::Disconnect(how))).is_ok())
    }

    /// Returns the number of connections.
    pub(super) fn connections(&self) -> usize {
        self.lock().connections.len()
    }

    /// Tells all connections that the platform shuts down, and accepts no more.
    pub(super) fn shut_down(&self) {
        let mut state = self.lock();
        state.is_shut_down = true;
        for commands in state.connections.values() {
            let _ = commands.send(Box::new(Command::ShutDown));
        }
    }
}
