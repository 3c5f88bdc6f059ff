//! Names that are kept in place.

use core::fmt;

use super::error::CallError;

/// A name of up to so many bytes, kept in place.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct FixedName<const LEN: usize>(heapless::Vec<u8, LEN, u16>);

impl<const LEN: usize> FixedName<LEN> {
    /// The name.
    pub fn as_str(&self) -> &str {
        // Whole strings are taken, so the error cannot occur.
        core::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether it is this name. Compared as bytes: [`as_str`](Self::as_str) looks at each
    /// of them first.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.0.as_slice() == name.as_bytes()
    }
}

impl<const LEN: usize> TryFrom<&str> for FixedName<LEN> {
    type Error = CallError;

    /// Keeps a name.
    ///
    /// # Errors
    /// `NameTooLong`.
    fn try_from(name: &str) -> Result<Self, CallError> {
        let mut bytes = heapless::Vec::new();
        for byte in name.as_bytes() {
            bytes.push(*byte).map_err(|_| CallError::NameTooLong)?;
        }
        Ok(Self(bytes))
    }
}

impl<const LEN: usize> AsRef<str> for FixedName<LEN> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl<const LEN: usize> fmt::Debug for FixedName<LEN> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}
