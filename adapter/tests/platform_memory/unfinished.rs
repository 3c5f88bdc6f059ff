//! A thousand connections that are in the middle of a long message.

use std::sync::Arc;

use alwayson::message::DEFAULT_JOINED_MEMORY;
use alwayson::platform::{MemoryThings, Platform};
use alwayson_codec::limits::DEFAULT_CHUNK_SIZE;
use alwayson_codec::{Body, Ids, Request, Split};

use super::counted::{held, most};
use super::pipe::End;
use super::support::{all_ended, platform, quiet};
use super::{ALONE, MIB};

const CONNECTIONS: usize = 1000;

/// The request in which a long message comes.
const LONG: u32 = 9;

/// The chunks of a request whose message has so many bytes, or few less.
fn chunks(len: usize) -> Vec<Vec<u8>> {
    // Each session takes it.
    let ids = Ids { request: LONG, endpoint: 0, session: Ids::NONE };
    let text = "x".repeat(len - 100);
    let mut whole = vec![0; len];
    let request = Request::write_property("Pump", "Label");
    let value = alwayson_codec::Value::from(text.as_str());
    let message = alwayson_codec::Message { ids, body: Body::Request(request) };
    let written = message.encode_with_table(
        &mut whole,
        |shape| shape.field("Label", value.base_type()),
        |rows| rows.row(|row| row.cell(value)),
    );
    let mut split = Split::new(&whole[..written.unwrap()], DEFAULT_CHUNK_SIZE).unwrap();
    let mut chunks = Vec::new();
    let mut buffer = vec![0; usize::from(DEFAULT_CHUNK_SIZE)];
    while let Some(len) = split.next_chunk(&mut buffer).unwrap() {
        chunks.push(buffer[..len].to_vec());
    }
    chunks
}

async fn connected(platform: &Arc<Platform>) -> Vec<End> {
    let mut ends = Vec::new();
    for _ in 0..CONNECTIONS {
        let (pipe, mut end) = End::pair();
        let platform = Arc::clone(platform);
        tokio::spawn(async move { platform.serve(Box::new(pipe), None).await });
        end.authenticate().await;
        ends.push(end);
    }
    ends
}

/// How many bytes a message has, and which of its chunks come.
type Case = (usize, fn(Vec<Vec<u8>>) -> Vec<Vec<u8>>);

const CASES: [(&str, Case); 6] = [
    ("8 KiB, the first chunk", (8 << 10, |chunks| chunks[..1].to_vec())),
    ("8 KiB, the last chunk", (8 << 10, |chunks| chunks[1..].to_vec())),
    ("64 KiB, all but the last", (64 << 10, |chunks| chunks[..chunks.len() - 1].to_vec())),
    (
        "64 KiB, backwards, all but the first",
        (64 << 10, |chunks| chunks.into_iter().skip(1).rev().collect()),
    ),
    ("1 MiB, the first chunk", (MIB - 256, |chunks| chunks[..1].to_vec())),
    (
        "1 MiB, the last chunk",
        (MIB - 256, |chunks| chunks.into_iter().next_back().into_iter().collect()),
    ),
];

#[tokio::test]
async fn a_thousand_connections_may_each_be_in_the_middle_of_a_long_message() {
    let _alone = ALONE.lock().await;
    for (name, (len, come)) in CASES {
        let platform = Arc::new(platform(&MemoryThings::any(), quiet()).await);
        let mut events = platform.events();
        let mut ends = connected(&platform).await;
        // 128 more make a message of 8 KiB one of chunks.
        let all = chunks(len + 128);
        let come = come(all.clone());
        let before = held();
        most();
        for end in &mut ends {
            for chunk in &come {
                end.send(chunk.clone());
            }
            // No chunk was refused: then that would be answered first.
            end.is_taken(10).await;
        }
        let budget = platform.handle().joined_memory();
        let heap = most() - before;
        assert!(budget > 0 && budget <= DEFAULT_JOINED_MEMORY, "{name}: {budget} bytes taken");
        // Queues of the test, and what a connection holds that has talked.
        assert!(heap < DEFAULT_JOINED_MEMORY + 4 * MIB, "{name}: {heap} bytes held");
        // What is missing makes each whole; of the long ones some show it.
        let completed = if len > 64 << 10 { 3 } else { CONNECTIONS };
        for end in ends.iter_mut().take(completed) {
            for chunk in all.iter().filter(|chunk| !come.contains(chunk)) {
                end.send(chunk.clone());
            }
            let (_, line) = end.answer().await;
            assert!(line.starts_with("SUCCESS request=9"), "{name}: {line}");
        }
        drop(ends);
        all_ended(&platform, &mut events).await;
        assert_eq!(platform.handle().joined_memory(), 0, "{name}");
    }
}

#[tokio::test]
async fn a_chunk_that_finds_no_memory_ends_its_message_and_the_next_good_one_is_taken() {
    let _alone = ALONE.lock().await;
    let options = quiet().with_joined_memory(MIB).unwrap();
    let platform = Arc::new(platform(&MemoryThings::any(), options).await);
    let (pipe, mut greedy) = End::pair();
    let (other_pipe, mut other) = End::pair();
    for pipe in [pipe, other_pipe] {
        let platform = Arc::clone(&platform);
        tokio::spawn(async move { platform.serve(Box::new(pipe), None).await });
    }
    greedy.authenticate().await;
    other.authenticate().await;
    let large = chunks(MIB);
    let (last, first) = large.split_last().unwrap();
    for chunk in first {
        greedy.send(chunk.clone());
    }
    greedy.is_taken(10).await;
    let taken = platform.handle().joined_memory();
    assert!(taken > MIB - 9000, "nearly all is taken: {taken}");
    // A short one still finds room; a longer one, once it has grown, does not.
    let long = chunks(64 << 10);
    for chunk in &long {
        other.send(chunk.clone());
    }
    let (_, line) = other.answer().await;
    assert!(line.starts_with("SERVICE_UNAVAILABLE request=9"), "{line}");
    other.is_taken(10).await;
    assert_eq!(platform.handle().joined_memory(), taken, "what was refused takes nothing");
    // The other is not hurt by it, and then there is room for all.
    greedy.send(last.clone());
    let (_, line) = greedy.answer().await;
    assert!(line.starts_with("SUCCESS request=9"), "{line}");
    for chunk in long {
        other.send(chunk);
    }
    let (_, line) = other.answer().await;
    assert!(line.starts_with("SUCCESS request=9"), "{line}");
    assert_eq!(platform.handle().joined_memory(), 0);
}
