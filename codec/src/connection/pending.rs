//! Requests to the peer that were not answered yet, and the ids of requests.

use core::error::Error;
use core::fmt;

use super::deadline::NEVER;
use super::slots::{self, Listed, Slots};
use crate::wire::codes::Status;
use crate::wire::header::Ids;

/// A request to the peer, as the caller knows it until it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub(crate) u32);

impl RequestId {
    /// The number in the header of the request and of its answer (section 2).
    pub const fn to_u32(self) -> u32 {
        self.0
    }
}

/// Why a request ends without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Failure {
    /// No answer in time (section 7).
    Timeout,
    /// The connection has ended.
    Ended,
    /// An answer came, and its bytes are no message.
    Unreadable,
    /// An answer came in chunks that contradict each other, or is longer than
    /// there is room for.
    NotJoined,
    /// The Thing was unbound, or bound elsewhere, before the request was sent.
    NotSent,
}

impl Failure {
    /// The status that stands for it, for a caller who wants one for all.
    pub const fn status(self) -> Status {
        match self {
            Self::Timeout => Status::GATEWAY_TIMEOUT,
            Self::Ended => Status::SERVICE_UNAVAILABLE,
            Self::Unreadable | Self::NotJoined => Status::BAD_GATEWAY,
            Self::NotSent => Status::NOT_FOUND,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => "the peer did not answer in time",
            Self::Ended => "the connection ended before the peer answered",
            Self::Unreadable => "the answer of the peer cannot be decoded",
            Self::NotJoined => "the chunks of the peer's answer cannot be joined",
            Self::NotSent => "the Thing was unbound before the request was sent",
        })
    }
}

impl Error for Failure {}

/// A request to the peer that has not ended. [`Storage`](super::Storage) gives it
/// room.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pending {
    id: u32,
    deadline_ms: u64,
    /// It has ended, and the caller was not told yet.
    failed: Option<Failure>,
}

/// All of them.
#[derive(Clone)]
pub(crate) struct Requests<P> {
    slots: P,
    next_id: u32,
    /// How many have failed and were not told.
    untold: u32,
}

impl<P: Slots<Pending>> Requests<P> {
    pub(crate) fn new(first_id: u32) -> Self {
        Self { slots: P::empty(), next_id: first_id, untold: 0 }
    }

    /// The id for the next request: never 0, never that of none, and none that
    /// is in flight.
    pub(crate) fn next_id(&mut self, in_flight: impl Fn(u32) -> bool) -> u32 {
        loop {
            let id = self.next_id;
            self.next_id = id.wrapping_add(1);
            let is_valid = id != 0 && id != Ids::NONE;
            if is_valid && !self.knows(id) && !in_flight(id) {
                return id;
            }
        }
    }

    /// Whether a request of this id has not ended, or its end was not told.
    pub(crate) fn knows(&self, id: u32) -> bool {
        slots::items(&self.slots).any(|pending| pending.id == id)
    }

    /// Whether a request of this id waits for its answer.
    pub(crate) fn awaits(&self, id: u32) -> bool {
        slots::items(&self.slots).any(|pending| pending.id == id && pending.failed.is_none())
    }

    /// Remembers a request; false where there is no room.
    pub(crate) fn open(&mut self, id: u32, deadline_ms: u64) -> bool {
        let pending = Pending { id, deadline_ms, failed: None };
        slots::insert(&mut self.slots, |_| false, pending).is_ok()
    }

    /// Whether one more finds room.
    pub(crate) fn has_room(&mut self) -> bool {
        self.slots.slots().iter().any(Option::is_none) || self.slots.grow()
    }

    /// Forgets the request that is answered; false where none waits.
    pub(crate) fn close(&mut self, id: u32) -> bool {
        let answered = |slot: &Option<Pending>| {
            slot.as_ref().is_some_and(|p| p.id == id && p.failed.is_none())
        };
        self.slots.slots_mut().iter_mut().find(|slot| answered(slot)).is_some_and(|slot| {
            *slot = None;
            true
        })
    }

    /// Ends those that wait and are meant.
    pub(crate) fn fail(&mut self, failure: Failure, meant: impl Fn(&Pending) -> bool) {
        for pending in slots::items_mut(&mut self.slots) {
            if pending.failed.is_none() && meant(pending) {
                pending.failed = Some(failure);
                self.untold = self.untold.saturating_add(1);
            }
        }
    }

    /// Ends the one with this id.
    pub(crate) fn fail_id(&mut self, id: u32, failure: Failure) {
        self.fail(failure, |pending| pending.id == id);
    }

    /// Ends those whose time is over.
    pub(crate) fn expire(&mut self, now_ms: u64) {
        self.fail(Failure::Timeout, |pending| pending.deadline_ms <= now_ms);
    }

    /// Tells the next request that ended without an answer, and forgets it.
    pub(crate) fn poll(&mut self) -> Option<(RequestId, Failure)> {
        if self.untold == 0 {
            return None;
        }
        let slots = self.slots.slots_mut();
        let slot =
            slots.iter_mut().find(|slot| slot.as_ref().is_some_and(|p| p.failed.is_some()))?;
        let pending = slot.take()?;
        self.untold = self.untold.saturating_sub(1);
        Some((RequestId(pending.id), pending.failed?))
    }

    /// When the next one's time is over.
    pub(crate) fn next_deadline(&self) -> u64 {
        let waiting = slots::items(&self.slots).filter(|pending| pending.failed.is_none());
        waiting.fold(NEVER, |next, pending| next.min(pending.deadline_ms))
    }

    /// Those that have not ended.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = RequestId> {
        let waiting = slots::items(&self.slots).filter(|pending| pending.failed.is_none());
        waiting.map(|pending| RequestId(pending.id))
    }
}

impl<P: Slots<Pending>> fmt::Debug for Requests<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Requests")
            .field("next_id", &self.next_id)
            .field("untold", &self.untold)
            .field("pending", &Listed(self.slots.slots()))
            .finish()
    }
}
