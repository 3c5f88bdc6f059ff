//! Errors in a configuration, and notes on a valid one.

use std::fmt;

use alwayson::serde_json;

/// A place in a text: line and column, counted from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Place {
    /// Returns the place of a byte in a text.
    #[must_use]
    pub fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = 1 + before.matches('\n').count();
        let column = 1 + before.rsplit('\n').next().unwrap_or_default().chars().count();
        Self { line, column }
    }
}

impl Place {
    /// Returns the place of a byte in a line. Line and byte are counted from 1.
    fn in_bytes(text: &str, line: usize, column: usize) -> Self {
        let bytes = column.saturating_sub(1);
        let begin = text.split('\n').nth(line.saturating_sub(1)).unwrap_or_default();
        let before = begin.char_indices().take_while(|(at, _)| *at < bytes).count();
        Self { line: line.max(1), column: before + 1 }
    }

    /// Returns the rest of the line from this place on.
    fn rest(self, text: &str) -> &str {
        let line = text.split('\n').nth(self.line - 1).unwrap_or_default();
        let at = line.char_indices().nth(self.column - 1).map_or(line.len(), |(at, _)| at);
        line.get(at..).unwrap_or_default()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// An error in a configuration. Its `Display` contains nothing of a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {}{problem}{}", of_key(.key), of_hint(*.hint))]
#[non_exhaustive]
pub struct ConfigError {
    /// The place of the error.
    pub place: Place,
    /// The name of the setting, for example `http_server.port`; empty if the error is not in a
    /// setting.
    pub key: String,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub hint: Option<&'static str>,
}

fn of_key(key: &str) -> String {
    if key.is_empty() { String::new() } else { format!("{key}: ") }
}

fn of_hint(hint: Option<&'static str>) -> String {
    hint.map_or_else(String::new, |hint| format!(" ({hint})"))
}

/// The hint if the text contains a comment.
const COMMENT: &str = "remove the comment: a configuration is plain JSON";
/// The hint if there is a comma at the end of a list.
const COMMA: &str = "remove the comma before the closing bracket";

impl ConfigError {
    /// Returns the error if JSON cannot be read from a byte on.
    pub(super) fn unread(text: &str, at: usize) -> Self {
        let place = Place::of(text, at);
        let problem = "cannot be read from here on".to_owned();
        Self { place, key: String::new(), problem, hint: None }
    }

    /// Returns the error if a text is not JSON, with a hint if it has comments or a comma at the end
    /// of a list.
    #[must_use]
    pub fn syntax(text: &str, error: &serde_json::Error) -> Self {
        let place = Place::in_bytes(text, error.line(), error.column());
        let told = error.to_string();
        let what = told.split(" at line ").next().unwrap_or_default();
        let is_comment = place.rest(text).starts_with('/');
        let (problem, hint) = match what {
            _ if is_comment => ("JSON has no comments", Some(COMMENT)),
            "trailing comma" => ("JSON has no comma at the end of a list", Some(COMMA)),
            what => (what, None),
        };
        Self { place, key: String::new(), problem: problem.to_owned(), hint }
    }
}

/// The kind of a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoteKind {
    /// The setting is one of an EMS that the gateway does not support.
    Unsupported,
    /// There is no setting of this name.
    Unknown,
    /// The value is replaced by another one.
    Replaced,
    /// The setting makes the gateway less secure than its default.
    Weakens,
}

/// A note on a valid configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// The place of the setting.
    pub place: Place,
    /// The name of the setting.
    pub key: String,
    /// The kind of the note.
    pub kind: NoteKind,
    /// The text of the note.
    pub text: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, key, text, .. } = self;
        write!(f, "{place}: {key}: {text}")
    }
}
