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
            let (about, level, section) = match &vector.expected {
                Expected::Valid(_) => ("decodes, and encodes to the same bytes", Level::Must, "3"),
                Expected::Acceptable(_) => ("decodes; has another encoding", Level::Must, "3"),
                Expected::Invalid { kind, .. } => ("is refused", Level::of_decode_error(kind), "6"),
            };
            let about = match &vector.comment {
                comment if comment.is_empty() => about.to_owned(),
                comment => format!("{comment}: {about}"),
            };
            let id = vector.id.clone();
            cases.push(case(id, about, level, section, Work::Vector(Arc::new(vector))));
        }
        for sequence in file.sequences {
            let (about, level) = match &sequence.expected {
                SequenceExpected::Valid(_) => ("chunks that make a message", Level::Must),
                SequenceExpected::Invalid(kind) => {
                    ("chunks that are refused", Level::of_decode_error(kind))
                }
            };
            let about = match &sequence.comment {
                comment if comment.is_empty() => about.to_owned(),
                comment => format!("{comment}: {about}"),
            };
            let id = sequence.id.clone();
            cases.push(case(id, about, level, "5", Work::Sequence(Arc::new(sequence))));
        }
    }
    Ok(cases)
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
