//! Memory for machines, which grows with use up to limits.

use alwayson_codec::connection::{Growing, Names, Requests, Unanswered};

use crate::message::MessageLimit;

/// The most names of one connection, whatever the options are: together they take a few hundred
/// megabytes.
pub(crate) const NAMES: usize = 1_000_000;
/// The most outgoing requests of one connection without an answer.
pub(crate) const REQUESTS: usize = 512;
/// The most incoming requests of one connection without an answer.
pub(crate) const INBOUND: usize = 500;

/// The length to which an empty outbox shrinks, in bytes.
pub(crate) const OUTBOX_IDLE: usize = 1024;
/// The length up to which an outbox stays as long as it is for a while, in bytes: a busy connection
/// would grow it again and again.
pub(crate) const OUTBOX_BUSY: usize = 16 << 10;
/// The time after which an outbox that has not grown shrinks, in milliseconds.
pub(crate) const OUTBOX_BUSY_MS: u64 = 1_000;

/// Returns the limit of an outbox for this message limit, in bytes: two messages, and what is
/// stored in front of each.
pub(crate) const fn outbox_limit(message_limit: MessageLimit) -> usize {
    2 * (message_limit.bytes() + 64)
}

/// The memory of either machine.
pub(crate) type Room = Growing<String, Names<NAMES>, Requests<REQUESTS>, Unanswered<INBOUND>>;
