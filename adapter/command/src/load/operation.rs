//! The operations of a mix.

use std::time::Duration;

use alwayson::edge::{Edge, PropertyUpdate, RequestError};
use alwayson::value::{Table, Value};

/// The property that is written or pushed if an entry names none and has no payload: a number.
pub(super) const NUMBER: &str = "Load";
/// The property that is written or pushed if an entry names none and has a payload: a text.
const TEXT: &str = "Payload";
/// The event that is fired if an entry names none.
const EVENT: &str = "Load";
/// The parameter of a call, and the member of the data of an event, that holds a payload.
const PAYLOAD: &str = "payload";

/// The kind of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Push,
    Read,
    Write,
    Call,
    Event,
}

impl Kind {
    pub(super) const ALL: [Self; 5] =
        [Self::Push, Self::Read, Self::Write, Self::Call, Self::Event];

    /// Returns its name in profiles and reports.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Read => "read",
            Self::Write => "write",
            Self::Call => "call",
            Self::Event => "event",
        }
    }

    /// Returns the member of an entry that names what the operation is about.
    pub(super) const fn about(self) -> &'static str {
        match self {
            Self::Push | Self::Read | Self::Write => "property",
            Self::Call => "service",
            Self::Event => "event",
        }
    }

    /// Returns the name of what the operation is about if an entry names nothing; none for calls,
    /// as no service is known to every platform.
    pub(super) const fn default_name(self, has_payload: bool) -> Option<&'static str> {
        match (self, has_payload) {
            (Self::Call, _) => None,
            (Self::Event, _) => Some(EVENT),
            (_, true) => Some(TEXT),
            (_, false) => Some(NUMBER),
        }
    }

    /// Returns whether the operation sets a property.
    pub(super) const fn is_setting(self) -> bool {
        matches!(self, Self::Push | Self::Write)
    }
}

/// An entry of a mix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Operation {
    pub(super) kind: Kind,
    pub(super) weight: u64,
    /// The property, service or event.
    pub(super) name: String,
    pub(super) payload_bytes: Option<u64>,
    pub(super) timeout_ms: Option<u64>,
}

impl Operation {
    /// Returns the operation of a load without a mix.
    pub(super) fn write(payload_bytes: Option<u64>) -> Self {
        let name = if payload_bytes.is_some() { TEXT } else { NUMBER }.to_owned();
        Self { kind: Kind::Write, weight: 1, name, payload_bytes, timeout_ms: None }
    }

    /// Returns the value that operation `number` of an edge sends: a text of the length of the
    /// payload that begins with the number, or the number if there is no payload.
    pub(super) fn value(&self, number: u64) -> Value {
        match self.payload_bytes {
            Some(bytes) => payload(bytes, number).into(),
            None => {
                f64::from(u32::try_from(number & u64::from(u32::MAX)).unwrap_or_default()).into()
            }
        }
    }

    /// Returns a payload as a table, which is empty if there is none.
    fn table(&self, number: u64) -> Table {
        let value = self.payload_bytes.map(|bytes| (PAYLOAD, payload(bytes, number).into()));
        Table::of(value)
    }

    /// Carries out operation `number` of an edge.
    ///
    /// # Errors
    /// [`RequestError::Timeout`] if the time limit of the entry passes; otherwise as
    /// [`Edge::request`].
    pub(super) async fn send(
        &self,
        edge: &Edge,
        thing: &str,
        number: u64,
    ) -> Result<(), RequestError> {
        let sending = self.request(edge, thing, number);
        match self.timeout_ms {
            Some(ms) => tokio::time::timeout(Duration::from_millis(ms), sending)
                .await
                .unwrap_or(Err(RequestError::Timeout)),
            None => sending.await,
        }
    }

    async fn request(&self, edge: &Edge, thing: &str, number: u64) -> Result<(), RequestError> {
        let name = self.name.as_str();
        match self.kind {
            Kind::Push => {
                let update = PropertyUpdate::new(name, self.value(number));
                edge.try_push_properties(thing, [update]).await
            }
            Kind::Read => edge.read_property(thing, name).await.map(drop),
            Kind::Write => edge.write_property(thing, name, self.value(number)).await,
            Kind::Call => edge.invoke_service(thing, name, self.table(number)).await.map(drop),
            Kind::Event => edge.fire_event(thing, name, self.table(number)).await,
        }
    }
}

/// Returns a text of this many bytes that begins with a number, as far as there is room.
fn payload(bytes: u64, number: u64) -> String {
    let bytes = usize::try_from(bytes).unwrap_or_default();
    let mut text = number.to_string();
    text.truncate(bytes);
    text.extend(std::iter::repeat_n('x', bytes.saturating_sub(text.len())));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_has_its_length() {
        for (bytes, text) in [(0, ""), (1, "1"), (2, "12"), (3, "12x"), (5, "12xxx")] {
            assert_eq!(payload(bytes, 12), text);
        }
    }
}
