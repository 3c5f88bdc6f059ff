//! Reading of JSON files, single ones or all of a folder.

use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::json;

/// Returns the `.json` files of a folder, in the order of their names.
pub(crate) fn in_folder(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let unreadable = |error: io::Error| format!("{}: {error}", folder.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Returns the files that paths name. A folder stands for its `.json` files in the order of
/// their names, without the one named `except`.
///
/// # Errors
/// A folder cannot be read or has no `.json` file; the error names the first, in words.
pub(crate) fn listed(paths: &[PathBuf], except: Option<&str>) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let mut found = in_folder(path)?;
        found.retain(|path| except.is_none_or(|except| !path.ends_with(except)));
        if found.is_empty() {
            return Err(format!("{}: no .json file in this folder", path.display()));
        }
        files.append(&mut found);
    }
    Ok(files)
}

/// Reads a JSON file and checks its schema name.
///
/// # Errors
/// The file cannot be read, does not match the type, or has another schema; the error
/// names the file and says why, in words.
pub(crate) fn read<T: DeserializeOwned>(
    path: &Path,
    schema: &str,
    schema_of: impl Fn(&T) -> &str,
) -> Result<T, String> {
    let parsed = std::fs::read(path)
        .map_err(|error| error.to_string())
        .and_then(|text| parse(&text, schema, schema_of));
    parsed.map_err(|text| format!("{}: {text}", path.display()))
}

/// Parses JSON and checks its schema name.
///
/// # Errors
/// The JSON does not match the type, or has another schema; the error says why, in words.
pub(crate) fn parse<T: DeserializeOwned>(
    text: &[u8],
    schema: &str,
    schema_of: impl Fn(&T) -> &str,
) -> Result<T, String> {
    let parsed: T = json::read(text)?;
    let named = schema_of(&parsed);
    if named != schema {
        return Err(format!("the schema is \"{named}\", not \"{schema}\""));
    }
    Ok(parsed)
}

/// Returns the name of a file without its folder.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
