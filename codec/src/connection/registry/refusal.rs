//! Refusals of BIND and UNBIND.

use core::error::Error;
use core::fmt;

use crate::wire::codes::Status;
use crate::wire::text::Text;

/// Why a BIND or UNBIND is refused, and because of which name. `Display` writes the reason
/// for the answer (PROTOCOL.md §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BindRefusal<'a> {
    /// What is wrong.
    pub kind: BindRefusalKind,
    /// The first name at fault, of a Thing or of the gateway, as in the message.
    pub name: Text<'a>,
}

/// What is wrong with a name of a BIND or UNBIND.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BindRefusalKind {
    /// There is no Thing of this name, or with this identifier.
    UnknownThing,
    /// There is no Thing with the name of the gateway, and none can be created: its type is
    /// not known, or its name is an identifier or empty.
    UnknownGateway,
    /// The Thing has an identifier, but the BIND has its name.
    HasIdentifier,
    /// Another connection holds the Thing.
    HeldElsewhere,
    /// The connection does not hold a Thing of this name.
    NotHeld,
    /// The store of the platform has no room for it.
    NoRoom,
}

impl BindRefusal<'_> {
    /// Returns the status of the answer.
    pub const fn status(self) -> Status {
        self.kind.status()
    }
}

impl BindRefusalKind {
    /// Returns the status of the answer.
    pub const fn status(self) -> Status {
        match self {
            Self::UnknownThing | Self::UnknownGateway | Self::NotHeld => Status::NOT_FOUND,
            Self::HasIdentifier | Self::HeldElsewhere => Status::CONFLICT,
            Self::NoRoom => Status::SERVICE_UNAVAILABLE,
        }
    }

    /// Returns the part of the reason that follows the name.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::UnknownThing => "does not exist",
            Self::UnknownGateway => "does not exist, and no gateway of its type can be made",
            Self::HasIdentifier => "must be bound by its identifier",
            Self::HeldElsewhere => "is bound on another connection",
            Self::NotHeld => "is not bound on this connection",
            Self::NoRoom => "cannot be bound for lack of room",
        }
    }
}

impl fmt::Display for BindRefusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name.as_str())?;
        f.write_str(" ")?;
        f.write_str(self.kind.reason())
    }
}

impl Error for BindRefusal<'_> {}
