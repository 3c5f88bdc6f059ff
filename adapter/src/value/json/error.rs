//! What is wrong with JSON, and where.

use std::fmt::{self, Write as _};

use alwayson_codec::BaseType;
use alwayson_codec::limits::MAX_NESTING;
use serde_json::Value as Json;

use super::rows::MAX_ABSENT_CELLS;

/// The longest name that a path repeats, in characters.
const MAX_NAME: usize = 64;

/// Why JSON is no value of the type that is expected. It holds nothing of the value
/// itself, which may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct JsonError {
    path: String,
    kind: JsonErrorKind,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonErrorKind {
    /// A value of this type is expected.
    Expected {
        /// The type.
        base_type: BaseType,
        /// What there is: `a string`.
        found: &'static str,
    },
    /// An object is expected: a shape, a definition of a field, a row.
    NotAnObject {
        /// What there is.
        found: &'static str,
    },
    /// A list is expected: the rows of a table.
    NotAList {
        /// What there is.
        found: &'static str,
    },
    /// The name of a base type is expected.
    NotABaseType,
    /// More INFOTABLEs and VARIANTs enclose the value than may (section 4).
    TooDeep,
    /// The rows of tables leave out more cells before their last one than are made up
    /// for.
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

    /// The same error, of the object that has what was read as this member.
    pub(crate) fn in_member(self, name: &str) -> Self {
        let mut outer = Self::new(&[Segment::Name(name)], self.kind);
        outer.path.push_str(&self.path);
        outer
    }

    /// The place in the JSON, a JSON Pointer (RFC 6901): empty for the whole. Names of
    /// more than 64 characters are cut.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong.
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

/// A step of the way to a place in JSON.
#[derive(Clone, Copy, Debug)]
pub(super) enum Segment<'j> {
    Name(&'j str),
    Index(usize),
}

/// What kind of JSON there is.
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
