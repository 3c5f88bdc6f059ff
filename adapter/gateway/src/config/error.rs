//! What is wrong with a configuration, and what is to be said of one that is not.

use std::fmt;

use jsonc_parser::errors::ParseErrorKind;

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
    /// The text is no JSON.
    pub(super) fn syntax(text: &str, error: &jsonc_parser::errors::ParseError) -> Self {
        let (problem, hint) = match error.kind() {
            ParseErrorKind::CommentsNotAllowed => ("a comment is no JSON", Some(COMMENT)),
            ParseErrorKind::TrailingCommasNotAllowed => {
                ("a comma at the end of a list is no JSON", Some(COMMA))
            }
            _ => ("", None),
        };
        let problem =
            if problem.is_empty() { lower(&error.kind().to_string()) } else { problem.to_owned() };
        let place = Place::of(text, error.range().start);
        Self { place, key: String::new(), problem, hint }
    }
}

/// The text with a small first letter: it follows a colon.
fn lower(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
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
