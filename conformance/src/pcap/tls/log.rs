//! Key logs, in the format of `SSLKEYLOGFILE`.

use std::collections::HashMap;
use std::fmt;

use crate::hex;

/// The secrets of TLS connections. `Debug` shows none of them.
#[derive(Clone, Default)]
pub struct KeyLog(HashMap<(String, Vec<u8>), Vec<u8>>);

impl KeyLog {
    /// Reads a key log. Lines that are not understood are left out: there are labels for other
    /// purposes.
    pub fn parse(text: &str) -> Self {
        let lines = text.lines().filter_map(|line| {
            let mut words = line.split_ascii_whitespace();
            let label = words.next().filter(|label| !label.starts_with('#'))?;
            let random = hex::decode(words.next()?.as_bytes()).ok()?;
            let secret = hex::decode(words.next()?.as_bytes()).ok()?;
            Some(((label.to_owned(), random), secret))
        });
        Self(lines.collect())
    }

    /// Returns whether it has no secrets.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn secret(&self, label: &str, client_random: &[u8; 32]) -> Option<&[u8]> {
        self.0.get(&(label.to_owned(), client_random.to_vec())).map(Vec::as_slice)
    }
}

impl fmt::Debug for KeyLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyLog({} secrets)", self.0.len())
    }
}
