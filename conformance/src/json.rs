//! JSON of the files and lines of this crate: messages as the vectors have them
//! (`vectors/README.md`), which [`alwayson_codec::owned`] reads and writes.

use alwayson_codec::owned::Message;
use serde::Deserialize;

/// Returns a message as one line of JSON.
pub fn of_message(message: &Message) -> String {
    // Cannot fail: all keys are strings, and writing to memory succeeds.
    serde_json::to_string(message).unwrap_or_default()
}

/// Reads a message.
///
/// # Errors
/// The JSON is not a message; the error names the field, line and column, in words.
pub fn message(json: &[u8]) -> Result<Message, String> {
    read(json)
}

/// Reads JSON.
///
/// # Errors
/// The JSON does not match the type; the error names the field, line and column, in words.
pub(crate) fn read<'de, T: Deserialize<'de>>(json: &'de [u8]) -> Result<T, String> {
    let mut from = serde_json::Deserializer::from_slice(json);
    let value = serde_path_to_error::deserialize(&mut from).map_err(|error| {
        let path = error.path().to_string();
        match path.as_str() {
            "" | "." | "?" => error.into_inner().to_string(),
            _ => format!("{path}: {}", error.into_inner()),
        }
    })?;
    from.end().map_err(|error| error.to_string())?;
    Ok(value)
}
