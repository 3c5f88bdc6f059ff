//! A file of vectors.

use std::collections::BTreeSet;
use std::path::Path;

use alwayson_codec::owned::Message;
use serde::Deserialize;

use crate::{files, hex};

const SCHEMA: &str = "alwayson-vectors/1";

/// A file of vectors.
#[derive(Clone, Debug)]
pub struct VectorFile {
    /// The name of the file.
    pub name: String,
    /// The name of the group.
    pub group: String,
    /// Single messages.
    pub vectors: Vec<Vector>,
    /// Chunks in order of arrival.
    pub sequences: Vec<Sequence>,
}

impl VectorFile {
    /// Returns the number of vectors and sequences.
    pub fn total(&self) -> usize {
        self.vectors.len() + self.sequences.len()
    }
}

/// One message.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "RawVector")]
pub struct Vector {
    /// Its name, for reports.
    pub id: String,
    /// A comment.
    pub comment: String,
    /// The message.
    pub bytes: Vec<u8>,
    /// The expected result of decoding.
    pub expected: Expected,
    /// Flags for special cases.
    pub flags: Vec<String>,
    /// Whether an independent implementation confirms it.
    pub confirmed: bool,
}

/// The expected result of decoding a vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A message whose encoding is the vector.
    Valid(Message),
    /// A message whose encoding, the canonical form, differs.
    Acceptable(Message),
    /// An error.
    Invalid {
        /// Its kind.
        kind: String,
        /// Its offset.
        at: usize,
    },
}

/// A sequence of chunks.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "RawSequence")]
pub struct Sequence {
    /// Its name, for reports.
    pub id: String,
    /// A comment.
    pub comment: String,
    /// The chunks in order of arrival.
    pub chunks: Vec<Vec<u8>>,
    /// The expected result of joining.
    pub expected: SequenceExpected,
    /// Flags for special cases.
    pub flags: Vec<String>,
}

/// The expected result of joining chunks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SequenceExpected {
    /// This message, completed by the last chunk.
    Valid(Message),
    /// An error of this kind at one of the chunks.
    Invalid(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    schema: String,
    group: String,
    #[serde(default)]
    vectors: Vec<Vector>,
    #[serde(default)]
    sequences: Vec<Sequence>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Valid,
    Acceptable,
    Invalid,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawError {
    kind: String,
    at: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawVector {
    id: String,
    comment: String,
    #[serde(with = "hex::field")]
    hex: Vec<u8>,
    result: Verdict,
    message: Option<Message>,
    error: Option<RawError>,
    #[serde(default)]
    flags: Vec<String>,
    #[serde(default)]
    confirmed: bool,
}

/// One chunk of a sequence.
#[derive(Deserialize)]
struct RawChunk(#[serde(with = "hex::field")] Vec<u8>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSequence {
    id: String,
    comment: String,
    hex: Vec<RawChunk>,
    result: Verdict,
    message: Option<Message>,
    error: Option<RawError>,
    #[serde(default)]
    flags: Vec<String>,
}

impl TryFrom<RawVector> for Vector {
    type Error = String;

    fn try_from(raw: RawVector) -> Result<Self, String> {
        let RawVector { id, comment, hex, result, message, error, flags, confirmed } = raw;
        let expected = match (result, message, error) {
            (Verdict::Valid, Some(message), None) => Expected::Valid(message),
            (Verdict::Acceptable, Some(message), None) => Expected::Acceptable(message),
            (Verdict::Invalid, None, Some(RawError { kind, at: Some(at) })) => {
                Expected::Invalid { kind, at }
            }
            _ => {
                return Err(format!(
                    "vector {id}: valid and acceptable ones have a `message` and no `error`, \
                     invalid ones an `error` with `kind` and `at` and no `message`"
                ));
            }
        };
        Ok(Self { id, comment, bytes: hex, expected, flags, confirmed })
    }
}

impl TryFrom<RawSequence> for Sequence {
    type Error = String;

    fn try_from(raw: RawSequence) -> Result<Self, String> {
        let RawSequence { id, comment, hex, result, message, error, flags } = raw;
        let expected = match (result, message, error) {
            (Verdict::Valid, Some(message), None) => SequenceExpected::Valid(message),
            (Verdict::Invalid, None, Some(RawError { kind, at: None })) => {
                SequenceExpected::Invalid(kind)
            }
            _ => {
                return Err(format!(
                    "sequence {id}: valid ones have a `message` and no `error`, \
                     invalid ones an `error` with `kind` alone and no `message`"
                ));
            }
        };
        let chunks = hex.into_iter().map(|RawChunk(bytes)| bytes).collect();
        Ok(Self { id, comment, chunks, expected, flags })
    }
}

impl VectorFile {
    /// Reads a file.
    ///
    /// # Errors
    /// The file cannot be read, or does not match the schema; the error says why, in words.
    pub fn read(path: &Path) -> Result<Self, String> {
        let fault = |text: String| format!("{}: {text}", path.display());
        let json = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
        Self::from_json(files::name(path), &json).map_err(fault)
    }

    /// Reads a file's JSON.
    ///
    /// # Errors
    /// The JSON does not match the schema; the error says why, in words.
    pub fn from_json(name: String, json: &[u8]) -> Result<Self, String> {
        let raw = files::parse(json, SCHEMA, |raw: &RawFile| &raw.schema)?;
        let RawFile { group, vectors, sequences, .. } = raw;
        let mut seen = BTreeSet::new();
        let ids = vectors.iter().map(|v| &v.id).chain(sequences.iter().map(|s| &s.id));
        for id in ids {
            if !seen.insert(id.as_str()) {
                return Err(format!("two vectors have the id {id}"));
            }
        }
        Ok(Self { name, group, vectors, sequences })
    }
}
