//! What a registration says: the parameters of `AddEdgeThing`, an entry of `auto_bind`,
//! one of the state file.

use std::time::Duration;

use alwayson::edge::ServiceError;
use alwayson::serde_json::{Map, Value as Json, json};
use secrecy::{ExposeSecret, SecretString};

use crate::application::{Scheme, Target};
use crate::config::AutoBind;

/// Who has registered a Thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// `auto_bind`.
    Configuration,
    /// `AddEdgeThing`.
    Application,
    /// The state file: an application, before a restart.
    State,
}

/// A registration.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    /// The name by which it is bound: a `*` is before an identifier.
    pub(crate) name: String,
    pub(crate) target: Target,
    /// The time between two probes; zero for none.
    pub(crate) keepalive: Duration,
    /// Whether it survives a restart.
    pub(crate) is_persistent: bool,
    pub(crate) origin: Origin,
}

/// What counts where a parameter is left out.
const HOST: &str = "localhost";
const PORT: u16 = 8001;
const PATH: &str = "/";
const KEEPALIVE_MS: u64 = 60_000;
const TIMEOUT_MS: u64 = 30_000;

/// The longest time that can be set, in milliseconds: a day.
const MOST_MS: u64 = 86_400_000;

/// The longest name, in bytes: what fits into a BIND of the smallest chunk size that
/// platforms use, with room to spare.
pub(crate) const MAX_NAME: usize = 1_024;

/// The longest of the other texts, in bytes.
const MAX_TEXT: usize = 4_096;

impl Registration {
    /// What `AddEdgeThing` says.
    ///
    /// # Errors
    /// BAD_REQUEST, with the parameter and what is wrong with it.
    pub(crate) fn from_parameters(params: &Map<String, Json>) -> Result<Self, ServiceError> {
        let params = Parameters(params);
        let name = params.text("name")?.filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| ServiceError::bad_request("name: it has to be given"))?;
        check_name(name)?;
        let port = params.whole("port", 1, u16::MAX.into())?.map_or(PORT, |port| {
            // Within its range.
            u16::try_from(port).unwrap_or(PORT)
        });
        let scheme = match params.text("proto")?.unwrap_or("http") {
            proto if proto.eq_ignore_ascii_case("http") => Scheme::Http,
            proto if proto.eq_ignore_ascii_case("https") => Scheme::Https,
            _ => return Err(ServiceError::bad_request("proto: it is http or https")),
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

    /// What an entry of `auto_bind` says.
    ///
    /// # Errors
    /// Nothing could be sent there.
    pub(crate) fn from_auto_bind(entry: &AutoBind) -> Result<Self, ServiceError> {
        let name = entry.name.clone().unwrap_or_default();
        check_name(&name)?;
        let target = Target {
            scheme: if entry.is_https { Scheme::Https } else { Scheme::Http },
            host: host(&entry.host),
            // Within the range of the setting.
            port: u16::try_from(entry.port).unwrap_or(PORT),
            path: entry.path.clone(),
            timeout: entry.timeout,
            user: entry.user.clone(),
            password: entry.password.clone(),
        };
        target.check().map_err(|what| ServiceError::bad_request(format!("{name}: {what}")))?;
        let (keepalive, origin) = (Duration::ZERO, Origin::Configuration);
        Ok(Self { name, target, keepalive, is_persistent: false, origin })
    }

    /// The parameters that say it again, password included: for the state file.
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

pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// An IPv6 address may have brackets.
fn host(host: &str) -> String {
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    inner.unwrap_or(host).to_owned()
}

/// Whether a Thing may have this name.
pub(crate) fn check_name(name: &str) -> Result<(), ServiceError> {
    let problem = match name {
        "" | "*" => "it is empty",
        _ if name.len() > MAX_NAME => "it is longer than 1024 bytes",
        _ if name.eq_ignore_ascii_case("LocalEms") => "this is the gateway itself",
        _ if name.chars().any(char::is_control) => "it has a control character in it",
        _ => return Ok(()),
    };
    Err(ServiceError::bad_request(format!("name: {problem}")))
}

/// The parameters of a service.
pub(crate) struct Parameters<'p>(pub(crate) &'p Map<String, Json>);

impl<'p> Parameters<'p> {
    fn get(&self, name: &str) -> Option<&'p Json> {
        self.0.get(name).filter(|json| !json.is_null())
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<&'p str>, ServiceError> {
        let Some(json) = self.get(name) else { return Ok(None) };
        let text = json.as_str().ok_or_else(|| wrong(name, "a string"))?;
        if text.len() > MAX_TEXT {
            return Err(ServiceError::bad_request(format!("{name}: it is too long")));
        }
        Ok(Some(text))
    }

    /// A whole number, or a string that is one.
    pub(crate) fn whole(
        &self,
        name: &str,
        least: u64,
        most: u64,
    ) -> Result<Option<u64>, ServiceError> {
        let Some(json) = self.get(name) else { return Ok(None) };
        let number = match json {
            Json::Number(number) => number.as_f64(),
            Json::String(text) => text.trim().parse::<f64>().ok(),
            _ => None,
        };
        let number = number.filter(|number| number.fract() == 0.0);
        let number = number.ok_or_else(|| wrong(name, "a whole number"))?;
        #[expect(clippy::cast_precision_loss, reason = "the bounds are far below 2^53")]
        let is_within = (least as f64..=most as f64).contains(&number);
        if !is_within {
            let problem = format!("{name}: it is from {least} to {most}");
            return Err(ServiceError::bad_request(problem));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
        let number = number as u64;
        Ok(Some(number))
    }

    fn ms(&self, name: &str, least: u64, default: u64) -> Result<Duration, ServiceError> {
        let ms = self.whole(name, least, MOST_MS)?;
        Ok(Duration::from_millis(ms.unwrap_or(default)))
    }

    fn flag(&self, name: &str) -> Result<Option<bool>, ServiceError> {
        let Some(json) = self.get(name) else { return Ok(None) };
        match json {
            Json::Bool(flag) => Ok(Some(*flag)),
            Json::String(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Json::String(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            _ => Err(wrong(name, "true or false")),
        }
    }
}

fn wrong(name: &str, what: &str) -> ServiceError {
    ServiceError::bad_request(format!("{name}: expected {what}"))
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
        // As the others have it, too.
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
            (json!({}), "name: it has to be given"),
            (json!({ "name": "" }), "name: it has to be given"),
            (json!({ "name": "*" }), "name: it is empty"),
            (json!({ "name": 7 }), "name: expected a string"),
            (json!({ "name": "LocalEms" }), "name: this is the gateway itself"),
            (json!({ "name": "a\nb" }), "name: it has a control character in it"),
            (json!({ "name": "a", "port": 0 }), "port: it is from 1 to 65535"),
            (json!({ "name": "a", "port": 65_536 }), "port: it is from 1 to 65535"),
            (json!({ "name": "a", "port": 1.5 }), "port: expected a whole number"),
            (json!({ "name": "a", "port": "x" }), "port: expected a whole number"),
            (json!({ "name": "a", "port": [] }), "port: expected a whole number"),
            (json!({ "name": "a", "timeout": 0 }), "timeout: it is from 1 to 86400000"),
            (json!({ "name": "a", "proto": "ftp" }), "proto: it is http or https"),
            (json!({ "name": "a", "persist": 1 }), "persist: expected true or false"),
            (json!({ "name": "a", "host": "a b" }), "host is no name and no address"),
            (json!({ "name": "a", "path": "a?b" }), "path has a query or a fragment"),
        ] {
            assert_eq!(read(&params).unwrap_err(), reason, "{params}");
        }
    }

    #[test]
    fn a_name_may_have_1024_bytes() {
        assert!(read(&json!({ "name": "x".repeat(MAX_NAME) })).is_ok());
        let reason = read(&json!({ "name": "x".repeat(MAX_NAME + 1) })).unwrap_err();
        assert_eq!(reason, "name: it is longer than 1024 bytes");
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
