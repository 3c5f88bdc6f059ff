//! The options with limits of times, sizes and numbers.

use std::time::Duration;

use alwayson::OptionError;
use alwayson::message::{DEFAULT_JOINED_MEMORY, MessageLimit};
use alwayson::platform::Options;
use alwayson::transport::Limits;
use alwayson_codec::limits::{
    DEFAULT_AUTH_TIMEOUT_MS, DEFAULT_IDLE_TIMEOUT_MS, DEFAULT_PLATFORM_REQUEST_TIMEOUT_MS,
};

#[derive(Debug, clap::Args)]
pub(super) struct LimitArgs {
    /// The time limit for an edge to authenticate, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = DEFAULT_AUTH_TIMEOUT_MS,
        value_parser = clap::value_parser!(u32).range(1..))]
    auth_timeout_ms: u32,
    /// The time limit for an edge to answer a request, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = DEFAULT_PLATFORM_REQUEST_TIMEOUT_MS,
        value_parser = clap::value_parser!(u32).range(1..))]
    request_timeout_ms: u32,
    /// The time after which a connection is closed if nothing is received, in
    /// milliseconds.
    #[arg(long, value_name = "MS", default_value_t = DEFAULT_IDLE_TIMEOUT_MS,
        value_parser = clap::value_parser!(u32).range(1..))]
    idle_timeout_ms: u32,
    /// The longest message, received or sent, in bytes: from 65536 to 67108864.
    #[arg(long, value_name = "BYTES", default_value_t)]
    message_limit: MessageLimit,
    /// The memory for received chunks of unfinished messages of all edges, in bytes; at
    /// least the message limit.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_JOINED_MEMORY)]
    joined_memory: usize,
    /// The longest WebSocket frame of an edge, in bytes; at least the chunk size, 8192.
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().frame())]
    frame_limit: usize,
    /// Ping an edge after this many milliseconds of silence, so that its pong keeps the
    /// connection alive. Must be less than --idle-timeout-ms. Without it, edges must ping.
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..))]
    ping_ms: Option<u64>,
    /// The number of connections at a time. Further ones are closed at once.
    #[arg(long, value_name = "N", default_value_t = Options::default().connections())]
    connections: usize,
    /// The number of Things that are bound at a time.
    #[arg(long, value_name = "N", default_value_t = Options::default().bindings())]
    bindings: usize,
    /// The number of names that one edge binds at a time.
    #[arg(long, value_name = "N", default_value_t = Options::default().names())]
    names: usize,
    /// The number of connections that are let in within a second. Further ones wait, so that
    /// edges that come back together do not delay those that are connected.
    #[arg(long, value_name = "N", default_value_t = Options::default().admissions_per_second())]
    admissions_per_second: u32,
    /// The number of AUTHs that are decided about at a time. Further ones wait.
    #[arg(long, value_name = "N", default_value_t = Options::default().authentications())]
    authentications: usize,
    /// The longest time that an edge waits to be let in, in milliseconds. An edge that would
    /// wait longer gets a close with code 1013.
    #[arg(long, value_name = "MS", default_value_t = admission_wait_ms(),
        value_parser = clap::value_parser!(u32).range(1..))]
    admission_wait_ms: u32,
}

fn admission_wait_ms() -> u32 {
    u32::try_from(Options::default().admission_wait().as_millis()).unwrap_or(u32::MAX)
}

impl LimitArgs {
    /// Returns the options of a platform with these limits.
    pub(super) fn options(&self) -> Result<Options, OptionError> {
        let ms = |ms: u32| Duration::from_millis(ms.into());
        let options = Options::default()
            .with_auth_timeout(ms(self.auth_timeout_ms))?
            .with_request_timeout(ms(self.request_timeout_ms))?
            .with_idle_timeout(ms(self.idle_timeout_ms))?
            .with_message_limit(self.message_limit)
            .with_joined_memory(self.joined_memory)?
            .with_frame_limit(self.frame_limit)?
            .with_connections(self.connections)?
            .with_bindings(self.bindings)?
            .with_names(self.names)?
            .with_admissions_per_second(self.admissions_per_second)?
            .with_authentications(self.authentications)?
            .with_admission_wait(ms(self.admission_wait_ms))?;
        let options = match self.ping_ms {
            Some(ping_ms) => options.with_ping_interval(Duration::from_millis(ping_ms))?,
            None => options,
        };
        options.check()?;
        Ok(options)
    }
}
