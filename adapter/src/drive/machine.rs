//! The operations of both machines that the driver needs.

use alwayson_codec::connection::{self, CallError, InboundId, RequestId, Storage};
use alwayson_codec::connection::{edge, platform};

use super::end::{self, LocalEnd};
use crate::message::{self, Request, Response};
use crate::value::Value;

/// The machine of either side of a connection, which sends owned messages.
pub(crate) trait Machine: connection::Machine<Outbox = Vec<u8>> {
    /// Returns why the machine ended the connection, or `None` if it has not, or the transport
    /// ended.
    fn local_end(&self) -> Option<LocalEnd>;

    /// Returns whether the host has something to do after messages left the outbox.
    fn is_host_due(&self) -> bool;

    /// Sends a request to an entity of this name.
    fn ask(&mut self, request: &Request, name: &str, now_ms: u64) -> Result<RequestId, CallError> {
        message::with_head(request, name, |head| match &request.params {
            None => self.request(&head, now_ms),
            Some(params) => self.request_with_table(
                &head,
                |shape| params.shape(shape),
                |rows| params.rows_to(rows),
                now_ms,
            ),
        })
        .map_err(CallError::Encode)?
    }

    /// Answers a request.
    fn answer(&mut self, inbound: InboundId, response: &Response) -> Result<(), CallError> {
        match &response.content {
            Value::InfoTable(table) => self.respond_with_table(
                inbound,
                &response.head(),
                |shape| table.shape(shape),
                |rows| table.rows_to(rows),
            ),
            _ => response
                .with_view(|view| self.respond(inbound, &view))
                .map_err(CallError::Encode)?,
        }
    }
}

impl<S: Storage<Outbox = Vec<u8>>> Machine for edge::Connection<S> {
    fn local_end(&self) -> Option<LocalEnd> {
        self.end().and_then(|end| end::of_edge(end, self.settings()))
    }

    /// An edge holds back what found no room in the outbox.
    fn is_host_due(&self) -> bool {
        true
    }
}

impl<S: Storage<Outbox = Vec<u8>>> Machine for platform::Connection<S> {
    fn local_end(&self) -> Option<LocalEnd> {
        self.end().and_then(|end| end::of_platform(end, self.settings()))
    }

    /// A platform holds nothing back, and a turn of its task for every answer would cost more than
    /// sending it.
    fn is_host_due(&self) -> bool {
        self.may_have_event() || self.is_ended()
    }
}
