//! What the tests share: one message of each body kind, and short ways to make
//! and take apart bytes.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::path::{Path, PathBuf};

use alwayson_codec::{
    Aspect, Auth, BaseType, Bind, Body, Characteristic, Chunk, ChunkOf, Claim, DateTime,
    DecodeErrorKind, Entity, Gateway, Ids, InfoTable, Joined, Joiner, List, Message, Method,
    Request, RequestHeader, Response, Status, TableWriter, Value, Variant,
};
use data_encoding::HEXLOWER_PERMISSIVE;

pub(crate) const IDS: Ids = Ids { request: 7, endpoint: 3, session: 77 };

/// The bytes that hexadecimal digits stand for; blanks between them do not
/// count.
pub(crate) fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    HEXLOWER_PERMISSIVE.decode(&digits).unwrap()
}

/// The bytes of a message with this code and body, and the ids of [`IDS`].
pub(crate) fn whole(code: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![1, code, 0, 0, 0, 7, 0, 0, 0, 3, 0, 0, 0, 77, 0];
    bytes.extend_from_slice(body);
    bytes
}

/// The bytes of a SUCCESS with this value: its type byte is at offset 16.
pub(crate) fn success(content: &[u8]) -> Vec<u8> {
    whole(0x40, &[&[0], content].concat())
}

/// The bytes of a chunk of a SUCCESS, valid or not.
pub(crate) fn chunk_bytes(id: u16, count: u16, size: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = whole(0x40, &[]);
    bytes[14] = 1;
    for number in [id, count, size] {
        bytes.extend_from_slice(&number.to_be_bytes());
    }
    bytes.extend_from_slice(data);
    bytes
}

/// A chunk of a SUCCESS.
pub(crate) fn part(id: u16, count: u16, size: u16, data: &[u8]) -> Chunk<'_> {
    Chunk { of: ChunkOf::Response(Status::SUCCESS), id, count, size, data }
}

pub(crate) fn response(content: Value<'_>) -> Message<'_> {
    let response = Response { content, ..Response::new(Status::SUCCESS) };
    Message { ids: IDS, body: Body::Response(response) }
}

/// Encodes a message into a buffer of exactly its length.
pub(crate) fn encode(message: &Message<'_>) -> Vec<u8> {
    let mut bytes = vec![0; message.encoded_len().unwrap()];
    assert_eq!(message.encode(&mut bytes), Ok(bytes.len()));
    bytes
}

/// The content of a response in these bytes.
pub(crate) fn content(bytes: &[u8]) -> Value<'_> {
    match Message::decode_exact(bytes).unwrap().body {
        Body::Response(response) => response.content,
        other => panic!("not a response: {other:?}"),
    }
}

/// Kind and offset of the error that these bytes are. A valid message right
/// after is handled.
pub(crate) fn error_of(bytes: &[u8]) -> (DecodeErrorKind, u32) {
    let error = Message::decode(bytes).expect_err("decodes");
    let valid = success(&[0xFF]);
    assert_eq!(Message::decode(&valid), Ok((response(Value::Nothing), valid.len())));
    (error.kind(), error.offset())
}

pub(crate) fn len_of(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap()
}

/// So many tables in each other, around NOTHING.
pub(crate) fn nested_tables(count: usize) -> Vec<u8> {
    let mut bytes = [5, 0, 1, 0, 1].repeat(count);
    bytes.push(0xFF);
    bytes.resize(bytes.len() + count, 0);
    bytes
}

/// Decodes a chunk and hands it to a joiner: the whole message, once it is
/// complete.
pub(crate) fn join<const N: usize>(
    joiner: &mut Joiner<Vec<u8>, N>,
    frame: &[u8],
    now_ms: u64,
) -> Option<Vec<u8>> {
    let message = Message::decode_exact(frame).unwrap();
    let Body::Chunk(chunk) = message.body else { panic!("not a chunk: {message:?}") };
    match joiner.push(message.ids, &chunk, now_ms).unwrap() {
        Joined::Incomplete => None,
        Joined::Complete(bytes) => Some(bytes.to_vec()),
    }
}

/// A table with all that a table can have: aspects, a VARIANT, a table in it, a
/// short row, a long row and an empty one.
pub(crate) fn sample_table(buffer: &mut [u8]) -> InfoTable<'_> {
    let aspects = [Aspect::new("isPrimaryKey", true.into()), Aspect::new("note", "key".into())];
    TableWriter::write(
        buffer,
        |shape| {
            shape.field_with("name", "what it is", BaseType::STRING, &aspects);
            shape.field("value", BaseType::VARIANT);
            shape.field("time", BaseType::DATETIME);
        },
        |rows| {
            rows.row(|row| {
                row.cell("Temperature");
                row.variant(21.5);
                row.cell(DateTime::from_millis(1_700_000_000_000));
            });
            rows.row(|row| {
                row.cell("Alarms");
                row.table(
                    |shape| shape.field("code", BaseType::INTEGER),
                    |rows| rows.row(|row| row.cell(-5)),
                );
                row.cell(Value::Nothing);
                row.cell(true);
            });
            rows.row(|row| row.cell("short"));
            rows.row(|_| ());
        },
    )
    .unwrap()
}

/// Visits one message of each body kind, and of some kinds more.
pub(crate) fn for_each_message(mut visit: impl FnMut(&str, &Message<'_>)) {
    let claims = [Claim::new("userid", "Ada"), Claim::new("password", "Zürich")];
    let long_name = "n".repeat(130);
    let names = ["Pump-1", "*serial-0815", long_name.as_str()];
    let bind = Bind { gateway: Some(Gateway::new("Hall", "Edge")), ..Bind::new(&names).unwrap() };
    let headers = [RequestHeader::new("Accept", "json"), RequestHeader::new("", "")];
    let mut buffer = [0; 256];
    let table = sample_table(&mut buffer);
    let get = Request {
        headers: List::new(&headers).unwrap(),
        ..Request::new(Method::Get, "Pump-1", Characteristic::PROPERTIES, "*")
    };
    let post = Request {
        params: Some(table),
        ..Request::new(Method::Post, "Pump-1", Characteristic::SERVICES, "Start")
    };
    let number = Value::Number(-0.0);
    let inner = Value::Variant(Variant::new(&number));
    let variant = Response {
        reason: Some("because".into()),
        content: Value::Variant(Variant::new(&inner)),
        ..Response::new(Status::NOT_FOUND)
    };
    let of = ChunkOf::Request(Method::Put, Entity::thing("Pump-1"));
    let bodies = [
        ("auth", Body::Auth(Auth::new(&claims).unwrap())),
        ("bind", Body::Bind(bind)),
        ("unbind", Body::Unbind(Bind::new(&names).unwrap())),
        ("get", Body::Request(get)),
        ("post", Body::Request(post)),
        ("response with a table", response(table.into()).body),
        ("response with a variant", Body::Response(variant)),
        ("response with nothing", Body::Response(Response::new(Status::CREATED))),
        ("chunk of a response", Body::Chunk(part(2, 3, 64, b"some data"))),
        ("chunk of a request", Body::Chunk(Chunk { of, ..part(3, 3, 64, b"") })),
        ("clear auth", Body::ClearAuth(Auth::new(&claims).unwrap())),
        (
            "bind chunk",
            Body::Chunk(Chunk { of: ChunkOf::Bind, id: 1, count: 2, size: 64, data: &[1] }),
        ),
        (
            "unbind chunk",
            Body::Chunk(Chunk { of: ChunkOf::Unbind, id: 2, count: 2, size: 64, data: &[] }),
        ),
        ("keep alive", Body::KeepAlive),
    ];
    for (name, body) in bodies {
        visit(name, &Message { ids: IDS, body });
    }
}

/// The public types that the files of a folder define.
pub(crate) fn public_types(folder: &Path, found: &mut Vec<(String, PathBuf)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            public_types(&path, found);
            continue;
        }
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            let name = line.strip_prefix("pub enum ").or(line.strip_prefix("pub struct "));
            let Some(name) = name else { continue };
            let end = name.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(name.len());
            found.push((name[..end].to_owned(), path.clone()));
        }
    }
}
