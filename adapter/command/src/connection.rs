//! Where an edge connects, by which way, and with which key: options that commands
//! share.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use alwayson::edge::{Builder, Credentials, Edge, Options};
use alwayson::text_file;
use alwayson::transport::{ClientTls, ConnectOptions};
use alwayson_codec::limits::DEFAULT_PING_INTERVAL_MS;
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::failure::{Failure, in_full, out_of_range};

/// What is shown as the key to a platform on this machine that accepts any.
const ANY_KEY: &str = "any key";

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    /// The platform: ws:// or wss://, host, port, and path where it is not
    /// /Thingworx/WS.
    #[arg(long, value_name = "URL")]
    url: String,
    /// The variable of the environment that has the application key. Without this,
    /// --app-key-file and --user-file no key is known, which is enough for a platform
    /// at `ws://127.0.0.1` that accepts any. No option takes the key itself: it would
    /// stand in the history of the shell and in the list of processes.
    #[arg(long, value_name = "VAR", conflicts_with_all = ["app_key_file", "user_file"])]
    app_key_env: Option<String>,
    /// The file that has the application key: its first line that is not empty and
    /// does not begin with #.
    #[arg(long, value_name = "FILE", conflicts_with = "user_file")]
    app_key_file: Option<PathBuf>,
    /// The file that has a user and a password, instead of an application key: its
    /// first such line, USER:PASSWORD.
    #[arg(long, value_name = "FILE")]
    user_file: Option<PathBuf>,
    /// A PEM file with the certificates to trust, instead of the system's.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// The certificate to show to a platform that asks for one, with its chain, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The private key of the certificate, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Trust whoever answers: anybody on the way can read and change all, the key
    /// included. For tests alone.
    #[arg(long)]
    insecure_accept_any_certificate: bool,
    /// Send the key over ws:// to another machine: anybody on the way can read it.
    #[arg(long)]
    allow_plain_key: bool,
    /// Connect through this HTTP proxy, by CONNECT: http://, host and port.
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,
    /// The file that says who asks the proxy: its first line that is not empty and
    /// does not begin with #, USER:PASSWORD.
    #[arg(long, value_name = "FILE", requires = "proxy")]
    proxy_auth_file: Option<PathBuf>,
    /// After how long without traffic the edge sends a ping, in milliseconds. The
    /// connection is lost if nothing comes in the 10 s after it.
    #[arg(long, value_name = "MS", default_value_t = DEFAULT_PING_INTERVAL_MS,
        value_parser = clap::value_parser!(u32).range(1..))]
    ping_ms: u32,
}

/// Where the key is.
#[derive(Clone, Debug)]
enum Key {
    Variable(String),
    File(PathBuf),
    /// Of a user with a password.
    User(PathBuf),
    Any,
}

/// Makes edges that connect to the same platform.
pub(crate) struct Connection {
    options: ConnectOptions,
    key: Key,
    pub(crate) edge_options: Options,
}

impl Args {
    /// Checks everything that can be wrong before there is a connection.
    pub(crate) fn check(&self) -> Result<Connection, Failure> {
        let url = ConnectOptions::new(&self.url)
            .map_err(|error| Failure::Usage(format!("--url: {}", in_full(&error))))?;
        let options = self.with_proxy(self.with_tls(url.with_plain_key(self.allow_plain_key))?)?;
        if options.may_send_key().is_err() {
            return Err(Failure::Usage(
                "--url: the key would go over ws:// to another machine, readable for everybody on \
                 the way: use wss://, or say --allow-plain-key"
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
            let is_asked_for = self.ca.is_some() || self.insecure_accept_any_certificate;
            if is_asked_for || certificate.is_some() {
                let text = "--ca, --tls-cert, --tls-key and --insecure-accept-any-certificate are \
                            for wss://: see --url";
                return Err(Failure::Usage(text.to_owned()));
            }
            return Ok(options);
        }
        let mut tls = ClientTls::new();
        if let Some(file) = &self.ca {
            tls = tls.ca_file(file);
        }
        if let Some((certificate, key)) = certificate {
            tls = tls.client_certificate(certificate, key);
        }
        if self.insecure_accept_any_certificate {
            tls = tls.dangerous_accept_any_certificate();
        }
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
                "there is no key: name its file by --app-key-file, the variable of the \
                 environment that has it by --app-key-env, or the file of a user and a password \
                 by --user-file"
                    .to_owned(),
            )),
        }
    }
}

/// Whether it connects to this machine without TLS.
fn is_plain_loopback(options: &ConnectOptions) -> bool {
    !options.url().is_tls() && options.clone().with_plain_key(false).may_send_key().is_ok()
}

impl Key {
    /// The key, or what is wrong, without the key.
    fn read(&self) -> Result<Credentials, String> {
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
                Ok(_) => Err(format!("--app-key-env: the variable {name} is empty")),
                Err(env::VarError::NotPresent) => {
                    Err(format!("--app-key-env: there is no variable {name} in the environment"))
                }
                Err(env::VarError::NotUnicode(_)) => {
                    Err(format!("--app-key-env: the variable {name} is not UTF-8"))
                }
            },
        }
    }
}

/// The first line of a file that is not empty and does not begin with #.
fn first_line(file: &Path, option: &str, what: &str) -> Result<Zeroizing<String>, String> {
    let text = text_file::read(file).map_err(|error| format!("{option}: {error}"))?;
    let (_, line) = text_file::lines(&text).next().ok_or_else(|| {
        let file = file.display();
        format!("{option}: {file}: there is no {what} in it")
    })?;
    Ok(Zeroizing::new(line.to_owned()))
}

/// A user and a password, as a line USER:PASSWORD has them.
fn user(file: &Path, option: &str) -> Result<(String, SecretString), String> {
    let line = first_line(file, option, "user")?;
    match line.split_once(':') {
        Some((user, password)) if !user.is_empty() => Ok((user.to_owned(), password.into())),
        _ => Err(format!("{option}: {}: the line is not USER:PASSWORD", file.display())),
    }
}

impl Connection {
    /// An edge that is to be started. It reads the key at each connect.
    pub(crate) fn edge(&self) -> Builder {
        let key = self.key.clone();
        let builder = Edge::builder_with(self.options.clone()).options(self.edge_options.clone());
        builder.credentials(move || {
            let key = key.clone();
            async move { key.read() }
        })
    }
}
