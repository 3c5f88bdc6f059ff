//! Deadlines, and the end of an idle connection.

use super::{Connection, Input, State};
use crate::connection::deadline::later;
use crate::connection::storage::Storage;

impl<S: Storage> Connection<S> {
    /// Handles a ping of the edge: it counts as traffic. The transport answers it.
    pub fn handle_ping(&mut self, now_ms: u64) {
        self.received_ms = self.link.at(now_ms);
    }

    /// Handles a pong of the edge: it counts as traffic. Some edges send them unasked.
    pub fn handle_pong(&mut self, now_ms: u64) {
        self.received_ms = self.link.at(now_ms);
    }

    /// Returns when to call [`handle_timeout`](Self::handle_timeout), and then
    /// [`poll_transmit`](Self::poll_transmit), at the latest, in milliseconds. Returns `None`
    /// if nothing is due at any time.
    pub fn poll_timeout(&self) -> Option<u64> {
        match self.state {
            State::Ended => None,
            State::Closing => Some(self.deadline_ms),
            State::AwaitingAuth => Some(self.deadline_ms.min(self.idle_at())),
            State::Deciding | State::Online => Some(self.link.next_deadline().min(self.idle_at())),
        }
    }
}

impl<S: Storage> Connection<S> {
    fn idle_at(&self) -> u64 {
        later(self.received_ms, self.settings.idle_timeout_ms)
    }

    pub(super) fn expire(&mut self, now_ms: u64) {
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
