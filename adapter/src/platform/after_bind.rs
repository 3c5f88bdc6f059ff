//! The requests that a platform sends to a Thing after it was bound (PROTOCOL.md §3).

use std::sync::Arc;

use alwayson_codec::BaseType;
use tokio::sync::oneshot;

use super::error::RequestError;
use super::event::Event;
use super::hub::Hub;
use super::metadata::{self, Metadata, MetadataError};
use crate::message::{Request, Response};
use crate::value::Table;

/// Sends a Thing the requests of [`AfterBind`](super::AfterBind): to describe itself, and to begin
/// to push its properties. The Thing stays bound even if its edge answers none of them.
pub(super) async fn after_bind(hub: Arc<Hub>, thing: String) {
    let asked = hub.options.after_bind;
    let mut metadata = None;
    if asked.metadata {
        match describe(&hub, &thing).await {
            Ok(described) => {
                metadata = Some(described.clone());
                hub.things.described(&thing, described);
                hub.tell(Event::Described { thing: thing.clone() });
            }
            Err(reason) => {
                tracing::debug!(thing, reason, "no metadata");
                hub.tell(Event::NotDescribed { thing: thing.clone(), reason });
            }
        }
    }
    if asked.notify {
        // The answer has no contents. The edge then requests its subscriptions.
        drop(call(&hub, Request::invoke_service(&thing, "NotifyPropertyUpdate", None)).await);
    }
    if asked.synchronize {
        let params = Some(model(&hub.things.subscriptions(&thing), metadata.as_ref()));
        let request = Request::invoke_service(&thing, "SynchronizeModelState", params);
        if let Ok(response) = call(&hub, request).await {
            if let Some(values) = response.table().filter(|_| response.status.is_success()) {
                hub.things.synchronized(&thing, values);
            }
        }
    }
}

/// Requests the metadata of a Thing, and checks that they have the form of PROTOCOL.md §3.
///
/// # Errors
/// A text that says why there are no valid metadata.
async fn describe(hub: &Hub, thing: &str) -> Result<Metadata, String> {
    let request = Request::invoke_service(thing, "GetMetadata", None);
    let response = call(hub, request).await.map_err(|error| error.to_string())?;
    if !response.status.is_success() {
        let because = response.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
        return Err(format!("GetMetadata was answered with {}{because}", response.status));
    }
    let value = response.value().ok_or("the answer to GetMetadata has no result")?;
    let text = value
        .as_str()
        .ok_or_else(|| format!("the result of GetMetadata is {}, not JSON", value.base_type()))?;
    text.parse().map_err(|error: MetadataError| error.to_string())
}

async fn call(hub: &Hub, request: Request) -> Result<Response, RequestError> {
    let (reply, response) = oneshot::channel();
    hub.call(request, reply);
    response.await.unwrap_or(Err(RequestError::Ended))
}

/// Returns the parameters of `SynchronizeModelState`: the properties that the Thing is to push, and
/// how, and the events that it is to fire.
fn model(subscriptions: &Table, metadata: Option<&Metadata>) -> Table {
    let mut properties = Table::new([
        ("edgeName", BaseType::STRING),
        ("pushType", BaseType::STRING),
        ("pushThreshold", BaseType::NUMBER),
        ("startType", BaseType::STRING),
    ]);
    for row in subscriptions.rows() {
        let cells = row.cells.iter().cloned();
        properties.push(cells.chain(["".into()]));
    }
    let events = metadata.map_or_else(metadata::no_events, Metadata::events);
    Table::of([("propertyInfo", properties.into()), ("eventInfo", events.into())])
}
