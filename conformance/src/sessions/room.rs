//! Room for what a machine must remember: as much as the protocol's defaults
//! ask for.

use alwayson_codec::connection::{Inbound, Pending, Slots, Storage};
use alwayson_codec::limits::{DEFAULT_CHUNK_SIZE, DEFAULT_MESSAGE_LIMIT};
use alwayson_codec::{Joiner, memory_for};

/// As many incoming messages wait (section 7).
const INBOUND: usize = 500;

/// Names and requests without a limit, and so many requests of the peer.
pub(super) struct Room;

/// Places that grow.
pub(super) struct Growing<T>(Vec<Option<T>>);

impl<T> Slots<T> for Growing<T> {
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
        self.0.push(None);
        true
    }
}

/// A name without a limit.
#[derive(Clone, Debug)]
pub(super) struct Name(String);

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl Storage for Room {
    type Name = Name;
    type Names<T> = Growing<T>;
    type Requests = Growing<Pending>;
    type Inbound = [Option<Inbound>; INBOUND];
    type Outbox = Vec<u8>;
}

/// Bytes that wait to be sent: more than one message of the longest kind.
pub(super) fn outbox() -> Vec<u8> {
    vec![0; 2 * DEFAULT_MESSAGE_LIMIT]
}

/// Long messages that come in, two at a time.
pub(super) type LongMessages = Joiner<Vec<u8>, 2>;

pub(super) fn joiner() -> LongMessages {
    let memory = || vec![0; memory_for(DEFAULT_MESSAGE_LIMIT, DEFAULT_CHUNK_SIZE, 1024)];
    Joiner::new([memory(), memory()])
}
