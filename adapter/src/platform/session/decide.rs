//! What the host decides about claims and names.

use std::sync::Arc;

use alwayson_codec::connection::CallError as MachineError;
use futures_util::FutureExt;

use super::super::after_bind::after_bind;
use super::super::authenticator::Claims;
use super::super::event::Event;
use super::super::hub::{Decided, Known, Refusal};
use super::super::naming::{Names, look_up};
use super::super::things::BindRefused;
use super::Session;
use super::answer::unless_it_panics;
use crate::drive::NAMES;
use crate::message::BoxFuture;

/// How many Things are asked at a time after they were bound: half of the
/// requests that there is room for are left to others.
const CHORES: usize = 256;

/// What the host has decided.
pub(super) enum Decision {
    Claims(bool),
    Names(Names, Known),
    /// The BIND of these names is refused.
    Refused(Names, BindRefused),
}

impl Session {
    /// Has the host decide about claims. What it has not accepted in the time for
    /// an AUTH is refused.
    pub(super) fn decide_claims(&mut self, claims: Claims) {
        let hub = Arc::clone(&self.hub);
        let limit = hub.options.auth_timeout;
        self.deciding = Some(Box::pin(async move {
            let is_accepted = unless_it_panics(hub.authenticator.authenticate(claims));
            let is_accepted = tokio::time::timeout(limit, is_accepted).await;
            Decision::Claims(is_accepted.ok().flatten().unwrap_or(false))
        }));
    }

    pub(super) fn decide_names(&mut self, names: Names) {
        let (hub, id) = (Arc::clone(&self.hub), self.id);
        self.deciding = Some(Box::pin(async move {
            let known = unless_it_panics(async {
                hub.things.before_bind(names.attempt(id)).await?;
                Ok(look_up(&*hub.things, &names).await)
            });
            match known.await {
                Some(Ok(known)) => Decision::Names(names, known),
                Some(Err(refused)) => Decision::Refused(names, refused),
                // What nobody has said anything about is unknown.
                None => Decision::Names(names, Known::default()),
            }
        }));
    }

    pub(super) fn decided(&mut self, decision: Decision) {
        self.deciding = None;
        let (connection, now_ms) = (self.id, self.driver.clock.now_ms());
        match decision {
            Decision::Claims(true) => {
                let session = self.hub.grant_session();
                // It may have ended while the host decided.
                if self.driver.machine.accept(session, 0, now_ms).is_ok() {
                    self.hub.tell(Event::Authenticated { connection, session });
                }
            }
            Decision::Claims(false) => {
                if self.driver.machine.refuse(now_ms).is_ok() {
                    self.hub.tell(Event::Unauthorized { connection });
                }
            }
            Decision::Names(names, known) => {
                if self.driver.machine.end().is_some() {
                    return;
                }
                names.with_bind(|bind| self.hub.bind(connection, bind, &known));
            }
            Decision::Refused(names, BindRefused { status, reason }) => {
                let name = names.first();
                let told = Event::BindRefused { connection, reason: format!("{name} {reason}") };
                // It may have ended while the host decided.
                if self.driver.machine.refuse_names(status, name, reason).is_ok() {
                    self.hub.tell(told);
                }
            }
        }
        self.driver.retry();
    }

    /// Does what the registry has decided about names of this connection. All that
    /// lose names by it know already.
    pub(super) fn change_names(&mut self, decided: Decided) {
        let now_ms = self.driver.clock.now_ms();
        for (name, change) in decided.changes {
            match self.driver.machine.change_name(&name, change, now_ms) {
                // Its end frees what was bound.
                Ok(()) | Err(MachineError::Ended) => {}
                Err(error) => {
                    let connection = self.id.0;
                    tracing::error!(connection, name, ?change, %error, "not as the registry says");
                }
            }
        }
        drop(decided.done);
        if let Some(answer) = decided.answer {
            self.answer_names(answer);
            self.driver.retry();
        }
    }

    /// Answers a BIND or UNBIND, and begins what comes after a bind.
    fn answer_names(&mut self, result: Result<Vec<String>, Refusal>) {
        let now_ms = self.driver.clock.now_ms();
        let answered = match result {
            Ok(bound) => {
                let accepted = self.driver.machine.accept_names(now_ms);
                if accepted.is_ok() && !self.is_shut_down {
                    self.bound.extend(bound);
                    self.ask_bound();
                }
                accepted
            }
            Err(refusal) => {
                let reason = format!("{} {}", refusal.name, refusal.kind.reason());
                self.hub.tell(Event::BindRefused { connection: self.id, reason });
                let (status, reason) = (refusal.status(), refusal.kind.reason());
                self.driver.machine.refuse_names(status, &refusal.name, reason)
            }
        };
        // Where it has ended meanwhile, the end frees what was bound.
        if let Err(error) = answered {
            tracing::debug!(connection = self.id.0, %error, "a decision came too late");
        }
    }

    /// Begins to ask Things that were bound, as many as may be asked at a time.
    pub(super) fn ask_bound(&mut self) {
        let (hub, id) = (&self.hub, self.id);
        while self.chores.len() < CHORES {
            let Some(thing) = self.bound.pop_first() else { return };
            if hub.holder(&thing) == Some(id) {
                let asked = unless_it_panics(after_bind(Arc::clone(hub), thing));
                self.chores.push(Box::pin(asked.map(|_| ())));
            }
        }
        if self.bound.len() > NAMES {
            // No more than that are bound at a time: the others were unbound.
            self.bound.retain(|thing| hub.holder(thing) == Some(id));
        }
    }
}

/// What is decided about, once it is; never where nothing is.
pub(super) async fn decided(deciding: &mut Option<BoxFuture<'static, Decision>>) -> Decision {
    match deciding {
        Some(decision) => decision.await,
        None => std::future::pending().await,
    }
}
