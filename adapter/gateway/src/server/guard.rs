//! Decides whether a request is allowed. Requests of web pages in a browser are not, and, if
//! `authenticate` is on, neither are those without user and password.

use std::collections::{HashSet, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD};
use hyper::header::{
    AUTHORIZATION, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN, WWW_AUTHENTICATE,
};
use hyper::{Method, StatusCode, Uri, Version};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use crate::answer::Answer;
use crate::config::Http;

/// The header of a token.
pub(crate) const TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");

/// The maximum number of valid tokens: one for each application, of which there are at most as many
/// as registered Things. If there are more, the oldest token becomes invalid.
const TOKENS: usize = 4_096;

/// Decides whether a request is allowed.
pub(crate) struct Guard {
    /// The host of the configuration, in lower case.
    host: String,
    /// `USER:PASSWORD`, if `authenticate` is on.
    credentials: Option<Vec<u8>>,
    /// The tokens, if `enable_csrf_tokens` is on, too.
    tokens: Option<Mutex<Tokens>>,
}

/// The tokens of earlier answers.
#[derive(Default)]
struct Tokens {
    /// The valid tokens.
    good: HashSet<String>,
    /// The newest tokens, the oldest of them first. Some may have been used.
    in_order: VecDeque<String>,
}

/// The head of a request.
pub(crate) struct Head<'r> {
    pub(crate) method: &'r Method,
    pub(crate) uri: &'r Uri,
    pub(crate) version: Version,
    pub(crate) headers: &'r HeaderMap,
    /// The local address of the connection.
    pub(crate) local: IpAddr,
}

impl Guard {
    /// Creates a guard with the settings of the server.
    pub(crate) fn new(http: &Http) -> Self {
        let credentials = http.authenticate.then(|| {
            let user = http.user.as_deref().unwrap_or_default();
            let password = http.password.as_ref().map_or("", |password| password.expose_secret());
            format!("{user}:{password}").into_bytes()
        });
        let tokens = http.enable_csrf_tokens && http.authenticate;
        Self {
            host: http.host.to_ascii_lowercase(),
            credentials,
            tokens: tokens.then(Mutex::default),
        }
    }

    /// Checks whether a request is allowed.
    ///
    /// # Errors
    /// Returns an answer with one of these statuses:
    /// - 400 if `Host` is missing or occurs twice
    /// - 401 if the user, the password or the token is missing or wrong
    /// - 403 if the request is from a web page, or its `Host` is not this gateway
    pub(crate) fn check(&self, head: &Head<'_>) -> Result<(), Answer> {
        let forbidden = |reason| Err(Answer::error(StatusCode::FORBIDDEN, reason));
        if head.headers.contains_key(ORIGIN) {
            return forbidden("requests of web pages (with an Origin) are not allowed");
        }
        let site = head.headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
        let mode = head.headers.get("sec-fetch-mode").and_then(|mode| mode.to_str().ok());
        let is_visit = mode == Some("navigate") && head.method == Method::GET;
        if matches!(site, Some("cross-site" | "same-site")) && !is_visit {
            return forbidden("requests of web pages are not allowed");
        }
        let mut hosts = head.headers.get_all(HOST).iter();
        match (hosts.next(), hosts.next()) {
            (None, _) if head.version == Version::HTTP_11 => {
                return Err(Answer::error(StatusCode::BAD_REQUEST, "there is no header Host"));
            }
            (Some(_), Some(_)) => {
                return Err(Answer::error(StatusCode::BAD_REQUEST, "there are two headers Host"));
            }
            (Some(host), None) if !self.is_own(host.to_str().unwrap_or_default(), head.local) => {
                return forbidden("the Host is not this gateway");
            }
            _ => {}
        }
        if head.uri.authority().is_some_and(|host| !self.is_own(host.as_str(), head.local)) {
            return forbidden("the Host is not this gateway");
        }
        if !self.knows(head.headers.get(AUTHORIZATION)) {
            let basic = HeaderValue::from_static("Basic realm=\"alwayson\", charset=\"UTF-8\"");
            let answer =
                Answer::error(StatusCode::UNAUTHORIZED, "a user and a password are required");
            return Err(answer.header(WWW_AUTHENTICATE, basic));
        }
        let is_changing = head.method != Method::GET && head.method != Method::HEAD;
        // A read uses up its token, too, because the answer has the next one.
        let has_token = self.takes(head.headers.get(TOKEN));
        if is_changing && !has_token {
            let reason = "the x-csrf-token of an earlier answer is required";
            return Err(Answer::error(StatusCode::UNAUTHORIZED, reason));
        }
        Ok(())
    }

    /// Returns whether a host, with or without a port, is this gateway: `localhost`, a loopback
    /// address, the host of the configuration, or the local address of the connection.
    fn is_own(&self, host: &str, local: IpAddr) -> bool {
        let Ok(authority) = host.parse::<hyper::http::uri::Authority>() else { return false };
        if host.contains('@') {
            return false;
        }
        let name = authority.host().trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = name.parse::<IpAddr>() {
            let address = address.to_canonical();
            return address.is_loopback() || address == local.to_canonical();
        }
        let name = name.to_ascii_lowercase();
        name == "localhost" || name == self.host
    }

    /// Returns whether user and password are right, or are not required.
    fn knows(&self, authorization: Option<&HeaderValue>) -> bool {
        let Some(expected) = &self.credentials else { return true };
        let basic = authorization.and_then(|value| value.to_str().ok()).and_then(|value| {
            let (scheme, basic) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("basic").then(|| basic.trim())
        });
        let given = basic.and_then(|basic| BASE64.decode(basic).ok());
        given.is_some_and(|given| given.ct_eq(expected).into())
    }

    /// Returns whether a token is valid, or is not required. A valid token becomes invalid.
    ///
    /// HTTP has no other means to distinguish applications: they have the same user and address,
    /// and often use one connection for each request. So each chain of tokens is one application:
    /// a request with the last token gets the next one, and a request without a token starts a
    /// new chain.
    fn takes(&self, token: Option<&HeaderValue>) -> bool {
        let Some(tokens) = &self.tokens else { return true };
        let mut tokens = tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let token = token.and_then(|token| token.to_str().ok());
        token.is_some_and(|token| tokens.good.remove(token))
    }

    /// Returns a new token for an answer to a client whose password is right; `None` if tokens are
    /// off.
    pub(crate) fn token(&self) -> Option<HeaderValue> {
        let mut tokens = self.tokens.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        let token = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 24]>());
        while tokens.in_order.len() >= TOKENS {
            if let Some(oldest) = tokens.in_order.pop_front() {
                tokens.good.remove(&oldest);
            }
        }
        tokens.good.insert(token.clone());
        tokens.in_order.push_back(token.clone());
        HeaderValue::try_from(token).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::config::Config;

    fn guard() -> Guard {
        Guard::new(&Config::default().http)
    }

    fn check(guard: &Guard, method: &Method, headers: &[(&'static str, &str)]) -> u16 {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        let head = Head {
            method,
            uri: &Uri::from_static("/"),
            version: Version::HTTP_11,
            headers: &map,
            local: Ipv4Addr::new(10, 0, 0, 7).into(),
        };
        guard.check(&head).map_or_else(|answer| answer.status.as_u16(), |()| 200)
    }

    #[test]
    fn a_host_that_is_not_the_gateway_is_refused() {
        let get = |host| check(&guard(), &Method::GET, &[("host", host)]);
        for own in [
            "localhost",
            "LOCALHOST:8000",
            "127.0.0.1:8000",
            "127.1.2.3",
            "[::1]:8000",
            "[::ffff:127.0.0.1]",
            "10.0.0.7:80",
        ] {
            assert_eq!(get(own), 200, "{own}");
        }
        for other in [
            "evil.example",
            "10.0.0.8",
            "localhost.evil.example",
            "x@localhost",
            "",
            "localhost:80:80",
            "[::2]",
        ] {
            assert_eq!(get(other), 403, "{other}");
        }
        assert_eq!(check(&guard(), &Method::GET, &[]), 400);
        assert_eq!(check(&guard(), &Method::GET, &[("host", "localhost"), ("host", "a")]), 400);
    }

    #[test]
    fn an_origin_is_refused_for_reads_too() {
        for origin in ["http://localhost:8000", "null", "https://evil.example"] {
            let headers = [("host", "localhost"), ("origin", origin)];
            assert_eq!(check(&guard(), &Method::GET, &headers), 403, "{origin}");
            assert_eq!(check(&guard(), &Method::POST, &headers), 403, "{origin}");
        }
    }

    #[test]
    fn a_page_may_link_to_the_gateway_and_not_load_from_it() {
        let with = |method, mode| {
            let headers =
                [("host", "localhost"), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", mode)];
            check(&guard(), method, &headers)
        };
        assert_eq!(with(&Method::GET, "no-cors"), 403);
        assert_eq!(with(&Method::GET, "navigate"), 200);
        assert_eq!(with(&Method::POST, "navigate"), 403);
    }

    #[test]
    fn a_password_is_needed_where_it_is_asked_for() {
        let mut http = Config::default().http;
        http.authenticate = true;
        http.user = Some("app".to_owned());
        http.password = Some("pässword".into());
        let guard = Guard::new(&http);
        let basic = |text: &str| format!("Basic {}", BASE64.encode(text));
        let with = |value: &str| {
            check(&guard, &Method::GET, &[("host", "localhost"), ("authorization", value)])
        };
        assert_eq!(with(&basic("app:pässword")), 200);
        assert_eq!(with(&basic("app:passwor")), 401);
        assert_eq!(with(&basic("app:")), 401);
        assert_eq!(with("Basic !"), 401);
        assert_eq!(with("Bearer x"), 401);
        assert_eq!(check(&guard, &Method::GET, &[("host", "localhost")]), 401);
        assert!(guard.token().is_none());
    }

    #[test]
    fn a_token_is_good_once_and_as_long_as_it_is_not_too_old() {
        let mut http = Config::default().http;
        http.authenticate = true;
        http.enable_csrf_tokens = true;
        let guard = Guard::new(&http);
        let basic = format!("Basic {}", BASE64.encode(":"));
        let post = |token: Option<&str>| {
            let mut headers = vec![("host", "localhost"), ("authorization", basic.as_str())];
            headers.extend(token.map(|token| ("x-csrf-token", token)));
            check(&guard, &Method::POST, &headers)
        };
        let fresh = || guard.token().unwrap().to_str().unwrap().to_owned();
        assert_eq!(post(None), 401);
        let token = fresh();
        assert_eq!(post(Some("other")), 401);
        assert_eq!(post(Some(&token)), 200);
        assert_eq!(post(Some(&token)), 401);
        let oldest = fresh();
        let next = fresh();
        for _ in 0..TOKENS - 1 {
            fresh();
        }
        assert_eq!(post(Some(&oldest)), 401);
        assert_eq!(post(Some(&next)), 200);
        let headers = [("host", "localhost"), ("authorization", basic.as_str())];
        assert_eq!(check(&guard, &Method::GET, &headers), 200);
    }

    #[test]
    fn a_read_spends_its_token_and_needs_none() {
        let mut http = Config::default().http;
        http.authenticate = true;
        http.enable_csrf_tokens = true;
        let guard = Guard::new(&http);
        let basic = format!("Basic {}", BASE64.encode(":"));
        let ask = |method: &Method, token: &str| {
            let authorization = ("authorization", basic.as_str());
            let headers = [("host", "localhost"), authorization, ("x-csrf-token", token)];
            check(&guard, method, &headers)
        };
        let token = guard.token().unwrap().to_str().unwrap().to_owned();
        assert_eq!(ask(&Method::GET, &token), 200);
        assert_eq!(ask(&Method::POST, &token), 401);
        assert_eq!(ask(&Method::GET, &token), 200);
        // Without the password, no token is used up.
        let token = guard.token().unwrap().to_str().unwrap().to_owned();
        let headers = [("host", "localhost"), ("x-csrf-token", token.as_str())];
        assert_eq!(check(&guard, &Method::POST, &headers), 401);
        assert_eq!(ask(&Method::POST, &token), 200);
    }
}
