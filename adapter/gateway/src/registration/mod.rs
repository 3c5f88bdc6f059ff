//! Registrations: which Thing, and at which address its application listens.

// | file | contents |
// | --- | --- |
// | `mod.rs` | a registration, and how it is read |
// | `target.rs` | the address of an application |
// | `parameters.rs` | the parameters of a service |

mod parameters;
mod target;

use std::time::Duration;

use alwayson::edge::ServiceError;
use alwayson::serde_json::{Map, Value as Json, json};
use secrecy::{ExposeSecret, SecretString};

use crate::config::AutoBind;
pub(crate) use parameters::Parameters;
pub(crate) use target::{Scheme, Target};

/// Where a registration comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// An entry of `auto_bind`.
    Configuration,
    /// A call of `AddEdgeThing`.
    Application,
    /// The state file: a call of `AddEdgeThing` before a restart.
    State,
}

/// A registration of a Thing.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    /// The name by which the Thing is bound. An identifier begins with `*` (PROTOCOL.md §7).
    pub(crate) name: String,
    pub(crate) target: Target,
    /// The time between two probes; zero turns them off.
    pub(crate) keepalive: Duration,
    /// Whether the registration survives a restart.
    pub(crate) is_persistent: bool,
    pub(crate) origin: Origin,
}

/// The defaults of the parameters of `AddEdgeThing`, which are those of an EMS.
const HOST: &str = "localhost";
const PORT: u16 = 8001;
const PATH: &str = "/";
const KEEPALIVE_MS: u64 = 60_000;
const TIMEOUT_MS: u64 = 30_000;

/// The maximum length of a name, in bytes. A BIND with such a name fits into one chunk of
/// every chunk size that platforms are known to use.
const MAX_NAME: usize = 1_024;

impl Registration {
    /// Reads the parameters of `AddEdgeThing`.
    ///
    /// # Errors
    /// Returns `BAD_REQUEST` if a parameter is invalid, with its name and what is wrong.
    pub(crate) fn from_parameters(params: &Map<String, Json>) -> Result<Self, ServiceError> {
        let params = Parameters(params);
        let name = params.text("name")?.filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| ServiceError::bad_request("name: missing"))?;
        check_name(name)?;
        let port = params.whole("port", 1, u16::MAX.into())?.map_or(PORT, |port| {
            // `whole` has checked the range.
            u16::try_from(port).unwrap_or(PORT)
        });
        let scheme = match params.text("proto")?.unwrap_or("http") {
            proto if proto.eq_ignore_ascii_case("http") => Scheme::Http,
            proto if proto.eq_ignore_ascii_case("https") => Scheme::Https,
            _ => return Err(ServiceError::bad_request("proto: has to be http or https")),
        };
        let target = Target {
            scheme,
            host: host(params.text("host")?.unwrap_or(HOST)),
            port,
            path: params.text("path")?.unwrap_or(PATH).to_owned(),
            timeout: params.ms("timeout", 1, TIMEOUT_MS)?,
            user: params.text("user")?.filter(|user| !user.is_empty()).map(str::to_owned),
            password: params.text("password")?.map(SecretString::from),
        };
        target.check().map_err(ServiceError::bad_request)?;
        let keepalive = params.ms("keepalive", 0, KEEPALIVE_MS)?;
        let is_persistent = params.flag("persist")?.unwrap_or(false);
        let name = name.to_owned();
        Ok(Self { name, target, keepalive, is_persistent, origin: Origin::Application })
    }

    /// Reads an entry of `auto_bind`.
    ///
    /// # Errors
    /// Returns `BAD_REQUEST` if the name is invalid, or requests cannot be sent to the address.
    pub(crate) fn from_auto_bind(entry: &AutoBind) -> Result<Self, ServiceError> {
        let name = entry.name.clone().unwrap_or_default();
        check_name(&name)?;
        let target = Target {
            scheme: if entry.is_https { Scheme::Https } else { Scheme::Http },
            host: host(&entry.host),
            // The configuration has checked the range.
            port: u16::try_from(entry.port).unwrap_or(PORT),
            path: entry.path.clone(),
            timeout: entry.timeout,
            user: entry.user.clone(),
            password: entry.password.clone(),
        };
        target.check().map_err(|what| ServiceError::bad_request(format!("{name}: {what}")))?;
        let keepalive = Duration::ZERO;
        let origin = Origin::Configuration;
        Ok(Self { name, target, keepalive, is_persistent: false, origin })
    }

    /// Returns parameters from which [`from_parameters`](Self::from_parameters) reads the same
    /// registration, with the password. They are for the state file.
    pub(crate) fn to_parameters(&self) -> Json {
        let Self { name, target, keepalive, .. } = self;
        let mut json = json!({
            "name": name,
            "host": target.host,
            "port": target.port,
            "path": target.path,
            "timeout": millis(target.timeout),
            "keepalive": millis(*keepalive),
            "proto": target.scheme.name(),
            "persist": true,
        });
        if let (Some(user), Some(members)) = (&target.user, json.as_object_mut()) {
            members.insert("user".to_owned(), user.as_str().into());
        }
        if let (Some(password), Some(members)) = (&target.password, json.as_object_mut()) {
            members.insert("password".to_owned(), password.expose_secret().into());
        }
        json
    }
}

/// Returns a time in milliseconds.
fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Returns the host without the brackets of an IPv6 address.
fn host(host: &str) -> String {
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    inner.unwrap_or(host).to_owned()
}

/// Checks the name of a Thing.
///
/// # Errors
/// Returns `BAD_REQUEST` if a Thing cannot be registered by this name.
fn check_name(name: &str) -> Result<(), ServiceError> {
    let problem = match name {
        "" | "*" => "empty",
        _ if name.len() > MAX_NAME => "longer than 1024 bytes",
        _ if name.eq_ignore_ascii_case("LocalEms") => "reserved for the gateway itself",
        _ if name.chars().any(char::is_control) => "contains a control character",
        _ => return Ok(()),
    };
    Err(ServiceError::bad_request(format!("name: {problem}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &Json) -> Result<Registration, String> {
        let params = json.as_object().unwrap();
        Registration::from_parameters(params).map_err(|error| error.reason)
    }

    #[test]
    fn what_is_left_out_is_as_an_ems_has_it() {
        let registration = read(&json!({ "name": "Pump" })).unwrap();
        assert_eq!(registration.target.to_string(), "http://localhost:8001/");
        assert_eq!(registration.keepalive, Duration::from_secs(60));
        assert_eq!(registration.target.timeout, Duration::from_secs(30));
        assert!(!registration.is_persistent);
        // Applications in the field send null for a missing parameter.
        let nulls = json!({ "name": "Pump", "host": null, "port": null, "user": null });
        assert_eq!(read(&nulls).unwrap().target.to_string(), "http://localhost:8001/");
    }

    #[test]
    fn numbers_may_be_strings() {
        let registration = read(&json!({
            "name": "*sn-17", "host": "127.0.0.1", "port": "9001", "path": "/app",
            "timeout": "5000", "keepalive": 0.0, "proto": "HTTPS", "persist": "true",
        }))
        .unwrap();
        assert_eq!(registration.name, "*sn-17");
        assert_eq!(registration.target.to_string(), "https://127.0.0.1:9001/app");
        assert_eq!(registration.target.timeout, Duration::from_secs(5));
        assert_eq!(registration.keepalive, Duration::ZERO);
        assert!(registration.is_persistent);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (params, reason) in [
            (json!({}), "name: missing"),
            (json!({ "name": "" }), "name: missing"),
            (json!({ "name": "*" }), "name: empty"),
            (json!({ "name": 7 }), "name: expected a string"),
            (json!({ "name": "LocalEms" }), "name: reserved for the gateway itself"),
            (json!({ "name": "a\nb" }), "name: contains a control character"),
            (json!({ "name": "a", "port": 0 }), "port: has to be from 1 to 65535"),
            (json!({ "name": "a", "port": 65_536 }), "port: has to be from 1 to 65535"),
            (json!({ "name": "a", "port": 1.5 }), "port: expected a whole number"),
            (json!({ "name": "a", "port": "x" }), "port: expected a whole number"),
            (json!({ "name": "a", "port": [] }), "port: expected a whole number"),
            (json!({ "name": "a", "timeout": 0 }), "timeout: has to be from 1 to 86400000"),
            (json!({ "name": "a", "proto": "ftp" }), "proto: has to be http or https"),
            (json!({ "name": "a", "persist": 1 }), "persist: expected true or false"),
            (json!({ "name": "a", "host": "a b" }), "host: not a name or an address"),
            (json!({ "name": "a", "path": "a?b" }), "path: contains a query or a fragment"),
        ] {
            assert_eq!(read(&params).unwrap_err(), reason, "{params}");
        }
    }

    #[test]
    fn a_name_may_have_1024_bytes() {
        assert!(read(&json!({ "name": "x".repeat(MAX_NAME) })).is_ok());
        let reason = read(&json!({ "name": "x".repeat(MAX_NAME + 1) })).unwrap_err();
        assert_eq!(reason, "name: longer than 1024 bytes");
    }

    #[test]
    fn what_the_state_file_has_is_read_as_it_was() {
        let params = json!({
            "name": "a", "host": "::1", "port": 1, "path": "/p", "timeout": 2, "keepalive": 3,
            "proto": "https", "persist": true, "user": "u", "password": "p",
        });
        assert_eq!(read(&params).unwrap().to_parameters(), params);
    }
}
