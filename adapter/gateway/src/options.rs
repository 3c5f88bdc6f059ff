//! The options of a gateway.

use std::fmt;
use std::path::PathBuf;

use alwayson::frame::Observer;

use crate::edge::KeyProvider;
use crate::event::Event;
#[cfg(doc)]
use crate::server::ListenError;

/// The options of a gateway that are not in its configuration.
///
/// # Examples
/// ```
/// use alwayson_gateway::Options;
///
/// let options = Options::new()
///     .with_url("wss://platform.example")
///     .with_state_file("/var/lib/alwayson/state.json")
///     .on_event(|event| println!("{event}"));
/// ```
#[must_use]
pub struct Options {
    pub(crate) url: Option<String>,
    pub(crate) key: Option<KeyProvider>,
    pub(crate) state_file: Option<PathBuf>,
    pub(crate) listen_anywhere: bool,
    pub(crate) traces: bool,
    pub(crate) observer: Option<Observer>,
    pub(crate) listener: Box<dyn Fn(&Event) + Send + Sync>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            url: None,
            key: None,
            state_file: None,
            listen_anywhere: false,
            traces: false,
            observer: None,
            listener: Box::new(|_| ()),
        }
    }
}

impl Options {
    /// Returns options that add nothing to the configuration.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the URL of the platform, for example `wss://platform.example`, instead of the first
    /// entry of `ws_servers`.
    pub fn with_url(self, url: impl Into<String>) -> Self {
        Self { url: Some(url.into()), ..self }
    }

    /// Sets the provider of the application key, instead of `appKey`. It is called for each
    /// connection.
    pub fn with_key(self, key: KeyProvider) -> Self {
        Self { key: Some(key), ..self }
    }

    /// Sets the file that keeps registrations with `persist` over a restart. It need not exist
    /// yet. By default, such registrations do not survive a restart.
    pub fn with_state_file(self, file: impl Into<PathBuf>) -> Self {
        Self { state_file: Some(file.into()), ..self }
    }

    /// Sets whether addresses are allowed that other machines can reach, even without HTTPS and a password.
    /// Everybody who can reach them has the rights of the application key. By default, such
    /// an address is refused ([`ListenError::Unprotected`]).
    pub fn with_insecure_listen_anywhere(self, listen_anywhere: bool) -> Self {
        Self { listen_anywhere, ..self }
    }

    /// Sets whether there is an event for each single request, which is off by default: [`Event::Forwarded`] and [`Event::Answered`].
    pub fn with_trace(self, traces: bool) -> Self {
        Self { traces, ..self }
    }

    /// Sets an observer of all frames of the connection to the platform. Keys are masked.
    pub fn with_observer(self, observer: Observer) -> Self {
        Self { observer: Some(observer), ..self }
    }

    /// Sets a function that is called with each event. It is called by tasks of the gateway,
    /// which wait until it returns: do not block in it.
    pub fn on_event(self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Self { listener: Box::new(listener), ..self }
    }
}

impl fmt::Debug for Options {
    /// Writes the options without the URL, which may contain a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("state_file", &self.state_file)
            .field("listen_anywhere", &self.listen_anywhere)
            .field("traces", &self.traces)
            .finish_non_exhaustive()
    }
}
