//! Errors of requests to a platform, and of answers to it.

use alwayson_codec::connection::edge::State;
use alwayson_codec::connection::{CallError, Failure};
use alwayson_codec::{EncodeError, Status};

use crate::content::ContentError;
use crate::value::ConvertError;

/// An error of a connector or a provider of credentials.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a request has no answer, or an answer that is not a success.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// There is no connection. Nothing was sent.
    #[error("there is no connection")]
    NotConnected,
    /// There is a connection, but the platform has not accepted the key yet. Nothing was
    /// sent.
    #[error("the platform has not accepted the key yet")]
    NotAuthenticated,
    /// There is a connection, but the Thing of the push is not bound on it, or the platform
    /// has not synchronised it yet. Nothing was sent.
    #[error("the Thing is not bound and synchronised yet")]
    NotSynchronized,
    /// The edge has left, or its end is final. Nothing was sent.
    #[error("the edge has left")]
    Left,
    /// No answer arrived in time: `GATEWAY_TIMEOUT` (PROTOCOL.md §7). The platform may have
    /// executed the request or not.
    #[error("no answer in time")]
    Timeout,
    /// The connection ended before the answer. The platform may have executed the request
    /// or not.
    #[error("the connection has ended before the answer")]
    ConnectionEnded,
    /// The platform answered with a status that is not a success (PROTOCOL.md §7).
    #[error("the platform answered {status}{}", because(.reason.as_deref()))]
    Refused {
        /// The status.
        status: Status,
        /// The reason in the platform's words.
        reason: Option<String>,
    },
    /// The request is longer than the limit. Nothing was sent.
    #[error("the request has {len} bytes, and {limit} are the limit")]
    TooLong {
        /// The length of the request in bytes.
        len: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// Too many requests wait for their answers
    /// ([`Options::requests`](super::Options::requests)). Nothing was sent.
    #[error("too many requests were not answered yet")]
    TooManyRequests,
    /// Too many pushes are queued or wait for their answers
    /// ([`Options::pushes`](super::Options::pushes)). This one is dropped.
    #[error("too many pushes are held back")]
    TooManyPushes,
    /// This edge has no Thing of this name.
    #[error("this edge has no such Thing")]
    UnknownThing,
    /// A pushed value cannot be converted to the type of its property. No value of the push
    /// was stored or sent.
    #[error("{property}: {error}")]
    WrongType {
        /// The name of the property.
        property: String,
        /// The conversion that failed.
        #[source]
        error: ConvertError,
    },
    /// The answer cannot be decoded, or its chunks cannot be joined.
    #[error("the answer cannot be read")]
    Unreadable,
    /// The answer does not contain what was asked for.
    #[error("the answer does not have what was asked for")]
    Unexpected,
    /// The request cannot be encoded. Nothing was sent.
    #[error("the request cannot be encoded")]
    Encode(#[source] EncodeError),
}

fn because(reason: Option<&str>) -> String {
    reason.map_or_else(String::new, |reason| format!(": {reason}"))
}

impl RequestError {
    /// Returns the status that corresponds to the error, for a caller that needs a status
    /// for every error: `GATEWAY_TIMEOUT` if there was no answer in time.
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

impl RequestError {
    /// Returns why nothing can be sent to a Thing that is not synchronised, in this state of the
    /// connection.
    pub(super) const fn not_sent(state: State) -> Self {
        match state {
            State::Authenticating => Self::NotAuthenticated,
            State::Online => Self::NotSynchronized,
            _ => Self::NotConnected,
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

/// Why a Thing cannot be added, or a call that names it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ThingError {
    /// The edge has a Thing that is bound by the same name or identifier.
    #[error("the edge has a Thing of this name")]
    Double,
    /// The name is too long for a BIND.
    #[error("the name is too long")]
    NameTooLong,
    /// The edge has as many Things as it can have.
    #[error("there is no room for another Thing")]
    TooMany,
    /// This edge has no Thing of this name.
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
    /// The platform refuses to bind the Thing. The edge retries nevertheless.
    #[error("the platform refuses to bind it: {status}{}", because(.reason.as_deref()))]
    Refused {
        /// The platform's status; `GATEWAY_TIMEOUT` if it did not answer.
        status: Status,
        /// The reason in the platform's words.
        reason: Option<String>,
    },
    /// The Thing is unknown, or the edge has left.
    #[error(transparent)]
    Thing(#[from] ThingError),
}

/// Why an edge does not execute a request of a platform: a status, and a reason that is
/// sent to the platform.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{status}: {reason}")]
pub struct ServiceError {
    /// The status. If it is a success, `INTERNAL_SERVER_ERROR` is sent instead.
    pub status: Status,
    /// The reason, in words.
    pub reason: String,
}

impl ServiceError {
    /// Creates an error with this status.
    pub fn new(status: Status, reason: impl Into<String>) -> Self {
        Self { status, reason: reason.into() }
    }

    /// Creates an `INTERNAL_SERVER_ERROR`: the request was tried, and failed.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self::new(Status::INTERNAL_SERVER_ERROR, reason)
    }

    /// Creates a `BAD_REQUEST`: a parameter is missing or invalid.
    pub fn bad_request(reason: impl Into<String>) -> Self {
        Self::new(Status::BAD_REQUEST, reason)
    }

    /// Creates a `NOT_FOUND`.
    pub fn not_found(reason: impl Into<String>) -> Self {
        Self::new(Status::NOT_FOUND, reason)
    }
}

impl From<ContentError> for ServiceError {
    fn from(error: ContentError) -> Self {
        Self::bad_request(error.to_string())
    }
}
