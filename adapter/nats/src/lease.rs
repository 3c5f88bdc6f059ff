//! When this node registers, refreshes its registration, and must stop serving.
//!
//! A node has a key in the store that the server removes if it is not refreshed. The node stops
//! serving before that: its **deadline** is the sending time of the last acknowledged refresh and
//! the lease. It counts from the sending, not from the answer, as the server may have applied it
//! as early as that. The time must come from a clock that goes on in suspend ([`BootTime`]).
//!
//! Three cases need care:
//!
//! - **A restart under the same name within the expiry**: the key of the run before is still
//!   there. The new run replaces it by compare-and-set and has another epoch, so that nobody
//!   takes it for the run before, which may still serve (it may be another machine with the same
//!   name). The replaced run finds that out at its next refresh and is fenced.
//! - **The key is gone before the deadline**: the store has lost its data. The node registers
//!   again and has a new epoch. What it held under the epoch before, it serves until the deadline
//!   of *that* epoch and not longer, unless it has claimed it again ([`Lease::serves`]): the new
//!   registration must not lengthen the lease of claims that the store does not know any more.
//! - **Only the bucket of owners was lost**: therefore each refresh also reads the generation of
//!   the store ([`LeaseAnswer::OtherGeneration`]).

mod request;

pub use request::{Attempt, Fence, LeaseAction, LeaseAnswer, NodeEntry};

use request::Kind;

use crate::settings::Times;
use crate::time::BootTime;
use crate::token::{Epoch, Generation};

/// The lease of this run of the node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lease {
    times: Times,
    incarnation: u64,
    phase: Phase,
    /// The epochs of which the lease is not over; the current one is the last.
    terms: Vec<Term>,
    /// When the next request is due.
    due: BootTime,
    /// When the first registration was sent in the present store.
    first: Option<BootTime>,
    /// When the present registration was known to be applied.
    since: BootTime,
    /// The revision of the entry that the registration replaced.
    over: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Phase {
    FindStore,
    Registering {
        generation: Generation,
        over: Option<u64>,
    },
    Registered {
        epoch: Epoch,
        revision: u64,
    },
    /// Reads its entry, of which it knew this before.
    Reading {
        generation: Generation,
        known: Option<(Epoch, u64)>,
    },
    Over(Fence),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Term {
    epoch: Epoch,
    deadline: BootTime,
    confirmed: BootTime,
}

impl Lease {
    /// The lease of a run that is not registered yet. `incarnation` is a random number.
    pub const fn new(times: Times, incarnation: u64) -> Self {
        let start = BootTime::since_boot(std::time::Duration::ZERO);
        Self {
            times,
            incarnation,
            phase: Phase::FindStore,
            terms: Vec::new(),
            due: start,
            first: None,
            since: start,
            over: None,
        }
    }

    /// Returns the times.
    pub const fn times(&self) -> &Times {
        &self.times
    }

    /// Returns what to do.
    ///
    /// The first thing that it looks at is the clock: a process that was stopped for a while is
    /// fenced before it sends anything.
    pub fn next(&mut self, now: BootTime) -> LeaseAction {
        self.expire(now);
        if let Phase::Over(fence) = self.phase {
            return LeaseAction::Fenced(fence);
        }
        if now < self.due {
            return LeaseAction::Wait(self.due.min(self.deadline().unwrap_or(self.due)));
        }
        self.due = now.after(self.times.settings().retry);
        let attempt = |kind| Attempt { sent: now, kind };
        match self.phase {
            Phase::FindStore => LeaseAction::FindStore,
            Phase::Registering { generation, over } => {
                self.first.get_or_insert(now);
                let attempt = attempt(Kind::Register { generation, over });
                LeaseAction::Register { attempt, generation, over }
            }
            Phase::Registered { epoch, revision } => {
                let attempt = attempt(Kind::Refresh { epoch, revision });
                LeaseAction::Refresh { attempt, epoch, over: self.over, revision }
            }
            Phase::Reading { generation, .. } => {
                LeaseAction::Read { attempt: attempt(Kind::Read { generation }), generation }
            }
            Phase::Over(fence) => LeaseAction::Fenced(fence),
        }
    }

    /// Takes the generation of the store, as an answer to [`LeaseAction::FindStore`].
    pub fn store_found(&mut self, generation: Generation, now: BootTime) {
        if self.phase == Phase::FindStore {
            self.phase = Phase::Registering { generation, over: None };
            self.first = None;
            self.due = now;
        }
    }

    /// Takes an answer. Late ones are ignored where they do not matter any more.
    ///
    /// An answer that comes after the deadline does not lengthen the lease, although the store has
    /// taken the refresh in time: an epoch that has once not served never serves again, so nobody
    /// has to ask twice.
    pub fn answer(&mut self, attempt: Attempt, answer: LeaseAnswer, now: BootTime) {
        self.expire(now);
        match (attempt.kind, answer, self.phase) {
            (_, _, Phase::Over(_) | Phase::FindStore) => {}
            (_, LeaseAnswer::OtherGeneration, phase) => {
                // An answer about the store of before says nothing about this one.
                let present = Some(attempt.generation()) == phase.generation();
                self.phase = if present { Phase::FindStore } else { phase };
                self.due = if present { now } else { self.due };
            }
            (Kind::Register { generation, over }, LeaseAnswer::Applied(revision), phase) => {
                let registering =
                    matches!(phase, Phase::Registering { .. } | Phase::Reading { known: None, .. });
                if registering && phase.generation() == Some(generation) {
                    self.registered(Epoch { generation, revision }, revision, attempt.sent, now);
                    self.over = over;
                    self.due = attempt.sent.after(self.times.settings().refresh);
                }
            }
            (Kind::Refresh { epoch, .. }, LeaseAnswer::Applied(revision), phase) => {
                self.confirm(epoch, attempt.sent);
                let known = phase.known().filter(|known| known.0 == epoch && known.1 < revision);
                if known.is_some() {
                    self.phase = Phase::Registered { epoch, revision };
                    self.due = attempt.sent.after(self.times.settings().refresh);
                }
            }
            (
                Kind::Register { over, .. },
                LeaseAnswer::Refused,
                Phase::Registering { generation, over: present },
            ) if present == over => self.read(generation, None, now),
            (Kind::Refresh { epoch, revision }, LeaseAnswer::Refused, phase)
                if phase == (Phase::Registered { epoch, revision }) =>
            {
                self.read(epoch.generation, Some((epoch, revision)), now);
            }
            (
                Kind::Read { generation },
                LeaseAnswer::Entry(entry),
                Phase::Reading { generation: present, known },
            ) if generation == present => self.entry(generation, known, entry, now),
            _ => {}
        }
    }

    /// Returns the epoch under which names can be claimed, unless its lease is over.
    pub fn epoch(&self, now: BootTime) -> Option<Epoch> {
        let epoch = self.phase.known()?.0;
        self.serves(epoch, now).then_some(epoch)
    }

    /// Returns whether what was claimed under an epoch may be served.
    ///
    /// To be asked at each call and at each answer, not only by a timer: the process may have
    /// been stopped in between.
    pub fn serves(&self, epoch: Epoch, now: BootTime) -> bool {
        !matches!(self.phase, Phase::Over(_))
            && self.terms.iter().any(|term| term.epoch == epoch && now < term.deadline)
    }

    /// Returns when the node is fenced if no refresh is acknowledged; `None` before it is
    /// registered.
    pub fn deadline(&self) -> Option<BootTime> {
        self.terms.iter().map(|term| term.deadline).max()
    }

    /// Returns when the last acknowledged refresh of the current epoch was sent.
    pub fn confirmed(&self) -> Option<BootTime> {
        let epoch = self.phase.known()?.0;
        self.terms.iter().find(|term| term.epoch == epoch).map(|term| term.confirmed)
    }

    /// Returns since when this registration is known to be in the present store.
    pub fn since(&self) -> Option<BootTime> {
        self.phase.known().map(|_| self.since)
    }

    /// Makes the next refresh due at once, to confirm that the store is still the same
    /// ([`ClaimAction::ConfirmDead`](crate::claim::ClaimAction::ConfirmDead)).
    pub fn hurry(&mut self, now: BootTime) {
        if matches!(self.phase, Phase::Registered { .. }) {
            self.due = self.due.min(now);
        }
    }

    /// Ends the lease in an orderly way, after everything was unbound and released. Returns the
    /// expected revision for deleting the entry.
    ///
    /// `None` if it should rather expire: this run has replaced one that may still serve. While
    /// there is an entry with another epoch, the others know that.
    pub fn leave(&mut self, now: BootTime) -> Option<u64> {
        let revision = self.phase.known().map(|known| known.1);
        let early = self.over.is_some() && now < self.since.after(self.times.lease_of_others());
        self.fence(Fence::Deadline);
        revision.filter(|_| !early)
    }

    fn fence(&mut self, fence: Fence) {
        self.phase = Phase::Over(fence);
        self.terms.clear();
    }

    /// Ends the epochs whose deadlines have passed, and the lease with the last of them.
    fn expire(&mut self, now: BootTime) {
        let is_registered = !self.terms.is_empty();
        self.terms.retain(|term| now < term.deadline);
        if is_registered && self.terms.is_empty() {
            self.fence(Fence::Deadline);
        }
    }

    /// The store has lost the entry, or everything.
    fn lost(&mut self, now: BootTime) {
        self.phase = Phase::FindStore;
        self.due = now;
    }

    fn read(&mut self, generation: Generation, known: Option<(Epoch, u64)>, now: BootTime) {
        self.phase = Phase::Reading { generation, known };
        self.due = now;
    }

    fn registered(&mut self, epoch: Epoch, revision: u64, sent: BootTime, now: BootTime) {
        self.phase = Phase::Registered { epoch, revision };
        self.since = now;
        let deadline = sent.after(self.times.own_lease());
        self.terms.push(Term { epoch, deadline, confirmed: sent });
    }

    fn confirm(&mut self, epoch: Epoch, sent: BootTime) {
        let deadline = sent.after(self.times.own_lease());
        // The deadline of an epoch that is not the current one stays as it is.
        let current = self.phase.known().is_some_and(|known| known.0 == epoch);
        if let Some(term) = self.terms.iter_mut().find(|term| current && term.epoch == epoch) {
            term.deadline = term.deadline.max(deadline);
            term.confirmed = term.confirmed.max(sent);
        }
    }

    fn entry(
        &mut self,
        generation: Generation,
        known: Option<(Epoch, u64)>,
        entry: Option<NodeEntry>,
        now: BootTime,
    ) {
        match (entry, known) {
            (None, None) => {
                self.phase = Phase::Registering { generation, over: None };
                self.due = now;
            }
            (None, Some(_)) => self.lost(now),
            (Some(entry), known) if entry.incarnation == self.incarnation => {
                let epoch = entry.epoch();
                if known.is_none() {
                    // Applied, but its answer was lost. It was sent at the first attempt or later.
                    self.registered(epoch, entry.revision, self.first.unwrap_or(now), now);
                    self.over = entry.over;
                }
                self.phase = Phase::Registered { epoch, revision: entry.revision };
                self.due = now;
            }
            // A run that was registered before, in this store or in the one before, is the older.
            (Some(_), _) if !self.terms.is_empty() => {
                self.fence(Fence::Replaced);
            }
            (Some(entry), _) => {
                self.phase = Phase::Registering { generation, over: Some(entry.revision) };
                self.due = now;
            }
        }
    }
}

impl Phase {
    const fn known(&self) -> Option<(Epoch, u64)> {
        match *self {
            Self::Registered { epoch, revision } => Some((epoch, revision)),
            Self::Reading { known, .. } => known,
            _ => None,
        }
    }

    const fn generation(&self) -> Option<Generation> {
        match *self {
            Self::Registering { generation, .. } | Self::Reading { generation, .. } => {
                Some(generation)
            }
            Self::Registered { epoch, .. } => Some(epoch.generation),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
