//! What is wrong with a configuration, and what is to be said of one that is not.

use std::fmt;

use alwayson::serde_json;

/// A place in a text: line and column, counted from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Place {
    /// The place of a byte of a text.
    pub(super) fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = 1 + before.matches('\n').count();
        let column = 1 + before.rsplit('\n').next().unwrap_or_default().chars().count();
        Self { line, column }
    }
}

impl Place {
    /// The place of a byte of a line; both are counted from 1.
    fn in_bytes(text: &str, line: usize, column: usize) -> Self {
        let bytes = column.saturating_sub(1);
        let begin = text.split('\n').nth(line.saturating_sub(1)).unwrap_or_default();
        let before = begin.char_indices().take_while(|(at, _)| *at < bytes).count();
        Self { line: line.max(1), column: before + 1 }
    }

    /// What follows it in its line.
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

/// Why a configuration is not used. Its `Display` repeats nothing of a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {}{problem}{}", of_key(.key), of_hint(*.hint))]
pub struct ConfigError {
    /// Where it is.
    pub place: Place,
    /// The setting, as `http_server.port`; empty if none is at fault.
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

/// What the hint at a comment says.
const COMMENT: &str = "a configuration is plain JSON: take the comment out";
/// And at a comma too many.
const COMMA: &str = "take out the comma before the closing bracket";

impl ConfigError {
    /// The text is JSON, and cannot be read from here on.
    pub(super) fn unread(text: &str, at: usize) -> Self {
        let (place, problem) = (Place::of(text, at), "it cannot be read from here on".to_owned());
        Self { place, key: String::new(), problem, hint: None }
    }

    /// The text is no JSON.
    pub(super) fn syntax(text: &str, error: &serde_json::Error) -> Self {
        let place = Place::in_bytes(text, error.line(), error.column());
        let told = error.to_string();
        let what = told.split(" at line ").next().unwrap_or_default();
        let is_comment = place.rest(text).starts_with('/');
        let (problem, hint) = match what {
            _ if is_comment => ("a comment is no JSON", Some(COMMENT)),
            "trailing comma" => ("a comma at the end of a list is no JSON", Some(COMMA)),
            what => (what, None),
        };
        Self { place, key: String::new(), problem: problem.to_owned(), hint }
    }
}

/// What kind of note it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// The setting is known, and the gateway does not do what it asks for.
    NotDone,
    /// No setting of this name is known.
    Unknown,
    /// The value is taken for another one.
    Taken,
    /// The setting makes the gateway less safe than it is by default.
    Weakens,
}

/// What is to be said of a configuration that is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Where it is.
    pub place: Place,
    /// The setting.
    pub key: String,
    /// What kind of note it is.
    pub kind: NoteKind,
    /// What is to be said.
    pub text: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, key, text, .. } = self;
        write!(f, "{place}: {key}: {text}")
    }
}
