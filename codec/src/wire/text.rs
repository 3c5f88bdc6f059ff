//! Text in a message: bytes that are known to be UTF-8.

use core::fmt;

/// A string on the wire (PROTOCOL.md §3), borrowed from the message or from the caller.
///
/// The bytes were checked when the message was decoded. [`as_str`](Self::as_str) checks each byte
/// once more, which most callers never need.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<'a>(&'a [u8]);

impl<'a> Text<'a> {
    /// Creates a text.
    pub const fn new(text: &'a str) -> Self {
        Self(text.as_bytes())
    }

    /// Creates a text of bytes that the reader has checked.
    #[inline]
    pub(crate) const fn checked(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Returns it as a string. It checks each byte once.
    pub fn as_str(self) -> &'a str {
        // The error cannot occur: the bytes are from a string, or were checked.
        core::str::from_utf8(self.0).unwrap_or_default()
    }

    /// Returns the bytes.
    #[inline]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// Returns the length in bytes.
    pub const fn len(self) -> usize {
        self.0.len()
    }

    /// Returns whether it is empty.
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
