//! Messages written to an `embedded_io::Write`, and the kinds of its errors.

#![cfg(feature = "embedded-io")]

mod common;

use alwayson_codec::interop::embedded_io::WriteError;
use alwayson_codec::{
    BaseType, Body, Counted, EncodeError, JoinError, Message, Split, SplitError, Value, Variant,
};
use common::{IDS, content, encode, for_each_message, nested_tables, part, response, success};
use embedded_io::{Error, ErrorKind, ErrorType, Write};

/// Takes so many bytes, so many at a time; then it fails.
struct Wire {
    taken: Vec<u8>,
    at_a_time: usize,
    room: usize,
}

impl Wire {
    fn new(at_a_time: usize, room: usize) -> Self {
        Self { taken: Vec::new(), at_a_time, room }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("broken")
    }
}

impl std::error::Error for Broken {}

impl Error for Broken {
    fn kind(&self) -> ErrorKind {
        ErrorKind::BrokenPipe
    }
}

impl ErrorType for Wire {
    type Error = Broken;
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Broken> {
        let len = bytes.len().min(self.at_a_time).min(self.room - self.taken.len());
        if len == 0 {
            return Err(Broken);
        }
        self.taken.extend_from_slice(&bytes[..len]);
        Ok(len)
    }

    fn flush(&mut self) -> Result<(), Broken> {
        Ok(())
    }
}

#[test]
fn the_same_bytes_are_written_as_encoded_however_few_at_a_time() {
    for_each_message(|name, message| {
        let bytes = encode(message);
        let decoded = Message::decode_exact(&bytes).unwrap();
        for at_a_time in [1, 2, 7, usize::MAX] {
            let mut wire = Wire::new(at_a_time, usize::MAX);
            assert_eq!(message.write_to(&mut wire), Ok(bytes.len()), "{name}");
            assert_eq!(wire.taken, bytes, "{name}");
            let mut wire = Wire::new(at_a_time, usize::MAX);
            assert_eq!(decoded.write_to(&mut wire), Ok(bytes.len()), "{name} decoded");
            assert_eq!(wire.taken, bytes, "{name} decoded");
        }
    });
}

#[test]
fn every_kind_of_value_is_written_as_encoded() {
    for base_type in BaseType::ALL {
        let text = Value::text(*base_type, "text");
        let Some(value) = text.or(Value::binary(*base_type, &[1, 2, 3])) else { continue };
        let message = response(value);
        let mut wire = Wire::new(1, usize::MAX);
        assert_eq!(message.write_to(&mut wire), message.encoded_len().map_err(WriteError::Encode));
        assert_eq!(wire.taken, encode(&message), "{base_type}");
    }
}

#[test]
fn a_slice_is_written_to_as_it_is() {
    let message = response("text".into());
    let bytes = encode(&message);
    let mut buffer = [0xEE; 64];
    let mut rest = &mut buffer[..];
    assert_eq!(message.write_to(&mut rest), Ok(bytes.len()));
    assert_eq!(rest.len(), 64 - bytes.len());
    assert_eq!(buffer[..bytes.len()], bytes);
    let mut small = [0; 20];
    let Err(WriteError::Io(error)) = message.write_to(&mut &mut small[..]) else {
        panic!("has room")
    };
    assert_eq!(error.kind(), ErrorKind::WriteZero);
}

#[test]
fn the_error_of_a_writer_comes_back_after_what_it_took() {
    for_each_message(|name, message| {
        let bytes = encode(message);
        for room in (0..bytes.len()).step_by(if cfg!(miri) { 11 } else { 1 }) {
            let mut wire = Wire::new(3, room);
            let failed = message.write_to(&mut wire).unwrap_err();
            assert_eq!(failed, WriteError::Io(Broken), "{name}, {room}");
            assert_eq!(failed.kind(), ErrorKind::BrokenPipe);
            assert_eq!(failed.to_string(), "the writer failed: Broken");
            assert_eq!(wire.taken, bytes[..room], "{name}, {room}");
        }
    });
}

#[test]
fn a_message_that_cannot_be_encoded_writes_nothing() {
    let bytes = success(&nested_tables(16));
    let table = content(&bytes);
    let too_deep = response(Value::Variant(Variant::new(&table)));
    let no_chunk = Message { ids: IDS, body: Body::Chunk(part(3, 2, 64, b"data")) };
    for (message, error) in
        [(too_deep, EncodeError::NestingTooDeep), (no_chunk, EncodeError::InvalidChunk)]
    {
        let mut wire = Wire::new(1, usize::MAX);
        let failed = message.write_to(&mut wire).unwrap_err();
        assert_eq!(failed, WriteError::Encode(error));
        assert_eq!(failed.kind(), ErrorKind::InvalidInput);
        assert_eq!(failed.to_string(), error.to_string());
        assert!(wire.taken.is_empty());
    }
}

#[test]
fn bytes_that_are_wrong_are_invalid_data_and_limits_are_out_of_memory() {
    let decode = Message::decode(&[]).unwrap_err();
    assert_eq!(decode.kind().name(), "UnexpectedEnd");
    assert_eq!(Error::kind(&decode), ErrorKind::InvalidData);
    assert_eq!(JoinError::ChunkMismatch.kind(), ErrorKind::InvalidData);
    assert_eq!(JoinError::TooLarge { limit: 1 }.kind(), ErrorKind::OutOfMemory);
    assert_eq!(JoinError::OutOfMemory { needed: 1 }.kind(), ErrorKind::OutOfMemory);
    assert_eq!(JoinError::Busy.kind(), ErrorKind::OutOfMemory);
}

#[test]
fn the_callers_use_is_invalid_input_but_for_buffers() {
    assert_eq!(EncodeError::BufferTooSmall { needed: 1 }.kind(), ErrorKind::OutOfMemory);
    assert_eq!(SplitError::BufferTooSmall { needed: 1 }.kind(), ErrorKind::OutOfMemory);
    for error in [
        EncodeError::TooMany(Counted::Cells),
        EncodeError::TooLong,
        EncodeError::NestingTooDeep,
        EncodeError::InvalidChunk,
        EncodeError::NoPlaceForTable,
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
    for error in [
        Split::new(&[], 64).unwrap_err(),
        SplitError::NeverChunked,
        SplitError::ChunkSizeTooSmall { least: 22 },
        SplitError::TooManyChunks,
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
}

#[test]
fn a_writer_that_takes_nothing_is_full_and_no_panic() {
    struct Full;
    impl ErrorType for Full {
        type Error = ErrorKind;
    }
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> Result<usize, ErrorKind> {
            Ok(0)
        }
        fn flush(&mut self) -> Result<(), ErrorKind> {
            Ok(())
        }
    }
    for_each_message(|_, message| {
        let error = message.write_to(&mut Full).unwrap_err();
        assert_eq!((error, error.kind()), (WriteError::Full, ErrorKind::WriteZero));
    });
}
