//! The options of a platform.

use std::time::Duration;

use alwayson_codec::connection::platform::Settings;
use alwayson_codec::connection::registry::BindPolicy;
use alwayson_codec::limits::DEFAULT_NAMES;

use crate::drive::NAMES;
use crate::message::{DEFAULT_JOINED_MEMORY, MessageLimit};
use crate::option::{
    self, MACHINE_TIME, MIN_CHUNK_SIZE, MOST_AT_A_TIME, OptionError, TIME, from_ms, options,
};
use crate::transport::{DEFAULT_PATH, Limits};

options! {
    /// The options of a platform.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use alwayson::platform::Options;
    ///
    /// let options = Options::default()
    ///     .with_connections(100)?
    ///     .with_idle_timeout(Duration::from_secs(20))?
    ///     .with_local_only(true);
    /// assert_eq!(options.connections(), 100);
    /// # Ok::<(), alwayson::OptionError>(())
    /// ```
    #[derive(Clone, Debug)]
    pub struct Options {
        /// The time within which AUTH has to come; 15 s by default, and at least 1 ms.
        auth_timeout / with_auth_timeout: Duration =
            from_ms(Settings::default().auth_timeout_ms), in MACHINE_TIME;
        /// The timeout of a request to an edge; 30 s by default, and at least 1 ms.
        request_timeout / with_request_timeout: Duration =
            from_ms(Settings::default().request_timeout_ms), in MACHINE_TIME;
        /// The time within which the host has to answer a request of an edge; 10 s by
        /// default, since an edge waits no longer. At least 1 ms.
        answer_timeout / with_answer_timeout: Duration =
            from_ms(Settings::default().answer_timeout_ms), in MACHINE_TIME;
        /// The time without incoming traffic after which a connection ends; 60 s by
        /// default, and at least 1 ms.
        idle_timeout / with_idle_timeout: Duration =
            from_ms(Settings::default().idle_timeout_ms), in MACHINE_TIME;
        /// The timeout of the edge's close; 5 s by default, and at least 1 ms.
        close_timeout / with_close_timeout: Duration =
            from_ms(Settings::default().close_timeout_ms), in MACHINE_TIME;
        /// The longest message that is sent without chunks, in bytes; 8,192 by default, and
        /// from 64 to 65,535. An edge that announces a smaller `Max-Frame-Size` gets
        /// shorter ones (PROTOCOL.md §1).
        chunk_size / with_chunk_size: u16 = Settings::default().chunk_size,
            in MIN_CHUNK_SIZE..=u16::MAX;
        /// Whether a WebSocket message may contain several messages of the protocol; no by
        /// default (PROTOCOL.md §1).
        several_messages / with_several_messages: bool = false;
        /// The id of the first request of a connection; 1,001 by default.
        first_request_id / with_first_request_id: u32 = Settings::default().first_request_id;
        /// What happens if a Thing is bound by one connection and another one binds it;
        /// first-in-wins by default (PROTOCOL.md §7).
        bind_policy / with_bind_policy: BindPolicy = BindPolicy::default();
        /// The requests to a Thing after it was bound; `GetMetadata` and `NotifyPropertyUpdate` by
        /// default.
        after_bind / with_after_bind: AfterBind = AfterBind::default();
        /// Whether only programs of this machine may connect, and no web page; no by
        /// default. For a platform that accepts any key: see
        /// [`AcceptOptions::local_only`](crate::transport::AcceptOptions::local_only).
        local_only / with_local_only: bool = false;
        /// The number of connections without an upgrade that are reported in a second, each
        /// by [`Event::NotUpgraded`](super::Event::NotUpgraded); 10 by default, so that a
        /// port scan does not displace other events. The rest is reported as a number.
        refusals_told / with_refusals_told: u32 = 10;
        /// The timeout of the TLS handshake and the upgrade together; 10 s by default, and
        /// at least 1 ms.
        upgrade_timeout / with_upgrade_timeout: Duration = Duration::from_secs(10), in TIME;
        /// The time after which a connection that accepts no outgoing data is dropped, even
        /// if it keeps sending; 30 s by default, and at least 1 ms.
        send_timeout / with_send_timeout: Duration = Duration::from_secs(30), in TIME;
        /// The longest message, in both directions; 1 MiB by default (PROTOCOL.md §5). A single
        /// frame has a limit of its own.
        message_limit / with_message_limit: MessageLimit = MessageLimit::default();
        /// The longest frame of an edge, in bytes; 128 KiB by default, and at least the
        /// chunk size: see [`Limits::frame`](crate::transport::Limits::frame).
        frame_limit / with_frame_limit: usize = Limits::default().frame,
            in usize::from(MIN_CHUNK_SIZE)..=usize::MAX;
        /// The time without incoming traffic after which an edge is pinged; its pong counts
        /// as traffic. None by default: edges ping (PROTOCOL.md §1). Less than the idle
        /// timeout, and at least 1 ms.
        ping_interval: Option<Duration> = None;
        /// The memory for incomplete long messages that are being received on all
        /// connections, in bytes; 64 MiB by default, which is a thousand messages of
        /// 64 KiB, and at least the message limit. A chunk that does not fit ends its
        /// message with SERVICE_UNAVAILABLE.
        joined_memory / with_joined_memory: usize = DEFAULT_JOINED_MEMORY,
            in MessageLimit::MIN.bytes()..=usize::MAX;
        /// The number of connections at a time, including those that are being opened;
        /// 20,000 by default, and at least 1. Further ones are closed at once.
        connections / with_connections: usize = 20_000, in 1..=MOST_AT_A_TIME;
        /// The number of accepted connections whose TLS handshake and upgrade begin in a second;
        /// 1,000 by default, which takes about a quarter of one core, so that edges that come
        /// back together do not delay those that are connected. From 1 to 1,000,000. Further
        /// ones wait in the order of their arrival, at most for
        /// [`admission_wait`](Self::admission_wait).
        admissions_per_second / with_admissions_per_second: u32 = 1_000, in 1..=1_000_000;
        /// The number of AUTHs that the authenticator decides about at a time; 256 by default,
        /// and at least 1. Further ones wait in the order of their arrival, at most for
        /// [`admission_wait`](Self::admission_wait).
        authentications / with_authentications: usize = 256, in 1..=MOST_AT_A_TIME;
        /// The longest time that an edge waits until its connection is opened, and again until
        /// the authenticator is asked about its AUTH; 8 s by default, since an edge waits 10 s
        /// for an answer (PROTOCOL.md §7). At least 1 ms. An edge that would wait longer gets a
        /// close with code 1013 and a reason.
        admission_wait / with_admission_wait: Duration = Duration::from_secs(8), in TIME;
        /// The number of Things that are bound at a time; 100,000 by default, and at least
        /// 1.
        bindings / with_bindings: usize = 100_000, in 1..=usize::MAX;
        /// The number of names that are bound on one connection at a time; 10,000 by default, so
        /// that one edge can take a tenth of the default of [`bindings`](Self::bindings). From 1
        /// to 1,000,000. A BIND with more is answered SERVICE_UNAVAILABLE.
        names / with_names: usize = DEFAULT_NAMES as usize, in 1..=NAMES;
        /// The session id of the first connection; the others count from it. 1 by default.
        first_session / with_first_session: u32 = 1;
        [own] path: String = DEFAULT_PATH.to_owned();
    }
}

impl Options {
    /// The path of the WebSocket; `/Thingworx/WS` by default (PROTOCOL.md §1). All others are
    /// answered with 404.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Sets [`path`](Self::path).
    ///
    /// # Errors
    /// [`OptionError`] if it does not begin with `/`.
    pub fn with_path(mut self, path: impl Into<String>) -> Result<Self, OptionError> {
        self.path = option::check_path("path", path.into())?;
        Ok(self)
    }

    /// Sets [`ping_interval`](Self::ping_interval).
    ///
    /// # Errors
    /// [`OptionError`] if the value is out of its range.
    pub fn with_ping_interval(mut self, ping_interval: Duration) -> Result<Self, OptionError> {
        self.ping_interval = Some(option::check("ping_interval", ping_interval, MACHINE_TIME)?);
        Ok(self)
    }

    /// Checks what two options have to agree on. [`listen`](super::Builder::listen) does so.
    ///
    /// # Errors
    /// [`OptionError`] for the first option that does not agree with another one.
    pub fn check(&self) -> Result<(), OptionError> {
        if let Some(ping_interval) = self.ping_interval {
            let most = self.idle_timeout.saturating_sub(*MACHINE_TIME.start());
            option::check("ping_interval", ping_interval, *MACHINE_TIME.start()..=most)?;
        }
        let least = self.chunk_size.into();
        option::check("frame_limit", self.frame_limit, least..=usize::MAX)?;
        let least = self.message_limit.bytes();
        option::check("joined_memory", self.joined_memory, least..=usize::MAX)?;
        Ok(())
    }

    /// Returns the settings of the codec's machine.
    pub(super) fn settings(&self) -> Settings {
        Settings::default()
            .with_auth_timeout_ms(option::ms(self.auth_timeout))
            .with_request_timeout_ms(option::ms(self.request_timeout))
            .with_answer_timeout_ms(option::ms(self.answer_timeout))
            .with_idle_timeout_ms(option::ms(self.idle_timeout))
            .with_close_timeout_ms(option::ms(self.close_timeout))
            .with_chunk_size(self.chunk_size)
            .with_several_messages(self.several_messages)
            .with_names(u32::try_from(self.names).unwrap_or(u32::MAX))
            .with_first_request_id(self.first_request_id)
    }
}

/// The requests that a platform sends to a Thing after it was bound, in this order
/// (PROTOCOL.md §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AfterBind {
    /// `GetMetadata`; on by default.
    pub metadata: bool,
    /// `NotifyPropertyUpdate`, as older platforms do; on by default.
    pub notify: bool,
    /// `SynchronizeModelState`, as newer platforms do; off by default.
    pub synchronize: bool,
}

impl AfterBind {
    /// No requests are sent.
    pub const NONE: Self = Self { metadata: false, notify: false, synchronize: false };

    /// Sets [`metadata`](Self::metadata).
    #[must_use]
    pub const fn with_metadata(mut self, metadata: bool) -> Self {
        self.metadata = metadata;
        self
    }

    /// Sets [`notify`](Self::notify).
    #[must_use]
    pub const fn with_notify(mut self, notify: bool) -> Self {
        self.notify = notify;
        self
    }

    /// Sets [`synchronize`](Self::synchronize).
    #[must_use]
    pub const fn with_synchronize(mut self, synchronize: bool) -> Self {
        self.synchronize = synchronize;
        self
    }
}

impl Default for AfterBind {
    fn default() -> Self {
        Self { metadata: true, notify: true, synchronize: false }
    }
}
