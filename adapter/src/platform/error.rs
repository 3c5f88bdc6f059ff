//! Requests of the platform to Things.

use alwayson_codec::connection::{self, Failure};
use alwayson_codec::{EncodeError, Status};

/// Why a request to a Thing has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// No connection has bound the Thing, or it was unbound before the request
    /// could be sent.
    #[error("the Thing is not bound")]
    NotBound,
    /// No answer came in time.
    #[error("no answer in time")]
    Timeout,
    /// The connection ended before the answer came: the edge may have done what
    /// was asked.
    #[error("the connection ended before the answer came")]
    Ended,
    /// The answer cannot be read.
    #[error("the answer cannot be read")]
    Unreadable,
    /// As many requests to this connection as there may be have no answer yet, or
    /// the connection takes nothing.
    #[error("too many requests to this connection have no answer yet")]
    Busy,
    /// The request is longer than messages may be.
    #[error("the request is too long")]
    TooLong,
    /// The request cannot be said on the wire.
    #[error("the request cannot be encoded: {0}")]
    Encode(EncodeError),
}

impl RequestError {
    /// The status that stands for it, for a caller who wants one for all
    /// (section 7).
    pub const fn status(self) -> Status {
        match self {
            Self::NotBound => Status::NOT_FOUND,
            Self::Timeout => Status::GATEWAY_TIMEOUT,
            Self::Ended | Self::Busy => Status::SERVICE_UNAVAILABLE,
            Self::Unreadable => Status::BAD_GATEWAY,
            Self::TooLong | Self::Encode(_) => Status::BAD_REQUEST,
        }
    }
}

impl From<Failure> for RequestError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Timeout => Self::Timeout,
            Failure::NotSent => Self::NotBound,
            Failure::Unreadable | Failure::NotJoined => Self::Unreadable,
            // What is added later ends the request as well.
            _ => Self::Ended,
        }
    }
}

impl From<connection::CallError> for RequestError {
    fn from(error: connection::CallError) -> Self {
        use connection::CallError as E;
        match error {
            E::NotBound | E::NotAuthenticated => Self::NotBound,
            E::TooManyRequests | E::OutboxFull => Self::Busy,
            E::MessageTooLong => Self::TooLong,
            E::Encode(error) => Self::Encode(error),
            _ => Self::Ended,
        }
    }
}
