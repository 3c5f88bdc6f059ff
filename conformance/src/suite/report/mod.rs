//! Reports for people and for programs.

mod html;
mod junit;
mod markdown;
mod text;

pub use html::html;
pub use junit::junit;
pub use markdown::markdown;
pub use text::text;

use std::path::Path;

use super::verdict::{Report, SCHEMA};
use crate::files;

/// The JSON Schema of a report.
pub const JSON_SCHEMA: &str = include_str!("schema.json");

/// Returns a report as JSON, of the schema [`JSON_SCHEMA`].
pub fn json(report: &Report) -> String {
    // Cannot fail: all keys are strings.
    let mut text = serde_json::to_string_pretty(report).unwrap_or_default();
    text.push('\n');
    text
}

/// Reads a report.
///
/// # Errors
/// The file cannot be read, or does not match the schema; the error says why, in words.
pub fn read(path: &Path) -> Result<Report, String> {
    files::read(path, SCHEMA, |report: &Report| &report.schema)
}
