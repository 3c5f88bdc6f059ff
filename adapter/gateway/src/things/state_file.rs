//! The file of registrations that survive a restart.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alwayson::serde_json::{self, Value as Json, json};

use crate::answer::no_json;
use crate::registration::{Origin, Registration};

/// The version of the format of the file.
const VERSION: u64 = 1;

/// Why the state file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The file cannot be read, or is not text.
    #[error(transparent)]
    File(#[from] alwayson::text_file::FileError),
    /// The file is not a state file, or has another version.
    #[error("{file}: {problem}")]
    Content {
        /// The file.
        file: String,
        /// What is wrong.
        problem: String,
    },
    /// The file cannot be written.
    #[error("{file}: cannot be written: {problem}")]
    Write {
        /// The file.
        file: String,
        /// What is wrong.
        problem: io::Error,
    },
}

/// The file of registrations that survive a restart. It contains passwords, so other users
/// cannot read it (on Unix).
pub(crate) struct StateFile {
    path: PathBuf,
    /// The text that was written last. The lock is held during a write.
    written: tokio::sync::Mutex<Option<String>>,
}

impl StateFile {
    /// Opens a file, which need not exist yet. Returns it with its registrations.
    ///
    /// # Errors
    /// - [`StateError::File`] if the file cannot be read
    /// - [`StateError::Content`] if it is not a state file
    pub(crate) fn open(path: &Path) -> Result<(Self, Vec<Registration>), StateError> {
        let file =
            |written| Self { path: path.to_owned(), written: tokio::sync::Mutex::new(written) };
        if !path.exists() {
            return Ok((file(None), Vec::new()));
        }
        let text = alwayson::text_file::read(path)?;
        let registrations = read(&text)
            .map_err(|problem| StateError::Content { file: path.display().to_string(), problem })?;
        Ok((file(Some(text.to_string())), registrations))
    }

    /// Writes these registrations, if they differ from those in the file. Replaces the file
    /// atomically: writes a second file, `NAME.new`, and renames it.
    ///
    /// # Errors
    /// Returns [`StateError::Write`] if the file cannot be written.
    ///
    /// # Cancel safety
    /// If the future is dropped, the file may or may not be replaced. It is never incomplete.
    pub(crate) async fn write(&self, kept: &[Arc<Registration>]) -> Result<(), StateError> {
        let mut written = self.written.lock().await;
        let things: Vec<Json> = kept.iter().map(|kept| kept.to_parameters()).collect();
        let text = format!("{:#}\n", json!({ "version": VERSION, "things": things }));
        if written.as_ref() == Some(&text) || (written.is_none() && kept.is_empty()) {
            return Ok(());
        }
        let path = self.path.clone();
        let content = text.clone();
        let done = tokio::task::spawn_blocking(move || replace(&path, &content)).await;
        let done = done.unwrap_or_else(|error| Err(io::Error::other(error)));
        let file = || self.path.display().to_string();
        done.map_err(|problem| StateError::Write { file: file(), problem })?;
        *written = Some(text);
        Ok(())
    }
}

/// Replaces a file atomically. Other users cannot read it.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    use std::io::Write as _;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}

/// Reads the registrations in the text of a file.
///
/// # Errors
/// Returns what is wrong with the text.
fn read(text: &str) -> Result<Vec<Registration>, String> {
    let json: Json = serde_json::from_str(text).map_err(|error| no_json(&error))?;
    match json["version"].as_u64() {
        Some(VERSION) => {}
        Some(other) => {
            return Err(format!("it has version {other}, but only {VERSION} is supported"));
        }
        None => return Err("it is not a state file of a gateway".to_owned()),
    }
    let things = json["things"].as_array().ok_or("it has no list of things")?;
    let mut all = Vec::with_capacity(things.len());
    for (index, thing) in things.iter().enumerate() {
        let params = thing.as_object().ok_or_else(|| format!("things[{index}]: not an object"))?;
        let registration = Registration::from_parameters(params)
            .map_err(|error| format!("things[{index}]: {}", error.reason))?;
        all.push(Registration { origin: Origin::State, ..registration });
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registration(json: &Json) -> Arc<Registration> {
        Arc::new(Registration::from_parameters(json.as_object().unwrap()).unwrap())
    }

    #[tokio::test]
    async fn what_is_written_is_read_again_and_nobody_else_may_read_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state.json");
        let (file, none) = StateFile::open(&path).unwrap();
        assert!(none.is_empty());
        file.write(&[]).await.unwrap();
        assert!(!path.exists());
        let thing = json!({ "name": "Pump", "port": 9001, "user": "u", "password": "p" });
        file.write(&[registration(&thing)]).await.unwrap();
        let (_, read) = StateFile::open(&path).unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].to_parameters(), registration(&thing).to_parameters());
        assert_eq!(read[0].origin, Origin::State);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        file.write(&[]).await.unwrap();
        assert!(StateFile::open(&path).unwrap().1.is_empty());
    }

    #[test]
    fn a_file_that_is_none_is_named_with_what_is_wrong() {
        for (text, problem) in [
            ("{", "line 1, column 1: EOF while parsing an object"),
            ("{}", "it is not a state file of a gateway"),
            (r#"{"version": 2}"#, "it has version 2, but only 1 is supported"),
            (r#"{"version": 1}"#, "it has no list of things"),
            (r#"{"version": 1, "things": [7]}"#, "things[0]: not an object"),
            (r#"{"version": 1, "things": [{}]}"#, "things[0]: name: missing"),
        ] {
            assert_eq!(read(text).unwrap_err(), problem, "{text}");
        }
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_written_is_an_error_and_the_next_write_tries_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("gone").join("state.json");
        let (file, _) = StateFile::open(&path).unwrap();
        let thing = [registration(&json!({ "name": "Pump" }))];
        assert!(matches!(file.write(&thing).await, Err(StateError::Write { .. })));
        std::fs::create_dir(path.parent().unwrap()).unwrap();
        file.write(&thing).await.unwrap();
        assert_eq!(StateFile::open(&path).unwrap().1.len(), 1);
    }
}
