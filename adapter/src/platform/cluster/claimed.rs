//! The claims of a BIND, which are released unless the names are bound.

use std::sync::Arc;

use alwayson_codec::Status;

use super::super::commands::Refusal;
use super::super::hub::Hub;
use super::{Claim, ClaimError, View};

/// Claims that are in progress or granted. Dropping it releases the Things that are not bound on
/// this node, so nothing stays claimed if a connection ends, a BIND is refused or a future is
/// dropped.
pub(in super::super) struct Claimed {
    hub: Arc<Hub>,
    things: Vec<String>,
}

impl Claimed {
    fn begin(hub: &Arc<Hub>, claims: &[Claim]) -> Self {
        let things: Vec<String> = claims.iter().map(|claim| claim.thing.clone()).collect();
        hub.with_view(|view| things.iter().for_each(|thing| view.begin_claim(thing)));
        Self { hub: Arc::clone(hub), things }
    }

    /// Returns a Thing that another node may hold by now, if there is one.
    pub(in super::super) fn lost(&self, view: &View) -> Option<String> {
        self.things.iter().find(|thing| !view.is_current(thing)).cloned()
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        self.hub.end_claims(&self.things);
    }
}

/// Claims Things for this node, if it has a cluster.
///
/// # Errors
/// The refusal of the BIND. Nothing stays claimed.
///
/// # Cancel safety
/// If the future is dropped, the claims are completed, and then released.
pub(in super::super) async fn claim(
    hub: &Arc<Hub>,
    claims: Vec<Claim>,
) -> Result<Option<Claimed>, Refusal> {
    let Some(cluster) = hub.cluster.clone() else { return Ok(None) };
    let claimed = Claimed::begin(hub, &claims);
    let policy = hub.options.bind_policy;
    let first = claims.first().map(|claim| claim.wire_name.clone()).unwrap_or_default();
    let claiming = tokio::spawn(async move {
        let tokens = cluster.directory.claim(&claims, policy).await;
        tokens
            .map(|tokens| {
                claimed.hub.with_view(|view| {
                    for (claim, token) in claims.iter().zip(tokens) {
                        view.granted(&claim.thing, token);
                    }
                });
                claimed
            })
            .map_err(|error| refusal(error, &claims))
    });
    match claiming.await {
        Ok(claimed) => claimed.map(Some),
        Err(error) => {
            tracing::error!(%error, "the directory has panicked");
            Err(Refusal::unavailable(&first))
        }
    }
}

fn refusal(error: ClaimError, claims: &[Claim]) -> Refusal {
    match error {
        ClaimError::Held { thing, .. } => {
            let claim = claims.iter().find(|claim| claim.thing == thing);
            let name = claim.map_or(thing.as_str(), |claim| &claim.wire_name);
            Refusal::new(Status::CONFLICT, "is bound on another connection", name)
        }
        ClaimError::Unavailable(why) => {
            let name = claims.first().map_or("", |claim| &claim.wire_name);
            Refusal { why: Some(why), ..Refusal::unavailable(name) }
        }
    }
}

impl Hub {
    /// Ends claims: those of Things that are not bound here are released.
    fn end_claims(&self, things: &[String]) {
        let Some(cluster) = &self.cluster else { return };
        let mut state = self.lock();
        let state = &mut *state;
        let Some(view) = &mut state.view else { return };
        for thing in things {
            let is_bound = state.registry.holder(thing).is_some();
            if let Some(token) = view.end_claim(thing, is_bound) {
                cluster.directory.release(thing, token);
            }
        }
    }
}
