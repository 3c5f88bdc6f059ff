//! Options of `edge` and `load`: the platform's URL, TLS, proxy and key.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use alwayson::edge::{Builder, Credentials, Edge, Options};
use alwayson::text_file;
use alwayson::transport::ConnectOptions;
use alwayson_codec::limits::DEFAULT_PING_INTERVAL_MS;
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::failure::{Failure, in_full, out_of_range};
use crate::tls;

/// The key for a platform on this machine that accepts any key.
const ANY_KEY: &str = "any key";

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    /// The URL of the platform: ws:// or wss://, host, port, and the path if it is not
    /// /Thingworx/WS.
    #[arg(long, value_name = "URL")]
    url: String,
    /// The environment variable that holds the application key. A key is required except
    /// for a platform at `ws://127.0.0.1` that accepts any key. No option takes the key
    /// itself: it would appear in the shell history and the process list.
    #[arg(long, value_name = "VAR", conflicts_with_all = ["app_key_file", "user_file"])]
    app_key_env: Option<String>,
    /// The file that holds the application key: the first line that is not empty and does
    /// not begin with #.
    #[arg(long, value_name = "FILE", conflicts_with = "user_file")]
    app_key_file: Option<PathBuf>,
    /// The file that holds a user and a password instead of an application key, as
    /// USER:PASSWORD in its first such line.
    #[arg(long, value_name = "FILE")]
    user_file: Option<PathBuf>,
    /// A PEM file with the CA certificates to trust instead of the system's.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// The client certificate and its chain, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The private key of the client certificate, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Do not verify the platform's certificate. Anyone on the network path can then read
    /// and change everything, including the key. For tests only.
    #[arg(long)]
    insecure_accept_any_certificate: bool,
    /// Append the secrets of TLS connections to this file, in the format of SSLKEYLOGFILE: whoever
    /// has it can decrypt what was recorded of them, with Wireshark or `decode --keylog`.
    #[arg(long, value_name = "FILE")]
    keylog: Option<PathBuf>,
    /// Allow ws:// to another machine. Anyone on the network path can then read the key.
    #[arg(long)]
    allow_plain_key: bool,
    /// The HTTP proxy to connect through (CONNECT): http://, host and port.
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,
    /// The file that holds the credentials for the proxy, as USER:PASSWORD in its first
    /// line that is not empty and does not begin with #.
    #[arg(long, value_name = "FILE", requires = "proxy")]
    proxy_auth_file: Option<PathBuf>,
    /// The idle time after which the edge sends a ping, in milliseconds. If nothing is
    /// received within 10 s after it, the connection is lost.
    #[arg(long, value_name = "MS", default_value_t = DEFAULT_PING_INTERVAL_MS,
        value_parser = clap::value_parser!(u32).range(1..))]
    ping_ms: u32,
}

/// The source of the key.
#[derive(Clone, Debug)]
pub(crate) enum Key {
    Variable(String),
    File(PathBuf),
    /// A file with a user and a password.
    User(PathBuf),
    Any,
}

/// Builds edges that connect to one platform.
pub(crate) struct Connection {
    options: ConnectOptions,
    key: Key,
    pub(crate) edge_options: Options,
}

impl Args {
    /// Checks the options, and reads the key once.
    pub(crate) fn check(&self) -> Result<Connection, Failure> {
        let url = ConnectOptions::new(&self.url)
            .map_err(|error| Failure::Usage(format!("--url: {}", in_full(&error))))?;
        let options = self.with_proxy(self.with_tls(url.with_plain_key(self.allow_plain_key))?)?;
        if options.may_send_key().is_err() {
            return Err(Failure::Usage(
                "--url: ws:// would send the key to another machine unencrypted: use wss://, or \
                 pass --allow-plain-key"
                    .to_owned(),
            ));
        }
        let key = self.key(&options)?;
        key.read().map_err(Failure::Usage)?;
        let ping_interval = Duration::from_millis(self.ping_ms.into());
        let edge_options = Options::default()
            .with_ping_interval(ping_interval)
            .map_err(|error| out_of_range(&error))?;
        Ok(Connection { options, key, edge_options })
    }

    fn with_tls(&self, options: ConnectOptions) -> Result<ConnectOptions, Failure> {
        let certificate = self.tls_cert.as_ref().zip(self.tls_key.as_ref());
        if !options.url().is_tls() {
            let is_about_files = self.ca.is_some() || self.keylog.is_some();
            let is_asked_for = is_about_files || self.insecure_accept_any_certificate;
            if is_asked_for || certificate.is_some() {
                let text = "--ca, --tls-cert, --tls-key, --keylog and \
                            --insecure-accept-any-certificate require a wss:// URL (--url)";
                return Err(Failure::Usage(text.to_owned()));
            }
            return Ok(options);
        }
        let log = tls::key_log(self.keylog.as_deref())?;
        let accepts_any = self.insecure_accept_any_certificate;
        let tls = tls::client(self.ca.as_deref(), certificate, accepts_any, log);
        options.with_tls(&tls).map_err(|error| Failure::Usage(in_full(&error)))
    }

    fn with_proxy(&self, options: ConnectOptions) -> Result<ConnectOptions, Failure> {
        let Some(url) = &self.proxy else { return Ok(options) };
        let options = options
            .with_proxy(url)
            .map_err(|error| Failure::Usage(format!("--proxy: {}", in_full(&error))))?;
        let Some(file) = &self.proxy_auth_file else { return Ok(options) };
        let (user, password) = user(file, "--proxy-auth-file").map_err(Failure::Usage)?;
        Ok(options.with_proxy_credentials(&user, password))
    }

    fn key(&self, options: &ConnectOptions) -> Result<Key, Failure> {
        match (&self.app_key_env, &self.app_key_file, &self.user_file) {
            (Some(variable), ..) => Ok(Key::Variable(variable.clone())),
            (None, Some(file), _) => Ok(Key::File(file.clone())),
            (None, None, Some(file)) => Ok(Key::User(file.clone())),
            (None, None, None) if is_plain_loopback(options) => Ok(Key::Any),
            (None, None, None) => Err(Failure::Usage(
                "no key given: pass --app-key-file, --app-key-env or --user-file".to_owned(),
            )),
        }
    }
}

/// Returns whether the URL is ws:// to this machine.
fn is_plain_loopback(options: &ConnectOptions) -> bool {
    !options.url().is_tls() && options.clone().with_plain_key(false).may_send_key().is_ok()
}

impl Key {
    /// Returns the key. Errors do not contain it.
    pub(crate) fn read(&self) -> Result<Credentials, String> {
        match self {
            Self::Any => Ok(Credentials::app_key(ANY_KEY)),
            Self::File(file) => {
                let key = first_line(file, "--app-key-file", "key")?;
                Ok(Credentials::app_key(key.as_str()))
            }
            Self::User(file) => {
                let (user, password) = user(file, "--user-file")?;
                Ok(Credentials::UserPassword { user, password })
            }
            Self::Variable(name) => match env::var(name).map(Zeroizing::new) {
                Ok(key) if !key.trim().is_empty() => Ok(Credentials::app_key(key.trim())),
                Ok(_) => Err(format!("--app-key-env: the environment variable {name} is empty")),
                Err(env::VarError::NotPresent) => {
                    Err(format!("--app-key-env: the environment variable {name} is not set"))
                }
                Err(env::VarError::NotUnicode(_)) => Err(format!(
                    "--app-key-env: the environment variable {name} is not valid UTF-8"
                )),
            },
        }
    }
}

/// Returns the first line of a file that is not empty and does not begin with #.
fn first_line(file: &Path, option: &str, what: &str) -> Result<Zeroizing<String>, String> {
    let text = text_file::read(file).map_err(|error| format!("{option}: {error}"))?;
    let (_, line) = text_file::lines(&text).next().ok_or_else(|| {
        let file = file.display();
        format!("{option}: {file}: contains no {what}")
    })?;
    Ok(Zeroizing::new(line.to_owned()))
}

/// Returns the user and the password of a line USER:PASSWORD.
fn user(file: &Path, option: &str) -> Result<(String, SecretString), String> {
    let line = first_line(file, option, "user")?;
    match line.split_once(':') {
        Some((user, password)) if !user.is_empty() => Ok((user.to_owned(), password.into())),
        _ => {
            Err(format!("{option}: {}: the line is not of the form USER:PASSWORD", file.display()))
        }
    }
}

impl Connection {
    /// Returns the builder of an edge that reads the key at each connect.
    pub(crate) fn edge(&self) -> Builder {
        let key = self.key.clone();
        let builder = Edge::builder_with(self.options.clone()).options(self.edge_options.clone());
        builder.credentials(move || {
            let key = key.clone();
            async move { key.read() }
        })
    }
}
