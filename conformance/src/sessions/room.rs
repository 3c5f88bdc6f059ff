//! The memory of a machine, large enough for the defaults of the protocol.

use alwayson_codec::connection::{Growing, Names, Requests, Unanswered};
use alwayson_codec::limits::{DEFAULT_CHUNK_SIZE, DEFAULT_MESSAGE_LIMIT};
use alwayson_codec::{Joiner, memory_for};

/// The maximum number of unanswered requests of the peer (section 7).
const INBOUND: usize = 500;

/// Unlimited names and requests, and [`INBOUND`] requests of the peer.
pub(super) type Room =
    Growing<String, Names<{ usize::MAX }>, Requests<{ usize::MAX }>, Unanswered<INBOUND>>;

/// Returns an outbox for two messages of the longest kind.
pub(super) fn outbox() -> Vec<u8> {
    vec![0; 2 * DEFAULT_MESSAGE_LIMIT]
}

/// Joins received chunks, for two messages at a time.
pub(super) type LongMessages = Joiner<Vec<u8>, 2>;

pub(super) fn joiner() -> LongMessages {
    let memory = || vec![0; memory_for(DEFAULT_MESSAGE_LIMIT, DEFAULT_CHUNK_SIZE, 1024)];
    Joiner::new([memory(), memory()])
}
