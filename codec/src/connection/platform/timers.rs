//! Deadlines, and the end of a connection on which nothing comes.

use super::{Connection, Core, Input, State};
use crate::connection::link::{count, earlier, later};
use crate::connection::storage::{Join, Storage};

impl<S: Storage> Connection<S> {
    /// The time has come that [`poll_timeout`](Self::poll_timeout) told, or any
    /// other.
    pub fn handle_timeout(&mut self, now_ms: u64) {
        let Self { core, joiner } = self;
        let now_ms = core.link.at(now_ms);
        let unfinished = joiner.expire(now_ms);
        for _ in 0..unfinished {
            count(&mut core.link.counters.messages_unfinished);
        }
        core.expire(now_ms);
    }

    /// A ping came; the transport answers it. It counts as traffic.
    pub fn handle_ping(&mut self, now_ms: u64) {
        self.core.received_ms = self.core.link.at(now_ms);
    }

    /// A pong came. Some edges send them unasked: they count as traffic.
    pub fn handle_pong(&mut self, now_ms: u64) {
        self.core.received_ms = self.core.link.at(now_ms);
    }

    /// When the machine wants to be called at the latest, by
    /// [`handle_timeout`](Self::handle_timeout) and then
    /// [`poll_transmit`](Self::poll_transmit); none where it waits for nothing.
    pub fn poll_timeout(&self) -> Option<u64> {
        let core = &self.core;
        match core.state {
            State::Ended => None,
            State::Closing => Some(core.deadline_ms),
            State::AwaitingAuth => Some(core.deadline_ms.min(core.idle_at())),
            State::Deciding | State::Online => {
                let work = earlier(core.link.next_deadline(), self.joiner.next_expiry());
                earlier(work, Some(core.idle_at()))
            }
        }
    }
}

impl<S: Storage> Core<S> {
    fn idle_at(&self) -> u64 {
        later(self.received_ms, self.settings.idle_timeout_ms)
    }

    fn expire(&mut self, now_ms: u64) {
        if self.state == State::Online {
            self.link.expire();
        }
        let has_deadline = matches!(self.state, State::AwaitingAuth | State::Closing);
        if has_deadline && self.deadline_ms <= now_ms {
            self.apply(Input::Deadline);
        } else if self.state != State::Closing && self.idle_at() <= now_ms {
            self.apply(Input::Idle);
        }
    }
}
