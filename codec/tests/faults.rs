//! The faults of the codec, C01 to C23, that fielded implementations are known
//! for: each is a defined error or a defined success, and a valid message right
//! after is handled.

mod common;

use alwayson_codec::DecodeErrorKind::{
    InvalidChunk, InvalidMarker, InvalidUtf8, NestingTooDeep, TrailingBytes, UnexpectedEnd,
    UnexpectedParams, UnknownBaseType, UnknownCode, UnsupportedVersion,
};
use alwayson_codec::{
    BaseType, Body, Chunk, ChunkOf, Ids, JoinError, Joined, Joiner, Message, Split, Status, Value,
};
use common::{
    IDS, chunk_bytes, content, encode, error_of, for_each_message, hex, join, len_of,
    nested_tables, part, response, success, whole,
};

/// Miri, which is slow, looks at one place in so many.
const STEP: usize = if cfg!(miri) { 23 } else { 1 };

/// A joiner of messages up to 1 MiB, with so much memory a message.
fn joiner(memory: usize) -> Joiner<Vec<u8>, 2> {
    Joiner::new([vec![0; memory], vec![0; memory]])
}

/// Whether a message of two chunks comes out of the joiner as it went in.
fn assert_joins(joiner: &mut Joiner<Vec<u8>, 2>) {
    let ids = Ids { request: 1000, ..IDS };
    assert_eq!(joiner.push(ids, &part(2, 2, 23, &[0xFF]), 0), Ok(Joined::Incomplete));
    let Ok(Joined::Complete(bytes)) = joiner.push(ids, &part(1, 2, 23, &[0]), 0) else {
        panic!("not complete")
    };
    let body = response(Value::Nothing).body;
    assert_eq!(Message::decode_exact(bytes), Ok(Message { ids, body }));
}

#[test]
fn c01_chunk_id_0_that_comes_first_is_refused() {
    assert_eq!(error_of(&chunk_bytes(0, 2, 64, b"data")), (InvalidChunk, 15));
}

#[test]
fn c02_chunk_id_5_of_2_that_comes_first_is_refused() {
    assert_eq!(error_of(&chunk_bytes(5, 2, 64, b"data")), (InvalidChunk, 15));
    assert_eq!(error_of(&chunk_bytes(3, 2, 64, b"data")), (InvalidChunk, 15));
}

#[test]
fn c03_chunk_id_0_after_a_valid_chunk_is_refused_and_the_message_completes() {
    let mut joiner = joiner(256);
    assert_eq!(join(&mut joiner, &chunk_bytes(1, 2, 64, &[0]), 0), None);
    assert_eq!(error_of(&chunk_bytes(0, 2, 64, &[9])), (InvalidChunk, 15));
    let result = join(&mut joiner, &chunk_bytes(2, 2, 64, &[0xFF]), 0);
    assert_eq!(result, Some(success(&[0xFF])));
    assert_joins(&mut joiner);
}

#[test]
fn c04_chunk_count_0_is_refused() {
    assert_eq!(error_of(&chunk_bytes(0, 0, 64, b"data")), (InvalidChunk, 15));
    assert_eq!(error_of(&chunk_bytes(1, 0, 64, b"data")), (InvalidChunk, 15));
}

#[test]
fn c05_of_a_chunk_that_comes_twice_the_first_is_kept() {
    let mut joiner = joiner(256);
    assert_eq!(join(&mut joiner, &chunk_bytes(2, 2, 64, &[0xFF]), 0), None);
    assert_eq!(join(&mut joiner, &chunk_bytes(2, 2, 64, &[2, 1]), 0), None);
    assert_eq!(joiner.unfinished(), 1);
    assert_eq!(join(&mut joiner, &chunk_bytes(1, 2, 64, &[0]), 0), Some(success(&[0xFF])));
    assert_joins(&mut joiner);
}

#[test]
fn c06_a_count_size_code_or_session_that_changes_between_chunks_is_a_mismatch() {
    let first = part(1, 3, 64, b"data");
    let of = ChunkOf::Response(Status::CREATED);
    let changed = [
        (IDS, Chunk { count: 2, ..part(2, 3, 64, b"data") }),
        (IDS, Chunk { size: 63, ..part(2, 3, 64, b"data") }),
        (IDS, Chunk { of, ..part(2, 3, 64, b"data") }),
        (Ids { session: 78, ..IDS }, part(2, 3, 64, b"data")),
    ];
    for (ids, chunk) in changed {
        let mut joiner = joiner(256);
        assert_eq!(joiner.push(IDS, &first, 0), Ok(Joined::Incomplete));
        assert_eq!(joiner.push(ids, &chunk, 0), Err(JoinError::ChunkMismatch));
        assert_eq!(joiner.unfinished(), 0);
        assert_joins(&mut joiner);
    }
}

#[test]
fn c07_count_times_size_of_ffff_times_ffff_is_refused_with_checked_arithmetic() {
    let mut joiner = joiner(256);
    let bomb = part(1, 0xFFFF, 0xFFFF, b"data");
    assert_eq!(joiner.push(IDS, &bomb, 0), Err(JoinError::TooLarge { limit: 1 << 20 }));
    // No limit: then no memory is enough, by a number that 32 bits may not hold.
    let mut joiner = Joiner::<_, 2>::with_limits(joiner.into_memory(), usize::MAX, 1000);
    let Err(JoinError::OutOfMemory { needed }) = joiner.push(IDS, &bomb, 0) else {
        panic!("is taken")
    };
    assert!(needed >= 0xFFFF * 0xFFEA, "{needed}");
    assert_eq!(joiner.unfinished(), 0);
    assert_joins(&mut joiner);
}

#[test]
fn c08_a_declared_size_of_1_with_64_kib_of_data_is_a_mismatch_that_costs_nothing() {
    let data = vec![0; 65_536];
    let mut joiner = joiner(256);
    for id in [1, 2] {
        let lie = part(id, 2, 1, &data);
        assert_eq!(joiner.push(IDS, &lie, 0), Err(JoinError::ChunkMismatch));
        assert_eq!(joiner.unfinished(), 0);
        // Nor after a chunk that is as long as it says.
        assert_eq!(joiner.push(IDS, &part(3 - id, 2, 1, &[0]), 0), Ok(Joined::Incomplete));
        assert_eq!(joiner.push(IDS, &lie, 0), Err(JoinError::ChunkMismatch));
        assert_eq!(joiner.unfinished(), 0);
    }
    assert_joins(&mut joiner);
}

#[test]
fn c09_a_body_of_more_than_65535_bytes_is_encoded_split_joined_and_decoded() {
    let text = "ü".repeat(33_000);
    let bytes = encode(&response(text.as_str().into()));
    assert_eq!(content(&bytes).as_str(), Some(text.as_str()));
    let mut joiner = joiner(100_000);
    let mut split = Split::new(&bytes, 8192).unwrap();
    let mut chunk = [0; 8192];
    let mut result = None;
    while let Some(len) = split.next_chunk(&mut chunk).unwrap() {
        result = join(&mut joiner, &chunk[..len], 0);
    }
    assert!(result.is_some_and(|result| result == bytes));
    assert_joins(&mut joiner);
}

#[test]
fn c10_lengths_of_strings_and_blobs_that_promise_gigabytes_are_refused_at_the_end_of_the_input() {
    for length in ["FFFFFFFF", "80010000", "80000004"] {
        let bytes = success(&hex(&format!("00 {length} 414243")));
        assert_eq!(error_of(&bytes), (UnexpectedEnd, len_of(&bytes)), "{length}");
    }
    for length in ["7FFFFFFF", "FFFFFFFF", "00000004", "80000004"] {
        let bytes = success(&hex(&format!("15 {length} 414243")));
        assert_eq!(error_of(&bytes), (UnexpectedEnd, len_of(&bytes)), "{length}");
    }
}

#[test]
fn c11_lengths_that_are_not_minimal_are_taken_and_come_out_minimal() {
    let bytes = success(&hex("00 80000002 4142"));
    assert_eq!(content(&bytes), Value::from("AB"));
    assert_eq!(encode(&Message::decode_exact(&bytes).unwrap()), success(&hex("00 02 4142")));
    let bytes = success(&hex("05 01 80000001 61 00 12 0000 00 01 0001 12 15 80000001 AA 00"));
    let canonical = success(&hex("05 01 01 61 00 12 0000 00 01 0001 12 15 00000001 AA 00"));
    assert_eq!(encode(&Message::decode_exact(&bytes).unwrap()), canonical);
    let claims = whole(0x14, &hex("01 80000001 61 80000000"));
    let canonical = whole(0x14, &hex("01 01 61 00"));
    assert_eq!(encode(&Message::decode_exact(&claims).unwrap()), canonical);
}

#[test]
fn c12_every_prefix_of_a_message_ends_unexpectedly_where_it_ends() {
    for_each_message(|name, message| {
        let bytes = encode(message);
        let data = if let Body::Chunk(chunk) = &message.body { chunk.data.len() } else { 0 };
        for len in (0..bytes.len() - data).step_by(STEP) {
            let prefix = &bytes[..len];
            assert_eq!(error_of(prefix), (UnexpectedEnd, len_of(prefix)), "{name}");
        }
    });
}

#[test]
fn c13_counts_of_ffff_without_data_end_unexpectedly_where_the_input_ends() {
    let messages = [
        ("claims", whole(0x14, &[0xFF])),
        ("names", whole(0x0A, &hex("00 FFFF"))),
        ("names after one", whole(0x0B, &hex("00 FFFF 00"))),
        ("headers", whole(0x01, &hex("0A 00 01 00 FF"))),
        ("aspects", success(&hex("05 01 00 00 00 FFFF"))),
        ("cells", success(&hex("05 00 01 FFFF"))),
        ("cells after one", success(&hex("05 00 01 FFFF FF"))),
    ];
    for (name, bytes) in messages {
        assert_eq!(error_of(&bytes), (UnexpectedEnd, len_of(&bytes)), "{name}");
    }
}

#[test]
fn c14_100_000_rows_without_cells_are_a_table_of_as_many_rows() {
    let count = if cfg!(miri) { 1000 } else { 100_000 };
    let bytes = success(&[&[5, 0][..], &[1, 0, 0].repeat(count), &[0]].concat());
    let table = content(&bytes).as_table().unwrap();
    assert_eq!(table.rows().len(), count);
    assert_eq!(table.rows().map(|row| row.cells().count()).sum::<usize>(), 0);
    assert_eq!(table.rows().count(), count);
    let cut = &bytes[..bytes.len() - 1];
    assert_eq!(error_of(cut), (UnexpectedEnd, len_of(cut)));
}

#[test]
fn c15_10_000_nested_variants_are_refused_at_the_17th() {
    for count in [17, 10_000] {
        assert_eq!(error_of(&success(&vec![0x12; count])), (NestingTooDeep, 16 + 16));
    }
}

#[test]
fn c15_nested_tables_are_taken_up_to_the_limit_and_refused_above() {
    for count in [15, 16] {
        let bytes = success(&nested_tables(count));
        assert_eq!(encode(&Message::decode_exact(&bytes).unwrap()), bytes);
    }
    for count in [17, 18, 10_000] {
        assert_eq!(error_of(&success(&nested_tables(count))), (NestingTooDeep, 16 + 16 * 5));
    }
}

#[test]
fn c16_rows_that_do_not_match_their_shape_keep_the_cells_they_have() {
    let field = "01 01 61 00 16 0000";
    let rows = "01 0001 00 01 78  01 0000  01 0003 FF 02 01 16 00000005";
    let bytes = success(&hex(&format!("05 {field} {field} 00 {rows} 00")));
    let table = content(&bytes).as_table().unwrap();
    let cells: Vec<Vec<Value<'_>>> = table.rows().map(|row| row.cells().collect()).collect();
    let long = vec![Value::Nothing, true.into(), 5.into()];
    assert_eq!(cells, [vec!["x".into()], vec![], long]);
    assert_eq!(encode(&Message::decode_exact(&bytes).unwrap()), bytes);
}

#[test]
fn c17_types_that_are_not_known_are_refused_at_their_byte() {
    let unknown = |number: &u8| BaseType::from_u8(*number).name().is_none();
    for number in (0..=255).filter(unknown).step_by(STEP) {
        assert_eq!(error_of(&success(&[number])), (UnknownBaseType, 16));
        assert_eq!(error_of(&success(&[0x12, number])), (UnknownBaseType, 17));
        // A field keeps it: what is missing is the count of its aspects.
        assert_eq!(error_of(&success(&[5, 1, 0, 0, number])), (UnexpectedEnd, 21));
        let in_cell = hex(&format!("05 00 01 0001 {number:02X}"));
        assert_eq!(error_of(&success(&in_cell)), (UnknownBaseType, 21));
    }
}

#[test]
fn c17_codes_and_parameters_that_are_not_known_are_refused_at_their_byte() {
    let known = [1, 2, 3, 4, 0x0A, 0x0B, 0x14, 0x15, 0x1F];
    for code in (0..0x40).filter(|code| !known.contains(code)) {
        assert_eq!(error_of(&whole(code, &[])), (UnknownCode, 1));
    }
    for number in (0..0xFF).filter(|number| *number != 5).step_by(STEP) {
        let bytes = whole(0x03, &[0x0A, 0, 2, 0, 0, number]);
        assert_eq!(error_of(&bytes), (UnexpectedParams, 20), "{number}");
    }
    for version in [0, 2, 0x80, 0xFF] {
        assert_eq!(error_of(&[version]), (UnsupportedVersion, 0));
    }
}

#[test]
fn c18_markers_that_are_neither_0_nor_1_are_refused_at_their_byte() {
    for marker in [0x02, 0x80, 0xFF] {
        let mut multipart = success(&[0xFF]);
        multipart[14] = marker;
        assert_eq!(error_of(&multipart), (InvalidMarker, 14));
        assert_eq!(error_of(&whole(0x0A, &[marker, 0, 0])), (InvalidMarker, 15));
        assert_eq!(error_of(&whole(0x0B, &[marker, 0, 0])), (InvalidMarker, 15));
        assert_eq!(error_of(&whole(0x40, &[marker, 0xFF])), (InvalidMarker, 15));
        assert_eq!(error_of(&success(&[5, marker])), (InvalidMarker, 17));
        assert_eq!(error_of(&success(&[5, 0, marker])), (InvalidMarker, 18));
        assert_eq!(error_of(&success(&[5, 0, 1, 0, 0, marker])), (InvalidMarker, 21));
    }
}

#[test]
fn c19_bad_utf_8_is_refused_at_the_first_wrong_byte_of_any_length() {
    for len in (1..40_u8).step_by(STEP) {
        for wrong in (0..len).step_by(STEP) {
            for after in ["", "12345678", "ü234567ü"] {
                let mut text = vec![b'a'; usize::from(len)];
                text[usize::from(wrong)] = 0xFF;
                let bytes = [whole(0x14, &[1, 0, len]), text, after.into()].concat();
                assert_eq!(error_of(&bytes), (InvalidUtf8, 18 + u32::from(wrong)));
            }
        }
    }
}

#[test]
fn c19_each_kind_of_bad_utf_8_is_refused_where_it_begins() {
    for (wrong, at) in
        [("41 C3", 1), ("C0 80", 0), ("ED A0 80", 0), ("41 42 F4 90 80 80", 2), ("E2 82 41", 0)]
    {
        let text = hex(wrong);
        let bytes = success(&[&[0, u8::try_from(text.len()).unwrap()], &text[..]].concat());
        assert_eq!(error_of(&bytes), (InvalidUtf8, 18 + at), "{wrong}");
    }
}

#[test]
fn c19_nul_inside_a_string_is_kept() {
    let bytes = success(&hex("00 03 61 00 62"));
    assert_eq!(content(&bytes).as_str(), Some("a\0b"));
    assert_eq!(encode(&response("a\0b".into())), bytes);
}

#[test]
fn c20_numbers_are_big_endian_on_every_machine() {
    let ids = Ids { request: 0x0102_0304, endpoint: 0x0506_0708, session: 0x090A_0B0C };
    let chunk = Body::Chunk(part(0x0102, 0x0304, 0x0506, &[]));
    let bytes = hex("01 40 01020304 05060708 090A0B0C 01 0102 0304 0506");
    assert_eq!(encode(&Message { ids, body: chunk }), bytes);
    assert_eq!(Message::decode_exact(&bytes), Ok(Message { ids, body: chunk }));
    let blob = [7; 0x0102];
    let values = [
        (Value::Integer(0x0102_0304), hex("16 01020304")),
        (Value::Long(0x0102_0304_0506_0708), hex("17 0102030405060708")),
        (Value::Number(1.5), hex("01 3FF8000000000000")),
        (Value::binary(BaseType::BLOB, &blob).unwrap(), [&hex("15 00000102")[..], &blob].concat()),
    ];
    for (value, bytes) in values {
        assert_eq!(encode(&response(value)), success(&bytes));
        assert_eq!(content(&success(&bytes)), value);
    }
}

#[test]
fn c21_trailing_bytes_are_left_alone_and_refused_by_who_asks_for_it() {
    for_each_message(|name, message| {
        if matches!(message.body, Body::Chunk(_)) {
            return; // Its data goes to the end.
        }
        let bytes = encode(message);
        let padded = [&bytes[..], &[0xEE; 3]].concat();
        let alone = Message::decode_exact(&bytes).unwrap();
        assert_eq!(Message::decode(&padded), Ok((alone, bytes.len())), "{name}");
        let error = Message::decode_exact(&padded).unwrap_err();
        assert_eq!((error.kind(), error.offset()), (TrailingBytes, len_of(&bytes)), "{name}");
    });
}

#[test]
fn c22_the_multipart_marker_on_what_is_never_chunked_is_refused() {
    for code in [0x14, 0x15, 0x1F] {
        let mut bytes = whole(code, &hex("0001 0001 0040 00"));
        bytes[14] = 1;
        assert_eq!(error_of(&bytes), (InvalidMarker, 14));
    }
}

#[test]
fn c23_every_flipped_bit_is_an_error_or_another_message_that_encodes() {
    for_each_message(|name, message| {
        let bytes = encode(message);
        for bit in (0..bytes.len() * 8).step_by(STEP * STEP) {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            match Message::decode(&flipped) {
                Ok((other, used)) => {
                    let again = encode(&other);
                    assert!(used <= flipped.len(), "{name}, bit {bit}");
                    let (twice, _) = Message::decode(&again).unwrap();
                    assert_eq!(encode(&twice), again, "{name}, bit {bit}");
                    assert!(!other.dump().to_string().is_empty());
                }
                Err(error) => assert!(error.offset() <= len_of(&flipped), "{name}, bit {bit}"),
            }
        }
    });
}

#[test]
fn c23_every_split_of_a_message_is_two_errors_or_messages() {
    for_each_message(|name, message| {
        let bytes = encode(message);
        for at in (0..=bytes.len()).step_by(STEP) {
            let (left, right) = bytes.split_at(at);
            for piece in [left, right] {
                match Message::decode(piece) {
                    Ok((_, used)) => assert!(used <= piece.len(), "{name} at {at}"),
                    Err(error) => assert!(error.offset() <= len_of(piece), "{name} at {at}"),
                }
            }
        }
    });
}
