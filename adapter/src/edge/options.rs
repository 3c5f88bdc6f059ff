//! The options of an edge: limits, timeouts, sizes.

use std::time::Duration;

use alwayson_codec::connection::edge::Settings;

use crate::message::{DEFAULT_JOINED_MEMORY, MessageLimit};
use crate::option::{
    self, MACHINE_TIME, MIN_CHUNK_SIZE, MOST_AT_A_TIME, OptionError, TIME, from_ms, options,
};

/// The most requests that wait for responses. The machine has room for these, and for those
/// that the edge itself sends.
const MAX_REQUESTS: usize = 256;

options! {
    /// The options of an edge.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use alwayson::edge::Options;
    ///
    /// let options = Options::default()
    ///     .with_ping_interval(Duration::from_secs(20))?
    ///     .with_pushes(1_000)?;
    /// let error = options.with_requests(257).unwrap_err();
    /// assert_eq!(error.to_string(), "the option requests cannot be 257: it is from 1 to 256");
    /// # Ok::<(), alwayson::OptionError>(())
    /// ```
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Options {
        /// The longest message, in both directions; 1 MiB by default. The WebSocket gets
        /// the same limit, regardless of [`Limits`](crate::transport::Limits).
        message_limit / with_message_limit: MessageLimit = MessageLimit::default();
        /// The memory for incomplete long messages that are being received, in bytes;
        /// 64 MiB by default, and at least the message limit. A chunk that does not fit
        /// ends its message with SERVICE_UNAVAILABLE.
        joined_memory / with_joined_memory: usize = DEFAULT_JOINED_MEMORY,
            in MessageLimit::MIN.bytes()..=usize::MAX;
        /// The number of requests of this edge that wait for their responses; from 1 to
        /// 256, which is the default.
        requests / with_requests: usize = MAX_REQUESTS, in 1..=MAX_REQUESTS;
        /// The number of pushes that are queued or wait for their responses; 256 by
        /// default, and at least 1.
        pushes / with_pushes: usize = 256, in 1..=MOST_AT_A_TIME;
        /// The number of handlers that run at a time; 64 by default, and at least 1. Up to
        /// 500 more requests of the platform are queued, for at most
        /// [`answer_timeout`](Self::answer_timeout): then they are answered with
        /// GATEWAY_TIMEOUT and never run.
        handlers / with_handlers: usize = 64, in 1..=MOST_AT_A_TIME;
        /// The time for which pushes are queued after a Thing was bound, if the platform
        /// does not synchronise it; 10 s by default (PROTOCOL.md §3).
        hold / with_hold: Duration = Duration::from_secs(10);
        /// The longest time for which a push is queued, even while there is no connection;
        /// then it fails. 60 s by default: a platform may keep the binding of a broken
        /// connection for that long (PROTOCOL.md §7). At least 1 ms.
        push_timeout / with_push_timeout: Duration = Duration::from_secs(60), in TIME;
        /// The timeout of the provider of credentials; 10 s by default, and at least 1 ms.
        key_timeout / with_key_timeout: Duration = Duration::from_secs(10), in TIME;
        /// The time after which a connection that accepts no outgoing data is dropped,
        /// even if it keeps sending; 20 s by default, and at least 1 ms.
        send_timeout / with_send_timeout: Duration = Duration::from_secs(20), in TIME;
        /// The timeout of a request, an AUTH and a BIND; 10 s by default, and at least
        /// 1 ms.
        request_timeout / with_request_timeout: Duration =
            from_ms(Settings::default().request_timeout_ms), in MACHINE_TIME;
        /// The time within which a handler has to answer a request of the platform; 30 s by
        /// default, since a platform waits no longer. At least 1 ms.
        answer_timeout / with_answer_timeout: Duration =
            from_ms(Settings::default().answer_timeout_ms), in MACHINE_TIME;
        /// The time without traffic in one of the directions after which the edge sends a
        /// ping; 55 s by default, and at least 1 ms.
        ping_interval / with_ping_interval: Duration =
            from_ms(Settings::default().ping_interval_ms), in MACHINE_TIME;
        /// The timeout of a pong; 10 s by default, and at least 1 ms.
        pong_timeout / with_pong_timeout: Duration =
            from_ms(Settings::default().pong_timeout_ms), in MACHINE_TIME;
        /// The timeout of the platform's close; 5 s by default, and at least 1 ms.
        close_timeout / with_close_timeout: Duration =
            from_ms(Settings::default().close_timeout_ms), in MACHINE_TIME;
        /// The time after which a refused name is bound again; 15 s by default, and at
        /// least 1 ms.
        rebind_delay / with_rebind_delay: Duration =
            from_ms(Settings::default().rebind_delay_ms), in MACHINE_TIME;
        /// The longest message that is sent without chunks, in bytes; 8,192 by default, and
        /// from 64 to 65,535. It is announced to the platform as `Max-Frame-Size`
        /// (PROTOCOL.md §1).
        chunk_size / with_chunk_size: u16 = Settings::default().chunk_size,
            in MIN_CHUNK_SIZE..=u16::MAX;
        /// Whether a WebSocket message may hold several messages of the protocol; no by
        /// default (PROTOCOL.md §1).
        several_messages / with_several_messages: bool = false;
        /// The id of the first request; 1 by default.
        first_request_id / with_first_request_id: u32 = Settings::default().first_request_id;
    }
}

impl Options {
    /// Checks options that depend on each other.
    pub(super) fn check(&self) -> Result<(), OptionError> {
        let least = self.message_limit.bytes();
        option::check("joined_memory", self.joined_memory, least..=usize::MAX)?;
        Ok(())
    }

    /// Returns the settings of the codec's machine.
    pub(super) fn settings(&self) -> Settings {
        Settings::default()
            .with_request_timeout_ms(option::ms(self.request_timeout))
            .with_answer_timeout_ms(option::ms(self.answer_timeout))
            .with_ping_interval_ms(option::ms(self.ping_interval))
            .with_pong_timeout_ms(option::ms(self.pong_timeout))
            .with_close_timeout_ms(option::ms(self.close_timeout))
            .with_rebind_delay_ms(option::ms(self.rebind_delay))
            .with_chunk_size(self.chunk_size)
            .with_several_messages(self.several_messages)
            .with_first_request_id(self.first_request_id)
    }
}
