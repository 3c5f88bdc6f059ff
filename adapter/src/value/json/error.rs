//! The error of reading JSON.

use std::fmt::{self, Write as _};

use alwayson_codec::BaseType;
use alwayson_codec::limits::MAX_NESTING;
use serde_json::Value as Json;

use super::limits::MAX_ABSENT_CELLS;

/// The longest name in a path, in characters.
const MAX_NAME: usize = 64;

/// Why JSON is not a value of the expected type, and where. It contains no part of the value,
/// which may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct JsonError {
    path: String,
    kind: JsonErrorKind,
}

/// What is wrong with JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonErrorKind {
    /// A value of this type is expected.
    Expected {
        /// The expected type.
        base_type: BaseType,
        /// What was found instead, such as `a string`.
        found: &'static str,
    },
    /// An object is expected: a shape, the definition of a field, or a row.
    NotAnObject {
        /// What was found instead.
        found: &'static str,
    },
    /// A list is expected: the rows of a table.
    NotAList {
        /// What was found instead.
        found: &'static str,
    },
    /// The name of a base type is expected.
    NotABaseType,
    /// More INFOTABLEs and VARIANTs enclose the value than the limit of 16 (PROTOCOL.md §4).
    TooDeep,
    /// The rows of tables leave out more than 1,048,576 cells before their last cells.
    TooSparse,
}

impl JsonError {
    pub(super) fn new(path: &[Segment<'_>], kind: JsonErrorKind) -> Self {
        let mut text = String::new();
        for segment in path {
            text.push('/');
            match segment {
                Segment::Index(index) => {
                    // Writing to a string cannot fail.
                    let _ = write!(text, "{index}");
                }
                Segment::Name(name) => {
                    for char in name.chars().take(MAX_NAME) {
                        match char {
                            '~' => text.push_str("~0"),
                            '/' => text.push_str("~1"),
                            char => text.push(char),
                        }
                    }
                    if name.chars().nth(MAX_NAME).is_some() {
                        text.push('…');
                    }
                }
            }
        }
        Self { path: text, kind }
    }

    /// Returns the same error, with this member prepended to its path.
    pub(crate) fn in_member(self, name: &str) -> Self {
        let mut outer = Self::new(&[Segment::Name(name)], self.kind);
        outer.path.push_str(&self.path);
        outer
    }

    /// Returns the place of the error in the JSON, as a JSON Pointer (RFC 6901), which is empty for
    /// the whole JSON. Names longer than 64 characters are cut.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns what is wrong.
    pub const fn kind(&self) -> JsonErrorKind {
        self.kind
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "at {}: ", self.path)?;
        }
        match self.kind {
            JsonErrorKind::Expected { base_type, found } => {
                write!(f, "expected {base_type}, found {found}")
            }
            JsonErrorKind::NotAnObject { found } => write!(f, "expected an object, found {found}"),
            JsonErrorKind::NotAList { found } => write!(f, "expected a list, found {found}"),
            JsonErrorKind::NotABaseType => f.write_str("expected the name of a base type"),
            JsonErrorKind::TooDeep => {
                write!(f, "more than {MAX_NESTING} INFOTABLEs and VARIANTs enclose a value")
            }
            JsonErrorKind::TooSparse => {
                write!(f, "rows leave out more than {MAX_ABSENT_CELLS} cells")
            }
        }
    }
}

/// A segment of the path to a place in JSON.
#[derive(Clone, Copy, Debug)]
pub(super) enum Segment<'j> {
    Name(&'j str),
    Index(usize),
}

/// Returns the kind of JSON, as text for an error.
pub(super) const fn found(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}
