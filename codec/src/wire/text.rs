//! Text as it stands in a message: bytes that are known to be UTF-8.

use core::fmt;

/// A string of the wire (PROTOCOL.md §3), borrowed from the message or from the
/// caller.
///
/// The bytes were checked when the message was decoded; the `&str` is made
/// where it is asked for, since that costs a second look at each byte which
/// most callers never need.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<'a>(&'a [u8]);

impl<'a> Text<'a> {
    /// The text of a string.
    pub const fn new(text: &'a str) -> Self {
        Self(text.as_bytes())
    }

    /// Bytes that the reader has checked.
    #[inline]
    pub(crate) const fn checked(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// As a string. Looks at each byte once.
    pub fn as_str(self) -> &'a str {
        // The error cannot occur: the bytes came from a string or were
        // checked.
        core::str::from_utf8(self.0).unwrap_or_default()
    }

    /// As the bytes that were sent.
    #[inline]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// Length in bytes.
    pub const fn len(self) -> usize {
        self.0.len()
    }

    /// Whether there is no text at all.
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self::new(text)
    }
}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}
