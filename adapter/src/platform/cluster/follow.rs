//! Applies what the directory reports to the bindings of this node.

use std::sync::Weak;

use alwayson_codec::Bind;
use alwayson_codec::connection::registry::NameChange;
use tokio::sync::{mpsc, oneshot};

use super::super::commands::{Command, Decided};
use super::super::event::Event;
use super::super::hub::{Hub, State};
use super::view::Reported;
use super::{Change, Incoming, NodeId, Owner, Token, View};
use crate::transport::Close;

/// The code of the close of a node that is fenced: "going away" (RFC 6455, section 7.4.1).
const GOING_AWAY: u16 = 1001;

/// Applies changes of the directory, and takes what other nodes send, as long as the hub lives.
pub(in super::super) async fn follow(
    hub: Weak<Hub>,
    mut changes: mpsc::UnboundedReceiver<Change>,
    mut incoming: mpsc::UnboundedReceiver<Incoming>,
) {
    loop {
        tokio::select! {
            // A Thing that was lost is not called any more.
            biased;
            Some(change) = changes.recv() => {
                let Some(hub) = hub.upgrade() else { return };
                hub.changed(change);
            }
            Some(incoming) = incoming.recv() => {
                let Some(hub) = hub.upgrade() else { return };
                hub.incoming(incoming);
            }
            else => return,
        }
    }
}

/// Returns the close for edges of a node that is fenced.
pub(in super::super) fn fenced() -> Close {
    Close::new(GOING_AWAY, "this node has lost its cluster; connect to another one")
}

impl Hub {
    /// Calls `then` with the view of the cluster, if this node has one.
    pub(super) fn with_view<R>(&self, then: impl FnOnce(&mut View) -> R) -> Option<R> {
        self.lock().view.as_deref_mut().map(then)
    }

    /// Returns whether this node has a cluster, but is not a member of it now.
    pub(in super::super) fn is_fenced(&self) -> bool {
        self.cluster.is_some() && self.with_view(|view| view.is_fenced()).unwrap_or_default()
    }

    /// Returns this node, if it is a member of a cluster.
    pub(in super::super) fn node(&self) -> Option<NodeId> {
        self.with_view(|view| view.node.clone()).flatten()
    }

    fn changed(&self, change: Change) {
        match change {
            Change::Joined { node, holders, position } => self.joined(node, holders, position),
            Change::Renewed { node } => {
                self.with_view(|view| view.renew(node.clone()));
                self.tell(Event::Joined { node });
            }
            Change::Held { thing, owner } => self.held_there(&thing, &owner),
            Change::Lost { thing, token, to, done } => self.lost(&thing, token, &to, done),
            Change::Freed { thing, token } => self.not_held(&thing, token),
            Change::Fenced => self.fence(),
        }
    }

    fn joined(&self, node: NodeId, holders: Vec<(String, Owner)>, position: Token) {
        let mut state = self.lock();
        let Some(view) = state.view.as_deref_mut() else { return };
        let gone = view.join(node.clone(), &holders, position);
        for thing in gone {
            self.connected(&thing, None);
        }
        for (thing, owner) in holders {
            self.held_by(&mut state, &thing, &owner);
        }
        self.tell(Event::Joined { node });
    }

    fn held_there(&self, thing: &str, owner: &Owner) {
        self.held_by(&mut self.lock(), thing, owner);
    }

    fn held_by(&self, state: &mut State, thing: &str, owner: &Owner) {
        let Some(view) = state.view.as_deref_mut() else { return };
        let reported = view.held(thing, owner);
        if view.is_lost(thing, owner) {
            self.untie(state, thing, &owner.node, None);
        }
        if let Reported::Connected(since) = reported {
            self.connected(thing, Some(since));
        }
    }

    fn lost(&self, thing: &str, token: Token, to: &NodeId, done: oneshot::Sender<()>) {
        let mut state = self.lock();
        let is_lost = state.view.as_deref_mut().is_some_and(|view| view.given(thing, token));
        if is_lost {
            self.untie(&mut state, thing, to, Some(done));
        }
    }

    fn not_held(&self, thing: &str, token: Token) {
        let mut state = self.lock();
        let Some(view) = state.view.as_deref_mut() else { return };
        if view.not_held(thing, token) == Reported::Disconnected {
            self.connected(thing, None);
        }
    }

    /// Unbinds a Thing that another node holds now. Its connection is told as if another connection
    /// of this node had taken it.
    fn untie(
        &self,
        state: &mut State,
        thing: &str,
        to: &NodeId,
        done: Option<oneshot::Sender<()>>,
    ) {
        let State { registry, connections, view, .. } = state;
        if let Some(view) = view {
            // The token is not released: the other node replaces it.
            view.untied(thing);
        }
        let Some(held) = registry.holder(thing) else { return };
        let connection = held.connection;
        let name = held.wire_name.to_owned();
        let names = [name.as_str()];
        let Ok(unbind) = Bind::new(&names) else { return };
        let mut lost = Decided { done, ..Decided::default() };
        let untied = registry.unbind(connection, &unbind, |change| {
            lost.changes.push((change.wire_name.to_owned(), NameChange::Moved));
        });
        if untied.is_err() {
            return;
        }
        if let Some(commands) = connections.get(&connection) {
            let _ = commands.send(Box::new(Command::Names(lost)));
        }
        let thing = thing.to_owned();
        self.tell(Event::MovedAway { connection, thing, to: to.clone() });
    }

    /// Ends all connections, whose Things others may take over now.
    fn fence(&self) {
        let mut state = self.lock();
        let State { registry, connections, view, .. } = &mut *state;
        if !view.as_deref_mut().is_some_and(View::fence) {
            return;
        }
        for (connection, commands) in connections.iter() {
            // The host is told nothing: another node may hold the Thing already.
            registry.end(*connection, |_| {});
            let _ = commands.send(Box::new(Command::Disconnect(fenced().into())));
        }
        self.tell(Event::Fenced);
    }
}
