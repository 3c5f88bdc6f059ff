//! Deadlines, and pings that detect a platform that is gone.

use super::{Connection, Input, Settings, State};
use crate::connection::deadline::{NEVER, later};
use crate::connection::storage::Storage;

/// The times of the latest traffic, and whether a pong is awaited (PROTOCOL.md §1).
///
/// The time for the pong begins when the ping is due, not when it is sent: a transport that
/// accepts no data is treated like one that delivers none.
#[derive(Clone, Debug, Default)]
pub(super) struct KeepAlive {
    received_ms: u64,
    sent_ms: u64,
    pong_until_ms: Option<u64>,
    to_ping: bool,
}

impl KeepAlive {
    pub(super) fn start(&mut self, now_ms: u64) {
        *self = Self { received_ms: now_ms, sent_ms: now_ms, pong_until_ms: None, to_ping: false };
    }

    pub(super) fn sent(&mut self, now_ms: u64) {
        self.sent_ms = now_ms;
    }

    pub(super) fn received(&mut self, now_ms: u64) {
        self.received_ms = now_ms;
    }

    pub(super) fn ponged(&mut self, now_ms: u64) {
        self.received_ms = now_ms;
        self.pong_until_ms = None;
        self.to_ping = false;
    }

    /// Returns whether a ping is to be sent now.
    pub(super) fn poll_ping(&mut self, now_ms: u64) -> bool {
        if self.to_ping {
            self.sent_ms = now_ms;
        }
        core::mem::take(&mut self.to_ping)
    }

    /// Requests a ping if one is due. A platform that receives nothing closes the connection,
    /// and one that sends nothing may be gone, so traffic in both directions counts.
    fn expire(&mut self, now_ms: u64, ping_interval_ms: u32, pong_timeout_ms: u32) {
        if self.pong_until_ms.is_none() && self.next_deadline(ping_interval_ms) <= now_ms {
            self.to_ping = true;
            self.pong_until_ms = Some(later(now_ms, pong_timeout_ms));
        }
    }

    /// Returns whether no pong was received in time.
    fn is_silent(&self, now_ms: u64) -> bool {
        self.pong_until_ms.is_some_and(|until_ms| until_ms <= now_ms)
    }

    /// Returns when the next ping, or the pong, is due.
    fn next_deadline(&self, ping_interval_ms: u32) -> u64 {
        let ping_at = later(self.received_ms.min(self.sent_ms), ping_interval_ms);
        self.pong_until_ms.unwrap_or(ping_at)
    }
}

impl<S: Storage> Connection<S> {
    /// Handles a ping of the platform: it counts as traffic. The transport answers it.
    pub fn handle_ping(&mut self, now_ms: u64) {
        let now_ms = self.link.at(now_ms);
        self.keep_alive.received(now_ms);
    }

    /// Handles a pong of the platform, expected or not.
    pub fn handle_pong(&mut self, now_ms: u64) {
        let now_ms = self.link.at(now_ms);
        self.keep_alive.ponged(now_ms);
    }

    /// Returns when to call [`handle_timeout`](Self::handle_timeout), and then
    /// [`poll_transmit`](Self::poll_transmit), at the latest, in milliseconds. Returns `None`
    /// if nothing is due at any time.
    pub fn poll_timeout(&self) -> Option<u64> {
        let state = if self.state == State::Online { NEVER } else { self.deadline_ms };
        match self.state {
            State::Opening | State::Ended => None,
            State::Closing => Some(state),
            State::Authenticating | State::Online | State::Leaving => {
                let keep_alive = self.keep_alive.next_deadline(self.settings.ping_interval_ms);
                let work = self.link.next_deadline().min(self.names.next_deadline());
                Some(work.min(keep_alive).min(state))
            }
        }
    }
}

impl<S: Storage> Connection<S> {
    pub(super) fn expire(&mut self, now_ms: u64) {
        if self.is_alive() {
            self.link.expire();
            self.names.expire(now_ms, self.settings.rebind_delay_ms);
            if self.keep_alive.is_silent(now_ms) {
                self.apply(Input::Silent);
            }
            let Settings { ping_interval_ms, pong_timeout_ms, .. } = self.settings;
            self.keep_alive.expire(now_ms, ping_interval_ms, pong_timeout_ms);
        }
        let has_deadline =
            matches!(self.state, State::Authenticating | State::Leaving | State::Closing);
        if has_deadline && self.deadline_ms <= now_ms {
            self.apply(Input::Deadline);
        }
        self.drain();
    }
}
