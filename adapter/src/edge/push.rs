//! Pushes: they are sent, queued, or fail (PROTOCOL.md §3).

use super::command::Queued;
use super::error::RequestError;
use super::task::Task;
use crate::message::{Request, Response};

impl Task {
    /// Sends a push, or queues it until it can be sent. If `not_now` is set, a push that
    /// cannot be sent now fails with that error instead of being queued.
    pub(super) fn push(&mut self, queued: Queued, not_now: Option<&RequestError>) {
        let thing = queued.request.entity.clone();
        if self.shared.thing(&thing).is_none() {
            self.reply(queued.reply, Err(RequestError::UnknownThing));
        } else if self.synchronisation.is_open(&thing) {
            self.release(queued);
        } else if let Some(error) = not_now {
            self.reply(queued.reply, Err(error.clone()));
        } else {
            self.synchronisation.hold(thing, queued, self.clock.now_ms());
            self.count_held();
        }
    }

    /// Sends the values of a push that the platform has asked for.
    pub(super) fn release(&mut self, mut queued: Queued) {
        let Request { entity, params, .. } = &mut queued.request;
        let left_out = match params {
            Some(params) if !self.setup.pushes_all => {
                let pushed = &mut self.pushed;
                self.shared.with_subscriptions(entity, |wanted| {
                    wanted.map(|wanted| pushed.leave_out(entity, wanted, params))
                })
            }
            _ => None,
        };
        if let Some((left_out @ 1.., left)) = left_out {
            tracing::debug!(
                thing = entity.as_str(),
                left_out,
                "the platform has not asked for all values"
            );
            self.shared.count(|counters| counters.values_left_out += left_out as u64);
            if left == 0 {
                return self.reply(queued.reply, Ok(Response::success()));
            }
        }
        self.ready.push_back(queued);
    }

    /// Fails the pushes that were queued for too long.
    pub(super) fn expire(&mut self, not_sent: &RequestError) {
        for queued in self.synchronisation.expired(self.clock.now_ms()) {
            self.reply(queued.reply, Err(not_sent.clone()));
        }
        self.count_held();
    }

    pub(super) fn count_held(&self) {
        let held = self.synchronisation.held();
        self.shared.count(|counters| counters.pushes_held = held);
    }
}
