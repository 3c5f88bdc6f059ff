//! What errors say to people, and that each says something else.

mod common;

use std::collections::HashSet;

use alwayson_codec::{Counted, DecodeErrorKind, EncodeError, JoinError, Message, SplitError};

const KINDS: [DecodeErrorKind; 10] = [
    DecodeErrorKind::UnexpectedEnd,
    DecodeErrorKind::UnsupportedVersion,
    DecodeErrorKind::UnknownCode,
    DecodeErrorKind::InvalidMarker,
    DecodeErrorKind::UnknownBaseType,
    DecodeErrorKind::UnexpectedParams,
    DecodeErrorKind::InvalidUtf8,
    DecodeErrorKind::NestingTooDeep,
    DecodeErrorKind::InvalidChunk,
    DecodeErrorKind::TrailingBytes,
];

#[test]
fn kinds_are_named_as_the_protocol_page_names_them() {
    for kind in KINDS {
        assert_eq!(kind.name(), format!("{kind:?}"));
    }
}

#[test]
fn every_kind_of_wrong_bytes_is_explained_in_its_own_words() {
    let words: HashSet<String> = KINDS.iter().map(DecodeErrorKind::to_string).collect();
    assert_eq!(words.len(), KINDS.len());
    assert!(words.iter().all(|words| words.len() > 10));
}

#[test]
fn an_error_of_the_decoder_says_what_and_where() {
    let error = Message::decode(&common::success(&[99])).unwrap_err();
    assert_eq!(error.to_string(), "a base type that is not known at byte 16");
    let split = SplitError::NotAMessage(error);
    assert_eq!(split.to_string(), format!("not a message: {error}"));
}

#[test]
fn errors_of_the_caller_say_what_the_limit_is() {
    let too_many = |counted| EncodeError::TooMany(counted).to_string();
    assert_eq!(too_many(Counted::Claims), "at most 255 claims can be sent");
    assert_eq!(too_many(Counted::Headers), "at most 255 headers can be sent");
    assert_eq!(too_many(Counted::Names), "at most 65535 names can be sent");
    assert_eq!(too_many(Counted::Cells), "at most 65535 cells can be sent");
    assert_eq!(too_many(Counted::Aspects), "at most 65535 aspects can be sent");
    let small = EncodeError::BufferTooSmall { needed: 77 };
    assert_eq!(small.to_string(), "the buffer needs 77 bytes");
    let least = SplitError::ChunkSizeTooSmall { least: 22 };
    assert_eq!(least.to_string(), "the chunk size must be at least 22 bytes");
}

#[test]
fn errors_of_the_joiner_say_whose_fault_it_is() {
    let shown: HashSet<String> = [
        JoinError::ChunkMismatch,
        JoinError::TooLarge { limit: 300 },
        JoinError::OutOfMemory { needed: 300 },
        JoinError::Busy,
    ]
    .iter()
    .map(JoinError::to_string)
    .collect();
    assert_eq!(shown.len(), 4);
    assert!(shown.contains("the message is longer than 300 bytes"));
    assert!(shown.contains("the promised message may need 300 bytes of memory"));
}
