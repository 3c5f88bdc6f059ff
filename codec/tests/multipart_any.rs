//! Messages of any length in chunks of any length and order, and how much
//! memory the joiner needs for them.

mod common;

use alwayson_codec::multipart::memory_for;
use alwayson_codec::{
    BaseType, Body, Characteristic, Chunk, ChunkOf, Entity, Ids, Joined, Joiner, Message, Method,
    Request, Split, Status, Value,
};
use common::{IDS, encode, response};
use proptest::collection::vec;
use proptest::prelude::*;

/// A response of this length.
fn response_of(len: usize) -> Vec<u8> {
    let blob: Vec<u8> = (0..=250).cycle().take(len - 21).collect();
    encode(&response(Value::binary(BaseType::BLOB, &blob).unwrap()))
}

/// A request of this length, for an entity whose type and name have so many
/// bytes.
fn request_of(len: usize, entity_len: usize) -> Vec<u8> {
    let entity = "e".repeat(entity_len - if entity_len < 130 { 2 } else { 5 });
    let request = |name| Request::new(Method::Post, &entity, Characteristic::SERVICES, name);
    let least = 15 + entity_len + 1 + 4 + 2;
    let name = "s".repeat(len - least);
    encode(&Message { ids: IDS, body: Body::Request(request(&name)) })
}

fn chunks(message: &[u8], size: u16) -> Vec<Vec<u8>> {
    let mut split = Split::new(message, size).unwrap();
    let mut buffer = vec![0; usize::from(size)];
    let mut chunks = Vec::new();
    while let Some(len) = split.next_chunk(&mut buffer).unwrap() {
        chunks.push(buffer[..len].to_vec());
    }
    chunks
}

/// Whether these chunks, in this order, make this message in memory of exactly
/// what is said to be enough.
fn assert_enough<'a>(
    message: &[u8],
    limit: usize,
    (size, longest_name): (u16, usize),
    chunks: impl Iterator<Item = &'a Vec<u8>>,
) {
    let memory = vec![0xEE; memory_for(limit, size, longest_name)];
    let mut joiner = Joiner::<_, 1>::with_limits([memory], limit, 1000);
    let mut complete = false;
    for chunk in chunks {
        let Body::Chunk(chunk) = Message::decode_exact(chunk).unwrap().body else {
            panic!("not a chunk")
        };
        match joiner.push(IDS, &chunk, 0) {
            Ok(Joined::Incomplete) => {}
            Ok(Joined::Complete(bytes)) => {
                assert!(bytes == message, "another message");
                complete = true;
            }
            Err(error) => panic!("{error}: limit {limit}, chunks of {size}"),
        }
    }
    assert!(complete, "limit {limit}, chunks of {size}");
}

/// In order, backwards, and the odd ones before the even.
fn assert_enough_in_any_order(message: &[u8], limit: usize, size: u16, longest_name: usize) {
    let chunks = chunks(message, size);
    assert!(chunks.len() > 1);
    assert_enough(message, limit, (size, longest_name), chunks.iter());
    assert_enough(message, limit, (size, longest_name), chunks.iter().rev());
    let odd = chunks.iter().skip(1).step_by(2);
    assert_enough(message, limit, (size, longest_name), odd.chain(chunks.iter().step_by(2)));
}

/// Limits to try with a chunk size: around multiples of it, and a large one.
fn limits(size: u16) -> Vec<usize> {
    let size = usize::from(size);
    let around = [size + 1, size + 2, 2 * size - 22, 2 * size - 1, 2 * size, 3 * size + 7];
    if cfg!(miri) { around[..2].to_vec() } else { [&around[..], &[17 * size + 5]].concat() }
}

const SIZES: &[u16] = if cfg!(miri) { &[64, 512] } else { &[64, 512, 8192, 65_535] };

#[test]
fn memory_for_a_limit_is_enough_for_responses_at_it() {
    for size in SIZES {
        for limit in limits(*size) {
            for len in [limit - 1, limit] {
                if len > usize::from(*size) {
                    assert_enough_in_any_order(&response_of(len), limit, *size, 0);
                }
            }
        }
    }
}

#[test]
fn memory_for_a_limit_is_enough_for_requests_with_names_up_to_the_longest() {
    for size in SIZES {
        let longest = (usize::from(*size) - 21) / 4;
        for limit in limits(*size) {
            // Names of services in these have four bytes for their length.
            for entity in [2, longest / 2, longest] {
                if limit >= 15 + entity + 7 + 128 {
                    assert_enough_in_any_order(&request_of(limit, entity), limit, *size, entity);
                }
            }
        }
    }
}

#[test]
fn memory_for_a_limit_is_never_more_than_three_times_of_it_and_a_chunk() {
    for size in [64, 512, 8192, 65_535] {
        for limit in [100, 10_000, 1 << 20] {
            let memory = memory_for(limit, size, 18);
            assert!(memory >= limit, "{limit}, {size}: {memory}");
            assert!(memory <= 3 * (limit + usize::from(size)), "{limit}, {size}: {memory}");
        }
    }
}

#[test]
fn no_memory_is_enough_for_chunks_without_room_for_data() {
    for size in [0, 1, 20, 21] {
        assert_eq!(memory_for(1000, size, 0), usize::MAX);
    }
    assert!(memory_for(1000, 22, 0) < 100_000);
    assert_eq!(memory_for(1000, 8192, 8192), usize::MAX);
    assert_eq!(memory_for(usize::MAX, 8192, 18), usize::MAX);
}

/// A body cut in pieces, each longer or shorter, in chunks of one message.
#[derive(Clone, Debug)]
struct Cut {
    pieces: Vec<Vec<u8>>,
    is_request: bool,
    slack: u16,
}

impl Cut {
    fn of(&self) -> ChunkOf<'static> {
        if self.is_request {
            ChunkOf::Request(Method::Put, Entity::thing("a Thing"))
        } else {
            ChunkOf::Response(Status::ACCEPTED)
        }
    }

    /// The chunk with this index, as bytes.
    fn chunk(&self, ids: Ids, index: usize) -> Vec<u8> {
        let longest = self.pieces.iter().map(Vec::len).max().unwrap_or_default();
        let body = Body::Chunk(Chunk {
            of: self.of(),
            id: u16::try_from(index + 1).unwrap(),
            count: u16::try_from(self.pieces.len()).unwrap(),
            size: u16::try_from(longest + 21).unwrap() + self.slack,
            data: &self.pieces[index],
        });
        encode(&Message { ids, body })
    }

    /// The message, as if it had come in one.
    fn whole(&self, ids: Ids) -> Vec<u8> {
        let mut bytes = self.chunk(ids, 0);
        bytes[14] = 0;
        let entity = if self.is_request { &b"\x0A\x07a Thing"[..] } else { &[] };
        [&bytes[..15], entity, &self.pieces.concat()].concat()
    }
}

fn cut() -> impl Strategy<Value = Cut> {
    let pieces = vec(vec(any::<u8>(), 0..60), 1..9);
    (pieces, any::<bool>(), 0..40_u16).prop_map(|(pieces, is_request, slack)| Cut {
        pieces,
        is_request,
        slack,
    })
}

/// Messages, and all their chunks in any order: which message, which chunk.
fn shuffled() -> impl Strategy<Value = (Vec<Cut>, Vec<(usize, usize)>)> {
    vec(cut(), 1..5).prop_flat_map(|cuts| {
        let chunks: Vec<(usize, usize)> = cuts
            .iter()
            .enumerate()
            .flat_map(|(message, cut)| (0..cut.pieces.len()).map(move |chunk| (message, chunk)))
            .collect();
        (Just(cuts), Just(chunks).prop_shuffle())
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: if cfg!(miri) { 3 } else { 256 },
        ..ProptestConfig::default()
    })]

    #[test]
    fn messages_cut_anywhere_and_shuffled_are_joined_to_the_same_bytes(
        (cuts, chunks) in shuffled(),
    ) {
        let mut joiner = Joiner::<_, 4>::new(std::array::from_fn(|_| vec![0; 2048]));
        let mut done = 0;
        let mut left: Vec<usize> = cuts.iter().map(|cut| cut.pieces.len()).collect();
        for (index, chunk) in chunks {
            let cut = &cuts[index];
            let request = u32::try_from(index).unwrap();
            let ids = Ids { request, ..IDS };
            let bytes = cut.chunk(ids, chunk);
            let message = Message::decode_exact(&bytes).unwrap();
            let Body::Chunk(chunk) = message.body else { panic!("not a chunk") };
            let joined = joiner.push(message.ids, &chunk, 0).unwrap();
            left[index] -= 1;
            if left[index] == 0 {
                prop_assert_eq!(joined, Joined::Complete(&cut.whole(ids)));
                done += 1;
            } else {
                prop_assert_eq!(joined, Joined::Incomplete);
            }
        }
        prop_assert_eq!((done, joiner.unfinished()), (cuts.len(), 0));
    }

    #[test]
    fn a_response_split_at_any_size_is_joined_to_the_same_bytes(
        len in 22..3000_usize, size in 22..400_u16,
    ) {
        let message = response_of(len);
        let chunks = chunks(&message, size);
        if len <= usize::from(size) {
            prop_assert_eq!(chunks, [message]);
        } else {
            assert_enough(&message, len, (size, 0), chunks.iter().rev());
        }
    }
}
