//! Memory for machines that grows with use, up to limits.

use alwayson_codec::connection::{Inbound, Pending, Slots, Storage};

use crate::message::MessageLimit;

/// The most names, requests out and requests in of one connection. Looking
/// something up takes time in proportion, so these bound the work that a message
/// can make.
pub(crate) const NAMES: usize = 4096;
pub(crate) const REQUESTS: usize = 512;
pub(crate) const INBOUND: usize = 500;

/// How long an outbox is kept that has nothing in it.
pub(crate) const OUTBOX_IDLE: usize = 1024;

/// What an outbox may have room for, if messages have this limit: two of them,
/// and what stands before each.
pub(crate) const fn outbox_limit(message_limit: MessageLimit) -> usize {
    2 * (message_limit.bytes() + 64)
}

/// Room for either machine.
pub(crate) struct Room;

impl Storage for Room {
    type Name = String;
    type Names<T> = Growing<T, NAMES>;
    type Requests = Growing<Pending, REQUESTS>;
    type Inbound = Growing<Inbound, INBOUND>;
    type Outbox = Vec<u8>;
}

/// Places that are added when they are needed.
pub(crate) struct Growing<T, const MAX: usize>(Vec<Option<T>>);

impl<T, const MAX: usize> Slots<T> for Growing<T, MAX> {
    fn empty() -> Self {
        Self(Vec::new())
    }

    fn slots(&self) -> &[Option<T>] {
        &self.0
    }

    fn slots_mut(&mut self) -> &mut [Option<T>] {
        &mut self.0
    }

    fn grow(&mut self) -> bool {
        let has_room = self.0.len() < MAX;
        if has_room {
            self.0.push(None);
        }
        has_room
    }
}
