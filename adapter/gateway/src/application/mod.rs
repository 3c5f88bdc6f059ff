//! Requests of the platform, forwarded to applications.

// | file | contents |
// | --- | --- |
// | `mod.rs` | forwards a request, and makes the response |
// | `client.rs` | sends HTTP requests to applications |
// | `connection.rs` | one connection to an application |
// | `pool.rs` | the idle connections |
// | `outgoing.rs` | the HTTP request for a request of the platform |
// | `answered.rs` | the response for an HTTP answer |

mod answered;
mod client;
mod connection;
mod outgoing;
mod pool;

use std::time::{Duration, Instant};

use alwayson::Status;
use alwayson::message::{Request, Response};

use crate::event::Event;
use crate::journal::Journal;
use crate::registration::{Origin, Registration};
pub(crate) use answered::{is_table, no_values};
pub(crate) use client::{Client, probe};

use client::SendError;

/// Forwards a request to the application of a Thing. Returns the response for its answer, or
/// for the failure. Records the result in the journal.
///
/// # Cancel safety
/// If the future is dropped, the connection to the application is closed. The application may
/// have executed the request.
pub(crate) async fn forward(
    client: &Client,
    journal: &Journal,
    registration: &Registration,
    request: Request,
) -> Response {
    let started = Instant::now();
    let target = &registration.target;
    let outgoing = match outgoing::outgoing(target, &request) {
        Ok(outgoing) => outgoing,
        Err(error) => return Response::error(error.status, error.reason),
    };
    let answer = tokio::time::timeout(target.timeout, client.send(target, &outgoing)).await;
    let response = match answer {
        Ok(Ok(answer)) => answered::answered(&request, &answer),
        Ok(Err(error)) => unanswered(&error, registration.origin),
        Err(_) => {
            let reason = format!("the application did not answer within {}", ms(target.timeout));
            Response::error(Status::GATEWAY_TIMEOUT, reason)
        }
    };
    journal.answered(response.status);
    if !response.status.is_success() {
        let why = response.reason.as_deref().unwrap_or_default();
        journal.problem(format!("{request}: {}: {why}", response.status));
    }
    journal.trace(|| Event::Forwarded {
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

/// Returns the response if the application did not answer.
fn unanswered(error: &SendError, origin: Origin) -> Response {
    let status = match error {
        // The application may not have been started yet. An EMS answers the same.
        SendError::NotConnected(_) if origin == Origin::Configuration => Status::GATEWAY_TIMEOUT,
        SendError::NotConnected(_) | SendError::NoHttp(_) => Status::BAD_GATEWAY,
        SendError::Closed => Status::GATEWAY_TIMEOUT,
        SendError::TooLong { .. } => Status::INTERNAL_SERVER_ERROR,
    };
    Response::error(status, error.to_string())
}
