//! The codes of messages: methods, statuses and others (PROTOCOL.md §2).

use core::fmt;

table! {
    /// The method of a request (PROTOCOL.md §2).
    closed Method {
        Get = 0x01, "GET";
        Put = 0x02, "PUT";
        Post = 0x03, "POST";
        Delete = 0x04, "DELETE";
    }
}

table! {
    /// The status of a response (PROTOCOL.md §2): a number of 0x40 or more.
    open Status {
        SUCCESS = 0x40, "SUCCESS";
        CREATED = 0x41, "CREATED";
        ACCEPTED = 0x42, "ACCEPTED";
        NO_CONTENT = 0x44, "NO_CONTENT";
        PARTIAL_CONTENT = 0x46, "PARTIAL_CONTENT";
        MULTIPLE_CHOICES = 0x60, "MULTIPLE_CHOICES";
        MOVED_PERMANENTLY = 0x61, "MOVED_PERMANENTLY";
        FOUND = 0x62, "FOUND";
        SEE_OTHER = 0x63, "SEE_OTHER";
        NOT_MODIFIED = 0x64, "NOT_MODIFIED";
        USE_PROXY = 0x65, "USE_PROXY";
        TEMPORARY_REDIRECT = 0x67, "TEMPORARY_REDIRECT";
        BAD_REQUEST = 0x80, "BAD_REQUEST";
        UNAUTHORIZED = 0x81, "UNAUTHORIZED";
        BAD_OPTION = 0x82, "BAD_OPTION";
        FORBIDDEN = 0x83, "FORBIDDEN";
        NOT_FOUND = 0x84, "NOT_FOUND";
        METHOD_NOT_ALLOWED = 0x85, "METHOD_NOT_ALLOWED";
        NOT_ACCEPTABLE = 0x86, "NOT_ACCEPTABLE";
        REQUEST_TIMEOUT = 0x88, "REQUEST_TIMEOUT";
        CONFLICT = 0x89, "CONFLICT";
        PRECONDITION_FAILED = 0x8C, "PRECONDITION_FAILED";
        ENTITY_TOO_LARGE = 0x8D, "ENTITY_TOO_LARGE";
        UNSUPPORTED_CONTENT_FORMAT = 0x8F, "UNSUPPORTED_CONTENT_FORMAT";
        INTERNAL_SERVER_ERROR = 0xA0, "INTERNAL_SERVER_ERROR";
        NOT_IMPLEMENTED = 0xA1, "NOT_IMPLEMENTED";
        BAD_GATEWAY = 0xA2, "BAD_GATEWAY";
        SERVICE_UNAVAILABLE = 0xA3, "SERVICE_UNAVAILABLE";
        GATEWAY_TIMEOUT = 0xA4, "GATEWAY_TIMEOUT";
    }
}

impl Status {
    /// Another name of [`NOT_IMPLEMENTED`](Self::NOT_IMPLEMENTED), 0xA1, which some peers use
    /// for an invalid session: authenticate again.
    pub const INVALID_SESSION: Self = Self::NOT_IMPLEMENTED;

    /// Returns the status with this number, or `None` below 0x40, where the methods are.
    #[cfg_attr(wide, inline(always))]
    pub const fn from_u8(number: u8) -> Option<Self> {
        if number >= 0x40 { Some(Self(number)) } else { None }
    }

    /// Returns whether it is a success: SUCCESS, CREATED, ACCEPTED, NO_CONTENT or NOT_MODIFIED
    /// (PROTOCOL.md §7).
    pub const fn is_success(self) -> bool {
        matches!(
            self,
            Self::SUCCESS | Self::CREATED | Self::ACCEPTED | Self::NO_CONTENT | Self::NOT_MODIFIED
        )
    }
}

/// The code of a message (PROTOCOL.md §2), which determines the layout of its body.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// GET, PUT, POST or DELETE.
    Request(Method),
    /// BIND, 0x0A.
    Bind,
    /// UNBIND, 0x0B.
    Unbind,
    /// AUTH, 0x14.
    Auth,
    /// CLEARAUTH, 0x15.
    ClearAuth,
    /// KEEP_ALIVE, 0x1F.
    KeepAlive,
    /// A status: the message is a response.
    Response(Status),
}

impl Code {
    /// Returns the code with this number, or `None` if it is below 0x40 and has no name.
    #[cfg_attr(wide, inline(always))]
    pub const fn from_u8(number: u8) -> Option<Self> {
        if let Some(method) = Method::from_u8(number) {
            return Some(Self::Request(method));
        }
        if let Some(status) = Status::from_u8(number) {
            return Some(Self::Response(status));
        }
        match number {
            0x0A => Some(Self::Bind),
            0x0B => Some(Self::Unbind),
            0x14 => Some(Self::Auth),
            0x15 => Some(Self::ClearAuth),
            0x1F => Some(Self::KeepAlive),
            _ => None,
        }
    }

    /// Returns the number on the wire.
    #[cfg_attr(wide, inline(always))]
    pub const fn to_u8(self) -> u8 {
        match self {
            Self::Request(method) => method.to_u8(),
            Self::Bind => 0x0A,
            Self::Unbind => 0x0B,
            Self::Auth => 0x14,
            Self::ClearAuth => 0x15,
            Self::KeepAlive => 0x1F,
            Self::Response(status) => status.to_u8(),
        }
    }

    /// Returns its name in the protocol, or `None` for a status without a name.
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Request(method) => Some(method.name()),
            Self::Bind => Some("BIND"),
            Self::Unbind => Some("UNBIND"),
            Self::Auth => Some("AUTH"),
            Self::ClearAuth => Some("CLEARAUTH"),
            Self::KeepAlive => Some("KEEP_ALIVE"),
            Self::Response(status) => status.name(),
        }
    }

    /// Returns whether a message with this code may be sent in chunks: requests, responses,
    /// BIND and UNBIND (PROTOCOL.md §5).
    #[inline]
    pub const fn is_chunkable(self) -> bool {
        matches!(self, Self::Request(_) | Self::Response(_) | Self::Bind | Self::Unbind)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => write!(f, "{:#04x}", self.to_u8()),
        }
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
