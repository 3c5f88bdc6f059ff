//! Running vectors against the codec.

use alwayson_codec::limits::{DEFAULT_CHUNK_SIZE, DEFAULT_MESSAGE_LIMIT};
use alwayson_codec::multipart::memory_for;
use alwayson_codec::{Body, DecodeError, JoinError, Joined, Joiner, Message, owned};

use super::file::{Expected, Sequence, SequenceExpected, Vector, VectorFile};
use crate::diff::{self, Difference};
use crate::json;
use crate::laws::{self, Effort};

/// A failed vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The id of the vector.
    pub id: String,
    /// The difference.
    pub difference: Difference,
}

type Checked = Result<(), Difference>;

/// Runs all vectors of a file; returns those that fail.
pub fn run(file: &VectorFile) -> Vec<Failure> {
    let vectors = file.vectors.iter().map(|v| (&v.id, vector(v)));
    let sequences = file.sequences.iter().map(|s| (&s.id, sequence(s)));
    vectors
        .chain(sequences)
        .filter_map(|(id, checked)| {
            checked.err().map(|difference| Failure { id: id.clone(), difference })
        })
        .collect()
}

fn vector(vector: &Vector) -> Checked {
    match &vector.expected {
        Expected::Valid(message) => {
            let canonical = accepted(&vector.bytes, message)?;
            none(diff::bytes("the encoded message", &vector.bytes, &canonical))?;
        }
        Expected::Acceptable(message) => {
            let canonical = accepted(&vector.bytes, message)?;
            if canonical == vector.bytes {
                let what = "the canonical form of an acceptable vector is the vector itself";
                return Err(Difference::new(what, "another", "the same"));
            }
        }
        Expected::Invalid { kind, at } => {
            let expected = format!("{kind} at {at}");
            let actual = decoded(&vector.bytes);
            if actual.as_ref().err() != Some(&expected) {
                return Err(Difference::new("decoding", expected, shown(actual)));
            }
        }
    }
    laws::with_effort(&vector.bytes, Effort::THOROUGH)
        .map_err(|text| Difference::new("the laws", "kept", text))
}

/// Checks that bytes decode to a message, and that the view and the JSON encode to the same
/// bytes. Returns the encoding.
fn accepted(bytes: &[u8], expected: &owned::Message) -> Result<Vec<u8>, Difference> {
    let (view, _) = Message::decode(bytes).map_err(|error| {
        Difference::new("decoding", json::of_message(expected), kind_and_place(error))
    })?;
    none(diff::messages("the decoded message", expected, &view.into()))?;
    let refused = |what: &str, error: &dyn std::fmt::Display| {
        Difference::new(what, "bytes", error.to_string())
    };
    let from_json =
        expected.encode_to_vec().map_err(|error| refused("encoding the JSON message", &error))?;
    let mut again = vec![0; from_json.len()];
    let len = view.encode(&mut again).map_err(|error| refused("encoding the view", &error))?;
    again.truncate(len);
    none(diff::bytes("the view, encoded,", &from_json, &again))?;
    let promised = view.encoded_len().map_err(|error| refused("encoded_len", &error))?;
    if promised != from_json.len() {
        let expected = from_json.len().to_string();
        let actual = promised.to_string();
        return Err(Difference::new("encoded_len", expected, actual));
    }
    Ok(from_json)
}

/// Returns the result of decoding: a message, or the kind and offset of the error.
fn decoded(bytes: &[u8]) -> Result<owned::Message, String> {
    match Message::decode(bytes) {
        Ok((message, _)) => Ok(message.into()),
        Err(error) => Err(kind_and_place(error)),
    }
}

fn kind_and_place(error: DecodeError) -> String {
    format!("{} at {}", error.kind().name(), error.offset())
}

fn shown(decoded: Result<owned::Message, String>) -> String {
    decoded.map_or_else(|error| error, |message| json::of_message(&message))
}

fn none(difference: Option<Difference>) -> Checked {
    difference.map_or(Ok(()), Err)
}

/// The result of joining a sequence of chunks.
enum Outcome {
    /// The chunk with this index completed a message.
    Complete(usize, Vec<u8>),
    /// A chunk, or the joined message, failed with this kind.
    Failed(String),
    /// No message was completed.
    Incomplete,
}

fn sequence(sequence: &Sequence) -> Checked {
    let outcome = join(&sequence.chunks);
    let what = "the chunks";
    match (&sequence.expected, outcome) {
        (SequenceExpected::Valid(message), Outcome::Complete(index, whole)) => {
            let last = sequence.chunks.len() - 1;
            if index != last {
                let expected = format!("complete with {last}");
                let actual = format!("with {index}");
                return Err(Difference::new(what, expected, actual));
            }
            let canonical = accepted(&whole, message)?;
            none(diff::bytes("the joined message", &canonical, &whole))?;
            laws::with_effort(&whole, Effort::QUICK)
                .map_err(|text| Difference::new("the laws", "kept", text))?;
        }
        (SequenceExpected::Invalid(expected), Outcome::Failed(kind)) if *expected == kind => {}
        (SequenceExpected::Valid(_), Outcome::Failed(kind)) => {
            return Err(Difference::new(what, "a message", kind));
        }
        (SequenceExpected::Invalid(expected), Outcome::Failed(kind)) => {
            return Err(Difference::new(what, expected, kind));
        }
        (SequenceExpected::Invalid(expected), Outcome::Complete(_, whole)) => {
            return Err(Difference::new(what, expected, shown(decoded(&whole))));
        }
        (SequenceExpected::Valid(_), Outcome::Incomplete) => {
            return Err(Difference::new(what, "a message", "not complete"));
        }
        (SequenceExpected::Invalid(expected), Outcome::Incomplete) => {
            return Err(Difference::new(what, expected, "no error"));
        }
    }
    laws::joiner(&laws::records(&sequence.chunks))
        .map_err(|text| Difference::new("the law \"joiner\"", "kept", text))
}

/// Joins chunks. The joined message is decoded here, because its errors are errors of the
/// sequence.
fn join(chunks: &[Vec<u8>]) -> Outcome {
    let mut joiner = Joiner::<Vec<u8>, 4>::new(std::array::from_fn(|_| vec![0; memory()]));
    let kind = |error: DecodeError| error.kind().name().to_owned();
    for (index, bytes) in chunks.iter().enumerate() {
        let message = match Message::decode_exact(bytes) {
            Ok(message) => message,
            Err(error) => return Outcome::Failed(kind(error)),
        };
        let Body::Chunk(chunk) = &message.body else {
            return Outcome::Failed("not a chunk".to_owned());
        };
        match joiner.push(message.ids, chunk, 0) {
            Ok(Joined::Incomplete) => {}
            Ok(Joined::Complete(whole)) => {
                return match Message::decode_exact(whole) {
                    Ok(_) => Outcome::Complete(index, whole.to_vec()),
                    Err(error) => Outcome::Failed(kind(error)),
                };
            }
            Err(JoinError::ChunkMismatch) => return Outcome::Failed("ChunkMismatch".to_owned()),
            Err(error) => return Outcome::Failed(format!("{error:?}")),
        }
    }
    Outcome::Incomplete
}

/// The longest supported name of an entity.
const LONGEST_NAME: usize = 1024;

/// Returns the memory for any message within the limits.
pub(crate) fn memory() -> usize {
    memory_for(DEFAULT_MESSAGE_LIMIT, DEFAULT_CHUNK_SIZE, LONGEST_NAME)
}
