//! A file of all that is told.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The file, while it can be written.
pub(super) struct LogFile(Option<(PathBuf, File)>);

impl LogFile {
    /// Goes on with a file, which is made if there is none.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self(None)) };
        match File::options().create(true).append(true).open(path) {
            Ok(file) => Ok(Self(Some((path.to_owned(), file)))),
            Err(error) => {
                let path = path.display();
                Err(Failure::Usage(format!("--log-file: {path}: cannot be written: {error}")))
            }
        }
    }

    /// Adds lines.
    pub(super) fn tell(&mut self, text: &str) {
        let Some((path, file)) = &mut self.0 else { return };
        if let Err(error) = file.write_all(format!("{text}\n").as_bytes()) {
            tracing::warn!(file = %path.display(), %error, "--log-file: it ends here");
            self.0 = None;
        }
    }
}
