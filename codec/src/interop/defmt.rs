//! Implements `defmt::Format` with the text of `Display` or `Debug`, so that each type has one
//! text, and secrets are masked.

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

/// Implements `Format` for types with the text of their `Display` or `Debug`. Generic types have
/// their parameters in braces before them.
macro_rules! formats {
    ($how:ident: $($({$($parameters:tt)+})? $type:ty),+ $(,)?) => {$(
        impl$(<$($parameters)+>)? Format for $type {
            fn format(&self, fmt: Formatter<'_>) {
                $how(self).format(fmt);
            }
        }
    )+};
}

formats!(
    Display2Format: BaseType,
    BufferTooSmall,
    CallError,
    Characteristic,
    Code,
    DecodeError,
    DecodeErrorKind,
    Dump<'_, '_>,
    EncodeError,
    EntityType,
    Fault,
    JoinError,
    Method,
    SplitError,
    Status,
    Text<'_>,
    Unreadable<'_>,
);

formats!(
    Debug2Format: Auth<'_>,
    Bind<'_>,
    Chunk<'_>,
    Claim<'_>,
    DateTime,
    Entity<'_>,
    Field<'_>,
    Gateway<'_>,
    Header,
    Ids,
    InfoTable<'_>,
    Location,
    Request<'_>,
    RequestHeader<'_>,
    Response<'_>,
    Row<'_>,
    Secret<'_>,
    ThingCode,
    TimeSpan<'_>,
    Value<'_>,
    Variant<'_>,
);

formats!(
    Debug2Format: Assembly,
    Joined<'_>,
    {M, const N: usize} Joiner<M, N>,
    Split<'_>,
);

formats!(
    Debug2Format: connection::CloseCode,
    connection::Counters,
    connection::Failure,
    connection::Inbound,
    connection::InboundId,
    connection::Pending,
    connection::RequestId,
    connection::Transmit,
    {const LEN: usize} FixedName<LEN>,
    {S: Storage} edge::Connection<S>,
    {S: Storage} platform::Connection<S>,
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
