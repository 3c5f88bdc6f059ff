//! The platform's requests, handed on to applications.

// | file | what it holds |
// | --- | --- |
// | `mod.rs` | a request of the platform, from its coming to its answer |
// | `target.rs` | where an application listens |
// | `client.rs` | HTTP to an application |
// | `connection.rs` | a connection, and a request over it |
// | `pool.rs` | connections that are kept |
// | `outgoing.rs` | what an application is sent |
// | `answered.rs` | what its answer tells the platform |

mod answered;
mod client;
mod connection;
mod outgoing;
mod pool;
mod target;

use std::sync::Arc;
use std::time::{Duration, Instant};

use alwayson::Status;
use alwayson::message::{Request, Response};

use crate::event::Event;
use crate::things::{Entry, Origin};
pub(crate) use answered::{is_table, no_values};
pub(crate) use client::{Client, probe};
pub(crate) use target::{Scheme, Target};

use client::SendError;

/// Hands a request on to the application of a Thing, and returns what it answers.
pub(crate) async fn forward(entry: Arc<Entry>, request: Request) -> Response {
    let started = Instant::now();
    let registration = entry.registration();
    let target = &registration.target;
    let outgoing = match outgoing::outgoing(target, &request) {
        Ok(outgoing) => outgoing,
        Err(error) => return Response::error(error.status, error.reason),
    };
    let client = entry.client();
    let answer = tokio::time::timeout(target.timeout, client.send(target, &outgoing)).await;
    let response = match answer {
        Ok(Ok(answer)) => answered::answered(&request, &answer),
        Ok(Err(error)) => unanswered(&error, registration.origin),
        Err(_) => {
            let reason = format!("the application did not answer in {}", ms(target.timeout));
            Response::error(Status::GATEWAY_TIMEOUT, reason)
        }
    };
    entry.journal().answered(response.status);
    if !response.status.is_success() {
        let why = response.reason.as_deref().unwrap_or_default();
        entry.journal().problem(format!("{request}: {}: {why}", response.status));
    }
    entry.journal().trace(|| Event::Forwarded {
        request: request.to_string(),
        application: target.to_string(),
        status: response.status.to_string(),
        ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    });
    response
}

fn ms(time: Duration) -> String {
    format!("{} ms", time.as_millis())
}

/// What the platform is told where there is no answer.
fn unanswered(error: &SendError, origin: Origin) -> Response {
    let status = match error {
        // Nobody may ever have listened there: an EMS says the same.
        SendError::NotConnected(_) if origin == Origin::Configuration => Status::GATEWAY_TIMEOUT,
        SendError::NotConnected(_) | SendError::NoHttp(_) => Status::BAD_GATEWAY,
        SendError::Closed => Status::GATEWAY_TIMEOUT,
        SendError::TooLong { .. } => Status::INTERNAL_SERVER_ERROR,
    };
    Response::error(status, error.to_string())
}
