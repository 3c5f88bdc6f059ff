//! What an application waits for, and the end.

use super::error::{BindError, ThingError};
use super::handle::Edge;
use super::state::{ConnectionState, EdgeState, EndReason, ThingState};
use super::task::Command;

impl Edge {
    /// Waits until the platform has accepted the key.
    ///
    /// # Errors
    /// The edge has ended, for this reason.
    pub async fn wait_authenticated(&self) -> Result<(), EndReason> {
        let is_there =
            |state: &EdgeState| matches!(state.connection, ConnectionState::Authenticated { .. });
        self.wait_until(is_there).await
    }

    /// Waits until the first connection is authenticated, or has failed.
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

    /// Waits until a Thing is bound. One that is refused is tried again, and waited
    /// for: that is logged, and told by [`state`](Self::state).
    /// [`try_wait_bound`](Self::try_wait_bound) does not wait for it.
    ///
    /// # Errors
    /// `Unknown`; `Left`.
    pub async fn wait_bound(&self, thing: &str) -> Result<(), ThingError> {
        self.wait_thing(thing, ThingState::is_bound).await
    }

    /// Waits until a Thing is bound, or the platform refuses to bind it, which is tried
    /// again all the same.
    ///
    /// # Errors
    /// [`BindError::Refused`]; `Unknown` and `Left` as [`BindError::Thing`].
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

    /// Waits until what is pushed of a Thing goes out at once.
    ///
    /// # Errors
    /// `Unknown`; `Left`.
    pub async fn wait_synchronized(&self, thing: &str) -> Result<(), ThingError> {
        self.wait_thing(thing, |state| *state == ThingState::Bound { is_synchronized: true }).await
    }

    async fn wait_thing(
        &self,
        thing: &str,
        mut meant: impl FnMut(&ThingState) -> bool,
    ) -> Result<(), ThingError> {
        let thing = self.shared.meant(thing).ok_or(ThingError::Unknown)?;
        let is_so = |state: &EdgeState| state.things.get(thing.bound_as()).is_some_and(&mut meant);
        self.wait_until(is_so).await.map_err(|_| ThingError::Left)
    }

    async fn wait_until(&self, mut meant: impl FnMut(&EdgeState) -> bool) -> Result<(), EndReason> {
        let is_over = |state: &EdgeState| matches!(state.connection, ConnectionState::Ended { .. });
        let mut state = self.shared.state();
        // The sender is held by this handle, so it cannot be gone.
        match state.wait_for(|state| meant(state) || is_over(state)).await.as_deref() {
            Ok(EdgeState { connection: ConnectionState::Ended { reason }, .. }) => {
                Err(reason.clone())
            }
            _ => Ok(()),
        }
    }

    /// Leaves: what was asked before is sent, the Things are unbound, and the
    /// WebSocket is closed with code 1000. Requests of the platform that are still
    /// worked on are not answered. Returns when all is over.
    ///
    /// Dropping the future changes nothing: the edge leaves.
    pub async fn leave(&self) {
        // Nobody is there to be told where it has ended already.
        drop(self.commands.send(Command::Leave));
        let is_over = |state: &EdgeState| matches!(state.connection, ConnectionState::Ended { .. });
        drop(self.wait_until(is_over).await);
    }
}
