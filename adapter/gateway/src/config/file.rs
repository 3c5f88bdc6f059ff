//! Reads the file of a configuration.

use std::path::Path;

use super::error::ConfigError;
use super::read::{Parsed, read};

/// Why a file cannot be used as a configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file cannot be read, or is not text.
    #[error(transparent)]
    File(#[from] alwayson::text_file::FileError),
    /// The file is longer than 4 MiB.
    #[error("{file}: it has {len} bytes, and {most} are the limit")]
    TooLong {
        /// The name of the file.
        file: String,
        /// The length of the file in bytes.
        len: u64,
        /// The limit in bytes.
        most: u64,
    },
    /// The content of the file is not a valid configuration.
    #[error("{}", in_file(.file, .errors))]
    Config {
        /// The name of the file.
        file: String,
        /// Everything that is wrong, in the order of the file.
        errors: Vec<ConfigError>,
    },
}

/// Returns one line for each error.
fn in_file(file: &str, errors: &[ConfigError]) -> String {
    errors.iter().map(|error| format!("{file}: {error}")).collect::<Vec<_>>().join("\n")
}

/// The maximum length of a file, in bytes. A file with 4,096 Things has about 600 KB.
const MAX_LEN: u64 = 4 << 20;

/// Reads a file.
///
/// # Errors
/// See [`FileError`].
pub(super) fn read_file(file: &Path) -> Result<Parsed, FileError> {
    let name = file.display().to_string();
    if let Some(len) = std::fs::metadata(file).ok().map(|data| data.len()).filter(|l| *l > MAX_LEN)
    {
        return Err(FileError::TooLong { file: name, len, most: MAX_LEN });
    }
    let text = alwayson::text_file::read(file)?;
    read(&text).map_err(|errors| FileError::Config { file: name, errors })
}
