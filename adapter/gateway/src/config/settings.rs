//! The settings as data: their names, what they mean, and where they go. The
//! README's table is written from it.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::model::{AutoBind, Config, Server};

/// A setting of a `T`.
pub(super) struct Setting<T> {
    /// Its name in the file, with the objects around it: `http_server.port`.
    pub(super) key: &'static str,
    /// Another spelling that files have.
    pub(super) alias: Option<&'static str>,
    pub(super) kind: Kind<T>,
    /// What it means, and where it differs from the default of an EMS.
    pub(super) meaning: &'static str,
    /// When it makes the gateway less safe.
    pub(super) weakens: Option<Weakens>,
}

/// The value that makes the gateway less safe, and what is said then.
pub(super) struct Weakens {
    pub(super) value: bool,
    pub(super) text: &'static str,
}

type Get<T, V> = fn(&mut T) -> &mut V;

/// What a setting can be, and where it is kept.
pub(super) enum Kind<T> {
    Flag(Get<T, bool>),
    Text(Get<T, Option<String>>),
    /// A text that has a default.
    Default(Get<T, String>),
    Secret(Get<T, Option<SecretString>>),
    File(Get<T, Option<PathBuf>>),
    /// A file, or a list of them.
    Files(Get<T, Vec<PathBuf>>),
    Ms {
        at: Get<T, Duration>,
        least: u64,
    },
    /// A number. What is out of the range is an error, or with `clamps` the nearest.
    Number {
        at: Get<T, u64>,
        least: u64,
        most: u64,
        clamps: bool,
    },
    /// A number that need not be there.
    Optional {
        at: Get<T, Option<u64>>,
        least: u64,
        most: u64,
    },
    /// A number, or -1 for none.
    Count(Get<T, Option<u64>>),
    /// One of two words: false or true.
    Choice {
        at: Get<T, bool>,
        words: [&'static str; 2],
    },
    /// One of some words, in any case.
    Word {
        at: Get<T, &'static str>,
        words: &'static [&'static str],
    },
    /// A list of objects of these settings.
    Servers,
    Things,
}

/// The longest time that can be set, in milliseconds: the wire's clocks have 32 bits.
pub(super) const MOST_MS: u64 = u32::MAX as u64;

const fn setting<T>(key: &'static str, kind: Kind<T>, meaning: &'static str) -> Setting<T> {
    Setting { key, alias: None, kind, meaning, weakens: None }
}

const fn weak<T>(
    key: &'static str,
    at: Get<T, bool>,
    meaning: &'static str,
    weakens: Weakens,
) -> Setting<T> {
    Setting { key, alias: None, kind: Kind::Flag(at), meaning, weakens: Some(weakens) }
}

const fn ms<T>(at: Get<T, Duration>, least: u64) -> Kind<T> {
    Kind::Ms { at, least }
}

const fn number<T>(at: Get<T, u64>, least: u64, most: u64) -> Kind<T> {
    Kind::Number { at, least, most, clamps: false }
}

/// A size that other products take from further ranges.
const fn size<T>(at: Get<T, u64>, least: u64, most: u64) -> Kind<T> {
    Kind::Number { at, least, most, clamps: true }
}

pub(super) const LEVELS: &[&str] = &["AUDIT", "ERROR", "WARN", "INFO", "DEBUG", "TRACE"];

/// The most connections of applications that can be set.
const MOST_CLIENTS: u64 = 65_535;

/// The settings of the file.
pub(super) const SETTINGS: &[Setting<Config>] = &[
    setting(
        "ws_servers",
        Kind::Servers,
        "The platforms, a list of objects. Only the first is used",
    ),
    setting("resource", Kind::Default(|c| &mut c.resource), "The path of the WebSocket"),
    Setting {
        alias: Some("appkey"),
        ..setting(
            "appKey",
            Kind::Secret(|c| &mut c.app_key),
            "The application key. An encrypted one cannot be read",
        )
    },
    setting(
        "http_server.host",
        Kind::Default(|c| &mut c.http.host),
        "Where it listens. `localhost` is 127.0.0.1 and ::1; another address than this machine's \
         needs `ssl` and `authenticate`",
    ),
    setting(
        "http_server.port",
        number(|c| &mut c.http.port, 0, 65_535),
        "The port; 0 for any that is free",
    ),
    setting(
        "http_server.ports_to_try",
        size(|c| &mut c.http.ports_to_try, 1, 100),
        "How many ports are tried, from `port` on, if it is taken. An EMS tries 10 by itself; an \
         application cannot know of it",
    ),
    setting(
        "http_server.max_clients",
        number(|c| &mut c.http.max_clients, 1, MOST_CLIENTS),
        "Connections of applications at a time; an EMS has 15. One more waits until another \
         has ended",
    ),
    setting(
        "http_server.content_read_timeout",
        ms(|c| &mut c.http.content_read_timeout, 1),
        "The time to read a request",
    ),
    setting("http_server.ssl", Kind::Flag(|c| &mut c.http.ssl), "Whether it speaks HTTPS"),
    setting(
        "http_server.certificate",
        Kind::File(|c| &mut c.http.certificate),
        "The file of the certificate, with its chain, PEM",
    ),
    setting(
        "http_server.private_key",
        Kind::File(|c| &mut c.http.private_key),
        "The file of its private key, PEM, not encrypted",
    ),
    setting(
        "http_server.authenticate",
        Kind::Flag(|c| &mut c.http.authenticate),
        "Whether requests need a user and a password: HTTP Basic",
    ),
    setting("http_server.user", Kind::Text(|c| &mut c.http.user), "The user"),
    setting("http_server.password", Kind::Secret(|c| &mut c.http.password), "The password"),
    setting(
        "http_server.enable_csrf_tokens",
        Kind::Flag(|c| &mut c.http.enable_csrf_tokens),
        "With `authenticate`: each answer has a token, `x-csrf-token`, which the next changing \
         request must bring",
    ),
    Setting {
        weakens: Some(Weakens {
            value: false,
            text: "anybody on the way can read and change all, the application key included",
        }),
        ..setting(
            "ws_connection.encryption",
            Kind::Choice { at: |c| &mut c.connection.is_encrypted, words: ["none", "ssl"] },
            "`ssl`, or `none` for `ws://`",
        )
    },
    setting(
        "ws_connection.msg_timeout",
        ms(|c| &mut c.connection.msg_timeout, 1),
        "The time for an answer of the platform; then an application gets 504",
    ),
    setting(
        "ws_connection.ping_rate",
        ms(|c| &mut c.connection.ping_rate, 1),
        "After how long without traffic a ping is sent",
    ),
    setting(
        "ws_connection.pingpong_timeout",
        ms(|c| &mut c.connection.pingpong_timeout, 1),
        "The time for its pong; then the connection is lost",
    ),
    setting(
        "ws_connection.max_msg_size",
        size(|c| &mut c.connection.max_msg_size, 64 << 10, 64 << 20),
        "The longest message, in bytes",
    ),
    setting(
        "ws_connection.message_chunk_size",
        size(|c| &mut c.connection.message_chunk_size, 64, 65_535),
        "Longer messages go in parts of this size, in bytes",
    ),
    setting(
        "ws_connection.max_frame_size",
        size(|c| &mut c.connection.max_frame_size, 64, 65_535),
        "The longest frame that the platform is told to send, in bytes",
    ),
    setting(
        "ws_connection.max_messages",
        size(|c| &mut c.connection.max_messages, 1, 256),
        "Requests of applications that wait for an answer of the platform at a time; more get \
         503. An EMS has 500",
    ),
    setting(
        "ws_connection.connect_timeout",
        ms(|c| &mut c.connection.connect_timeout, 1),
        "The time to connect",
    ),
    setting(
        "ws_connection.connect_retry_interval",
        ms(|c| &mut c.connection.connect_retry_interval, 1),
        "The time between two tries to connect; up to as much again, by chance, is added",
    ),
    setting(
        "ws_connection.connect_retries",
        Kind::Count(|c| &mut c.connection.connect_retries),
        "How many tries in a row may fail; then the gateway ends. -1: any number",
    ),
    setting(
        "ws_connection.max_connect_delay",
        ms(|c| &mut c.connection.max_connect_delay, 0),
        "The longest time, by chance, before the first try",
    ),
    weak(
        "certificates.validate",
        |c| &mut c.certificates.validate,
        "Whether the platform's certificate is checked",
        Weakens {
            value: false,
            text: "the platform's certificate is not checked: anybody on the way can read and \
                   change all, the application key included",
        },
    ),
    weak(
        "certificates.allow_self_signed",
        |c| &mut c.certificates.allow_self_signed,
        "Whether any self-signed certificate will do. One that is in `cert_chain` does without it",
        Weakens {
            value: true,
            text: "without cert_chain any certificate is accepted: name the platform's there",
        },
    ),
    weak(
        "certificates.disable_hostname_validation",
        |c| &mut c.certificates.disable_hostname_validation,
        "Whether the certificate may be that of another host",
        Weakens {
            value: true,
            text: "whoever has any certificate of a trusted authority can stand in for the platform",
        },
    ),
    setting(
        "certificates.cert_chain",
        Kind::Files(|c| &mut c.certificates.cert_chain),
        "A file with the certificates to trust instead of the system's, PEM, or a list of such",
    ),
    setting(
        "certificates.client_cert",
        Kind::File(|c| &mut c.certificates.client_cert),
        "The file of the certificate that the gateway shows to the platform, PEM",
    ),
    setting(
        "certificates.key_file",
        Kind::File(|c| &mut c.certificates.key_file),
        "The file of its private key, PEM, not encrypted",
    ),
    setting(
        "proxy.host",
        Kind::Text(|c| &mut c.proxy.host),
        "An HTTP proxy on the way to the platform, without or with Basic authentication. Digest \
         and NTLM are not supported",
    ),
    setting("proxy.port", number(|c| &mut c.proxy.port, 1, 65_535), "Its port"),
    setting("proxy.user", Kind::Text(|c| &mut c.proxy.user), "The user"),
    setting("proxy.password", Kind::Secret(|c| &mut c.proxy.password), "The password"),
    setting(
        "offline_msg_store.enabled",
        Kind::Flag(|c| &mut c.store.enabled),
        "Whether writes, pushes and events are kept on disk while there is no connection",
    ),
    setting(
        "offline_msg_store.directory",
        Kind::File(|c| &mut c.store.directory),
        "The directory of the store",
    ),
    setting(
        "offline_msg_store.max_size",
        number(|c| &mut c.store.max_size, 1, 1 << 40),
        "How many bytes of messages it holds; an EMS has 65535. More are refused by 503: nothing \
         that was taken is dropped",
    ),
    setting("auto_bind", Kind::Things, "Things that are bound from the start, a list of objects"),
    setting(
        "logger.level",
        Kind::Word { at: |c| &mut c.log_level, words: LEVELS },
        "AUDIT, ERROR, WARN, INFO, DEBUG or TRACE; `--log` stands above it",
    ),
];

/// The settings of a server.
pub(super) const SERVER: &[Setting<Server>] = &[
    setting("host", Kind::Text(|s| &mut s.host), "The platform's host"),
    setting(
        "port",
        Kind::Optional { at: |s| &mut s.port, least: 1, most: 65_535 },
        "Its port; 443, or 80 without encryption, if it is not given",
    ),
];

/// The settings of a Thing that is bound from the start.
pub(super) const AUTO_BIND: &[Setting<AutoBind>] = &[
    setting(
        "name",
        Kind::Text(|a| &mut a.name),
        "The Thing's name, or its identifier with one `*` before it. It has to be there",
    ),
    setting("host", Kind::Default(|a| &mut a.host), "The host of its application"),
    setting("port", number(|a| &mut a.port, 1, 65_535), "The port of its application"),
    setting("path", Kind::Default(|a| &mut a.path), "The path that its requests begin with"),
    setting("timeout", ms(|a| &mut a.timeout, 1), "The time for an answer of its application"),
    setting(
        "protocol",
        Kind::Choice { at: |a| &mut a.is_https, words: ["http", "https"] },
        "`http`, or `https`",
    ),
    setting("user", Kind::Text(|a| &mut a.user), "The user, for HTTP Basic"),
    setting("password", Kind::Secret(|a| &mut a.password), "The password"),
    setting(
        "gateway",
        Kind::Flag(|a| &mut a.gateway),
        "Whether the gateway itself answers for it, as for LocalEms. Each BIND names it then",
    ),
];

/// Settings that are known, and what is said of them instead of doing them.
pub(super) const NOT_DONE: &[(&str, &str)] = &[
    ("tunnel", "tunnels are not supported"),
    ("file", "file transfers are not supported"),
    ("fips", "there is no FIPS mode"),
    ("duty_cycle", "the connection is not switched off in between"),
    ("connect_period", "the connection is not switched off in between"),
    ("http_server.use_default_certificate", "there is no certificate to fall back on"),
    ("http_server.passphrase", "encrypted private keys are not read: decrypt it by openssl pkey"),
    ("http_server.encryption", "`ssl` and `certificate` say it"),
    (
        "certificates.key_passphrase",
        "encrypted private keys are not read: decrypt it by openssl pkey",
    ),
    ("certificates.validation_criteria", "host name, dates and chain are checked, nothing else"),
    ("offline_msg_store.blocking", "it is always on: an answer comes when the message is on disk"),
    ("logger.publish_directory", "the log goes to the standard error stream"),
    ("logger.publish_level", "the log goes to the standard error stream"),
    ("logger.max_file_storage", "the log goes to the standard error stream"),
    ("logger.auto_flush", "the log goes to the standard error stream"),
    ("logger.flush_chunk_size", "the log goes to the standard error stream"),
    ("logger.buffer_size", "the log goes to the standard error stream"),
    ("ws_connection.verbose", "use --trace and --log"),
    ("ws_connection.frame_read_timeout", "a silent connection is found by its pings"),
    ("ws_connection.stale_msg_cleanup_rate", "what is stale is dropped at once"),
    ("ws_connection.max_threads", "there are as many threads as cores"),
    ("ws_connection.binding_check_rate", "what is refused is bound again by itself"),
];
