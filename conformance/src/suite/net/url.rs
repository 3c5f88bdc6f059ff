//! Addresses of platforms.

use tungstenite::http::Uri;

/// A platform's address: `ws://host:port/path`, or `wss://`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) is_tls: bool,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) path: String,
}

impl Target {
    /// Reads an address. Without a path it is that of section 1.
    ///
    /// # Errors
    /// The text is no such address; the error says why, in words.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let uri: Uri = text.parse().map_err(|error| format!("{text}: {error}"))?;
        let is_tls = match uri.scheme_str() {
            Some("ws") => false,
            Some("wss") => true,
            _ => return Err(format!("{text}: an address begins with ws:// or wss://")),
        };
        let host = uri.host().ok_or_else(|| format!("{text}: no host"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let path = match uri.path_and_query().map(ToString::to_string) {
            None => "/Thingworx/WS".to_owned(),
            Some(path) if path == "/" => "/Thingworx/WS".to_owned(),
            Some(path) => path,
        };
        Ok(Self { is_tls, host, port, path })
    }
}
