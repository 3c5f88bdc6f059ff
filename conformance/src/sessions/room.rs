//! Room for what a machine must remember: as much as the protocol's defaults
//! ask for.

use alwayson_codec::connection::{Growing, Names, Requests, Unanswered};
use alwayson_codec::limits::{DEFAULT_CHUNK_SIZE, DEFAULT_MESSAGE_LIMIT};
use alwayson_codec::{Joiner, memory_for};

/// As many incoming messages wait (section 7).
const INBOUND: usize = 500;

/// Names and requests without a limit, and so many requests of the peer.
pub(super) type Room =
    Growing<String, Names<{ usize::MAX }>, Requests<{ usize::MAX }>, Unanswered<INBOUND>>;

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
