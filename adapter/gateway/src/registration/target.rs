//! The address of an application.

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hyper::Uri;
use hyper::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

/// The protocol of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scheme {
    Http,
    Https,
}

/// The address to which requests to a Thing are sent.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) scheme: Scheme,
    /// A host name or an address; an IPv6 address has no brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The path before `/Things/...` in all requests.
    pub(crate) path: String,
    /// The time to wait for an answer.
    pub(crate) timeout: Duration,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<SecretString>,
}

impl Scheme {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

impl Target {
    /// Returns host and port, in the syntax of a URL.
    pub(crate) fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// Checks whether requests can be sent to this address.
    ///
    /// # Errors
    /// Returns what is wrong.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        let is_host = HeaderValue::from_str(&self.authority()).is_ok() && !self.host.is_empty();
        let is_authority = self.authority().parse::<hyper::http::uri::Authority>();
        if !is_host || self.host.contains('@') || is_authority.is_err() {
            return Err("host: not a name or an address");
        }
        if self.path.contains(['?', '#']) {
            return Err("path: contains a query or a fragment");
        }
        if Uri::try_from(self.path_to("Thing", "Services", "Service")).is_err() {
            return Err("path: not the path of a URL");
        }
        Ok(())
    }

    /// Returns the path of a request. If the path of the application is `/`, it begins with
    /// `//Things`, which applications for an EMS expect.
    pub(crate) fn path_to(&self, thing: &str, characteristic: &str, name: &str) -> String {
        let path = match self.path.as_str() {
            "/" => "/",
            path => path.strip_suffix('/').unwrap_or(path),
        };
        let slash = if path.starts_with('/') || path.is_empty() { "" } else { "/" };
        let thing = segment(thing);
        let name = segment(name);
        format!("{slash}{path}/Things/{thing}/{characteristic}/{name}")
    }

    /// Returns the header `Authorization`; `None` if there is no user.
    pub(crate) fn authorization(&self) -> Option<HeaderValue> {
        let user = self.user.as_deref()?;
        let password = self.password.as_ref().map_or("", |password| password.expose_secret());
        let basic = format!("Basic {}", BASE64.encode(format!("{user}:{password}")));
        let mut value = HeaderValue::try_from(basic).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Display for Target {
    /// Writes the URL before `/Things/...`, without user and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme.name(), self.authority(), self.path)
    }
}

/// Encodes a name as a segment of a path. A `*` is not encoded.
fn segment(name: &str) -> impl fmt::Display + '_ {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    /// The characters that are encoded: all but those allowed in a segment (RFC 3986, section 3.3).
    const REST: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~')
        .remove(b'!')
        .remove(b'$')
        .remove(b'\'')
        .remove(b'(')
        .remove(b')')
        .remove(b'*')
        .remove(b'+')
        .remove(b',')
        .remove(b';')
        .remove(b'=')
        .remove(b':')
        .remove(b'@');
    utf8_percent_encode(name, REST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(path: &str) -> Target {
        Target {
            scheme: Scheme::Http,
            host: "localhost".to_owned(),
            port: 8001,
            path: path.to_owned(),
            timeout: Duration::from_secs(30),
            user: None,
            password: None,
        }
    }

    #[test]
    fn the_path_of_a_request_doubles_a_slash_for_the_default_path_alone() {
        let path = |path| target(path).path_to("Pump", "Properties", "P");
        assert_eq!(path("/"), "//Things/Pump/Properties/P");
        assert_eq!(path("/app"), "/app/Things/Pump/Properties/P");
        assert_eq!(path("/app/"), "/app/Things/Pump/Properties/P");
        assert_eq!(path("app"), "/app/Things/Pump/Properties/P");
        assert_eq!(path(""), "/Things/Pump/Properties/P");
    }

    #[test]
    fn names_are_encoded_so_that_they_can_be_decoded_again() {
        let path = target("/a").path_to("*sn 1/2?&#ä%", "Services", "A+b");
        assert_eq!(path, "/a/Things/*sn%201%2F2%3F%26%23%C3%A4%25/Services/A+b");
        assert!(Uri::try_from(path).is_ok());
    }

    #[test]
    fn what_no_request_can_be_sent_to_is_refused() {
        assert_eq!(target("/a b").check(), Err("path: not the path of a URL"));
        assert_eq!(target("/a?b").check(), Err("path: contains a query or a fragment"));
        for host in ["", "a b", "u@h", "a/b", "a\nb"] {
            let target = Target { host: host.to_owned(), ..target("/") };
            assert_eq!(target.check(), Err("host: not a name or an address"), "{host:?}");
        }
        for host in ["localhost", "10.1.2.3", "::1", "a.example"] {
            assert_eq!(Target { host: host.to_owned(), ..target("/") }.check(), Ok(()), "{host}");
        }
    }

    #[test]
    fn a_user_is_told_at_once_and_shown_nowhere() {
        let user = Some("u".to_owned());
        let target = Target { user, password: Some("p".into()), ..target("/") };
        assert_eq!(target.authorization().unwrap().to_str().unwrap(), "Basic dTpw");
        assert_eq!(target.to_string(), "http://localhost:8001/");
    }
}
