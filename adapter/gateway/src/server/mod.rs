//! The HTTP server for applications.

// | file | what it holds |
// | --- | --- |
// | `mod.rs` | a request, from its coming to its answer |
// | `listen.rs` | where it listens, and its connections |
// | `guard.rs` | who may ask |
// | `route.rs` | what a path and a method ask for |
// | `body.rs` | the body of a request |
// | `io.rs` | a socket whose peer has to take what is written |
// | `limits.rs` | the bounds, each with its reason |

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

/// What the connections of the server share.
pub(crate) struct Server {
    pub(crate) hub: Arc<Hub>,
    guard: Guard,
    body_limit: usize,
}

impl Server {
    pub(crate) fn new(hub: Arc<Hub>) -> Self {
        let guard = Guard::new(&hub.config.http);
        let body_limit = usize::try_from(hub.config.connection.max_msg_size);
        Self { guard, body_limit: body_limit.unwrap_or(usize::MAX), hub }
    }

    /// Answers a request that came to this address.
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
        self.hub.journal.trace(|| Event::Asked {
            request: line(),
            status: status.as_u16(),
            ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        });
        response(answer)
    }

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
            // Who has the password gets a token for the next try.
            let is_known = answer.status == StatusCode::UNAUTHORIZED
                && !answer.headers.iter().any(|(name, _)| *name == hyper::header::WWW_AUTHENTICATE);
            return if is_known { self.with_token(answer) } else { answer };
        }
        let answer = self.routed(request).await.unwrap_or_else(|answer| answer);
        self.with_token(answer)
    }

    fn with_token(&self, answer: Answer) -> Answer {
        match self.guard.token() {
            Some(token) => answer.header(TOKEN, token),
            None => answer,
        }
    }

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
                let reason = "the properties of LocalEms are read, and its services called";
                Err(ServiceError::new(alwayson::Status::METHOD_NOT_ALLOWED, reason))
            }
        };
        Ok(value.map_or_else(Answer::from, |value| Answer::value(&value)))
    }
}

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
