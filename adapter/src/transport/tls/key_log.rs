//! Key logs: the secrets of TLS connections, by which a capture can be decrypted.

use std::fmt::{self, Write as _};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// A file to which the secrets of TLS connections are written, in the format that Wireshark
/// reads (`SSLKEYLOGFILE`).
///
/// Whoever has this file can decrypt what was recorded of these connections, keys and passwords
/// included. It is only written if it is given: the environment variable `SSLKEYLOGFILE` alone does
/// nothing. Clones write to the same file.
///
/// ```no_run
/// use alwayson::transport::{ClientTls, KeyLog};
///
/// let tls = ClientTls::new().key_log(KeyLog::append_to("keys.log")?);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct KeyLog(Arc<Mutex<File>>);

impl KeyLog {
    /// Opens a file for appending, and creates it if it does not exist: on Unix so that only its
    /// owner can read it.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn append_to(file: impl AsRef<Path>) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self(Arc::new(Mutex::new(options.open(file)?))))
    }

    pub(super) fn for_library(&self) -> Arc<dyn rustls::KeyLog> {
        Arc::new(self.clone())
    }
}

impl fmt::Debug for KeyLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyLog").finish_non_exhaustive()
    }
}

impl rustls::KeyLog for KeyLog {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let mut line = label.to_owned();
        for part in [client_random, secret] {
            line.push(' ');
            for byte in part {
                // Writing to a string cannot fail.
                let _ = write!(line, "{byte:02x}");
            }
        }
        line.push('\n');
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = file.write_all(line.as_bytes()) {
            tracing::warn!(%error, "the key log cannot be written");
        }
    }
}
