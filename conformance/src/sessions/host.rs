//! The host of a platform in a dialogue: it knows Things and claims, and decides
//! about what connections ask.

use alwayson_codec::connection::CallError;
use alwayson_codec::connection::registry::{Change, ConnectionId, Thing, Things};
use alwayson_codec::{Auth, Bind, Body, Message};

use super::file::{Grant, HostScript};
use super::platform::PlatformSide;

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

impl PlatformSide {
    /// Decides about what has come.
    pub(super) fn decide(&mut self, connection: usize, now_ms: u64) -> Result<(), String> {
        let bytes = self.line(connection)?.undecided.take();
        let bytes = bytes.ok_or("there is nothing to decide about")?;
        let (message, _) = Message::decode(&bytes).map_err(|error| error.to_string())?;
        match message.body {
            Body::Auth(auth) => self.decide_auth(connection, &auth, now_ms),
            Body::Bind(bind) => self.decide_names(connection, &bind, true, now_ms),
            Body::Unbind(unbind) => self.decide_names(connection, &unbind, false, now_ms),
            _ => Err("the host is asked about something else".to_owned()),
        }
    }

    fn decide_auth(&mut self, at: usize, auth: &Auth<'_>, now_ms: u64) -> Result<(), String> {
        let has = |name: &str, value: &str| {
            auth.claims.iter().any(|claim| claim.name == name && claim.value.expose() == value)
        };
        let is_known = self.host.claims.iter().all(|claim| has(&claim.name, &claim.value));
        let grant = self.host.grants.get(at.wrapping_sub(1)).copied();
        let connection = &mut self.line(at)?.connection;
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
        at: usize,
        names: &Bind<'_>,
        is_bind: bool,
        now_ms: u64,
    ) -> Result<(), String> {
        let Self { registry, lines, host, .. } = self;
        let mut changed = Ok(());
        let mut change = |change: Change<'_>| {
            let line = usize::try_from(change.connection.0).ok().and_then(|at| at.checked_sub(1));
            let line = line.and_then(|line| lines.get_mut(line));
            let done = line.ok_or(CallError::Ended).and_then(|line| {
                line.connection.change_name(change.wire_name, change.what, now_ms)
            });
            // A connection that has ended has no names to change.
            if let Err(error @ (CallError::WrongState | CallError::NotBound)) = done {
                changed = Err(format!("{change:?}: {error}"));
            }
        };
        let decided = if is_bind {
            registry.bind(host, id(at), names, &mut change)
        } else {
            registry.unbind(id(at), names, &mut change)
        };
        changed?;
        let connection = &mut self.line(at)?.connection;
        let answered = match decided {
            Ok(()) => connection.accept_names(now_ms),
            Err(refusal) => {
                let (name, reason) = (refusal.name.as_str(), refusal.kind.reason());
                connection.refuse_names(refusal.status(), name, reason)
            }
        };
        answered.map_err(|error| error.to_string())
    }
}

/// What the registry knows a connection by.
pub(super) fn id(connection: usize) -> ConnectionId {
    ConnectionId(u32::try_from(connection).unwrap_or(u32::MAX))
}
