//! The HTTP server for applications.

// | file | contents |
// | --- | --- |
// | `mod.rs` | answers a request |
// | `listen.rs` | the sockets, and the connections |
// | `guard.rs` | decides whether a request is allowed |
// | `route.rs` | the meaning of a method and a path |
// | `body.rs` | reads the body of a request |
// | `io.rs` | a timeout for writes |
// | `limits.rs` | the limits, each with its reason |

mod body;
mod guard;
mod io;
mod limits;
mod listen;
mod route;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use alwayson::codec::{Characteristic, Method as Verb};
use alwayson::edge::ServiceError;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Request, Response, StatusCode};

use crate::answer::Answer;
use crate::event::Event;
use crate::hub::Hub;
use crate::journal::count;
use crate::{local_ems, platform, status};
use guard::{Guard, Head, TOKEN};
pub use listen::ListenError;
pub(crate) use listen::{bind, serve};
use route::Route;

/// The state that the connections of the server share.
pub(crate) struct Server {
    pub(crate) hub: Arc<Hub>,
    guard: Guard,
    /// The maximum length of the body of a request, in bytes.
    body_limit: usize,
}

impl Server {
    pub(crate) fn new(hub: Arc<Hub>) -> Self {
        let guard = Guard::new(&hub.config.http);
        let body_limit = usize::try_from(hub.config.connection.max_msg_size);
        Self { guard, body_limit: body_limit.unwrap_or(usize::MAX), hub }
    }

    /// Answers a request that arrived at this local address, and records it.
    async fn handle(&self, request: Request<Incoming>, local: IpAddr) -> Response<Full<Bytes>> {
        let started = Instant::now();
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let line = || format!("{method} {}", uri.path());
        let answer = self.answer(request, local).await;
        let status = answer.status;
        self.hub.journal.asked(status);
        if status.is_server_error() {
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            let code = status.as_u16();
            self.hub.journal.problem(format!("{}: {code}: {text}", line()));
        }
        self.hub.journal.trace(|| Event::Answered {
            request: line(),
            status: status.as_u16(),
            ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        });
        response(answer)
    }

    /// Checks whether a request is allowed, and answers it.
    async fn answer(&self, request: Request<Incoming>, local: IpAddr) -> Answer {
        let head = Head {
            method: request.method(),
            uri: request.uri(),
            version: request.version(),
            headers: request.headers(),
            local,
        };
        if let Err(answer) = self.guard.check(&head) {
            count(&self.hub.journal.counters.refused);
            // A client whose password is right gets a token for the next attempt.
            let is_known = answer.status == StatusCode::UNAUTHORIZED
                && !answer.headers.iter().any(|(name, _)| *name == hyper::header::WWW_AUTHENTICATE);
            return if is_known { self.with_token(answer) } else { answer };
        }
        let answer = self.routed(request).await.unwrap_or_else(|answer| answer);
        self.with_token(answer)
    }

    /// Adds a token to an answer, if tokens are on.
    fn with_token(&self, answer: Answer) -> Answer {
        match self.guard.token() {
            Some(token) => answer.header(TOKEN, token),
            None => answer,
        }
    }

    /// Answers a request that is allowed. The error is an answer, too.
    async fn routed(&self, request: Request<Incoming>) -> Result<Answer, Answer> {
        let route = route::route(request.method(), request.uri().path())?;
        let (head, body) = request.into_parts();
        let (asked, is_own) = match route {
            Route::Page => return Ok(status::page(&self.hub)),
            Route::Status => return Ok(status::json(&self.hub)),
            Route::Metrics => return Ok(status::metrics(&self.hub)),
            Route::Own(asked) => (asked, true),
            Route::Platform(asked) => (asked, false),
        };
        let body = if asked.method == Verb::Get {
            None
        } else {
            let patience = self.hub.config.http.content_read_timeout;
            body::json(&head.headers, body, self.body_limit, patience).await?
        };
        let bad =
            |error: platform::BodyError| Answer::error(StatusCode::BAD_REQUEST, &error.to_string());
        if !is_own {
            let request = platform::request(asked, body).map_err(bad)?;
            return Ok(platform::ask(&self.hub, request).await);
        }
        let value = match (asked.method, asked.characteristic) {
            (Verb::Get, _) => local_ems::read(&self.hub, &asked.name),
            (Verb::Post, Characteristic::SERVICES) => {
                let params = platform::members(body).map_err(bad)?;
                local_ems::call(&self.hub, &asked.name, &params).await
            }
            _ => {
                let reason = "LocalEms accepts GET of properties and POST of services";
                Err(ServiceError::new(alwayson::Status::METHOD_NOT_ALLOWED, reason))
            }
        };
        Ok(value.map_or_else(Answer::from, |value| Answer::value(&value)))
    }
}

/// Returns the HTTP response for an answer, with the headers of all responses.
fn response(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(answer.body));
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    if !answer.content_type.is_empty() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; \
                  base-uri 'none'; form-action 'none'";
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    for (name, value) in answer.headers {
        headers.insert(name, value);
    }
    response
}
