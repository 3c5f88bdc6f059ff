//! The values of all settings, and their defaults.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

/// The configuration of a gateway. The default is that of an empty file. The README describes
/// each setting.
///
/// # Examples
/// ```
/// use alwayson_gateway::Config;
///
/// let mut config = Config::default();
/// config.app_key = Some("key".into());
/// config.http.port = 0;
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The platforms (`ws_servers`). Only the first one is used.
    pub servers: Vec<Server>,
    /// The path of the WebSocket on the platform; `/Thingworx/WS` by default.
    pub resource: String,
    /// The application key (`appKey`).
    pub app_key: Option<SecretString>,
    /// The HTTP server for applications (`http_server`).
    pub http: Http,
    /// The connection to the platform (`ws_connection`).
    pub connection: Connection,
    /// The certificates of the platform and of the gateway (`certificates`).
    pub certificates: Certificates,
    /// The HTTP proxy for the connection to the platform (`proxy`).
    pub proxy: Proxy,
    /// The store for messages while there is no connection (`offline_msg_store`).
    pub store: Store,
    /// The Things that are bound from the start (`auto_bind`).
    pub auto_bind: Vec<AutoBind>,
    /// The log level (`logger.level`): one of AUDIT, ERROR, WARN, INFO, DEBUG and TRACE; WARN by
    /// default. The library does not use it; a program can set its log by it.
    pub log_level: &'static str,
}

/// A platform.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Server {
    /// The host name or address.
    pub host: Option<String>,
    /// The port; if it is `None`, 443 with and 80 without encryption.
    pub port: Option<u64>,
}

/// The HTTP server for applications.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Http {
    /// The address or name to listen at. The default `localhost` is `127.0.0.1` and `::1`.
    pub host: String,
    /// The port; 8000 by default. 0 selects a free port.
    pub port: u64,
    /// The number of ports to try, beginning with [`port`](Self::port); 1 by default.
    pub ports_to_try: u64,
    /// The maximum number of connections at a time; 256 by default.
    pub max_clients: u64,
    /// The timeout for reading the head, and for reading the body, of a request; 20 s by default.
    pub content_read_timeout: Duration,
    /// Whether the server uses HTTPS; off by default.
    pub ssl: bool,
    /// The PEM file of the certificate and its chain.
    pub certificate: Option<PathBuf>,
    /// The PEM file of the private key of the certificate.
    pub private_key: Option<PathBuf>,
    /// Whether requests need a user and a password (HTTP Basic); off by default.
    pub authenticate: bool,
    /// The user.
    pub user: Option<String>,
    /// The password.
    pub password: Option<SecretString>,
    /// Whether changing requests need a token of an earlier answer, if `authenticate` is on; off by
    /// default.
    pub enable_csrf_tokens: bool,
}

/// The connection to the platform.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Connection {
    /// Whether the connection uses TLS (`wss://`); on by default.
    pub is_encrypted: bool,
    /// The timeout of a request to the platform; 5 s by default.
    pub msg_timeout: Duration,
    /// The time without traffic after which a ping is sent; 55 s by default.
    pub ping_rate: Duration,
    /// The time to wait for a pong before the connection is closed; 10 s by default.
    pub pingpong_timeout: Duration,
    /// The maximum length of a message, in bytes; 1 MiB by default.
    pub max_msg_size: u64,
    /// The length above which a message is sent in chunks, in bytes; 8192 by default.
    pub message_chunk_size: u64,
    /// The maximum length of a frame that the gateway announces to the platform, in bytes; 8192 by
    /// default.
    pub max_frame_size: u64,
    /// The maximum number of requests of applications that wait for an answer of the platform; 256
    /// by default.
    pub max_messages: u64,
    /// The timeout for connecting; 10 s by default.
    pub connect_timeout: Duration,
    /// The delay between two attempts to connect; 10 s by default. A random part is added.
    pub connect_retry_interval: Duration,
    /// The number of failed attempts in a row after which the gateway ends; `None`, the default, is
    /// no limit.
    pub connect_retries: Option<u64>,
    /// The maximum of the random delay before the first attempt; 0 by default.
    pub max_connect_delay: Duration,
}

/// How the certificate of the platform is checked, and the certificate of the gateway.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Certificates {
    /// Whether the certificate of the platform is checked; on by default.
    pub validate: bool,
    /// Whether any certificate is accepted if `cert_chain` is empty; off by default.
    pub allow_self_signed: bool,
    /// Whether a certificate of another host is accepted; off by default.
    pub disable_hostname_validation: bool,
    /// PEM files of the certificates to trust, instead of those of the system.
    pub cert_chain: Vec<PathBuf>,
    /// The PEM file of the client certificate of the gateway.
    pub client_cert: Option<PathBuf>,
    /// The PEM file of the private key of the client certificate.
    pub key_file: Option<PathBuf>,
}

/// The HTTP proxy for the connection to the platform.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Proxy {
    /// The host; `None`, the default, is no proxy.
    pub host: Option<String>,
    /// The port; 3128 by default.
    pub port: u64,
    /// The user.
    pub user: Option<String>,
    /// The password.
    pub password: Option<SecretString>,
}

/// The store for messages while there is no connection.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Store {
    /// Whether messages are stored; off by default.
    pub enabled: bool,
    /// The directory of the store, which is required if the store is enabled.
    pub directory: Option<PathBuf>,
    /// The maximum number of bytes of the stored messages; 64 MiB by default.
    pub max_size: u64,
}

/// A Thing that is bound from the start, even if its application does not listen.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AutoBind {
    /// The name of the Thing, or `*` and its identifier.
    pub name: Option<String>,
    /// The host of the application; `localhost` by default.
    pub host: String,
    /// The port of the application; 8001 by default.
    pub port: u64,
    /// The path before `/Things/...` in requests to the application; `/` by default.
    pub path: String,
    /// The timeout of a request to the application; 30 s by default.
    pub timeout: Duration,
    /// Whether the application uses HTTPS; off by default.
    pub is_https: bool,
    /// The user.
    pub user: Option<String>,
    /// The password.
    pub password: Option<SecretString>,
    /// Whether this is the Thing of the gateway itself; off by default.
    pub gateway: bool,
}

/// Returns a time of this many milliseconds.
const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// The default of `offline_msg_store.max_size`: about 100,000 pushes of a few values.
const DEFAULT_STORE_BYTES: u64 = 64 << 20;

impl Default for Config {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            resource: "/Thingworx/WS".to_owned(),
            app_key: None,
            http: Http {
                host: "localhost".to_owned(),
                port: 8000,
                ports_to_try: 1,
                max_clients: 256,
                content_read_timeout: ms(20_000),
                ssl: false,
                certificate: None,
                private_key: None,
                authenticate: false,
                user: None,
                password: None,
                enable_csrf_tokens: false,
            },
            connection: Connection {
                is_encrypted: true,
                msg_timeout: ms(5_000),
                ping_rate: ms(55_000),
                pingpong_timeout: ms(10_000),
                max_msg_size: 1 << 20,
                message_chunk_size: 8192,
                max_frame_size: 8192,
                max_messages: 256,
                connect_timeout: ms(10_000),
                connect_retry_interval: ms(10_000),
                connect_retries: None,
                max_connect_delay: ms(0),
            },
            certificates: Certificates {
                validate: true,
                allow_self_signed: false,
                disable_hostname_validation: false,
                cert_chain: Vec::new(),
                client_cert: None,
                key_file: None,
            },
            proxy: Proxy { host: None, port: 3128, user: None, password: None },
            store: Store { enabled: false, directory: None, max_size: DEFAULT_STORE_BYTES },
            auto_bind: Vec::new(),
            log_level: "WARN",
        }
    }
}

impl Default for AutoBind {
    fn default() -> Self {
        Self {
            name: None,
            host: "localhost".to_owned(),
            port: 8001,
            path: "/".to_owned(),
            timeout: ms(30_000),
            is_https: false,
            user: None,
            password: None,
            gateway: false,
        }
    }
}
