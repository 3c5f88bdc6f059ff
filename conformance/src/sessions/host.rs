//! The host of a platform in a dialogue: it knows Things and claims, and decides
//! about what connections ask.

use alwayson_codec::connection::registry::{ConnectionId, Thing, Things};
use alwayson_codec::{Auth, Bind, Body, Message, Unbind};

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
            Body::Bind(bind) => self.decide_bind(connection, &bind, now_ms),
            Body::Unbind(unbind) => self.decide_unbind(connection, &unbind, now_ms),
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

    fn decide_bind(&mut self, at: usize, bind: &Bind<'_>, now_ms: u64) -> Result<(), String> {
        let mut moved = Vec::new();
        let told = |loser: ConnectionId, name: &str| moved.push((loser, name.to_owned()));
        let bound = self.registry.bind(&self.host, id(at), bind, told);
        for (ConnectionId(loser), name) in moved {
            let loser = usize::try_from(loser).map_err(|error| error.to_string())?;
            self.line(loser)?.connection.handle_moved(&name, now_ms);
        }
        let connection = &mut self.line(at)?.connection;
        let decided = match bound {
            Ok(()) => connection.accept_names(now_ms),
            Err(refusal) => {
                let (name, reason) = (refusal.name.as_str(), refusal.kind.reason());
                connection.refuse_names(refusal.status(), name, reason)
            }
        };
        decided.map_err(|error| error.to_string())
    }

    fn decide_unbind(&mut self, at: usize, unbind: &Unbind<'_>, now_ms: u64) -> Result<(), String> {
        let unbound = self.registry.unbind(id(at), unbind, |_| {});
        let connection = &mut self.line(at)?.connection;
        let decided = match unbound {
            Ok(()) => connection.accept_names(now_ms),
            Err(refusal) => {
                let (name, reason) = (refusal.name.as_str(), refusal.kind.reason());
                connection.refuse_names(refusal.status(), name, reason)
            }
        };
        decided.map_err(|error| error.to_string())
    }
}

/// What the registry knows a connection by.
pub(super) fn id(connection: usize) -> ConnectionId {
    ConnectionId(u32::try_from(connection).unwrap_or(u32::MAX))
}
