//! A file with all output.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The file; `None` without one, or after a write error.
pub(super) struct LogFile(Option<(PathBuf, File)>);

impl LogFile {
    /// Opens a file for appending; creates it if it does not exist.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self(None)) };
        match File::options().create(true).append(true).open(path) {
            Ok(file) => Ok(Self(Some((path.to_owned(), file)))),
            Err(error) => {
                let path = path.display();
                Err(Failure::Usage(format!("--log-file: {path}: cannot write: {error}")))
            }
        }
    }

    /// Appends lines, each with its end.
    pub(super) fn tell(&mut self, lines: &str) {
        let Some((path, file)) = &mut self.0 else { return };
        if let Err(error) = file.write_all(lines.as_bytes()) {
            tracing::warn!(file = %path.display(), %error, "--log-file: cannot write; the log file ends here");
            self.0 = None;
        }
    }
}
