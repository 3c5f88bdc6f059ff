//! Reads text files that people write: keys, users, Things, certificates.
//!
//! They are UTF-8, with or without a byte order mark, which some editors write. Errors name any
//! other encoding, so that users see why a key that looks right is refused.

use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// The byte order mark that some editors write at the beginning of a UTF-8 file.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Why bytes are not a text. `Display` shows no part of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// The text is UTF-16, with or without a byte order mark.
    #[error("it is UTF-16: save it as UTF-8")]
    Utf16,
    /// This line, counted from 1, contains a NUL.
    #[error("line {0} has a NUL in it: it is no text file")]
    Nul(usize),
    /// This line, counted from 1, is not UTF-8.
    #[error("line {0} is not UTF-8: save the file as UTF-8")]
    NotUtf8(usize),
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file cannot be read.
    #[error("{file}: cannot be read: {problem}")]
    Io {
        /// The file.
        file: PathBuf,
        /// The error of the system.
        #[source]
        problem: io::Error,
    },
    /// The file is not a text.
    #[error("{file}: {problem}")]
    Text {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        #[source]
        problem: TextError,
    },
    /// The file has only empty lines and comments.
    #[error("{0}: has no entries")]
    Empty(PathBuf),
    /// A line has the wrong form.
    #[error("{file}: line {line}: {problem}")]
    Line {
        /// The file.
        file: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong, without any part of the line.
        problem: &'static str,
    },
}

impl From<FileError> for io::Error {
    fn from(error: FileError) -> Self {
        let kind = match &error {
            FileError::Io { problem, .. } => problem.kind(),
            _ => io::ErrorKind::InvalidData,
        };
        Self::new(kind, error)
    }
}

/// Returns the text of these bytes, without a byte order mark.
///
/// # Errors
/// - [`TextError::Utf16`] if they begin as UTF-16,
/// - [`TextError::Nul`] if they contain a NUL,
/// - [`TextError::NotUtf8`] if they are not UTF-8.
pub fn text(bytes: &[u8]) -> Result<&str, TextError> {
    let is_utf16 = match bytes {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => true,
        // In UTF-16, one of the two bytes of an ASCII character is 0: that in the same place of
        // the first characters.
        [_, _, ..] if bytes.len().is_multiple_of(2) => {
            let zeros = |place| bytes.iter().take(4).skip(place).step_by(2).all(|byte| *byte == 0);
            zeros(0) != zeros(1)
        }
        _ => false,
    };
    if is_utf16 {
        return Err(TextError::Utf16);
    }
    let bytes = bytes.strip_prefix(MARK).unwrap_or(bytes);
    let line_of = |at: usize| 1 + bytes.iter().take(at).filter(|byte| **byte == b'\n').count();
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(TextError::Nul(line_of(at)));
    }
    std::str::from_utf8(bytes).map_err(|error| TextError::NotUtf8(line_of(error.valid_up_to())))
}

/// Returns the trimmed lines of a text with their numbers, counted from 1, without those that
/// are empty or begin with `#`.
pub fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// Reads a text file. The text is wiped from memory when it is dropped.
///
/// # Errors
/// - [`FileError::Io`] if the file cannot be read,
/// - [`FileError::Text`] if it is not a text.
pub fn read(file: &Path) -> Result<Zeroizing<String>, FileError> {
    let bytes = std::fs::read(file).map(Zeroizing::new);
    let bytes = bytes.map_err(|problem| FileError::Io { file: file.to_owned(), problem })?;
    let text = text(&bytes);
    let text = text.map_err(|problem| FileError::Text { file: file.to_owned(), problem })?;
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        assert_eq!(text(b"\xEF\xBB\xBFkey\n"), Ok("key\n"));
        assert_eq!(text(b"key\n"), Ok("key\n"));
        assert_eq!(text(b""), Ok(""));
    }

    #[test]
    fn what_is_no_utf_8_text_is_named_with_its_line() {
        for (bytes, error) in [
            (&b"\xFF\xFEk\0e\0y\0"[..], TextError::Utf16),
            (b"\xFE\xFF\0k\0e\0y", TextError::Utf16),
            (b"k\0e\0y\0", TextError::Utf16),
            (b"\0k\0e\0y", TextError::Utf16),
            (b"k\0", TextError::Utf16),
            (b"a key\nanother\0one", TextError::Nul(2)),
            (b"\0key", TextError::Nul(1)),
            (b"k\0ey", TextError::Nul(1)),
            (b"\0", TextError::Nul(1)),
            (b"a\nb\nGr\xFC\xDFe\n", TextError::NotUtf8(3)),
        ] {
            assert_eq!(text(bytes), Err(error), "{bytes:x?}");
        }
    }

    #[test]
    fn lines_have_the_numbers_that_an_editor_shows() {
        let text = "# keys\r\n\r\n one \r\ntwo\n";
        assert_eq!(lines(text).collect::<Vec<_>>(), [(3, "one"), (4, "two")]);
    }
}
