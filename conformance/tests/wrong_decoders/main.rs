//! The vectors distinguish right decoders from wrong ones: a second, simple decoder and joiner
//! pass all of them, and fail those in `list` if they break one rule of the protocol.

mod decoder;
mod fault;
mod joiner;
mod list;
mod names;
mod reader;
mod values;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use alwayson_conformance::vectors::{self, Expected, SequenceExpected};
use serde_json::Value as Json;

use decoder::{Body, decode};
use fault::Fault;
use joiner::Joiner;
use names::{BASE_TYPES, CHARACTERISTICS, CODES, ENTITY_TYPES, Names};

/// A vector or a sequence.
struct Case {
    id: String,
    input: Input,
    expected: Result<Json, String>,
}

enum Input {
    Message(Vec<u8>),
    Chunks(Vec<Vec<u8>>),
}

impl Input {
    fn len(&self) -> usize {
        match self {
            Self::Message(bytes) => bytes.len(),
            Self::Chunks(chunks) => chunks.iter().map(Vec::len).sum(),
        }
    }

    fn contains(&self, byte: u8) -> bool {
        match self {
            Self::Message(bytes) => bytes.contains(&byte),
            Self::Chunks(chunks) => chunks.iter().any(|bytes| bytes.contains(&byte)),
        }
    }
}

impl Case {
    /// Whether the decoder that breaks this rule, or none, passes.
    fn passes(&self, fault: Option<Fault>) -> bool {
        let actual = match &self.input {
            Input::Message(bytes) => decode(bytes, fault)
                .map(|message| message.to_json())
                .map_err(|error| format!("{} at {}", error.kind, error.at)),
            Input::Chunks(chunks) => join(chunks, fault).map_err(str::to_owned),
        };
        match (&actual, &self.expected) {
            (Ok(actual), Ok(expected)) => same(actual, expected),
            (Err(actual), Err(expected)) => actual == expected,
            _ => false,
        }
    }
}

/// Returns the message that the last chunk completes.
fn join(chunks: &[Vec<u8>], fault: Option<Fault>) -> Result<Json, &'static str> {
    let mut joiner = Joiner::new(fault);
    for (index, bytes) in chunks.iter().enumerate() {
        let message = decode(bytes, fault).map_err(|error| error.kind)?;
        let Body::Chunk(chunk) = message.body else { return Err("not a chunk") };
        if let Some(whole) = joiner.push(message.header, &chunk)? {
            let whole = decode(&whole, fault).map_err(|error| error.kind)?;
            let is_last = index == chunks.len() - 1;
            return if is_last { Ok(whole.to_json()) } else { Err("complete too early") };
        }
    }
    Err("not complete")
}

/// Returns whether two JSON values are equal; -0.0 and 0.0 differ.
fn same(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Json::Object(one), Json::Object(other)) => {
            let there = |(key, one): (&String, _)| other.get(key).is_some_and(|o| same(one, o));
            one.len() == other.len() && one.iter().all(there)
        }
        (Json::Number(one), Json::Number(other)) => one.to_string() == other.to_string(),
        _ => one == other,
    }
}

/// All vectors and sequences, short ones first.
static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let mut cases = Vec::new();
    for file in vectors::read(&[vectors::own_folder()]).unwrap() {
        for vector in file.vectors {
            let expected = match vector.expected {
                Expected::Valid(message) | Expected::Acceptable(message) => {
                    Ok(serde_json::to_value(message).unwrap())
                }
                Expected::Invalid { kind, at } => Err(format!("{kind} at {at}")),
            };
            cases.push(Case { id: vector.id, input: Input::Message(vector.bytes), expected });
        }
        for sequence in file.sequences {
            let expected = match sequence.expected {
                SequenceExpected::Valid(message) => Ok(serde_json::to_value(message).unwrap()),
                SequenceExpected::Invalid(kind) => Err(kind),
            };
            cases.push(Case { id: sequence.id, input: Input::Chunks(sequence.chunks), expected });
        }
    }
    cases.sort_by_key(|case| case.input.len());
    cases
});

/// The ids of the vectors that the decoder fails.
fn failures(fault: Option<Fault>) -> Vec<&'static str> {
    let failed = CASES.iter().filter(|case| !case.passes(fault));
    failed.map(|case| case.id.as_str()).collect()
}

#[test]
fn a_decoder_that_breaks_no_rule_passes_all_vectors() {
    assert_eq!(failures(None), [""; 0]);
}

#[test]
fn each_wrong_decoder_fails_the_vectors_that_are_listed_with_it() {
    for (fault, does, ids) in list::all() {
        assert!(!ids.is_empty(), "{fault:?}: {does}: no vector shows it");
        for id in *ids {
            let case = CASES.iter().find(|case| case.id == *id);
            let case = case.unwrap_or_else(|| panic!("{fault:?}: there is no vector {id}"));
            let fails = !case.passes(Some(*fault));
            let all = || failures(Some(*fault));
            assert!(fails, "{fault:?}: {does}: passes {id}, and fails {:?}", all());
        }
    }
}

#[test]
fn no_way_to_be_wrong_is_listed_twice() {
    let faults: Vec<String> = list::all().map(|(fault, ..)| format!("{fault:?}")).collect();
    let texts: BTreeSet<&str> = list::all().map(|(_, does, _)| *does).collect();
    assert_eq!(faults.iter().collect::<BTreeSet<_>>().len(), faults.len());
    assert_eq!(texts.len(), faults.len());
}

/// Asserts that for each of these numbers some vector fails: one that has it among its bytes.
fn each_fails(names: Names, fault: fn(u8) -> Fault) {
    let fails = |number: u8| {
        let mut with_it = CASES.iter().filter(|case| case.input.contains(number));
        with_it.any(|case| !case.passes(Some(fault(number))))
    };
    let not_shown: Vec<_> = names.iter().filter(|(number, _)| !fails(*number)).collect();
    assert!(not_shown.is_empty(), "{not_shown:?}");
}

#[test]
fn a_decoder_that_lacks_one_name_fails_a_vector() {
    each_fails(CODES, Fault::CodeUnknown);
    each_fails(ENTITY_TYPES, Fault::EntityTypeUnknown);
    each_fails(CHARACTERISTICS, Fault::CharacteristicUnknown);
    each_fails(BASE_TYPES, Fault::BaseTypeUnknown);
}

#[test]
fn a_decoder_that_takes_a_byte_more_or_less_of_a_value_of_any_type_fails_a_vector() {
    each_fails(BASE_TYPES, Fault::ByteMore);
    each_fails(BASE_TYPES, Fault::ByteLess);
}
