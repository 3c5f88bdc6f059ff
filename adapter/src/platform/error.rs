//! The error of a request to a Thing.

use alwayson_codec::connection::{self, Failure};
use alwayson_codec::{EncodeError, Status};

/// Why a request to a Thing has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// No connection has bound the Thing, or it was unbound before the request was sent.
    #[error("the Thing is not bound")]
    NotBound,
    /// No answer came before the timeout.
    #[error("no answer in time")]
    Timeout,
    /// The connection ended before the answer came. The edge may have executed the request.
    #[error("the connection ended before the answer came")]
    Ended,
    /// The answer cannot be read.
    #[error("the answer cannot be read")]
    Unreadable,
    /// The connection has the maximum number of requests without an answer, or its outbox is full.
    #[error("too many requests to this connection have no answer yet")]
    Busy,
    /// The request is longer than the message limit.
    #[error("the request is too long")]
    TooLong,
    /// The request cannot be encoded.
    #[error("the request cannot be encoded: {0}")]
    Encode(EncodeError),
}

impl RequestError {
    /// Returns the status that represents this error, for callers that want a status in any case
    /// (PROTOCOL.md §7).
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
            // Failures that the codec adds later end the request as well.
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
