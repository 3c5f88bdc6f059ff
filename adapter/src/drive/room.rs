//! Memory for machines that grows with use, up to limits.

use alwayson_codec::connection::{Growing, Names, Requests, Unanswered};

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
pub(crate) type Room = Growing<String, Names<NAMES>, Requests<REQUESTS>, Unanswered<INBOUND>>;
