//! The host of a platform in a dialogue: it knows Things and claims, and decides about AUTH,
//! BIND and UNBIND.

use std::collections::BTreeMap;

use alwayson_codec::connection::CallError;
use alwayson_codec::connection::registry::{
    BindPolicy, Binding, Change, ConnectionId, FixedBindings, Registry, Thing, Things,
};
use alwayson_codec::{Auth, Bind, Body, Message};

use super::file::{Decides, Grant, HostScript, Policy};
use super::lines::Lines;
use super::side::Variation;
use super::step::Effect;

/// The script of a host, and which connection holds which Thing.
pub(super) struct Host {
    script: HostScript,
    /// As many Things as the longest BIND of a capture has names. Too large for the stack of a thread.
    registry: Box<Registry<FixedBindings<1408, 64>>>,
    /// When each Thing was last connected, in ms.
    last_connection: BTreeMap<String, u64>,
}

impl Things for HostScript {
    fn thing<'a>(&'a self, name: &'a str) -> Option<Thing<'a>> {
        let thing = self.things.iter().find(|thing| thing.name == name)?;
        Some(Thing { name: &thing.name, identifier: thing.identifier.as_deref() })
    }

    fn by_identifier<'a>(&'a self, identifier: &'a str) -> Option<Thing<'a>> {
        let is_it = |known: &Option<String>| known.as_deref() == Some(identifier);
        let thing = self.things.iter().find(|thing| is_it(&thing.identifier))?;
        Some(Thing { name: &thing.name, identifier: Some(identifier) })
    }

    fn is_gateway_type(&self, gateway_type: &str) -> bool {
        self.gateway_types.iter().any(|known| known == gateway_type)
    }
}

impl Host {
    pub(super) fn new(script: &HostScript, variation: Variation) -> Self {
        let policy = match script.policy {
            Policy::FirstInWins => BindPolicy::FirstInWins,
            Policy::LastInWins => BindPolicy::LastInWins,
        };
        let mut script = script.clone();
        for Grant { session, endpoint } in &mut script.grants {
            *session = session.wrapping_add(variation.grants_later);
            if *endpoint != 0 {
                *endpoint = endpoint.wrapping_add(variation.grants_later);
            }
        }
        let registry = Box::new(Registry::new(FixedBindings::new(), policy));
        Self { script, registry, last_connection: BTreeMap::new() }
    }

    /// Returns whether it decides about claims and names on arrival.
    pub(super) fn decides_at_once(&self) -> bool {
        self.script.decides == Decides::AtOnce
    }

    /// Returns the connection that holds a Thing, and the name that it was bound by.
    pub(super) fn holder(&self, thing: &str) -> Option<Binding<'_>> {
        self.registry.holder(thing)
    }

    /// Handles the end of a connection.
    pub(super) fn end(&mut self, connection: usize) {
        self.registry.end(id(connection), |_| {});
    }

    /// Returns what the platform shows of a Thing that was bound by this name.
    pub(super) fn shown(&mut self, wire_name: &str, connected_ms: Option<u64>) -> Effect {
        let identifier = wire_name.strip_prefix('*');
        let thing = identifier.and_then(|identifier| self.script.by_identifier(identifier));
        let name = thing.map_or(wire_name, |thing| thing.name).to_owned();
        let last = self.last_connection.entry(name.clone()).or_default();
        *last = connected_ms.unwrap_or(*last);
        Effect::Thing { name, is_connected: connected_ms.is_some(), last_connection: *last }
    }

    /// Decides about the pending claims or names of a connection.
    pub(super) fn decide(
        &mut self,
        lines: &mut Lines,
        connection: usize,
        now_ms: u64,
    ) -> Result<(), String> {
        let bytes = lines.get(connection)?.undecided.take();
        let bytes = bytes.ok_or("there is nothing to decide about")?;
        let (message, _) = Message::decode(&bytes).map_err(|error| error.to_string())?;
        match message.body {
            Body::Auth(auth) => self.decide_auth(lines, connection, &auth, now_ms),
            Body::Bind(bind) => self.decide_names(lines, connection, &bind, true, now_ms),
            Body::Unbind(unbind) => self.decide_names(lines, connection, &unbind, false, now_ms),
            _ => Err("the host is asked about something else".to_owned()),
        }
    }

    fn decide_auth(
        &self,
        lines: &mut Lines,
        at: usize,
        auth: &Auth<'_>,
        now_ms: u64,
    ) -> Result<(), String> {
        let has = |name: &str, value: &str| {
            auth.claims.iter().any(|claim| claim.name == name && claim.value.expose() == value)
        };
        let is_known = self.script.claims.iter().all(|claim| has(&claim.name, &claim.value));
        let grant = self.script.grants.get(at.wrapping_sub(1)).copied();
        let connection = &mut lines.get(at)?.connection;
        let decided = match (is_known, grant) {
            (true, Some(Grant { session, endpoint })) => {
                connection.accept(session, endpoint, now_ms)
            }
            (true, None) => return Err(format!("`grants` has none for connection {at}")),
            (false, _) => connection.refuse(now_ms),
        };
        decided.map_err(|error| error.to_string())
    }

    fn decide_names(
        &mut self,
        lines: &mut Lines,
        at: usize,
        names: &Bind<'_>,
        is_bind: bool,
        now_ms: u64,
    ) -> Result<(), String> {
        let Self { registry, script, .. } = self;
        let mut changed = Ok(());
        let mut change = |change: Change<'_>| {
            let line = usize::try_from(change.connection.0).ok().and_then(|at| lines.get(at).ok());
            let done = line.ok_or(CallError::Ended).and_then(|line| {
                line.connection.change_name(change.wire_name, change.what, now_ms)
            });
            // A connection that has ended has no names.
            if let Err(error @ (CallError::WrongState | CallError::NotBound)) = done {
                changed = Err(format!("{change:?}: {error}"));
            }
        };
        let decided = if is_bind {
            registry.bind(script, id(at), names, &mut change)
        } else {
            registry.unbind(id(at), names, &mut change)
        };
        changed?;
        let connection = &mut lines.get(at)?.connection;
        let answered = match decided {
            Ok(()) => connection.accept_names(now_ms),
            Err(refusal) => {
                let name = refusal.name.as_str();
                let reason = refusal.kind.reason();
                connection.refuse_names(refusal.status(), name, reason)
            }
        };
        answered.map_err(|error| error.to_string())
    }
}

/// Returns the registry's id of a connection.
fn id(connection: usize) -> ConnectionId {
    ConnectionId(u32::try_from(connection).unwrap_or(u32::MAX))
}
