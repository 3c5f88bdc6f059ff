//! The configuration of a gateway: a file `config.json`, as an EMS has it.
//!
//! ```
//! use alwayson_gateway::Config;
//!
//! let parsed = Config::parse(
//!     r#"{
//!         "ws_servers": [{ "host": "platform.example", "port": 443 }],
//!         "http_server": { "port": 8000 },
//!         "fips": { "enabled": false }
//!     }"#,
//! )
//! .unwrap();
//! assert_eq!(parsed.config.http.port, 8000);
//! assert_eq!(
//!     parsed.notes[0].to_string(),
//!     "line 4, column 9: fips: known, and not done: there is no FIPS mode"
//! );
//! let errors = Config::parse(r#"{ "http_server": { "port": "8000" } }"#).unwrap_err();
//! assert_eq!(
//!     errors[0].to_string(),
//!     "line 1, column 28: http_server.port: expected a whole number, found a string"
//! );
//! ```

// | file | what it holds |
// | --- | --- |
// | `model.rs` | what a configuration says, with the defaults |
// | `settings.rs` | the settings as data |
// | `read.rs` | from the text of a file |
// | `error.rs` | what is wrong with it, or to be said of it |
// | `show.rs` | the settings one by one |
// | `table.rs` | the README's table, written by a test |

mod error;
mod model;
mod read;
mod settings;
mod show;
#[cfg(test)]
mod table;
#[cfg(test)]
mod tests;

use std::path::Path;

pub use error::{ConfigError, Note, NoteKind, Place};
pub use model::{AutoBind, Certificates, Config, Connection, Http, Proxy, Server, Store};
pub use read::{FileError, Parsed};
pub use show::Shown;

impl Config {
    /// Reads a configuration from its text.
    ///
    /// # Errors
    /// All that is wrong with it, each with its place; nothing of it is used then.
    pub fn parse(text: &str) -> Result<Parsed, Vec<ConfigError>> {
        read::read(text.strip_prefix('\u{feff}').unwrap_or(text))
    }

    /// Reads a file, which may begin with a byte order mark. It is never written.
    ///
    /// # Errors
    /// [`FileError::File`] if it cannot be read, or is not UTF-8; [`FileError::TooLong`];
    /// [`FileError::Config`] with all that is wrong in it.
    pub fn read(file: &Path) -> Result<Parsed, FileError> {
        read::read_file(file)
    }

    /// The settings one by one, in the order of the README, secrets masked.
    pub fn settings(&self) -> Vec<Shown> {
        show::settings(self)
    }
}
