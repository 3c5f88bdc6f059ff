//! Requests to the peer that are not answered yet, and their ids.

use core::error::Error;
use core::fmt;

use super::deadline::NEVER;
use super::slots::{self, By, Keys, Listed, Slots};
use crate::wire::codes::Status;
use crate::wire::header::Ids;

/// Identifies a request to the peer until it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub(crate) u32);

impl RequestId {
    /// Returns the number in the header of the request and of its response (PROTOCOL.md §2).
    pub const fn to_u32(self) -> u32 {
        self.0
    }
}

/// Why a request has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Failure {
    /// The peer did not answer in time (PROTOCOL.md §7).
    Timeout,
    /// The connection has ended.
    Ended,
    /// The response cannot be decoded.
    Unreadable,
    /// The chunks of the response contradict each other, or it is too long.
    NotJoined,
    /// The Thing was unbound, or bound elsewhere, before the request was sent.
    NotSent,
}

impl Failure {
    /// Returns the status that corresponds to it, for callers who treat a failure like a
    /// response.
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

/// An unanswered request to the peer, as [`Storage`](super::Storage) stores it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pending {
    id: u32,
    deadline_ms: u64,
    /// It has failed, and the caller has not seen the event yet.
    failed: Option<Failure>,
}

impl Pending {
    fn waits(&self) -> bool {
        self.failed.is_none()
    }
}

impl Keys for Pending {
    const BY: &'static [By] = &[By::Request, By::Untold];

    #[inline(always)]
    fn key(&self, by: By) -> Option<u32> {
        match by {
            By::Request => Some(self.id),
            By::Untold => self.failed.map(|_| 0),
            _ => None,
        }
    }

    #[inline(always)]
    fn due_ms(&self) -> u64 {
        if self.waits() { self.deadline_ms } else { NEVER }
    }
}

/// The unanswered requests of a connection.
#[derive(Clone)]
pub(crate) struct Requests<P> {
    slots: P,
    next_id: u32,
    /// The number of failures that the caller has not seen.
    untold: u32,
}

impl<P: Slots<Pending>> Requests<P> {
    pub(crate) fn new(first_id: u32) -> Self {
        Self { slots: P::empty(), next_id: first_id, untold: 0 }
    }

    /// Returns the id for the next request: never 0 or [`Ids::NONE`], and none that is in use.
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

    /// Returns whether a request with this id is open, or its failure was not seen yet.
    pub(crate) fn knows(&self, id: u32) -> bool {
        self.slots.get(By::Request, id).is_some()
    }

    /// Returns whether a request with this id waits for its response.
    pub(crate) fn awaits(&self, id: u32) -> bool {
        self.slots.get(By::Request, id).is_some_and(Pending::waits)
    }

    /// Stores a request. Returns `false` if there is no room.
    pub(crate) fn open(&mut self, id: u32, deadline_ms: u64) -> bool {
        let pending = Pending { id, deadline_ms, failed: None };
        self.slots.insert(pending).is_ok()
    }

    /// Returns whether there is room for another request.
    pub(crate) fn has_room(&mut self) -> bool {
        self.slots.has_room()
    }

    /// Removes the request with this id. Returns `false` if none waits.
    pub(crate) fn close(&mut self, id: u32) -> bool {
        self.slots.take_if(By::Request, id, Pending::waits).is_some()
    }

    /// Fails the one with this id, if it waits.
    pub(crate) fn fail_id(&mut self, id: u32, failure: Failure) {
        let untold = &mut self.untold;
        self.slots.change(By::Request, id, |pending| fail(pending, failure, untold));
    }

    /// Fails those whose deadline has passed.
    pub(crate) fn expire(&mut self, now_ms: u64) {
        let untold = &mut self.untold;
        self.slots.change_due(now_ms, |pending| {
            pending.failed = Some(Failure::Timeout);
            *untold = untold.saturating_add(1);
        });
    }

    /// Fails all that wait, because the connection has ended.
    pub(crate) fn end(&mut self) {
        for pending in slots::items_mut(&mut self.slots) {
            fail(pending, Failure::Ended, &mut self.untold);
        }
    }

    /// Returns the next failed request, and removes it.
    pub(crate) fn poll(&mut self) -> Option<(RequestId, Failure)> {
        if self.untold == 0 {
            return None;
        }
        let pending = self.slots.take_if(By::Untold, 0, |_| true)?;
        self.untold = self.untold.saturating_sub(1);
        Some((RequestId(pending.id), pending.failed?))
    }

    /// Returns whether a failed request is to be returned by [`poll`](Self::poll).
    pub(crate) const fn has_failed(&self) -> bool {
        self.untold > 0
    }

    /// Returns the earliest deadline.
    pub(crate) fn next_deadline(&self) -> u64 {
        self.slots.earliest_ms()
    }

    /// Returns those that have not ended.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = RequestId> {
        let waiting = slots::items(&self.slots).filter(|pending| pending.waits());
        waiting.map(|pending| RequestId(pending.id))
    }
}

/// Fails a request if it waits, and counts it.
fn fail(pending: &mut Pending, failure: Failure, untold: &mut u32) {
    if pending.waits() {
        pending.failed = Some(failure);
        *untold = untold.saturating_add(1);
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
