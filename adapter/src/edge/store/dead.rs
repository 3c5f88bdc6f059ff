//! The file of dead letters: requests that the platform refused permanently, one line of
//! JSON for each.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::json;

use crate::message::Request;
use crate::value::Value;
use crate::value::json::{ShapeKey, encode_table};

/// The name of the file.
const FILE: &str = "dead-letters.jsonl";

/// Appends to the file of dead letters, and rotates it.
pub(super) struct DeadLetters {
    path: PathBuf,
    /// The size, in bytes, from which on the file is rotated.
    max_bytes: u64,
}

impl DeadLetters {
    pub(super) fn new(directory: &Path, max_bytes: u64) -> Self {
        Self { path: directory.join(FILE), max_bytes }
    }

    /// Appends a request, the time at which it was stored, and the reason of the refusal.
    /// Blocks until the line is on disk.
    ///
    /// If the file already has the maximum size, it is renamed to `dead-letters.jsonl.1`
    /// first, which replaces an older one.
    ///
    /// # Errors
    /// Returns the error of the file system if the file cannot be renamed or written.
    pub(super) fn write(&self, request: &Request, at: SystemTime, reason: &str) -> io::Result<()> {
        let params = request.params.as_ref().map(|of| encode_table(of, ShapeKey::DataShape));
        let line = json!({
            "time": Value::from(at).to_string(),
            "thing": request.entity,
            "request": request.to_string(),
            "reason": reason,
            "params": params,
        });
        if std::fs::metadata(&self.path).is_ok_and(|data| data.len() >= self.max_bytes) {
            let mut before = self.path.as_os_str().to_owned();
            before.push(".1");
            std::fs::rename(&self.path, before)?;
        }
        let mut options = std::fs::OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let mut file = options.open(&self.path)?;
        file.write_all(format!("{line}\n").as_bytes())?;
        file.sync_all()
    }
}
