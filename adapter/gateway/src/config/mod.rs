//! The configuration of a gateway: a file `config.json`, in the format of an EMS.
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
//!     "line 4, column 9: fips: not supported: there is no FIPS mode"
//! );
//! let errors = Config::parse(r#"{ "http_server": { "port": "8000" } }"#).unwrap_err();
//! assert_eq!(
//!     errors[0].to_string(),
//!     "line 1, column 28: http_server.port: expected a whole number, found a string"
//! );
//! ```

// | file | contents |
// | --- | --- |
// | `model.rs` | the values of all settings, and their defaults |
// | `settings.rs` | the table of all settings |
// | `not_done.rs` | the settings of an EMS that are not supported |
// | `read.rs` | reads a configuration |
// | `file.rs` | reads a file |
// | `value.rs` | reads a single value |
// | `name.rs` | finds and shows names of settings |
// | `error.rs` | errors and notes, with their places |
// | `show.rs` | lists the settings with their values |
// | `table.rs` | the test that writes the table in the README |

mod error;
mod file;
mod model;
mod name;
mod not_done;
mod read;
mod settings;
mod show;
#[cfg(test)]
mod table;
#[cfg(test)]
mod tests;
mod value;

use std::path::Path;

pub use error::{ConfigError, Note, NoteKind, Place};
pub use file::FileError;
pub use model::{AutoBind, Certificates, Config, Connection, Http, Proxy, Server, Store};
pub use name::nearest;
pub use read::Parsed;
pub use show::Shown;

impl Config {
    /// Reads the text of a configuration.
    ///
    /// # Errors
    /// Returns everything that is wrong with the text, each with its place.
    pub fn parse(text: &str) -> Result<Parsed, Vec<ConfigError>> {
        read::read(text.strip_prefix('\u{feff}').unwrap_or(text))
    }

    /// Reads a file of at most 4 MiB. It may begin with a byte order mark.
    ///
    /// # Errors
    /// - [`FileError::File`] if the file cannot be read, or is not UTF-8
    /// - [`FileError::TooLong`] if it is longer than 4 MiB
    /// - [`FileError::Config`] if it is not a valid configuration, with everything that is wrong
    pub fn read(file: &Path) -> Result<Parsed, FileError> {
        file::read_file(file)
    }

    /// Returns all settings with their values, in the order of the README. Secrets are masked.
    #[must_use]
    pub fn settings(&self) -> Vec<Shown> {
        show::settings(self)
    }
}
