//! The limit of the length of messages.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use alwayson_codec::limits::DEFAULT_MESSAGE_LIMIT;

/// The default limit of the memory for incomplete long messages, in bytes. It suffices to join
/// one message of the highest [`MessageLimit`], or a thousand of 64 KiB.
pub const DEFAULT_JOINED_MEMORY: usize = 64 << 20;

/// The longest message in both directions, in bytes, including its header: 1 MiB by default, and
/// from 64 KiB to 64 MiB (PROTOCOL.md §5).
///
/// It bounds the memory that a peer can make this side use. The peer may have a lower limit.
///
/// ```
/// use alwayson::message::MessageLimit;
///
/// let limit = MessageLimit::new(4 << 20)?;
/// assert_eq!(limit.bytes(), 4 * 1024 * 1024);
/// assert_eq!(
///     MessageLimit::new(1000).unwrap_err().to_string(),
///     "the message limit cannot be 1000 bytes: it is from 65536 to 67108864"
/// );
/// # Ok::<(), alwayson::message::MessageLimitError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageLimit(usize);

/// Why a value cannot be a message limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageLimitError {
    /// The number of bytes is out of range.
    #[error(
        "the message limit cannot be {0} bytes: it is from {min} to {max}",
        min = MessageLimit::MIN.0,
        max = MessageLimit::MAX.0
    )]
    OutOfRange(usize),
    /// The text is not a number.
    #[error("the message limit is a number of bytes")]
    NoNumber(#[from] ParseIntError),
}

impl MessageLimit {
    /// The lowest limit, 64 KiB: no chunk can be longer (PROTOCOL.md §5).
    pub const MIN: Self = Self(64 << 10);
    /// The highest limit, 64 MiB: two such messages, which one connection may hold, still fit
    /// into the memory of a common machine.
    pub const MAX: Self = Self(64 << 20);

    /// Creates a limit of this number of bytes.
    ///
    /// # Errors
    /// [`OutOfRange`](MessageLimitError::OutOfRange) if it is less than [`MIN`](Self::MIN) or more
    /// than [`MAX`](Self::MAX).
    pub const fn new(bytes: usize) -> Result<Self, MessageLimitError> {
        if bytes < Self::MIN.0 || bytes > Self::MAX.0 {
            return Err(MessageLimitError::OutOfRange(bytes));
        }
        Ok(Self(bytes))
    }

    /// Returns the limit in bytes.
    pub const fn bytes(self) -> usize {
        self.0
    }
}

impl Default for MessageLimit {
    fn default() -> Self {
        Self(DEFAULT_MESSAGE_LIMIT)
    }
}

impl FromStr for MessageLimit {
    type Err = MessageLimitError;

    fn from_str(text: &str) -> Result<Self, MessageLimitError> {
        Self::new(text.parse()?)
    }
}

impl fmt::Display for MessageLimit {
    /// Writes the number of bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
