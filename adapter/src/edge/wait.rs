//! Waiting for a state of the edge, and leaving.

use super::command::Command;
use super::error::{BindError, ThingError};
use super::handle::Edge;
use super::state::{ConnectionState, EdgeState, EndReason, ThingState};

impl Edge {
    /// Waits until the platform has accepted the key.
    ///
    /// # Errors
    /// The [`EndReason`] if the edge has ended.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect.
    pub async fn wait_authenticated(&self) -> Result<(), EndReason> {
        let is_there =
            |state: &EdgeState| matches!(state.connection, ConnectionState::Authenticated { .. });
        self.wait_until(is_there).await
    }

    /// Waits until a connection is authenticated, or the first attempt has failed.
    pub(super) async fn wait_first(&self) -> Result<(), EndReason> {
        let is_authenticated =
            |state: &EdgeState| matches!(state.connection, ConnectionState::Authenticated { .. });
        let has_failed = || self.shared.first_failure();
        self.wait_until(|state| is_authenticated(state) || has_failed().is_some()).await?;
        if is_authenticated(&self.shared.state().borrow()) {
            return Ok(());
        }
        has_failed().map_or(Ok(()), |reason| Err(reason.clone()))
    }

    /// Waits until a Thing is bound. If the platform refuses to bind it, the edge retries,
    /// and the wait goes on; the refusal is logged, and shown by [`state`](Self::state).
    /// [`try_wait_bound`](Self::try_wait_bound) returns it as an error instead.
    ///
    /// # Errors
    /// [`ThingError::Unknown`] if the edge has no such Thing; [`ThingError::Left`] if the
    /// edge has ended.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect.
    pub async fn wait_bound(&self, thing: &str) -> Result<(), ThingError> {
        self.wait_thing(thing, ThingState::is_bound).await
    }

    /// Waits until a Thing is bound, or the platform refuses to bind it. The edge retries
    /// after a refusal nevertheless.
    ///
    /// # Errors
    /// [`BindError::Refused`] if the platform refuses to bind it; [`BindError::Thing`] with
    /// [`ThingError::Unknown`] if the edge has no such Thing, or with [`ThingError::Left`]
    /// if the edge has ended.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect.
    pub async fn try_wait_bound(&self, thing: &str) -> Result<(), BindError> {
        let mut refused = None;
        self.wait_thing(thing, |state| {
            if let ThingState::Refused { status, reason } = state {
                refused = Some(BindError::Refused { status: *status, reason: reason.clone() });
            }
            state.is_bound() || refused.is_some()
        })
        .await?;
        refused.map_or(Ok(()), Err)
    }

    /// Waits until pushes of a Thing are sent without being queued: the platform has
    /// synchronised it, or the time for that is over
    /// ([`Options::hold`](super::Options::hold)).
    ///
    /// # Errors
    /// [`ThingError::Unknown`] if the edge has no such Thing; [`ThingError::Left`] if the
    /// edge has ended.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect.
    pub async fn wait_synchronized(&self, thing: &str) -> Result<(), ThingError> {
        self.wait_thing(thing, |state| *state == ThingState::Bound { is_synchronized: true }).await
    }

    async fn wait_thing(
        &self,
        thing: &str,
        mut meant: impl FnMut(&ThingState) -> bool,
    ) -> Result<(), ThingError> {
        let thing = self.shared.meant(thing).ok_or(ThingError::Unknown)?;
        let name = thing.bound_as();
        let mut is_gone = false;
        let is_so = |state: &EdgeState| {
            // A Thing that was just added is in no state yet.
            is_gone = !state.things.contains_key(name) && self.shared.meant(name).is_none();
            is_gone || state.things.get(name).is_some_and(&mut meant)
        };
        self.wait_until(is_so).await.map_err(|_| ThingError::Left)?;
        if is_gone { Err(ThingError::Unknown) } else { Ok(()) }
    }

    async fn wait_until(&self, mut meant: impl FnMut(&EdgeState) -> bool) -> Result<(), EndReason> {
        let is_over = |state: &EdgeState| matches!(state.connection, ConnectionState::Ended { .. });
        let mut state = self.shared.state();
        // This handle holds the sender, so the channel is open.
        match state.wait_for(|state| meant(state) || is_over(state)).await.as_deref() {
            Ok(EdgeState { connection: ConnectionState::Ended { reason }, .. }) => {
                Err(reason.clone())
            }
            _ => Ok(()),
        }
    }

    /// Leaves: sends what was requested before, unbinds the Things, and closes the
    /// WebSocket with code 1000. Requests of the platform whose handlers still run are not
    /// answered. Returns when the edge has ended.
    ///
    /// # Cancel safety
    /// Once the future was polled, dropping it changes nothing: the edge leaves.
    pub async fn leave(&self) {
        // The command cannot be sent if the edge has ended already, which is what it asks
        // for.
        drop(self.commands.send(Command::Leave));
        let is_over = |state: &EdgeState| matches!(state.connection, ConnectionState::Ended { .. });
        drop(self.wait_until(is_over).await);
    }
}
