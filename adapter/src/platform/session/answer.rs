//! Lets the host answer requests.

use std::borrow::Cow;
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::Poll;

use alwayson_codec::connection::registry::ConnectionId;
use alwayson_codec::connection::{CallError as MachineError, InboundId};
use alwayson_codec::{EntityType, Status};
use futures_util::FutureExt;

use super::super::hub::Hub;
use super::Session;
use crate::content;
use crate::message::{BoxFuture, Request, Response};

impl Session {
    /// Lets the host answer a request. If the answer is not ready at once, the request joins
    /// `answers`, where it is dropped at the timeout: the machine has answered it then.
    pub(super) async fn answer(&mut self, inbound: InboundId, mut request: Request) {
        if self.is_shut_down {
            let reason = "the platform shuts down";
            self.respond(inbound, &Response::error(Status::SERVICE_UNAVAILABLE, reason));
            return;
        }
        let hub = Arc::clone(&self.hub);
        let id = self.id;
        let limit = hub.options.answer_timeout;
        let mut answer: BoxFuture<'static, Response> = Box::pin(async move {
            let known = |request: &Request, name: &str| hub.things.known_type(request, name);
            let response = unless_it_panics(async {
                name_thing(&hub, id, &mut request).await;
                match content::unpack(request, known) {
                    Ok(request) => hub.things.request(request, id).await,
                    Err(error) => Response::error(Status::BAD_REQUEST, error.to_string()),
                }
            });
            response.await.unwrap_or(Response::new(Status::INTERNAL_SERVER_ERROR))
        });
        let now = poll_fn(|context| Poll::Ready(answer.as_mut().poll(context))).await;
        match now {
            Poll::Ready(response) => self.respond(inbound, &response),
            Poll::Pending => self.answers.push(Box::pin(async move {
                let response = tokio::time::timeout(limit, answer).await;
                (inbound, response.unwrap_or(Response::new(Status::GATEWAY_TIMEOUT)))
            })),
        }
    }

    pub(super) fn respond(&mut self, inbound: InboundId, response: &Response) {
        let response = &*known_to_all(response);
        let sent = self.driver.answer(inbound, response);
        if let Err(error) = sent {
            // The machine has answered a request that waited too long, and after the end there
            // is no one to answer. Other errors are reported in a short answer.
            let status = match error {
                MachineError::NotWaiting | MachineError::Ended => return,
                MachineError::MessageTooLong => Status::BAD_REQUEST,
                MachineError::OutboxFull => Status::SERVICE_UNAVAILABLE,
                _ => Status::INTERNAL_SERVER_ERROR,
            };
            let short = Response::error(status, error.to_string());
            if self.driver.answer(inbound, &short).is_err() {
                tracing::warn!(
                    connection = self.id.0,
                    "no room in the outbox for an answer; the edge gets GATEWAY_TIMEOUT"
                );
            }
        }
    }
}

/// Replaces the statuses 0x8C, 0x8D and 0x8F by BAD_REQUEST: some edges do not know these three,
/// and fail (PROTOCOL.md §2).
fn known_to_all(response: &Response) -> Cow<'_, Response> {
    match response.status.to_u8() {
        0x8C | 0x8D | 0x8F => {
            Cow::Owned(Response { status: Status::BAD_REQUEST, ..response.clone() })
        }
        _ => Cow::Borrowed(response),
    }
}

/// Replaces an identifier by the name of its Thing: an edge may address a Thing by `*` and its
/// identifier as well as by its name (PROTOCOL.md §3). An unknown identifier stays unchanged.
async fn name_thing(hub: &Hub, from: ConnectionId, request: &mut Request) {
    let identifier = request.entity.strip_prefix('*');
    let Some(identifier) = identifier.filter(|_| request.entity_type == EntityType::THINGS) else {
        return;
    };
    let name = match hub.identified(from, &request.entity) {
        Some(name) => Some(name),
        None => hub.things.by_identifier(identifier).await.map(|thing| thing.name),
    };
    request.entity = name.unwrap_or_else(|| std::mem::take(&mut request.entity));
}

/// Returns the output of a future of the host, or `None` if it panics.
pub(super) async fn unless_it_panics<T>(answer: impl Future<Output = T>) -> Option<T> {
    let answer = AssertUnwindSafe(answer).catch_unwind().await;
    if answer.is_err() {
        tracing::error!("the host has panicked");
    }
    answer.ok()
}
