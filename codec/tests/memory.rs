//! How large the types are, and that nothing allocates: an allocator in this
//! binary counts, for each thread on its own.

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fmt::Write;
use std::hint::black_box;
use std::mem::size_of;

use alwayson_codec::{
    Body, DecodeError, EncodeError, Header, InfoTable, JoinError, Joined, Joiner, Message, Split,
    SplitError, Value,
};
use common::{
    IDS, chunk_bytes, encode, for_each_message, nested_tables, response, sample_table, success,
};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise is handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is handed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often something allocates.
fn allocations(what: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    what();
    ALLOCATIONS.get() - before
}

/// A text of bounded length that needs no memory.
struct Line {
    bytes: [u8; 4096],
    len: usize,
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let place = self.bytes.get_mut(self.len..self.len + text.len()).ok_or(std::fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.len += text.len();
        Ok(())
    }
}

impl Line {
    fn new() -> Self {
        Self { bytes: [0; 4096], len: 0 }
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap()
    }
}

#[test]
fn what_is_handed_around_is_small() {
    assert!(size_of::<Message<'_>>() <= 128, "Message: {}", size_of::<Message<'_>>());
    assert!(size_of::<Value<'_>>() <= 48, "Value: {}", size_of::<Value<'_>>());
    assert!(size_of::<Header>() <= 16, "Header: {}", size_of::<Header>());
    assert!(size_of::<DecodeError>() <= 8, "DecodeError: {}", size_of::<DecodeError>());
    assert!(size_of::<EncodeError>() <= 16, "EncodeError: {}", size_of::<EncodeError>());
    assert!(size_of::<JoinError>() <= 16, "JoinError: {}", size_of::<JoinError>());
    assert!(size_of::<SplitError>() <= 16, "SplitError: {}", size_of::<SplitError>());
}

#[test]
fn a_joiner_is_little_more_than_its_memory() {
    let overhead = size_of::<Joiner<[u8; 1024], 4>>() - 4 * 1024;
    assert!(overhead <= 4 * 128 + 16, "{overhead}");
}

#[test]
fn the_counter_sees_allocations() {
    assert_eq!(allocations(|| ()), 0);
    assert_eq!(allocations(|| drop(black_box(Box::new(5)))), 1);
}

#[test]
fn decoding_allocates_nothing() {
    for_each_message(|name, message| {
        let bytes = encode(message);
        let decode = || assert!(Message::decode_exact(black_box(&bytes)).is_ok());
        assert_eq!(allocations(decode), 0, "{name}");
        let header = || assert!(Header::decode(black_box(&bytes)).is_ok());
        assert_eq!(allocations(header), 0, "{name}");
    });
}

#[test]
fn errors_allocate_nothing_whatever_is_promised() {
    for bytes in [
        success(&[0x12; 10_000]),
        success(&nested_tables(10_000)),
        success(&[0, 0xFF, 0xFF, 0xFF, 0xFF]),
        success(&[5, 0, 1, 0xFF, 0xFF]),
        chunk_bytes(5, 2, 64, &[]),
    ] {
        let decode = || assert!(Message::decode(black_box(&bytes)).is_err());
        assert_eq!(allocations(decode), 0);
    }
}

fn walk_table(table: &InfoTable<'_>) -> usize {
    let fields = table.fields().map(|field| {
        let aspects = field.aspects.iter().map(|aspect| walk(aspect.value)).sum::<usize>();
        field.name.as_str().len() + aspects
    });
    let cells = table.rows().flat_map(|row| row.cells().map(walk));
    fields.sum::<usize>() + cells.sum::<usize>() + usize::from(table.value("value").is_some())
}

/// Looks at all of a value.
fn walk(value: Value<'_>) -> usize {
    match value.innermost() {
        Value::InfoTable(table) => walk_table(&table),
        Value::Text(text) => text.get().as_str().len(),
        _ => 1,
    }
}

/// Looks at all of a message.
fn walk_message(message: &Message<'_>) -> usize {
    match &message.body {
        Body::Auth(auth) | Body::ClearAuth(auth) => {
            auth.claims.iter().map(|claim| claim.value.expose().len()).sum()
        }
        Body::Bind(bind) | Body::Unbind(bind) => {
            bind.names.iter().map(|name| name.as_str().len()).sum()
        }
        Body::Request(request) => {
            let headers = request.headers.iter().map(|header| header.value.as_str().len());
            headers.sum::<usize>() + request.params.as_ref().map_or(0, walk_table)
        }
        Body::Response(response) => walk(response.content),
        Body::Chunk(chunk) => chunk.data.len(),
        Body::KeepAlive => 0,
    }
}

#[test]
fn iterating_over_all_of_a_message_allocates_nothing() {
    let mut walked = 0;
    for_each_message(|name, message| {
        let bytes = encode(message);
        let decoded = Message::decode_exact(&bytes).unwrap();
        assert_eq!(walk_message(&decoded), walk_message(message), "{name}");
        walked += walk_message(&decoded);
        let walk = || assert_eq!(walk_message(&decoded), walk_message(black_box(message)));
        assert_eq!(allocations(walk), 0, "{name}");
    });
    assert!(walked > 100);
}

#[test]
fn encoding_allocates_nothing() {
    for_each_message(|name, message| {
        let bytes = encode(message);
        let decoded = Message::decode_exact(&bytes).unwrap();
        let mut buffer = [0; 512];
        let again = || {
            assert_eq!(decoded.encode(&mut buffer), Ok(bytes.len()));
            assert_eq!(decoded.encoded_len(), Ok(bytes.len()));
        };
        assert_eq!(allocations(again), 0, "{name} decoded");
        let built = || assert_eq!(message.encode(&mut buffer), Ok(bytes.len()));
        assert_eq!(allocations(built), 0, "{name}");
        assert_eq!(allocations(|| assert!(message.encode(&mut []).is_err())), 0, "{name}");
    });
}

#[test]
fn writing_a_table_allocates_nothing() {
    let mut buffer = [0; 512];
    assert_eq!(allocations(|| assert_eq!(sample_table(&mut buffer).rows().len(), 4)), 0);
    let message = response(Value::Nothing);
    let write = || {
        let written = message.encode_with_table(&mut buffer, |_| (), |rows| rows.row(|_| ()));
        assert_eq!(written, Ok(22));
    };
    assert_eq!(allocations(write), 0);
}

#[test]
fn splitting_and_joining_allocate_nothing() {
    let text = "a".repeat(3000);
    let message = encode(&response(text.as_str().into()));
    let mut joiner = Joiner::<[u8; 4096], 2>::new([[0; 4096]; 2]);
    let mut buffer = [0; 256];
    let mut chunks = 0;
    let mut complete = 0;
    let split_and_join = || {
        let mut split = Split::new(&message, 256).unwrap();
        while let Some(len) = split.next_chunk(&mut buffer).unwrap() {
            chunks += 1;
            let decoded = Message::decode_exact(&buffer[..len]).unwrap();
            let Body::Chunk(chunk) = decoded.body else { panic!("not a chunk") };
            if let Joined::Complete(bytes) = joiner.push(IDS, &chunk, 0).unwrap() {
                assert!(bytes == message);
                complete += 1;
            }
        }
    };
    assert_eq!(allocations(split_and_join), 0);
    assert_eq!((chunks, complete), (3006_usize.div_ceil(256 - 21), 1));
}

#[test]
fn a_dump_into_a_fixed_buffer_allocates_nothing() {
    for_each_message(|name, message| {
        let dumped = message.dump().to_string();
        let debugged = format!("{message:?}");
        let mut dump = Line::new();
        let mut debug = Line::new();
        let show = || {
            write!(dump, "{}", message.dump()).unwrap();
            write!(debug, "{message:?}").unwrap();
        };
        assert_eq!(allocations(show), 0, "{name}");
        assert_eq!((dump.as_str(), debug.as_str()), (&dumped[..], &debugged[..]), "{name}");
    });
}
