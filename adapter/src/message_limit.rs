//! The longest message.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use alwayson_codec::limits::DEFAULT_MESSAGE_LIMIT;

/// Default bound of the memory for unfinished long messages, in bytes: one of the
/// highest [`MessageLimit`] can be joined in it, and a thousand of 64 KiB.
pub const DEFAULT_JOINED_MEMORY: usize = 64 << 20;

/// How long a message may be, in bytes, header included, in both directions: 1 MiB
/// by default, and what can be set is from 64 KiB to 64 MiB (section 5).
///
/// It bounds what a peer can make this side hold. A peer may have a lower limit of
/// its own.
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

/// So many bytes are no message limit that can be set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageLimitError {
    /// It is out of the range.
    #[error(
        "the message limit cannot be {0} bytes: it is from {min} to {max}",
        min = MessageLimit::MIN.0,
        max = MessageLimit::MAX.0
    )]
    OutOfRange(usize),
    /// It is no number.
    #[error("the message limit is a number of bytes")]
    NoNumber(#[from] ParseIntError),
}

impl MessageLimit {
    /// The lowest: no chunk can be longer (section 5).
    pub const MIN: Self = Self(64 << 10);
    /// The highest: what a connection holds of two such messages is still little
    /// beside the memory of a machine.
    pub const MAX: Self = Self(64 << 20);

    /// A limit of so many bytes.
    ///
    /// # Errors
    /// They are fewer than [`MIN`](Self::MIN) or more than [`MAX`](Self::MAX).
    pub const fn new(bytes: usize) -> Result<Self, MessageLimitError> {
        if bytes < Self::MIN.0 || bytes > Self::MAX.0 {
            return Err(MessageLimitError::OutOfRange(bytes));
        }
        Ok(Self(bytes))
    }

    /// How many bytes.
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
    /// The number of bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
