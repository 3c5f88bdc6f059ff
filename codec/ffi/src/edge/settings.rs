//! Timeouts and sizes, with their defaults, and when to connect again.

use alwayson_codec::connection::edge::{End, Reconnect, Settings};

use crate::edge::events::AlwaysonEnd;
use crate::slice::{change, put};

/// The settings of an edge. Times are in milliseconds.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct EdgeSettings {
    /// How long to wait for the answer to a request, an AUTH or a BIND; 10 s by default.
    pub request_timeout_ms: u32,
    /// How long the application may take to answer a request; after that the machine answers it.
    /// 30 s by default.
    pub answer_timeout_ms: u32,
    /// After how long without traffic in one direction a ping is sent; 55 s by default.
    pub ping_interval_ms: u32,
    /// How long to wait for the pong; 10 s by default.
    pub pong_timeout_ms: u32,
    /// How long to wait for the close of the peer; 5 s by default.
    pub close_timeout_ms: u32,
    /// After how long a refused name is tried again; 15 s by default.
    pub rebind_delay_ms: u32,
    /// The id of the first request; 1 by default.
    pub first_request_id: u32,
    /// The largest message that is sent without chunks, in bytes; 8192 by default. Announce it to
    /// the platform as `Max-Frame-Size` in the upgrade request.
    pub chunk_size: u16,
    /// 1 if a WebSocket message may contain several messages of the protocol:
    /// `alwayson_edge_rest` returns what to handle next. 0, the default, if bytes that follow the
    /// first message are counted and ignored.
    pub several_messages: u8,
}

impl EdgeSettings {
    pub(crate) fn get(self) -> Settings {
        Settings::default()
            .with_request_timeout_ms(self.request_timeout_ms)
            .with_answer_timeout_ms(self.answer_timeout_ms)
            .with_ping_interval_ms(self.ping_interval_ms)
            .with_pong_timeout_ms(self.pong_timeout_ms)
            .with_close_timeout_ms(self.close_timeout_ms)
            .with_rebind_delay_ms(self.rebind_delay_ms)
            .with_chunk_size(self.chunk_size)
            .with_several_messages(self.several_messages != 0)
            .with_first_request_id(self.first_request_id)
    }
}

/// Returns the default settings.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_settings() -> EdgeSettings {
    let settings = Settings::default();
    EdgeSettings {
        request_timeout_ms: settings.request_timeout_ms,
        answer_timeout_ms: settings.answer_timeout_ms,
        ping_interval_ms: settings.ping_interval_ms,
        pong_timeout_ms: settings.pong_timeout_ms,
        close_timeout_ms: settings.close_timeout_ms,
        rebind_delay_ms: settings.rebind_delay_ms,
        first_request_id: settings.first_request_id,
        chunk_size: settings.chunk_size,
        several_messages: u8::from(settings.several_messages),
    }
}

/// Decides when to connect again: after a delay, which doubles with each failed attempt up to a
/// limit, plus a random time.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ReconnectPolicy {
    /// The delay after the first failure, in milliseconds; 5 s by default.
    pub delay_ms: u32,
    /// The longest random time, in milliseconds; 10 s by default.
    pub jitter_ms: u32,
    /// The longest delay without the random time, in milliseconds; 5 minutes by default.
    pub cap_ms: u32,
    /// The number of failed attempts since the last success. The policy counts them.
    pub failed: u32,
    /// 1 to connect again after UNAUTHORIZED; 0, the default, if that is final.
    pub after_unauthorized: u8,
}

/// Returns the default policy.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_reconnect() -> ReconnectPolicy {
    let policy = Reconnect::default();
    ReconnectPolicy {
        delay_ms: policy.delay_ms,
        jitter_ms: policy.jitter_ms,
        cap_ms: policy.cap_ms,
        failed: policy.failed,
        after_unauthorized: u8::from(policy.after_unauthorized),
    }
}

/// Sets when to connect again after this end, an `ALWAYSON_END_`, and returns whether to do so
/// at all. `random` is uniformly distributed from 0 to `UINT32_MAX`.
///
/// # Safety
/// `policy` is NULL or valid; `at_ms` is NULL, or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_reconnect_after(
    policy: *mut ReconnectPolicy,
    end: u8,
    now_ms: u64,
    random: u32,
    at_ms: *mut u64,
) -> bool {
    // SAFETY: as promised.
    let Ok(policy) = (unsafe { change(policy) }) else { return false };
    let ends = [
        (AlwaysonEnd::Left, End::Left),
        (AlwaysonEnd::Unauthorized, End::Unauthorized),
        (AlwaysonEnd::Declined, End::Declined),
        (AlwaysonEnd::AuthTimeout, End::AuthTimeout),
        (AlwaysonEnd::Protocol, End::Protocol),
        (AlwaysonEnd::Silent, End::Silent),
        (AlwaysonEnd::InvalidSession, End::InvalidSession),
    ];
    // Whatever else it was, the connection is lost.
    let known = ends.iter().find(|(number, _)| *number as u8 == end);
    let end = known.map_or(End::Lost, |(_, end)| *end);
    let mut reconnect = Reconnect::default()
        .with_delay_ms(policy.delay_ms)
        .with_jitter_ms(policy.jitter_ms)
        .with_cap_ms(policy.cap_ms)
        .with_after_unauthorized(policy.after_unauthorized != 0)
        .with_failed(policy.failed);
    let again = reconnect.after(end, now_ms, random);
    policy.failed = reconnect.failed;
    // SAFETY: as promised.
    again.is_some_and(|again| unsafe { put(at_ms, again) }.is_ok())
}

/// Resets the delay. Call it when AUTH has succeeded.
///
/// # Safety
/// `policy` is NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_reconnect_succeeded(policy: *mut ReconnectPolicy) {
    // SAFETY: as promised.
    if let Ok(policy) = unsafe { change(policy) } {
        policy.failed = 0;
    }
}
