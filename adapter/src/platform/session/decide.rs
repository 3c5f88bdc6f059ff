//! Lets the host decide about claims and names, and applies the decisions.

use std::sync::Arc;

use alwayson_codec::connection::CallError as MachineError;
use futures_util::FutureExt;

use super::super::admission::busy;
use super::super::after_bind::after_bind;
use super::super::authenticator::Claims;
use super::super::cluster::{Claimed, claim};
use super::super::commands::{Decided, Refusal};
use super::super::event::Event;
use super::super::naming::{Known, Names, look_up};
use super::super::things::BindRefused;
use super::Session;
use super::answer::unless_it_panics;

/// The number of Things that get the requests after their BIND at a time: half of the requests
/// of a connection, so that the other half is left to callers.
const CHORES: usize = 256;

/// A decision of the host.
pub(super) enum Decision {
    /// Whether the claims are accepted.
    Claims(bool),
    /// Too many others authenticate.
    Busy,
    /// The names of a BIND, what the host knows about them, and their claims if there are other
    /// nodes.
    Names(Names, Known, Option<Claimed>),
    /// The BIND is refused because of this name.
    Refused(Refusal),
}

impl Session {
    /// Lets the host decide about claims, once it has a place for it. Claims that it has not
    /// accepted within the timeout of AUTH are refused.
    pub(super) fn decide_claims(&mut self, claims: Claims) {
        let hub = Arc::clone(&self.hub);
        let limit = hub.options.auth_timeout;
        self.deciding = Some(Box::pin(async move {
            let Some(_place) = hub.admission.place().await else { return Decision::Busy };
            let is_accepted = unless_it_panics(hub.authenticator.authenticate(claims));
            let is_accepted = tokio::time::timeout(limit, is_accepted).await;
            Decision::Claims(is_accepted.ok().flatten().unwrap_or(false))
        }));
    }

    pub(super) fn decide_names(&mut self, names: Names) {
        let hub = Arc::clone(&self.hub);
        let id = self.id;
        self.deciding = Some(Box::pin(async move {
            let known = unless_it_panics(async {
                hub.things.before_bind(names.attempt(id)).await?;
                Ok(look_up(&*hub.things, &names).await)
            });
            let known = match known.await {
                Some(Ok(known)) => known,
                Some(Err(BindRefused { status, reason })) => {
                    return Decision::Refused(Refusal::new(status, reason, names.first()));
                }
                // After a panic of the host, all names are unknown.
                None => Known::default(),
            };
            if hub.cluster.is_none() {
                return Decision::Names(names, known, None);
            }
            match claim(&hub, names.claims(id, &known)).await {
                Ok(claimed) => Decision::Names(names, known, claimed),
                Err(refusal) => Decision::Refused(refusal),
            }
        }));
    }

    pub(super) fn decided(&mut self, decision: Decision) {
        self.deciding = None;
        let connection = self.id;
        let now_ms = self.driver.clock.now_ms();
        match decision {
            Decision::Claims(true) => {
                let session = self.hub.grant_session();
                // The connection may have ended while the host decided.
                if self.driver.machine.accept(session, 0, now_ms).is_ok() {
                    self.hub.tell(Event::Authenticated { connection, session });
                }
            }
            Decision::Claims(false) => {
                if self.driver.machine.refuse(now_ms).is_ok() {
                    self.hub.tell(Event::Unauthorized { connection });
                }
            }
            Decision::Busy => self.close_with(busy()),
            Decision::Names(names, known, claimed) => {
                if self.driver.machine.end().is_some() {
                    return;
                }
                names.with_bind(|bind| {
                    self.hub.bind(connection, bind, &known, claimed.as_ref());
                });
            }
            Decision::Refused(refusal) => {
                let Refusal { status, reason, name, .. } = &refusal;
                // The connection may have ended while the host decided.
                if self.driver.machine.refuse_names(*status, name, reason).is_ok() {
                    self.hub.tell(refusal.event(connection));
                }
            }
        }
        self.driver.retry();
    }

    /// Applies a decision of the registry about names of this connection. All connections that lose
    /// names by it have applied it already.
    pub(super) fn change_names(&mut self, decided: Decided) {
        let now_ms = self.driver.clock.now_ms();
        for (name, change) in decided.changes {
            match self.driver.machine.change_name(&name, change, now_ms) {
                // The end of the connection frees what was bound.
                Ok(()) | Err(MachineError::Ended) => {}
                Err(error) => {
                    tracing::error!(
                        connection = self.id.0,
                        name,
                        ?change,
                        %error,
                        "the machine does not accept a decision of the registry"
                    );
                }
            }
        }
        drop(decided.done);
        if let Some(answer) = decided.answer {
            self.answer_names(answer);
            self.driver.retry();
        }
    }

    /// Answers a BIND or UNBIND, and begins to send the requests after a BIND.
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
                self.hub.tell(refusal.event(self.id));
                self.driver.machine.refuse_names(refusal.status, &refusal.name, refusal.reason)
            }
        };
        // If the connection has ended meanwhile, that frees what was bound.
        if let Err(error) = answered {
            tracing::debug!(connection = self.id.0, %error, "a decision came too late");
        }
    }

    /// Begins to send the requests after a BIND to Things that were bound, up to [`CHORES`] at a
    /// time.
    pub(super) fn ask_bound(&mut self) {
        let hub = &self.hub;
        let id = self.id;
        while self.chores.len() < CHORES {
            let Some(thing) = self.bound.pop_first() else { return };
            if hub.holder(&thing) == Some(id) {
                let asked = unless_it_panics(after_bind(Arc::clone(hub), thing));
                self.chores.push(Box::pin(asked.map(|_| ())));
            }
        }
        if self.bound.len() > 2 * self.hub.options.names {
            // No more than `names` are bound at a time, so at least half were unbound meanwhile:
            // for each that is looked at and stays, another one goes.
            self.bound.retain(|thing| hub.holder(thing) == Some(id));
        }
    }
}
