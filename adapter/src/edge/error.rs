//! What can go wrong: with a request, and with what a platform asks for.

use alwayson_codec::connection::{CallError, Failure};
use alwayson_codec::{EncodeError, Status};

use crate::content::ContentError;
use crate::value::ConvertError;

/// Any error, of whoever opens connections or has the keys.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a request has no answer, or one that is no success.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// There is no connection now. Nothing was sent.
    #[error("there is no connection")]
    NotConnected,
    /// There is a connection, and the platform has not accepted the key yet.
    /// Nothing was sent.
    #[error("the platform has not accepted the key yet")]
    NotAuthenticated,
    /// There is a connection, and the Thing of a push is not bound on it, or the
    /// platform has not synchronised it yet. Nothing was sent.
    #[error("the Thing is not bound and synchronised yet")]
    NotSynchronized,
    /// The edge has left, or its end is final. Nothing was sent.
    #[error("the edge has left")]
    Left,
    /// No answer in time: GATEWAY_TIMEOUT (section 7). The platform may have done
    /// what it was asked, or not.
    #[error("no answer in time")]
    Timeout,
    /// The connection has ended before the answer. The platform may have done
    /// what it was asked, or not.
    #[error("the connection has ended before the answer")]
    ConnectionEnded,
    /// The platform answered with a status that is no success (section 7).
    #[error("the platform answered {status}{}", because(.reason.as_deref()))]
    Refused {
        /// The status.
        status: Status,
        /// Why, in the platform's words.
        reason: Option<String>,
    },
    /// The request is longer than the limit. Nothing was sent.
    #[error("the request has {len} bytes, and {limit} are the limit")]
    TooLong {
        /// How long it is.
        len: usize,
        /// How long it may be.
        limit: usize,
    },
    /// As many requests as may be wait for their answers. Nothing was sent.
    #[error("too many requests were not answered yet")]
    TooManyRequests,
    /// As many pushes as may be are held back until the platform synchronises.
    /// This one is dropped.
    #[error("too many pushes are held back")]
    TooManyPushes,
    /// This edge has no Thing of that name.
    #[error("this edge has no such Thing")]
    UnknownThing,
    /// A value that is pushed has another type than its property. Nothing of the push
    /// was kept or sent.
    #[error("{property}: {error}")]
    WrongType {
        /// The property.
        property: String,
        /// Both types.
        #[source]
        error: ConvertError,
    },
    /// An answer came that cannot be read, or not be joined.
    #[error("the answer cannot be read")]
    Unreadable,
    /// An answer came that has not in it what was asked for.
    #[error("the answer does not have what was asked for")]
    Unexpected,
    /// The request cannot be said on the wire. Nothing was sent.
    #[error("the request cannot be encoded")]
    Encode(#[source] EncodeError),
}

fn because(reason: Option<&str>) -> String {
    reason.map_or_else(String::new, |reason| format!(": {reason}"))
}

impl RequestError {
    /// The status that stands for it, for a caller who wants one for all. Of no
    /// answer in time it is GATEWAY_TIMEOUT.
    pub const fn status(&self) -> Status {
        match self {
            Self::Refused { status, .. } => *status,
            Self::Timeout => Status::GATEWAY_TIMEOUT,
            Self::NotConnected
            | Self::NotAuthenticated
            | Self::NotSynchronized
            | Self::Left
            | Self::ConnectionEnded
            | Self::TooManyRequests
            | Self::TooManyPushes => Status::SERVICE_UNAVAILABLE,
            Self::UnknownThing => Status::NOT_FOUND,
            Self::Unreadable | Self::Unexpected => Status::BAD_GATEWAY,
            Self::TooLong { .. } | Self::Encode(_) | Self::WrongType { .. } => Status::BAD_REQUEST,
        }
    }
}

impl From<Failure> for RequestError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Timeout => Self::Timeout,
            Failure::Unreadable | Failure::NotJoined => Self::Unreadable,
            _ => Self::ConnectionEnded,
        }
    }
}

impl From<CallError> for RequestError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::NotAuthenticated => Self::NotAuthenticated,
            CallError::Leaving => Self::Left,
            CallError::TooManyRequests => Self::TooManyRequests,
            CallError::Encode(error) => Self::Encode(error),
            _ => Self::NotConnected,
        }
    }
}

/// Why a Thing cannot be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ThingError {
    /// This edge has a Thing that is bound by the same name or identifier.
    #[error("the edge has a Thing of this name")]
    Double,
    /// The name is longer than a BIND can be.
    #[error("the name is too long")]
    NameTooLong,
    /// As many Things as may be are there already.
    #[error("there is no room for another Thing")]
    TooMany,
    /// This edge has no Thing of that name.
    #[error("the edge has no such Thing")]
    Unknown,
    /// The edge has left, or its end is final.
    #[error("the edge has left")]
    Left,
}

/// Why a Thing is not bound.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// The platform refuses to bind it. The edge tries again all the same.
    #[error("the platform refuses to bind it: {status}{}", because(.reason.as_deref()))]
    Refused {
        /// The platform's status; GATEWAY_TIMEOUT without an answer.
        status: Status,
        /// Why, in the platform's words.
        reason: Option<String>,
    },
    /// It is unknown, or the edge has left.
    #[error(transparent)]
    Thing(#[from] ThingError),
}

/// Why an edge does not do what a platform asks: a status, and a reason that the
/// platform is told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{status}: {reason}")]
pub struct ServiceError {
    /// The status; `INTERNAL_SERVER_ERROR` is sent for one that is a success.
    pub status: Status,
    /// Why, in words.
    pub reason: String,
}

impl ServiceError {
    /// An error of this status.
    pub fn new(status: Status, reason: impl Into<String>) -> Self {
        Self { status, reason: reason.into() }
    }

    /// `INTERNAL_SERVER_ERROR`: what was asked for was tried, and failed.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self::new(Status::INTERNAL_SERVER_ERROR, reason)
    }

    /// BAD_REQUEST: a parameter is missing, or no good.
    pub fn bad_request(reason: impl Into<String>) -> Self {
        Self::new(Status::BAD_REQUEST, reason)
    }

    /// NOT_FOUND.
    pub fn not_found(reason: impl Into<String>) -> Self {
        Self::new(Status::NOT_FOUND, reason)
    }
}

impl From<ContentError> for ServiceError {
    fn from(error: ContentError) -> Self {
        Self::bad_request(error.to_string())
    }
}
