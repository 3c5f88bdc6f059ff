//! `defmt::Format` for what is logged, through what `Display` and `Debug`
//! write: one text per type, and secrets masked here as everywhere.

use defmt::{Debug2Format, Display2Format, Format, Formatter};

use crate::connection::{self, BufferTooSmall, CallError, Fault, FixedName, Storage, Unreadable};
use crate::connection::{edge, platform, registry};
use crate::error::{DecodeError, DecodeErrorKind, EncodeError, JoinError, SplitError};
use crate::multipart::join::{Joined, Joiner};
use crate::multipart::{Assembly, Split};
use crate::wire::auth::{Auth, Claim, Secret};
use crate::wire::bind::{Bind, Gateway};
use crate::wire::chunk::Chunk;
use crate::wire::codes::{BaseType, Characteristic, Code, EntityType, Method, Status};
use crate::wire::dump::Dump;
use crate::wire::header::{Header, Ids};
use crate::wire::message::Message;
use crate::wire::request::{Entity, Request, RequestHeader};
use crate::wire::response::Response;
use crate::wire::scalar::{DateTime, Location, ThingCode, TimeSpan};
use crate::wire::table::{Field, InfoTable, Row};
use crate::wire::text::Text;
use crate::wire::value::Value;
use crate::wire::variant::Variant;

impl Format for Message<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        self.dump().format(fmt);
    }
}

impl Format for Dump<'_, '_> {
    fn format(&self, fmt: Formatter<'_>) {
        Display2Format(self).format(fmt);
    }
}

impl Format for Text<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        Display2Format(self).format(fmt);
    }
}

impl Format for Method {
    fn format(&self, fmt: Formatter<'_>) {
        Display2Format(self).format(fmt);
    }
}

impl Format for Status {
    fn format(&self, fmt: Formatter<'_>) {
        Display2Format(self).format(fmt);
    }
}

impl Format for EntityType {
    fn format(&self, fmt: Formatter<'_>) {
        Display2Format(self).format(fmt);
    }
}

impl Format for Characteristic {
    fn format(&self, fmt: Formatter<'_>) {
        Display2Format(self).format(fmt);
    }
}

impl Format for BaseType {
    fn format(&self, fmt: Formatter<'_>) {
        Display2Format(self).format(fmt);
    }
}

impl Format for Code {
    fn format(&self, fmt: Formatter<'_>) {
        Display2Format(self).format(fmt);
    }
}

impl Format for DecodeError {
    fn format(&self, fmt: Formatter<'_>) {
        Display2Format(self).format(fmt);
    }
}

impl Format for DecodeErrorKind {
    fn format(&self, fmt: Formatter<'_>) {
        Display2Format(self).format(fmt);
    }
}

impl Format for EncodeError {
    fn format(&self, fmt: Formatter<'_>) {
        Display2Format(self).format(fmt);
    }
}

impl Format for SplitError {
    fn format(&self, fmt: Formatter<'_>) {
        Display2Format(self).format(fmt);
    }
}

impl Format for JoinError {
    fn format(&self, fmt: Formatter<'_>) {
        Display2Format(self).format(fmt);
    }
}

impl Format for Header {
    fn format(&self, fmt: Formatter<'_>) {
        Debug2Format(self).format(fmt);
    }
}

impl Format for Ids {
    fn format(&self, fmt: Formatter<'_>) {
        Debug2Format(self).format(fmt);
    }
}

impl Format for Auth<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        Debug2Format(self).format(fmt);
    }
}

impl Format for Claim<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        Debug2Format(self).format(fmt);
    }
}

impl Format for Secret<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        Debug2Format(self).format(fmt);
    }
}

impl Format for Bind<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        Debug2Format(self).format(fmt);
    }
}

impl Format for Gateway<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        Debug2Format(self).format(fmt);
    }
}

impl Format for Request<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        Debug2Format(self).format(fmt);
    }
}

impl Format for RequestHeader<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        Debug2Format(self).format(fmt);
    }
}

impl Format for Entity<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        Debug2Format(self).format(fmt);
    }
}

impl Format for Response<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        Debug2Format(self).format(fmt);
    }
}

impl Format for Chunk<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        Debug2Format(self).format(fmt);
    }
}

impl Format for Value<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        Debug2Format(self).format(fmt);
    }
}

impl Format for Variant<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        Debug2Format(self).format(fmt);
    }
}

impl Format for DateTime {
    fn format(&self, fmt: Formatter<'_>) {
        Debug2Format(self).format(fmt);
    }
}

impl Format for Location {
    fn format(&self, fmt: Formatter<'_>) {
        Debug2Format(self).format(fmt);
    }
}

impl Format for TimeSpan<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        Debug2Format(self).format(fmt);
    }
}

impl Format for ThingCode {
    fn format(&self, fmt: Formatter<'_>) {
        Debug2Format(self).format(fmt);
    }
}

impl Format for InfoTable<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        Debug2Format(self).format(fmt);
    }
}

impl Format for Field<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        Debug2Format(self).format(fmt);
    }
}

impl Format for Row<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        Debug2Format(self).format(fmt);
    }
}

impl Format for Joined<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        Debug2Format(self).format(fmt);
    }
}

/// Types that are logged as they are displayed, or as their `Debug` is.
macro_rules! formats {
    ($how:ident: $($type:ty),+ $(,)?) => {$(
        impl Format for $type {
            fn format(&self, fmt: Formatter<'_>) {
                $how(self).format(fmt);
            }
        }
    )+};
}

formats!(Display2Format: CallError, BufferTooSmall, Fault, Unreadable<'_>);

formats!(
    Debug2Format: connection::CloseCode,
    connection::Counters,
    connection::Failure,
    connection::Inbound,
    connection::InboundId,
    connection::Pending,
    connection::RequestId,
    connection::Transmit,
    Assembly,
    Split<'_>,
    edge::Action,
    edge::End,
    edge::Event<'_>,
    edge::Input,
    edge::NameInput,
    edge::NameState,
    edge::Pushed<'_>,
    edge::Received<'_>,
    edge::Reconnect,
    edge::Settings,
    edge::State,
    platform::Action,
    platform::End,
    platform::Event<'_>,
    platform::Input,
    platform::NameInput,
    platform::NameState,
    platform::Received<'_>,
    platform::Settings,
    platform::State,
    registry::AnyThing,
    registry::BindPolicy,
    registry::BindRefusal<'_>,
    registry::BindRefusalKind,
    registry::Binding<'_>,
    registry::Change<'_>,
    registry::ConnectionId,
    registry::Key<'_>,
    registry::NameChange,
    registry::Thing<'_>,
);

impl<const LEN: usize> Format for FixedName<LEN> {
    fn format(&self, fmt: Formatter<'_>) {
        Debug2Format(self).format(fmt);
    }
}

impl<M, const N: usize> Format for Joiner<M, N> {
    fn format(&self, fmt: Formatter<'_>) {
        Debug2Format(self).format(fmt);
    }
}

impl<S: Storage> Format for edge::Connection<S> {
    fn format(&self, fmt: Formatter<'_>) {
        Debug2Format(self).format(fmt);
    }
}

impl<S: Storage> Format for platform::Connection<S> {
    fn format(&self, fmt: Formatter<'_>) {
        Debug2Format(self).format(fmt);
    }
}
