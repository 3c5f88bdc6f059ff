//! The configuration of a gateway, and the options that override it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use alwayson_gateway::config::{Note, Place};
use alwayson_gateway::{Config, KeyProvider};

use super::Args;
use crate::connection::Key;
use crate::failure::{Failure, in_full};

/// A configuration, and the origins of its settings.
pub(super) struct Settings {
    pub(super) config: Config,
    pub(super) notes: Vec<Note>,
    /// The name of the file; empty if there is none.
    pub(super) file: String,
    /// The settings in the file, and their places.
    given: HashMap<String, Place>,
    /// The settings that options override, and these options.
    by_option: Vec<(&'static str, &'static str)>,
}

/// The origin of a setting.
pub(super) enum Origin {
    Default,
    File(Place),
    Option(&'static str),
}

impl Settings {
    /// Reads the file, and applies the options.
    ///
    /// # Errors
    /// Returns an error of usage if the file cannot be read or an option is invalid.
    pub(super) fn read(args: &Args) -> Result<Self, Failure> {
        let mut settings = Self {
            config: Config::default(),
            notes: Vec::new(),
            file: String::new(),
            given: HashMap::new(),
            by_option: Vec::new(),
        };
        if let Some(file) = &args.config {
            let parsed = Config::read(file).map_err(|error| Failure::Usage(in_full(&error)))?;
            settings.config = parsed.config;
            settings.notes = parsed.notes;
            settings.file = file.display().to_string();
            settings.given = parsed.given.into_iter().collect();
        }
        if let Some(address) = &args.listen {
            let (host, port) = listen(address)?;
            settings.config.http.host = host;
            settings.config.http.port = port.into();
            settings.by_option.push(("http_server.host", "--listen"));
            settings.by_option.push(("http_server.port", "--listen"));
        }
        if let Some(directory) = &args.store {
            settings.config.store.enabled = true;
            settings.config.store.directory = Some(directory.clone());
            settings.by_option.push(("offline_msg_store.enabled", "--store"));
            settings.by_option.push(("offline_msg_store.directory", "--store"));
        }
        if args.url.is_some() {
            settings.by_option.push(("ws_servers", "--url"));
            settings.by_option.push(("resource", "--url"));
        }
        if args.app_key_env.is_some() {
            settings.by_option.push(("appKey", "--app-key-env"));
        }
        if args.app_key_file.is_some() {
            settings.by_option.push(("appKey", "--app-key-file"));
        }
        Ok(settings)
    }

    /// Returns the origin of a setting.
    pub(super) fn origin(&self, key: &str) -> Origin {
        let key = key.split('[').next().unwrap_or(key);
        let by_option = self.by_option.iter().find(|(name, _)| *name == key);
        match (by_option, self.given.get(key)) {
            (Some((_, option)), _) => Origin::Option(option),
            (None, Some(place)) => Origin::File(*place),
            (None, None) => Origin::Default,
        }
    }

    /// Returns the key that an option names. If there is none and `--url` is a platform on this
    /// machine without TLS, which accepts any key, returns any key.
    ///
    /// # Errors
    /// Returns an error of usage if the key cannot be read.
    pub(super) fn key(&self, args: &Args) -> Result<Option<KeyProvider>, Failure> {
        let key = match (&args.app_key_env, &args.app_key_file) {
            (Some(variable), _) => Key::Variable(variable.clone()),
            (None, Some(file)) => Key::File(file.clone()),
            (None, None) if self.config.app_key.is_none() && is_plain_loopback(args) => Key::Any,
            (None, None) => return Ok(None),
        };
        key.read().map_err(Failure::Usage)?;
        Ok(Some(Arc::new(move || key.read().map_err(Into::into))))
    }
}

/// Returns whether `--url` is a platform on this machine without TLS.
fn is_plain_loopback(args: &Args) -> bool {
    let options = args.url.as_deref().map(alwayson::transport::ConnectOptions::new);
    options.is_some_and(|options| {
        options.is_ok_and(|options| !options.url().is_tls() && options.may_send_key().is_ok())
    })
}

/// Splits the value of `--listen` into host and port.
fn listen(address: &str) -> Result<(String, u16), Failure> {
    let parts = address.rsplit_once(':').filter(|(host, _)| !host.is_empty());
    let parts = parts.and_then(|(host, port)| Some((host, port.parse().ok()?)));
    let (host, port) = parts.ok_or_else(|| {
        Failure::Usage(format!(
            "--listen: {address} is not an address and port, such as 127.0.0.1:8000"
        ))
    })?;
    Ok((host.trim_start_matches('[').trim_end_matches(']').to_owned(), port))
}

/// Returns the log level in a file, as a filter; `None` if the file has none.
pub(super) fn log_level(file: &Path) -> Option<String> {
    let parsed = Config::read(file).ok()?;
    let is_given = parsed.given.iter().any(|(key, _)| key == "logger.level");
    let level = match parsed.config.log_level {
        "AUDIT" => "info",
        level => level,
    };
    is_given.then(|| level.to_ascii_lowercase())
}
