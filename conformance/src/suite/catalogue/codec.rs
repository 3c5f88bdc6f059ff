//! The vectors as cases of a decoder and an encoder. Their ids are those of the vectors.

use std::sync::Arc;

use super::cite;
use crate::data;
use crate::suite::case::Work;
use crate::suite::{Case, Level, Tested};
use crate::vectors::{Expected, SequenceExpected, VectorFile};

pub(super) fn cases() -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    for (name, text) in data::VECTORS {
        let file = VectorFile::from_json((*name).to_owned(), text.as_bytes())?;
        for vector in file.vectors {
            let (what, level, section) = match &vector.expected {
                Expected::Valid(_) => {
                    ("decodes, and encodes to the same bytes".to_owned(), Level::Must, "3")
                }
                Expected::Acceptable(_) => {
                    ("decodes; has another encoding".to_owned(), Level::Must, "3")
                }
                Expected::Invalid { kind, at } => {
                    (format!("is refused: {kind} at {at}"), Level::of_decode_error(kind), "6")
                }
            };
            let id = vector.id.clone();
            let about = about(&vector.comment, what);
            cases.push(case(id, about, level, section, Work::Vector(Arc::new(vector))));
        }
        for sequence in file.sequences {
            let (what, level) = match &sequence.expected {
                SequenceExpected::Valid(_) => {
                    ("chunks that make a message".to_owned(), Level::Must)
                }
                SequenceExpected::Invalid(kind) => {
                    (format!("is refused: {kind} of chunks"), Level::of_decode_error(kind))
                }
            };
            let id = sequence.id.clone();
            let about = about(&sequence.comment, what);
            cases.push(case(id, about, level, "5", Work::Sequence(Arc::new(sequence))));
        }
    }
    Ok(cases)
}

/// Returns one sentence about a case, after the comment of its vector if there is one.
fn about(comment: &str, what: String) -> String {
    if comment.is_empty() { what } else { format!("{comment}: {what}") }
}

fn case(id: String, about: String, level: Level, section: &str, work: Work) -> Case {
    Case {
        id,
        tested: Tested::Codec,
        level,
        about,
        cites: vec![cite(section, "")],
        features: Vec::new(),
        needs_control: false,
        duration_ms: 0,
        work,
    }
}
