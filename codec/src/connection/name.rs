//! Names in arrays.

use core::fmt;

use super::error::CallError;

/// A name of at most `LEN` bytes, stored in an array.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct FixedName<const LEN: usize>(heapless::Vec<u8, LEN, u16>);

impl<const LEN: usize> FixedName<LEN> {
    /// Returns the name.
    pub fn as_str(&self) -> &str {
        // Only whole strings are stored, so the error cannot occur.
        core::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Returns whether it is this name. Compares bytes, because
    /// [`as_str`](Self::as_str) would check each of them first.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.0.as_slice() == name.as_bytes()
    }
}

impl<const LEN: usize> TryFrom<&str> for FixedName<LEN> {
    type Error = CallError;

    /// Stores a name.
    ///
    /// # Errors
    /// [`NameTooLong`](CallError::NameTooLong) if it has more than `LEN` bytes.
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
