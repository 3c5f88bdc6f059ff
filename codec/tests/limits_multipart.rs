//! Every bound of chunks at its limit, one below and one above: their count,
//! their size, the joiner's message limit, memory and timeout.

mod common;

use alwayson_codec::limits::{DEFAULT_JOIN_TIMEOUT_MS, DEFAULT_MESSAGE_LIMIT, MAX_CHUNKS};
use alwayson_codec::{
    BaseType, Body, Characteristic, JoinError, Joined, Joiner, Message, Method, Request, Split,
    SplitError, Value,
};
use common::{IDS, encode, join, part, response, success};

/// The chunks of a message.
fn split(message: &[u8], chunk_size: u16) -> Result<Vec<Vec<u8>>, SplitError> {
    let mut split = Split::new(message, chunk_size)?;
    let mut chunks = Vec::new();
    let mut buffer = vec![0; usize::from(chunk_size)];
    while let Some(len) = split.next_chunk(&mut buffer)? {
        chunks.push(buffer[..len].to_vec());
    }
    Ok(chunks)
}

/// A response whose body has so many bytes.
fn with_body_of(len: usize) -> Vec<u8> {
    let blob = vec![0xAB; len - 6];
    let bytes = encode(&response(Value::binary(BaseType::BLOB, &blob).unwrap()));
    assert_eq!(bytes.len(), 15 + len);
    bytes
}

#[test]
fn up_to_65535_chunks_are_made_and_65536_are_refused() {
    // One byte of data a chunk.
    let counts = if cfg!(miri) { [255, 256] } else { [MAX_CHUNKS - 1, MAX_CHUNKS] };
    for count in counts {
        let message = with_body_of(count);
        let mut split = Split::new(&message, 22).unwrap();
        assert_eq!(usize::from(split.count()), count);
        let mut made = 0;
        let mut last = [0; 22];
        while let Some(len) = split.next_chunk(&mut last).unwrap() {
            assert_eq!(len, 22);
            made += 1;
        }
        assert_eq!(made, count);
        let count = u16::try_from(count).unwrap().to_be_bytes();
        assert_eq!((&last[15..17], &last[17..19]), (&count[..], &count[..]));
    }
    assert_eq!(split(&with_body_of(MAX_CHUNKS + 1), 22), Err(SplitError::TooManyChunks));
}

#[test]
fn a_chunk_size_that_leaves_room_for_one_byte_is_the_least() {
    let message = with_body_of(200);
    let least = 15 + 6 + 1;
    for size in [0, 1, 14, 15, 20, least - 1] {
        let too_small = SplitError::ChunkSizeTooSmall { least: usize::from(least) };
        assert_eq!(split(&message, size), Err(too_small), "{size}");
    }
    assert_eq!(split(&message, least).unwrap().len(), 200);
    assert_eq!(split(&message, least + 1).unwrap().len(), 100);
}

#[test]
fn the_least_chunk_size_of_a_request_counts_its_entity() {
    let get = Request::new(Method::Get, "Pump", Characteristic::PROPERTIES, "Temperature");
    let message = encode(&Message { ids: IDS, body: Body::Request(get) });
    let least = 15 + 6 + (1 + 1 + 4) + 1;
    for size in [least - 2, least - 1] {
        let too_small = SplitError::ChunkSizeTooSmall { least: usize::from(least) };
        assert_eq!(split(&message, size), Err(too_small), "{size}");
    }
    assert_eq!(split(&message, least).unwrap().len(), message.len() - 15 - 6);
    assert_eq!(split(&message, least + 1).unwrap().len(), (message.len() - 15 - 6).div_ceil(2));
}

#[test]
fn a_message_as_long_as_the_chunk_size_is_sent_whole_and_a_longer_one_in_chunks() {
    for (len, count) in [(63, 1), (64, 1), (65, 2)] {
        let message = with_body_of(len - 15);
        let chunks = split(&message, 64).unwrap();
        assert_eq!(chunks.len(), count);
        assert_eq!(chunks[0] == message, count == 1);
        assert!(chunks.iter().all(|chunk| chunk.len() <= 64));
    }
}

#[test]
fn messages_up_to_the_limit_of_the_joiner_complete_and_longer_ones_are_too_large() {
    let limit = 200;
    for len in [limit - 1, limit, limit + 1] {
        let message = with_body_of(len - 15);
        let mut joiner = Joiner::<_, 1>::with_limits([vec![0; 1000]], limit, 1000);
        let chunks = split(&message, 64).unwrap();
        let (last, others) = chunks.split_last().unwrap();
        for chunk in others {
            assert_eq!(join(&mut joiner, chunk, 0), None);
        }
        let Body::Chunk(chunk) = Message::decode_exact(last).unwrap().body else { panic!("whole") };
        let result = joiner.push(IDS, &chunk, 0);
        if len <= limit {
            assert_eq!(result, Ok(Joined::Complete(&message)));
        } else {
            assert_eq!(result, Err(JoinError::TooLarge { limit }));
        }
        assert_eq!(joiner.unfinished(), 0);
    }
}

#[test]
fn what_count_and_size_promise_is_held_against_the_limit_with_the_first_chunk() {
    // Three chunks of 43 bytes that are full, and at least nothing in the last.
    let promised = 15 + 3 * 43;
    for (limit, taken) in [(promised - 1, false), (promised, true), (promised + 1, true)] {
        let mut joiner = Joiner::<_, 1>::with_limits([vec![0; 1000]], limit, 1000);
        let result = joiner.push(IDS, &part(2, 4, 64, &[0; 43]), 0);
        if taken {
            assert_eq!(result, Ok(Joined::Incomplete), "{limit}");
        } else {
            assert_eq!(result, Err(JoinError::TooLarge { limit }));
        }
    }
}

#[test]
fn the_default_limits_of_a_joiner_are_1_mib_and_50_seconds() {
    let mut joiner = Joiner::<_, 1>::new([vec![0; 100_000]]);
    let bomb = part(1, 0xFFFF, 0xFFFF, &[]);
    let limit = DEFAULT_MESSAGE_LIMIT;
    assert_eq!(joiner.push(IDS, &bomb, 0), Err(JoinError::TooLarge { limit }));
    assert_eq!(joiner.push(IDS, &part(1, 2, 64, &[]), 7), Ok(Joined::Incomplete));
    assert_eq!(joiner.next_expiry(), Some(7 + DEFAULT_JOIN_TIMEOUT_MS));
    assert_eq!((limit, DEFAULT_JOIN_TIMEOUT_MS), (1_048_576, 50_000));
}

#[test]
fn a_place_with_the_memory_that_is_needed_is_enough_and_one_byte_less_is_not() {
    // A bit and a length for each of 9 chunks, the header, room for as much data
    // as their size says.
    let needed = 2 + 9 * 4 + 15 + 9 * 64;
    let message = with_body_of(9 * 43);
    for len in [0, 1, needed - 1, needed, needed + 1] {
        let mut joiner = Joiner::<_, 1>::with_limits([vec![0; len]], 10_000, 1000);
        let chunks = split(&message, 64).unwrap();
        if len < needed {
            let result = joiner.push(IDS, &part(9, 9, 64, &[0; 43]), 0);
            assert_eq!(result, Err(JoinError::OutOfMemory { needed }), "{len}");
            assert_eq!(joiner.unfinished(), 0);
            continue;
        }
        let result: Vec<_> =
            chunks.iter().rev().filter_map(|chunk| join(&mut joiner, chunk, 0)).collect();
        assert_eq!(result, std::slice::from_ref(&message), "{len}");
    }
}

#[test]
fn a_message_expires_when_the_timeout_has_passed_and_not_a_millisecond_earlier() {
    for (now, expired) in [(1000 + 299, 0), (1000 + 300, 1), (1000 + 301, 1)] {
        let mut joiner = Joiner::<_, 1>::with_limits([vec![0; 200]], 1000, 300);
        assert_eq!(joiner.push(IDS, &part(1, 2, 64, &[0]), 1000), Ok(Joined::Incomplete));
        assert_eq!(joiner.next_expiry(), Some(1300));
        assert_eq!(joiner.expire(now), expired, "{now}");
        assert_eq!(joiner.unfinished(), 1 - expired);
        // Unless it has, the second chunk completes it.
        let result = join(&mut joiner, &common::chunk_bytes(2, 2, 64, &[0xFF]), now);
        let complete = Some(success(&[0xFF])).filter(|_| expired == 0);
        assert_eq!(result, complete, "{now}");
    }
}

#[test]
fn a_push_drops_what_has_expired_at_its_time() {
    for (now, complete) in [(1299, true), (1300, false), (1301, false)] {
        let mut joiner = Joiner::<_, 1>::with_limits([vec![0; 200]], 1000, 300);
        assert_eq!(joiner.push(IDS, &part(1, 2, 64, &[0]), 1000), Ok(Joined::Incomplete));
        let result = join(&mut joiner, &common::chunk_bytes(2, 2, 64, &[0xFF]), now);
        assert_eq!(result.is_some(), complete, "{now}");
    }
}

#[test]
fn times_at_the_end_of_the_clock_do_not_overflow() {
    let mut joiner = Joiner::<_, 1>::with_limits([vec![0; 200]], 1000, u64::MAX);
    assert_eq!(joiner.push(IDS, &part(1, 2, 64, &[0]), u64::MAX - 1), Ok(Joined::Incomplete));
    assert_eq!(joiner.next_expiry(), Some(u64::MAX));
    assert_eq!(joiner.expire(u64::MAX - 1), 0);
    assert_eq!(joiner.expire(u64::MAX), 1);
}

#[test]
fn a_chunk_buffer_is_enough_from_the_length_of_the_chunk_on() {
    let message = encode(&response(Value::from("a text that needs more than one chunk of forty")));
    let chunks = split(&message, 40).unwrap();
    let mut split = Split::new(&message, 40).unwrap();
    for chunk in &chunks {
        let needed = chunk.len();
        for len in [0, needed - 1] {
            let too_small = Err(SplitError::BufferTooSmall { needed });
            assert_eq!(split.next_chunk(&mut vec![0; len]), too_small);
        }
        let mut buffer = vec![0xEE; needed + 1];
        assert_eq!(split.next_chunk(&mut buffer), Ok(Some(needed)));
        assert_eq!((&buffer[..needed], buffer[needed]), (&chunk[..], 0xEE));
    }
    assert_eq!(split.next_chunk(&mut []), Ok(None));
}
