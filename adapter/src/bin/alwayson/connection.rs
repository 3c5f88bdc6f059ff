//! Where an edge connects, and with which key: options that commands share.

use std::env;
use std::path::{Path, PathBuf};

use alwayson::edge::{Builder, Credentials, Edge};
use alwayson::text_file;
use alwayson::transport::{ClientTls, ConnectOptions};
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::failure::{Failure, in_full};

/// What is shown as the key to a platform on this machine that accepts any.
const ANY_KEY: &str = "any key";

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    /// The platform: ws:// or wss://, host, port, and path where it is not
    /// /Thingworx/WS.
    #[arg(long, value_name = "URL")]
    url: String,
    /// The variable of the environment that has the application key. Without this
    /// and --app-key-file no key is known, which is enough for a platform at
    /// `ws://127.0.0.1` that accepts any. No option takes the key itself: it would
    /// stand in the history of the shell and in the list of processes.
    #[arg(long, value_name = "VAR", conflicts_with = "app_key_file")]
    app_key_env: Option<String>,
    /// The file that has the application key: its first line that is not empty and
    /// does not begin with #.
    #[arg(long, value_name = "FILE")]
    app_key_file: Option<PathBuf>,
    /// A PEM file with the certificates to trust, instead of the system's.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Trust whoever answers: anybody on the way can read and change all, the key
    /// included. For tests alone.
    #[arg(long)]
    insecure_accept_any_certificate: bool,
    /// Send the key over ws:// to another machine: anybody on the way can read it.
    #[arg(long)]
    allow_plain_key: bool,
}

/// Where the key is.
#[derive(Clone, Debug)]
enum Key {
    Variable(String),
    File(PathBuf),
    Any,
}

/// Makes edges that connect to the same platform.
pub(crate) struct Connection {
    options: ConnectOptions,
    key: Key,
}

impl Args {
    /// Checks everything that can be wrong before there is a connection.
    pub(crate) fn check(&self) -> Result<Connection, Failure> {
        let usage = |error: &dyn std::error::Error| Failure::Usage(in_full(error));
        let url = ConnectOptions::new(&self.url)
            .map_err(|error| Failure::Usage(format!("--url: {}", in_full(&error))))?;
        let mut options = url.allow_plain_key(self.allow_plain_key);
        if options.url().is_tls() {
            let mut tls = ClientTls::new();
            if let Some(file) = &self.ca {
                tls = tls.ca_file(file);
            }
            if self.insecure_accept_any_certificate {
                tls = tls.dangerous_accept_any_certificate();
            }
            options = options.tls(&tls).map_err(|error| usage(&error))?;
        } else if self.ca.is_some() || self.insecure_accept_any_certificate {
            let text = "--ca and --insecure-accept-any-certificate are for wss://: see --url";
            return Err(Failure::Usage(text.to_owned()));
        }
        if options.may_send_key().is_err() {
            return Err(Failure::Usage(
                "--url: the key would go over ws:// to another machine, readable for everybody on \
                 the way: use wss://, or say --allow-plain-key"
                    .to_owned(),
            ));
        }
        let key = self.key(&options)?;
        key.read().map_err(Failure::Usage)?;
        Ok(Connection { options, key })
    }

    fn key(&self, options: &ConnectOptions) -> Result<Key, Failure> {
        match (&self.app_key_env, &self.app_key_file) {
            (Some(variable), _) => Ok(Key::Variable(variable.clone())),
            (None, Some(file)) => Ok(Key::File(file.clone())),
            (None, None) if is_plain_loopback(options) => Ok(Key::Any),
            (None, None) => Err(Failure::Usage(
                "there is no key: name its file by --app-key-file, or the variable of the \
                 environment that has it by --app-key-env"
                    .to_owned(),
            )),
        }
    }
}

/// Whether it connects to this machine without TLS.
fn is_plain_loopback(options: &ConnectOptions) -> bool {
    !options.url().is_tls() && options.clone().allow_plain_key(false).may_send_key().is_ok()
}

impl Key {
    /// The key, or what is wrong, without the key.
    fn read(&self) -> Result<SecretString, String> {
        match self {
            Self::Any => Ok(ANY_KEY.into()),
            Self::File(file) => from_file(file),
            Self::Variable(name) => match env::var(name).map(Zeroizing::new) {
                Ok(key) if !key.trim().is_empty() => Ok(key.trim().into()),
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

fn from_file(file: &Path) -> Result<SecretString, String> {
    let text = text_file::read(file).map_err(|error| format!("--app-key-file: {error}"))?;
    let (_, key) = text_file::lines(&text).next().ok_or_else(|| {
        let file = file.display();
        format!("--app-key-file: {file}: there is no key in it")
    })?;
    Ok(key.into())
}

impl Connection {
    /// An edge that is to be started. It reads the key at each connect.
    pub(crate) fn edge(&self) -> Builder {
        let key = self.key.clone();
        Edge::to(self.options.clone()).credentials(move || {
            let key = key.clone();
            async move { key.read().map(Credentials::app_key) }
        })
    }
}
