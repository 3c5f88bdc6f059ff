//! Reading JSON files, one by one or by the folder.

use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::json;

/// The `.json` files of a folder, in the order of their names.
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

/// The files that paths name: a file itself; of a folder its `.json` files in the
/// order of their names, without the one of the name `except`.
///
/// # Errors
/// The first folder that cannot be read or has no such file, in words.
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

/// Reads a JSON file that names its schema, which has to be this one.
///
/// # Errors
/// The file cannot be read, is not what is expected, or has another schema: which
/// file, and why, in words.
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

/// Reads JSON that names its schema, which has to be this one.
///
/// # Errors
/// It is not what is expected, or has another schema: why, in words.
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

/// The name of a file, without its folder.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
