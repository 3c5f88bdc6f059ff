//! The names of a BIND, and what the host knows about them.

use std::collections::{HashMap, HashSet};
use std::time::SystemTime;

use alwayson_codec::connection::registry::{self, ConnectionId};
use alwayson_codec::{Bind, Gateway, List};

use super::cluster::Claim;
use super::things::{BindAttempt, Thing, Things};

/// What the host knows about the names of one BIND.
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

/// The owned names of a BIND, for the time in which the host looks them up.
pub(super) struct Names {
    gateway: Option<(String, String)>,
    names: Vec<String>,
}

impl From<Bind<'_>> for Names {
    fn from(bind: Bind<'_>) -> Self {
        let gateway = bind.gateway.map(|gateway| {
            (gateway.name.as_str().to_owned(), gateway.gateway_type.as_str().to_owned())
        });
        Self { gateway, names: bind.names.iter().map(|name| name.as_str().to_owned()).collect() }
    }
}

impl Names {
    /// Returns the view for [`Things::before_bind`].
    pub(super) fn attempt(&self, connection: ConnectionId) -> BindAttempt<'_> {
        let gateway = self.gateway.as_ref().map(|(name, _)| name.as_str());
        BindAttempt { names: &self.names, gateway, connection }
    }

    /// Returns the name to report if the whole BIND is refused: the first one or, without names,
    /// that of the gateway.
    pub(super) fn first(&self) -> &str {
        let gateway = self.gateway.as_ref().map(|(name, _)| name);
        self.names.first().or(gateway).map(String::as_str).unwrap_or_default()
    }

    /// Returns the claims of the Things that a BIND of these names binds, each once.
    pub(super) fn claims(&self, connection: ConnectionId, known: &Known) -> Vec<Claim> {
        let since = SystemTime::now();
        let gateway = self.gateway.as_ref().map(|(name, _)| name.as_str());
        let mut seen = HashSet::new();
        let names = self.names.iter().map(|name| (name.as_str(), gateway));
        let claim = |(name, gateway): (&str, Option<&str>)| {
            let thing = match name.strip_prefix('*') {
                Some(identifier) => known.by_identifier.get(identifier)?.name.as_str(),
                // A Thing that is bound by its name keeps the spelling of the BIND.
                None if known.by_name.contains_key(name) => name,
                None if known.is_gateway_type && self.is_gateway(name) => name,
                None => return None,
            };
            seen.insert(thing.to_owned()).then(|| Claim {
                thing: thing.to_owned(),
                wire_name: name.to_owned(),
                gateway: gateway.map(str::to_owned),
                connection,
                since,
            })
        };
        gateway.map(|name| (name, None)).into_iter().chain(names).filter_map(claim).collect()
    }

    fn is_gateway(&self, name: &str) -> bool {
        self.gateway.as_ref().is_some_and(|(gateway, _)| gateway == name)
    }

    /// Calls `then` with the names, as they were sent.
    pub(super) fn with_bind<R>(&self, then: impl FnOnce(&Bind<'_>) -> R) -> R {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let gateway = self.gateway.as_ref().map(|(name, kind)| Gateway::new(name, kind));
        // The names came in one BIND, so their number fits into one.
        let names = Bind::new(&names).map_or(List::empty(), |bind| bind.names);
        then(&Bind { gateway, names })
    }
}

/// Asks the host about all names of a BIND.
pub(super) async fn look_up(things: &dyn Things, names: &Names) -> Known {
    let mut known = Known::default();
    let gateway = names.gateway.as_ref();
    if let Some((_, gateway_type)) = gateway {
        known.is_gateway_type = things.is_gateway_type(gateway_type);
    }
    for name in gateway.map(|(name, _)| name).into_iter().chain(&names.names) {
        match name.strip_prefix('*') {
            Some(identifier) => {
                if let Some(thing) = things.by_identifier(identifier).await {
                    known.by_identifier.insert(identifier.to_owned(), thing);
                }
            }
            None => {
                if let Some(thing) = things.by_name(name).await {
                    known.by_name.insert(name.clone(), thing);
                }
            }
        }
    }
    known
}
