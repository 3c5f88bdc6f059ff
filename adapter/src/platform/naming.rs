//! The names of a BIND, and what the host knows about them.

use alwayson_codec::connection::registry::ConnectionId;
use alwayson_codec::{Bind, Gateway, List};

use super::hub::Known;
use super::things::{BindAttempt, Things};

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
