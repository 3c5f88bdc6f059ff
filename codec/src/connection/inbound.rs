//! Requests of the peer that are not answered yet.

use core::fmt;
use core::num::NonZeroU32;

use super::slots::{self, By, Keys, Listed, Slots};

/// Identifies a request of the peer until it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InboundId(NonZeroU32);

impl InboundId {
    /// Returns it as a number, for callers in other languages. It is never 0, and it is
    /// not the request id in the header, which the peer may reuse.
    pub const fn to_u32(self) -> u32 {
        self.0.get()
    }
}

/// An unanswered request of the peer, as [`Storage`](super::Storage) stores it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Inbound {
    /// Chosen by us: the peer may reuse a request id.
    id: InboundId,
    pub(crate) request: u32,
    pub(crate) endpoint: u32,
    deadline_ms: u64,
}

impl Keys for Inbound {
    const BY: &'static [By] = &[By::Inbound, By::Request];

    #[inline(always)]
    fn key(&self, by: By) -> Option<u32> {
        match by {
            By::Inbound => Some(self.id.to_u32()),
            By::Request => Some(self.request),
            _ => None,
        }
    }

    #[inline(always)]
    fn due_ms(&self) -> u64 {
        self.deadline_ms
    }
}

/// Why a request is not passed to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// One with the same id is not answered yet.
    Double,
    /// There is no room for another unanswered one.
    Full,
}

/// The unanswered requests of a connection.
#[derive(Clone)]
pub(crate) struct Unanswered<I> {
    slots: I,
    next_id: NonZeroU32,
}

impl<I: Slots<Inbound>> Unanswered<I> {
    pub(crate) fn new() -> Self {
        Self { slots: I::empty(), next_id: NonZeroU32::MIN }
    }

    /// Stores a request that is passed to the caller.
    pub(crate) fn open(
        &mut self,
        request: u32,
        endpoint: u32,
        deadline_ms: u64,
    ) -> Result<InboundId, NotTaken> {
        if self.slots.get(By::Request, request).is_some() {
            return Err(NotTaken::Double);
        }
        let id = InboundId(self.next_id);
        let inbound = Inbound { id, request, endpoint, deadline_ms };
        self.slots.insert(inbound).map_err(|_| NotTaken::Full)?;
        self.next_id = self.next_id.checked_add(1).unwrap_or(NonZeroU32::MIN);
        Ok(id)
    }

    /// Returns the one with this id.
    pub(crate) fn get(&self, id: InboundId) -> Option<&Inbound> {
        self.slots.get(By::Inbound, id.to_u32())
    }

    /// Removes the one with this id.
    pub(crate) fn close(&mut self, id: InboundId) -> Option<Inbound> {
        self.slots.take_if(By::Inbound, id.to_u32(), |_| true)
    }

    /// Removes the one with the earliest deadline, if that has passed.
    pub(crate) fn expire(&mut self, now_ms: u64) -> Option<Inbound> {
        self.slots.take_due(now_ms)
    }

    /// Removes all.
    pub(crate) fn clear(&mut self) {
        for slot in self.slots.slots_mut() {
            *slot = None;
        }
    }

    /// Returns the earliest deadline.
    pub(crate) fn next_deadline(&self) -> u64 {
        self.slots.earliest_ms()
    }

    /// Returns all ids.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = InboundId> {
        slots::items(&self.slots).map(|inbound| inbound.id)
    }
}

impl<I: Slots<Inbound>> fmt::Debug for Unanswered<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unanswered")
            .field("next_id", &self.next_id)
            .field("inbound", &Listed(self.slots.slots()))
            .finish()
    }
}
