//! The table of all settings: their names, types, limits and meanings. The table in the README is
//! generated from it.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::model::{AutoBind, Config, Server};

/// A setting of a `T`.
pub(super) struct Setting<T> {
    /// The name in the file, with the objects around it, for example `http_server.port`.
    pub(super) key: &'static str,
    /// Another spelling of the name that files use.
    pub(super) alias: Option<&'static str>,
    /// The type of the setting, its limits, and its place in `T`.
    pub(super) kind: Kind<T>,
    /// The meaning, and how the default differs from that of an EMS.
    pub(super) meaning: &'static str,
    /// The value that makes the gateway less secure, if there is one.
    pub(super) weakens: Option<Weakens>,
}

/// A value that makes the gateway less secure, and the text of the note on it.
pub(super) struct Weakens {
    pub(super) value: bool,
    pub(super) text: &'static str,
}

/// Returns the place of a setting in a `T`.
type Get<T, V> = fn(&mut T) -> &mut V;

/// The type of a setting, its limits, and its place in a `T`.
pub(super) enum Kind<T> {
    /// True or false.
    Flag(Get<T, bool>),
    /// A text without a default.
    Text(Get<T, Option<String>>),
    /// A text with a default.
    Default(Get<T, String>),
    /// A key or a password.
    Secret(Get<T, Option<SecretString>>),
    /// A file or directory.
    File(Get<T, Option<PathBuf>>),
    /// A file, or a list of them.
    Files(Get<T, Vec<PathBuf>>),
    /// A time in milliseconds, from `least` to [`MOST_MS`].
    Ms { at: Get<T, Duration>, least: u64 },
    /// A whole number. A number outside its range is an error, or, with `clamps`, replaced by the
    /// nearest number of the range.
    Number { at: Get<T, u64>, least: u64, most: u64, clamps: bool },
    /// A whole number without a default.
    Optional { at: Get<T, Option<u64>>, least: u64, most: u64 },
    /// A whole number; -1 is no limit.
    Count(Get<T, Option<u64>>),
    /// One of two words. The first one is false, the second one is true.
    Choice { at: Get<T, bool>, words: [&'static str; 2] },
    /// One of several words, in upper or lower case.
    Word { at: Get<T, &'static str>, words: &'static [&'static str] },
    /// A list of objects with the settings [`SERVER`].
    Servers,
    /// A list of objects with the settings [`AUTO_BIND`].
    Things,
}

/// The maximum of a time, in milliseconds: the clock of a connection has 32 bits.
pub(super) const MOST_MS: u64 = u32::MAX as u64;

/// Returns a setting without alias and note.
const fn setting<T>(key: &'static str, kind: Kind<T>, meaning: &'static str) -> Setting<T> {
    Setting { key, alias: None, kind, meaning, weakens: None }
}

/// Returns a flag, one value of which makes the gateway less secure.
const fn weak<T>(
    key: &'static str,
    at: Get<T, bool>,
    meaning: &'static str,
    weakens: Weakens,
) -> Setting<T> {
    Setting { key, alias: None, kind: Kind::Flag(at), meaning, weakens: Some(weakens) }
}

/// Returns the type of a time.
const fn ms<T>(at: Get<T, Duration>, least: u64) -> Kind<T> {
    Kind::Ms { at, least }
}

/// Returns the type of a number that is refused if it is out of range.
const fn number<T>(at: Get<T, u64>, least: u64, most: u64) -> Kind<T> {
    Kind::Number { at, least, most, clamps: false }
}

/// Returns the type of a number for which an EMS accepts a larger range. A number out of range is
/// replaced by the nearest one.
const fn size<T>(at: Get<T, u64>, least: u64, most: u64) -> Kind<T> {
    Kind::Number { at, least, most, clamps: true }
}

/// The log levels of an EMS.
const LEVELS: &[&str] = &["AUDIT", "ERROR", "WARN", "INFO", "DEBUG", "TRACE"];

/// The maximum of `http_server.max_clients`: about as many connections as there are ports.
const MOST_CLIENTS: u64 = 65_535;

/// The settings of the file.
pub(super) const SETTINGS: &[Setting<Config>] = &[
    setting(
        "ws_servers",
        Kind::Servers,
        "The platforms, a list of objects. Only the first one is used",
    ),
    setting("resource", Kind::Default(|c| &mut c.resource), "The path of the WebSocket"),
    Setting {
        alias: Some("appkey"),
        ..setting(
            "appKey",
            Kind::Secret(|c| &mut c.app_key),
            "The application key. An encrypted key cannot be read",
        )
    },
    setting(
        "http_server.host",
        Kind::Default(|c| &mut c.http.host),
        "The address to listen at. `localhost` is 127.0.0.1 and ::1. An address that other machines \
         can reach requires `ssl` and `authenticate`",
    ),
    setting(
        "http_server.port",
        number(|c| &mut c.http.port, 0, 65_535),
        "The port; 0 selects a free port",
    ),
    setting(
        "http_server.ports_to_try",
        size(|c| &mut c.http.ports_to_try, 1, 100),
        "The number of ports to try, beginning with `port`; 10 in an EMS. Applications do not learn \
         which port was selected",
    ),
    setting(
        "http_server.max_clients",
        number(|c| &mut c.http.max_clients, 1, MOST_CLIENTS),
        "The maximum number of connections of applications at a time; 15 in an EMS. Further \
         connections wait",
    ),
    setting(
        "http_server.content_read_timeout",
        ms(|c| &mut c.http.content_read_timeout, 1),
        "The timeout for reading the head, and for reading the body, of a request",
    ),
    setting("http_server.ssl", Kind::Flag(|c| &mut c.http.ssl), "Whether the gateway uses HTTPS"),
    setting(
        "http_server.certificate",
        Kind::File(|c| &mut c.http.certificate),
        "The PEM file of the certificate and its chain",
    ),
    setting(
        "http_server.private_key",
        Kind::File(|c| &mut c.http.private_key),
        "The PEM file of the private key, not encrypted",
    ),
    setting(
        "http_server.authenticate",
        Kind::Flag(|c| &mut c.http.authenticate),
        "Whether requests require a user and a password (HTTP Basic)",
    ),
    setting("http_server.user", Kind::Text(|c| &mut c.http.user), "The user"),
    setting("http_server.password", Kind::Secret(|c| &mut c.http.password), "The password"),
    setting(
        "http_server.enable_csrf_tokens",
        Kind::Flag(|c| &mut c.http.enable_csrf_tokens),
        "Whether changing requests require a token, if `authenticate` is on. Each answer has a new \
         token in the header `x-csrf-token`",
    ),
    Setting {
        weakens: Some(Weakens {
            value: false,
            text: "others in the network can read and change everything, including the application \
                   key",
        }),
        ..setting(
            "ws_connection.encryption",
            Kind::Choice { at: |c| &mut c.connection.is_encrypted, words: ["none", "ssl"] },
            "`ssl`, or `none` for a connection without TLS (`ws://`)",
        )
    },
    setting(
        "ws_connection.msg_timeout",
        ms(|c| &mut c.connection.msg_timeout, 1),
        "The timeout of a request to the platform. The application then gets 504",
    ),
    setting(
        "ws_connection.ping_rate",
        ms(|c| &mut c.connection.ping_rate, 1),
        "The time without traffic after which a ping is sent",
    ),
    setting(
        "ws_connection.pingpong_timeout",
        ms(|c| &mut c.connection.pingpong_timeout, 1),
        "The timeout of a pong. The gateway then closes the connection and connects again",
    ),
    setting(
        "ws_connection.max_msg_size",
        size(|c| &mut c.connection.max_msg_size, 64 << 10, 64 << 20),
        "The maximum length of a message, in bytes",
    ),
    setting(
        "ws_connection.message_chunk_size",
        size(|c| &mut c.connection.message_chunk_size, 64, 65_535),
        "The length above which a message is sent in chunks, in bytes",
    ),
    setting(
        "ws_connection.max_frame_size",
        size(|c| &mut c.connection.max_frame_size, 64, 65_535),
        "The maximum length of a frame that the gateway announces to the platform, in bytes",
    ),
    setting(
        "ws_connection.max_messages",
        size(|c| &mut c.connection.max_messages, 1, 256),
        "The maximum number of requests of applications that wait for an answer of the platform; 500 \
         in an EMS. Further requests get 503",
    ),
    setting(
        "ws_connection.connect_timeout",
        ms(|c| &mut c.connection.connect_timeout, 1),
        "The timeout for connecting",
    ),
    setting(
        "ws_connection.connect_retry_interval",
        ms(|c| &mut c.connection.connect_retry_interval, 1),
        "The delay between two attempts to connect. A random time of up to the same length, at most 10 s, is added",
    ),
    setting(
        "ws_connection.connect_retries",
        Kind::Count(|c| &mut c.connection.connect_retries),
        "The number of failed attempts in a row after which the gateway ends; -1 is no limit",
    ),
    setting(
        "ws_connection.max_connect_delay",
        ms(|c| &mut c.connection.max_connect_delay, 0),
        "The maximum of the random delay before the first attempt",
    ),
    weak(
        "certificates.validate",
        |c| &mut c.certificates.validate,
        "Whether the platform's certificate is checked",
        Weakens {
            value: false,
            text: "the platform's certificate is not checked: others in the network can read and \
                   change everything, including the application key",
        },
    ),
    weak(
        "certificates.allow_self_signed",
        |c| &mut c.certificates.allow_self_signed,
        "Whether any certificate is accepted if `cert_chain` is empty. A self-signed certificate in \
         `cert_chain` is accepted without this setting",
        Weakens {
            value: true,
            text: "any certificate is accepted if cert_chain is empty: set it to the platform's certificate",
        },
    ),
    weak(
        "certificates.disable_hostname_validation",
        |c| &mut c.certificates.disable_hostname_validation,
        "Whether a certificate of another host is accepted",
        Weakens {
            value: true,
            text: "everybody with any certificate of a trusted authority can impersonate the platform",
        },
    ),
    setting(
        "certificates.cert_chain",
        Kind::Files(|c| &mut c.certificates.cert_chain),
        "The PEM file, or a list of files, of the certificates to trust instead of the system's",
    ),
    setting(
        "certificates.client_cert",
        Kind::File(|c| &mut c.certificates.client_cert),
        "The PEM file of the client certificate of the gateway",
    ),
    setting(
        "certificates.key_file",
        Kind::File(|c| &mut c.certificates.key_file),
        "The PEM file of the private key of the client certificate, not encrypted",
    ),
    setting(
        "proxy.host",
        Kind::Text(|c| &mut c.proxy.host),
        "The host of an HTTP proxy for the connection to the platform. Basic authentication is \
         supported; Digest and NTLM are not",
    ),
    setting("proxy.port", number(|c| &mut c.proxy.port, 1, 65_535), "The port of the proxy"),
    setting("proxy.user", Kind::Text(|c| &mut c.proxy.user), "The user of the proxy"),
    setting("proxy.password", Kind::Secret(|c| &mut c.proxy.password), "The password of the proxy"),
    setting(
        "offline_msg_store.enabled",
        Kind::Flag(|c| &mut c.store.enabled),
        "Whether writes, pushes and events are stored on disk while there is no connection",
    ),
    setting(
        "offline_msg_store.directory",
        Kind::File(|c| &mut c.store.directory),
        "The directory of the store",
    ),
    setting(
        "offline_msg_store.max_size",
        number(|c| &mut c.store.max_size, 1, 1 << 40),
        "The maximum number of bytes of the stored messages; 65535 in an EMS. Further messages get \
         503: no stored message is dropped",
    ),
    setting(
        "auto_bind",
        Kind::Things,
        "The Things that are bound from the start, a list of objects",
    ),
    setting(
        "logger.level",
        Kind::Word { at: |c| &mut c.log_level, words: LEVELS },
        "The log level: AUDIT, ERROR, WARN, INFO, DEBUG or TRACE. `--log` overrides it",
    ),
];

/// The settings of an entry of `ws_servers`.
pub(super) const SERVER: &[Setting<Server>] = &[
    setting("host", Kind::Text(|s| &mut s.host), "The host of the platform"),
    setting(
        "port",
        Kind::Optional { at: |s| &mut s.port, least: 1, most: 65_535 },
        "The port; by default 443, or 80 without encryption",
    ),
];

/// The settings of an entry of `auto_bind`.
pub(super) const AUTO_BIND: &[Setting<AutoBind>] = &[
    setting(
        "name",
        Kind::Text(|a| &mut a.name),
        "The name of the Thing, or `*` and its identifier. Required",
    ),
    setting("host", Kind::Default(|a| &mut a.host), "The host of the application"),
    setting("port", number(|a| &mut a.port, 1, 65_535), "The port of the application"),
    setting(
        "path",
        Kind::Default(|a| &mut a.path),
        "The path before `/Things/...` in requests to the application",
    ),
    setting("timeout", ms(|a| &mut a.timeout, 1), "The timeout of a request to the application"),
    setting(
        "protocol",
        Kind::Choice { at: |a| &mut a.is_https, words: ["http", "https"] },
        "The protocol of the application: `http` or `https`",
    ),
    setting("user", Kind::Text(|a| &mut a.user), "The user for HTTP Basic"),
    setting("password", Kind::Secret(|a| &mut a.password), "The password for HTTP Basic"),
    setting(
        "gateway",
        Kind::Flag(|a| &mut a.gateway),
        "Whether this is the Thing of the gateway itself, which answers as `LocalEms`. Each BIND then \
         names it as the gateway",
    ),
];
