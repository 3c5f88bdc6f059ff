//! What a platform can be set to.

use std::time::Duration;

use alwayson_codec::connection::platform::Settings;
use alwayson_codec::connection::registry::BindPolicy;

use crate::frame::PlatformObserver;
use crate::message::{DEFAULT_JOINED_MEMORY, MessageLimit};
use crate::option_error::{self, MIN_CHUNK_SIZE, MOST_AT_A_TIME, OptionError};
use crate::transport::Limits;

/// What a platform can be set to.
#[derive(Clone)]
pub struct Options {
    /// The path of the WebSocket; `/Thingworx/WS` by default (section 1). All
    /// others are 404.
    pub path: String,
    /// Times, and the longest message that is sent as one, for each connection.
    pub settings: Settings,
    /// What happens to a Thing that is bound and wanted by another connection;
    /// first-in-wins by default (section 7).
    pub bind_policy: BindPolicy,
    /// What is asked of a Thing after it was bound.
    pub after_bind: AfterBind,
    /// Whether only programs of this machine may connect, and no page of the web; no by
    /// default. For a platform that accepts any key: see
    /// [`AcceptOptions::local_only`](crate::transport::AcceptOptions::local_only).
    pub local_only: bool,
    /// How many connections that became no WebSocket are told in a second, each by
    /// [`Event::NotUpgraded`](super::Event::NotUpgraded); 10 by default, so that a scan
    /// of ports does not push other events out. All are told of that are beyond this by
    /// one more, with their number.
    pub refusals_told: u32,
    /// The time for the TLS handshake and the upgrade together; 10 s by default.
    pub upgrade_timeout: Duration,
    /// A connection that takes nothing for so long is dropped, whatever comes over
    /// it; 30 s by default.
    pub send_timeout: Duration,
    /// The longest message, in or out; 1 MiB by default (section 5). A single frame
    /// has its own limit.
    pub message_limit: MessageLimit,
    /// The longest frame of an edge, in bytes; 128 KiB by default, and at least the
    /// chunk size: see [`Limits::frame`](crate::transport::Limits::frame).
    pub frame_limit: usize,
    /// After how long without anything from an edge it is pinged; its pong counts as
    /// traffic, so that it is not cut for silence. None by default: edges ping
    /// (section 1). It is less than the idle timeout, after which nobody is left to
    /// ping.
    pub ping_interval: Option<Duration>,
    /// The memory for what has come of the unfinished long messages of all
    /// connections, in bytes; 64 MiB by default: a thousand connections may be in
    /// the middle of a message of 64 KiB. It is no less than the message limit. A
    /// chunk that finds no room ends its message: SERVICE_UNAVAILABLE.
    pub joined_memory: usize,
    /// The most connections at a time, those that are being opened included;
    /// 20,000 by default, and at least one. More are closed at once.
    pub connections: usize,
    /// The most Things that are bound at a time; 100,000 by default, and at least
    /// one.
    pub bindings: usize,
    /// The session id of the first connection; the others count from it. 1 by
    /// default.
    pub first_session: u32,
    /// Is shown every frame.
    pub observer: Option<PlatformObserver>,
}

/// What a platform asks of a Thing after it was bound, in this order (section
/// 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AfterBind {
    /// `GetMetadata`; on by default.
    pub metadata: bool,
    /// `NotifyPropertyUpdate`, as older platforms do; on by default.
    pub notify: bool,
    /// `SynchronizeModelState`, as newer platforms do; off by default.
    pub synchronize: bool,
}

impl AfterBind {
    /// Nothing is asked.
    pub const NONE: Self = Self { metadata: false, notify: false, synchronize: false };
}

impl Default for AfterBind {
    fn default() -> Self {
        Self { metadata: true, notify: true, synchronize: false }
    }
}

impl Options {
    /// Checks what cannot be set to any value. [`listen`](super::Builder::listen)
    /// does so.
    ///
    /// # Errors
    /// The first option that is out of its range.
    pub fn check(&self) -> Result<(), OptionError> {
        let Settings {
            auth_timeout_ms,
            request_timeout_ms,
            answer_timeout_ms,
            idle_timeout_ms,
            close_timeout_ms,
            chunk_size,
            several_messages: _,
            first_request_id: _,
            ..
        } = self.settings;
        option_error::check_ms([
            ("settings.auth_timeout_ms", auth_timeout_ms),
            ("settings.request_timeout_ms", request_timeout_ms),
            ("settings.answer_timeout_ms", answer_timeout_ms),
            ("settings.idle_timeout_ms", idle_timeout_ms),
            ("settings.close_timeout_ms", close_timeout_ms),
        ])?;
        option_error::check("settings.chunk_size", chunk_size, MIN_CHUNK_SIZE..=u16::MAX)?;
        option_error::check_times([
            ("upgrade_timeout", self.upgrade_timeout),
            ("send_timeout", self.send_timeout),
        ])?;
        if let Some(ping_interval) = self.ping_interval {
            let most = Duration::from_millis(idle_timeout_ms.saturating_sub(1).into());
            option_error::check_time("ping_interval", ping_interval, most)?;
        }
        option_error::check("frame_limit", self.frame_limit, chunk_size.into()..=usize::MAX)?;
        let least = self.message_limit.bytes();
        option_error::check("joined_memory", self.joined_memory, least..=usize::MAX)?;
        option_error::check("connections", self.connections, 1..=MOST_AT_A_TIME)?;
        option_error::check("bindings", self.bindings, 1..=usize::MAX)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            path: "/Thingworx/WS".to_owned(),
            settings: Settings::default(),
            bind_policy: BindPolicy::default(),
            after_bind: AfterBind::default(),
            local_only: false,
            refusals_told: 10,
            upgrade_timeout: Duration::from_secs(10),
            send_timeout: Duration::from_secs(30),
            message_limit: MessageLimit::default(),
            frame_limit: Limits::default().frame,
            ping_interval: None,
            joined_memory: DEFAULT_JOINED_MEMORY,
            connections: 20_000,
            bindings: 100_000,
            first_session: 1,
            observer: None,
        }
    }
}
