//! Handles received messages.

use alwayson_codec::connection::platform::Received;
use alwayson_codec::connection::{InboundId, RequestId};
use bytes::Bytes;

use super::super::authenticator::Claims;
use super::super::event::Event;
use super::super::naming::Names;
use super::Session;
use crate::drive::Driver;
use crate::frame::Fault;
use crate::message::{Request, Response};

/// What the machine asks for after a message, in owned form.
enum Asked {
    NotNow,
    Claims(Claims),
    Bind(Names),
    Unbind(Names),
    Request(InboundId, Request),
    Response(RequestId, Response),
    Unreadable(Fault),
    Nothing,
}

impl From<Received<'_>> for Asked {
    fn from(received: Received<'_>) -> Self {
        match received {
            Received::NotNow => Self::NotNow,
            Received::Auth(auth) => Self::Claims(auth.into()),
            Received::Bind(bind) => Self::Bind(bind.into()),
            Received::Unbind(unbind) => Self::Unbind(unbind.into()),
            Received::Request { inbound, request } => Self::Request(inbound, request.into()),
            Received::Response { request, response } => Self::Response(request, response.into()),
            Received::Unreadable(unreadable) => Self::Unreadable((&unreadable).into()),
            Received::Handled => Self::Nothing,
        }
    }
}

impl Session {
    /// Passes a message to the machine, and begins what it asks for.
    pub(super) async fn receive(&mut self, bytes: Bytes) {
        let Driver { machine, joiner, stepped_ms, .. } = &mut self.driver;
        let asked = Asked::from(machine.handle_received(&bytes, joiner, *stepped_ms));
        joiner.handled();
        if let Some(bytes) = self.driver.taken(&bytes) {
            let connection = self.id;
            self.hub.tell(Event::BytesFollowed { connection, bytes });
        }
        match asked {
            Asked::NotNow => self.driver.put_back(bytes),
            Asked::Claims(claims) => self.decide_claims(claims),
            Asked::Bind(names) => self.decide_names(names),
            Asked::Unbind(names) => names.with_bind(|unbind| self.hub.unbind(self.id, unbind)),
            Asked::Request(inbound, request) => self.answer(inbound, request).await,
            Asked::Response(request, response) => {
                if let Some(reply) = self.calls.remove(&request) {
                    let _ = reply.send(Ok(response));
                }
            }
            Asked::Unreadable(fault) => {
                let connection = self.id;
                self.driver.blame(&fault);
                tracing::warn!(connection = connection.0, %fault, "a message cannot be read");
                self.hub.tell(Event::Unreadable { connection, fault });
            }
            Asked::Nothing => {}
        }
    }
}
