//! Checks of a BIND.

use super::resolve::{identifier, resolve, wanted};
use super::{
    BindPolicy, BindRefusal, BindRefusalKind, Binding, Bindings, ConnectionId, Registry, Thing,
    Things,
};
use crate::wire::bind::{Bind, Gateway};
use crate::wire::text::Text;

impl<B: Bindings> Registry<B> {
    /// Checks whether the connection may bind everything in a BIND, except for room.
    pub(super) fn check<'n>(
        &self,
        things: &(impl Things + ?Sized),
        connection: ConnectionId,
        bind: &Bind<'n>,
    ) -> Result<(), BindRefusal<'n>> {
        let made = match &bind.gateway {
            None => None,
            Some(gateway) => self
                .check_gateway(things, connection, gateway)
                .map_err(|kind| BindRefusal { kind, name: gateway.name })?
                .then_some(gateway.name),
        };
        for name in bind.names {
            if made != Some(name) {
                self.check_name(things, connection, name)
                    .map_err(|kind| BindRefusal { kind, name })?;
            }
        }
        Ok(())
    }

    fn check_name(
        &self,
        things: &(impl Things + ?Sized),
        connection: ConnectionId,
        name: Text<'_>,
    ) -> Result<(), BindRefusalKind> {
        let name = name.as_str();
        match resolve(things, name) {
            Some(Thing { identifier: Some(_), .. }) if identifier(name).is_none() => {
                Err(BindRefusalKind::HasIdentifier)
            }
            Some(thing) => self.check_free(connection, thing.name),
            None if self.holds(connection, name) => Ok(()),
            None => Err(BindRefusalKind::UnknownThing),
        }
    }

    /// Checks a gateway. Returns whether it is one that has to be created.
    fn check_gateway(
        &self,
        things: &(impl Things + ?Sized),
        connection: ConnectionId,
        gateway: &Gateway<'_>,
    ) -> Result<bool, BindRefusalKind> {
        match self.check_name(things, connection, gateway.name) {
            Ok(()) => Ok(false),
            Err(BindRefusalKind::UnknownThing) => {
                let name = gateway.name.as_str();
                let can_be_made = !name.is_empty() && identifier(name).is_none();
                if !can_be_made || !things.is_gateway_type(gateway.gateway_type.as_str()) {
                    return Err(BindRefusalKind::UnknownGateway);
                }
                self.check_free(connection, name).map(|()| true)
            }
            Err(kind) => Err(kind),
        }
    }

    /// Checks whether the policy allows the connection to bind a Thing.
    fn check_free(&self, connection: ConnectionId, thing: &str) -> Result<(), BindRefusalKind> {
        let is_elsewhere = |held: Binding<'_>| held.connection != connection;
        let may_have = self.policy == BindPolicy::LastInWins;
        if !may_have && self.holder(thing).is_some_and(is_elsewhere) {
            return Err(BindRefusalKind::HeldElsewhere);
        }
        Ok(())
    }

    /// Asks the store to reserve room for everything in a BIND.
    pub(super) fn find_room<'n>(
        &mut self,
        things: &(impl Things + ?Sized),
        connection: ConnectionId,
        bind: &Bind<'n>,
    ) -> Result<(), BindRefusal<'n>> {
        for (name, wanted) in wanted(things, connection, bind) {
            if !self.bindings.promise(&wanted) {
                return Err(BindRefusal { kind: BindRefusalKind::NoRoom, name });
            }
        }
        Ok(())
    }
}
