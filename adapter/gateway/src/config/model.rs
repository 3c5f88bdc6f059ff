//! What a configuration says.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

/// All settings of a gateway, with the defaults of an empty file.
#[derive(Clone, Debug)]
pub struct Config {
    /// The platforms: the first is used.
    pub servers: Vec<Server>,
    /// The path of the WebSocket on the platform.
    pub resource: String,
    /// The application key.
    pub app_key: Option<SecretString>,
    /// The HTTP server for applications.
    pub http: Http,
    /// The connection to the platform.
    pub connection: Connection,
    /// How the platform's certificate is checked.
    pub certificates: Certificates,
    /// The HTTP proxy on the way to the platform.
    pub proxy: Proxy,
    /// The store for messages while there is no connection.
    pub store: Store,
    /// Things that are bound from the start.
    pub auto_bind: Vec<AutoBind>,
    /// The level of the log.
    pub log_level: &'static str,
}

/// A platform.
#[derive(Clone, Debug, Default)]
pub struct Server {
    /// Its host name or address.
    pub host: Option<String>,
    /// Its port; that of the scheme if it is not given.
    pub port: Option<u64>,
}

/// The HTTP server for applications.
#[derive(Clone, Debug)]
pub struct Http {
    /// The address or name to listen at; `localhost` is `127.0.0.1` and `::1`.
    pub host: String,
    /// The port; 0 for any that is free.
    pub port: u64,
    /// How many further ports are tried if the port is taken.
    pub ports_to_try: u64,
    /// How many connections there may be at a time.
    pub max_clients: u64,
    /// The time to read the body of a request.
    pub content_read_timeout: Duration,
    /// Whether it speaks HTTPS.
    pub ssl: bool,
    /// The file of the certificate, PEM.
    pub certificate: Option<PathBuf>,
    /// The file of its private key, PEM.
    pub private_key: Option<PathBuf>,
    /// Whether requests need a user and a password.
    pub authenticate: bool,
    /// The user.
    pub user: Option<String>,
    /// The password.
    pub password: Option<SecretString>,
    /// Whether changing requests need the last token.
    pub enable_csrf_tokens: bool,
}

/// The connection to the platform.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Whether it is encrypted: `wss://`.
    pub is_encrypted: bool,
    /// The time for an answer of the platform.
    pub msg_timeout: Duration,
    /// The time without traffic after which a ping is sent.
    pub ping_rate: Duration,
    /// The time for its pong.
    pub pingpong_timeout: Duration,
    /// The longest message, in bytes.
    pub max_msg_size: u64,
    /// The longest message that is sent as one, in bytes.
    pub message_chunk_size: u64,
    /// The longest frame that is announced, in bytes.
    pub max_frame_size: u64,
    /// How many requests wait for an answer at a time.
    pub max_messages: u64,
    /// The time to connect.
    pub connect_timeout: Duration,
    /// The time between two tries to connect.
    pub connect_retry_interval: Duration,
    /// How many tries may fail in a row; none for any number.
    pub connect_retries: Option<u64>,
    /// The longest random delay before the first try.
    pub max_connect_delay: Duration,
}

/// How the platform's certificate is checked, and which one is shown to it.
#[derive(Clone, Debug)]
pub struct Certificates {
    /// Whether it is checked at all.
    pub validate: bool,
    /// Whether a self-signed certificate will do.
    pub allow_self_signed: bool,
    /// Whether it may be that of another host.
    pub disable_hostname_validation: bool,
    /// Files of certificates to trust, PEM, instead of the system's.
    pub cert_chain: Vec<PathBuf>,
    /// The file of the certificate that the gateway shows, PEM.
    pub client_cert: Option<PathBuf>,
    /// The file of its private key, PEM.
    pub key_file: Option<PathBuf>,
}

/// An HTTP proxy.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// Its host; without it there is no proxy.
    pub host: Option<String>,
    /// Its port.
    pub port: u64,
    /// The user.
    pub user: Option<String>,
    /// The password.
    pub password: Option<SecretString>,
}

/// The store for messages while there is no connection.
#[derive(Clone, Debug)]
pub struct Store {
    /// Whether there is one.
    pub enabled: bool,
    /// Its directory.
    pub directory: Option<PathBuf>,
    /// How many bytes of messages it may hold.
    pub max_size: u64,
}

/// A Thing that is bound from the start, also if nobody listens for it.
#[derive(Clone, Debug)]
pub struct AutoBind {
    /// Its name, or its identifier with a `*` before it.
    pub name: Option<String>,
    /// The host of its application.
    pub host: String,
    /// The port of its application.
    pub port: u64,
    /// The path that its requests begin with.
    pub path: String,
    /// The time for an answer.
    pub timeout: Duration,
    /// Whether its application speaks HTTPS.
    pub is_https: bool,
    /// The user.
    pub user: Option<String>,
    /// The password.
    pub password: Option<SecretString>,
    /// Whether the gateway itself answers for it.
    pub gateway: bool,
}

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// The default bound of the store: some 100,000 pushes of a few values.
pub(crate) const DEFAULT_STORE_BYTES: u64 = 64 << 20;

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
