//! How an edge's connection ends, and when it is tried again.

use crate::connection::deadline::later;
use crate::limits::{
    DEFAULT_RECONNECT_CAP_MS, DEFAULT_RECONNECT_DELAY_MS, DEFAULT_RECONNECT_JITTER_MS,
};

/// Why an edge's connection has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum End {
    /// The caller has left.
    Left,
    /// The platform answered AUTH with UNAUTHORIZED (section 7).
    Unauthorized,
    /// The platform answered AUTH with something that is neither success nor
    /// UNAUTHORIZED, or cannot be read.
    Declined,
    /// The platform did not answer AUTH in time.
    AuthTimeout,
    /// The platform sent what has no header of a message.
    Protocol,
    /// The platform does not know this session any more (section 7): what helps is
    /// to connect and authenticate again.
    InvalidSession,
    /// No pong came in time (section 1).
    Silent,
    /// The platform closed the connection, or it broke.
    Lost,
}

impl End {
    /// Whether there is no use in connecting again the same way: the key is not
    /// accepted, or the caller has left.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Left | Self::Unauthorized)
    }
}

/// When to connect again (section 7): after a delay, which doubles with each
/// attempt that fails up to a bound, and a random time on top of it, so that a
/// platform's restart does not bring all devices back at once.
///
/// ```
/// use alwayson_codec::connection::edge::{End, Reconnect};
///
/// let mut reconnect = Reconnect::default();
/// let now_ms = 1_000;
/// let random = 0; // A random number of the caller's.
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
    /// The longest delay, random time not counted, in milliseconds; 5 minutes by
    /// default.
    pub cap_ms: u32,
    /// Whether UNAUTHORIZED is an end like others; by default it is final. For a
    /// caller whose next key may be another.
    pub after_unauthorized: bool,
    /// Attempts that have failed since one succeeded: the policy counts them.
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

impl Reconnect {
    /// Sets [`delay_ms`](Self::delay_ms).
    #[must_use]
    pub const fn with_delay_ms(mut self, delay_ms: u32) -> Self {
        self.delay_ms = delay_ms;
        self
    }

    /// Sets [`jitter_ms`](Self::jitter_ms).
    #[must_use]
    pub const fn with_jitter_ms(mut self, jitter_ms: u32) -> Self {
        self.jitter_ms = jitter_ms;
        self
    }

    /// Sets [`cap_ms`](Self::cap_ms).
    #[must_use]
    pub const fn with_cap_ms(mut self, cap_ms: u32) -> Self {
        self.cap_ms = cap_ms;
        self
    }

    /// Sets [`after_unauthorized`](Self::after_unauthorized).
    #[must_use]
    pub const fn with_after_unauthorized(mut self, after_unauthorized: bool) -> Self {
        self.after_unauthorized = after_unauthorized;
        self
    }

    /// Sets [`failed`](Self::failed), for a caller that keeps the policy elsewhere.
    #[must_use]
    pub const fn with_failed(mut self, failed: u32) -> Self {
        self.failed = failed;
        self
    }
}

impl Reconnect {
    /// When to connect again after this end; none where that is final. The
    /// random number is anything from 0 to `u32::MAX`, each as likely.
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

    /// AUTH has succeeded: the next delay is the first again.
    pub fn succeeded(&mut self) {
        self.failed = 0;
    }
}

/// A random number of 32 bits, as one from 0 to a bound, the bound included.
fn scaled(random: u32, bound: u32) -> u32 {
    let scaled = u64::from(random).saturating_mul(u64::from(bound).saturating_add(1));
    u32::try_from(scaled.wrapping_shr(32)).unwrap_or(bound)
}
