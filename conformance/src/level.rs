//! How binding a rule is for an implementation that is not of this project.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How binding a rule is for an implementation that is not of this project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// A decision of this project (letter D of PROTOCOL.md). A difference is reported, and
    /// never a failure of a foreign program.
    Ours,
    /// What one kind of peer was seen to do (letters W, P, J and E). A difference is a failure
    /// only with `--strict`.
    Should,
    /// What all peers rely on: published behaviour (letters A and H), layouts, and what
    /// PROTOCOL.md says without a letter.
    Must,
}

impl Level {
    /// Returns how binding the refusal of a decode error of this kind is. How deep values may
    /// nest, and what contradicts what, is a decision of this project.
    pub fn of_decode_error(kind: &str) -> Self {
        match kind {
            "NestingTooDeep" | "InvalidChunk" | "ChunkMismatch" => Self::Ours,
            _ => Self::Must,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ours => "OURS",
            Self::Should => "SHOULD",
            Self::Must => "MUST",
        })
    }
}
