//! Why an edge's connection ends, and when to connect again.

use crate::connection::deadline::later;
use crate::connection::setters::setters;
use crate::limits::{
    DEFAULT_RECONNECT_CAP_MS, DEFAULT_RECONNECT_DELAY_MS, DEFAULT_RECONNECT_JITTER_MS,
};

/// Why an edge's connection has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum End {
    /// The caller has called [`leave`](super::Connection::leave).
    Left,
    /// The platform answered AUTH with UNAUTHORIZED (PROTOCOL.md §7).
    Unauthorized,
    /// The platform answered AUTH with neither a success nor UNAUTHORIZED, or with a message
    /// that cannot be decoded.
    Declined,
    /// The platform did not answer AUTH in time.
    AuthTimeout,
    /// The platform sent bytes without a valid header.
    Protocol,
    /// The platform does not know this session any more (PROTOCOL.md §7). Connect and
    /// authenticate again.
    InvalidSession,
    /// No pong was received in time (PROTOCOL.md §1).
    Silent,
    /// The platform closed the connection, or it was lost.
    Lost,
}

impl End {
    /// Returns whether it is useless to connect again with the same settings: the key is not
    /// accepted, or the caller has left.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Left | Self::Unauthorized)
    }
}

/// Decides when to connect again (PROTOCOL.md §7): after a delay, which doubles with each failed
/// attempt up to a limit, plus a random time, so that not all devices return at once after
/// a restart of the platform.
///
/// ```
/// use alwayson_codec::connection::edge::{End, Reconnect};
///
/// let mut reconnect = Reconnect::default();
/// let now_ms = 1_000;
/// let random = 0; // A random number from the caller.
/// assert_eq!(reconnect.after(End::Lost, now_ms, random), Some(6_000));
/// assert_eq!(reconnect.after(End::Lost, 6_000, random), Some(16_000));
/// reconnect.succeeded(); // At `Event::Authenticated`.
/// assert_eq!(reconnect.after(End::Lost, 20_000, u32::MAX), Some(35_000));
/// // The same key would be refused again.
/// assert_eq!(reconnect.after(End::Unauthorized, 40_000, random), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Reconnect {
    /// The delay after the first failure, in milliseconds; 5 s by default.
    pub delay_ms: u32,
    /// The longest random time, in milliseconds; 10 s by default.
    pub jitter_ms: u32,
    /// The longest delay without the random time, in milliseconds; 5 minutes by default.
    pub cap_ms: u32,
    /// Whether to connect again after UNAUTHORIZED, for a caller whose next key may be
    /// another one. Off by default: UNAUTHORIZED is final.
    pub after_unauthorized: bool,
    /// The number of failed attempts since the last success. The policy counts them.
    pub failed: u32,
}

impl Default for Reconnect {
    fn default() -> Self {
        Self {
            delay_ms: DEFAULT_RECONNECT_DELAY_MS,
            jitter_ms: DEFAULT_RECONNECT_JITTER_MS,
            cap_ms: DEFAULT_RECONNECT_CAP_MS,
            after_unauthorized: false,
            failed: 0,
        }
    }
}

setters! {
    Reconnect {
        with_delay_ms => delay_ms: u32;
        with_jitter_ms => jitter_ms: u32;
        with_cap_ms => cap_ms: u32;
        with_after_unauthorized => after_unauthorized: bool;
        with_failed => failed: u32;
    }
}

impl Reconnect {
    /// Returns when to connect again after this end, or `None` if it is final. `random` is
    /// uniformly distributed over all of `u32`.
    pub fn after(&mut self, end: End, now_ms: u64, random: u32) -> Option<u64> {
        let may_retry = end == End::Unauthorized && self.after_unauthorized;
        if end.is_final() && !may_retry {
            return None;
        }
        let doubled = 1_u32.checked_shl(self.failed).unwrap_or(u32::MAX);
        let delay_ms = self.delay_ms.saturating_mul(doubled).min(self.cap_ms);
        self.failed = self.failed.saturating_add(1);
        Some(later(later(now_ms, delay_ms), scaled(random, self.jitter_ms)))
    }

    /// Resets the delay. Call it when AUTH has succeeded.
    pub fn succeeded(&mut self) {
        self.failed = 0;
    }
}

/// Scales a random number of 32 bits to the range from 0 to `bound`, inclusive.
fn scaled(random: u32, bound: u32) -> u32 {
    let scaled = u64::from(random).saturating_mul(u64::from(bound).saturating_add(1));
    u32::try_from(scaled.wrapping_shr(32)).unwrap_or(bound)
}
