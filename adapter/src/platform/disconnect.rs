//! How a host ends a connection.

use crate::transport::Close;

/// How [`Handle::disconnect`](super::Handle::disconnect) ends a connection.
///
/// ```
/// use alwayson::platform::Disconnect;
/// use alwayson::transport::Close;
///
/// let expired = Close::new(1008, "application key expired");
/// assert_eq!(Disconnect::from(expired.clone()), Disconnect::Close(expired));
/// assert_eq!(Disconnect::from(1001), Disconnect::Close(1001.into()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disconnect {
    /// With a close of this code and reason, after everything that already waits to be sent.
    Close(Close),
    /// Without a close, at once. The edge sees a cut connection.
    Abort,
}

impl From<Close> for Disconnect {
    fn from(close: Close) -> Self {
        Self::Close(close)
    }
}

impl From<u16> for Disconnect {
    fn from(code: u16) -> Self {
        Self::Close(code.into())
    }
}
