//! Chunks that contradict each other, come too late, or are more than there is
//! room for: each costs its own message and no other.

mod common;

use alwayson_codec::{
    Chunk, ChunkOf, Entity, EntityType, Ids, JoinError, Joined, Joiner, Method, Status,
};
use common::{IDS, chunk_bytes, join, part, success};

fn request(name: &str) -> ChunkOf<'_> {
    ChunkOf::Request(Method::Post, Entity::thing(name))
}

/// A joiner with one half of another message in it.
fn joiner() -> Joiner<Vec<u8>, 2> {
    let mut joiner = Joiner::with_limits([vec![0; 1500], vec![0; 1500]], 300, 1000);
    let other = Ids { request: 1, ..IDS };
    assert_eq!(joiner.push(other, &part(2, 2, 64, &[0xFF]), 0), Ok(Joined::Incomplete));
    joiner
}

/// Whether nothing but the other message is left, and it completes.
fn assert_other_completes(joiner: &mut Joiner<Vec<u8>, 2>, why: &str) {
    assert_eq!(joiner.unfinished(), 1, "{why}");
    let other = Ids { request: 1, ..IDS };
    let complete = joiner.push(other, &part(1, 2, 64, &[0]), 0);
    let Ok(Joined::Complete(bytes)) = complete else { panic!("{why}: {complete:?}") };
    assert_eq!((bytes[5], &bytes[6..]), (1, &success(&[0xFF])[6..]), "{why}");
    assert_eq!(joiner.unfinished(), 0, "{why}");
}

/// Whether the second of two chunks is a mismatch, and what is right completes
/// the message afterwards.
fn assert_mismatch(first: (Ids, Chunk<'_>), second: (Ids, Chunk<'_>), why: &str) {
    let mut joiner = joiner();
    assert_eq!(joiner.push(first.0, &first.1, 0), Ok(Joined::Incomplete), "{why}");
    assert_eq!(joiner.push(second.0, &second.1, 0), Err(JoinError::ChunkMismatch), "{why}");
    assert_eq!(joiner.unfinished(), 1, "{why}");
    // The message may come again from its start.
    assert_eq!(joiner.push(first.0, &first.1, 0), Ok(Joined::Incomplete), "{why}");
    for id in 2..first.1.count {
        let chunk = Chunk { id, data: b"", ..first.1 };
        assert_eq!(joiner.push(first.0, &chunk, 0), Ok(Joined::Incomplete), "{why}");
    }
    let last = Chunk { id: first.1.count, data: b"", ..first.1 };
    assert!(matches!(joiner.push(first.0, &last, 0), Ok(Joined::Complete(_))), "{why}");
    assert_other_completes(&mut joiner, why);
}

#[test]
fn whatever_changes_between_the_chunks_of_a_response_is_a_mismatch() {
    let first = part(1, 3, 64, b"data");
    let next = part(2, 3, 64, b"data");
    let created = ChunkOf::Response(Status::CREATED);
    for (ids, chunk, why) in [
        (IDS, Chunk { of: created, ..next }, "code"),
        (Ids { session: 78, ..IDS }, next, "session"),
        (Ids { endpoint: 4, ..IDS }, next, "endpoint"),
        (IDS, Chunk { count: 2, ..next }, "a lower count"),
        (IDS, Chunk { count: 4, ..next }, "a higher count"),
        (IDS, Chunk { count: 4, id: 4, ..next }, "an id above the first count"),
        (IDS, Chunk { size: 63, ..next }, "a smaller size"),
        (IDS, Chunk { size: 65, ..next }, "a larger size"),
        (IDS, Chunk { data: &[0; 65], ..next }, "data longer than the size"),
        (IDS, Chunk { id: 0, ..next }, "an id of 0"),
        (IDS, Chunk { id: 4, ..next }, "an id above the count"),
        (IDS, Chunk { id: 9, ..next }, "an id far above the count"),
        (IDS, Chunk { id: u16::MAX, ..next }, "the highest id"),
        (IDS, Chunk { id: 1, count: 2, ..next }, "the same id again, and another count"),
    ] {
        assert_mismatch((IDS, first), (ids, chunk), why);
    }
}

#[test]
fn whatever_changes_between_the_chunks_of_a_request_is_a_mismatch() {
    let first = Chunk { of: request("Pump-1"), ..part(1, 2, 64, b"data") };
    let next = Chunk { id: 2, ..first };
    let put = ChunkOf::Request(Method::Put, Entity::thing("Pump-1"));
    let user = Entity { entity_type: EntityType::USERS, ..Entity::thing("Pump-1") };
    for (of, why) in [
        (put, "method"),
        (request("Pump-2"), "name"),
        (request("Pump"), "a shorter name"),
        (request("Pump-10"), "a longer name"),
        (ChunkOf::Request(Method::Post, user), "entity type"),
    ] {
        assert_mismatch((IDS, first), (IDS, Chunk { of, ..next }), why);
    }
}

#[test]
fn chunks_built_by_hand_that_are_out_of_their_count_begin_no_message() {
    for (id, count) in [(0, 2), (3, 2), (5, 2), (9, 2), (0xFFFF, 2), (0, 0), (1, 0)] {
        let mut joiner = joiner();
        let refused = joiner.push(IDS, &part(id, count, 64, b"data"), 0);
        assert_eq!(refused, Err(JoinError::ChunkMismatch), "{id} of {count}");
        assert_other_completes(&mut joiner, "out of the count");
    }
}

#[test]
fn data_as_long_as_the_size_is_taken_and_longer_is_not_whichever_comes_first() {
    // Some peers count no header in the size.
    for size in [0, 1, 20, 21, 50] {
        let data = vec![7; usize::from(size) + 1];
        let full = part(1, 2, size, &data[1..]);
        let longer = part(2, 2, size, &data);
        let mut joiner = joiner();
        assert_eq!(joiner.push(IDS, &longer, 0), Err(JoinError::ChunkMismatch), "{size}");
        assert_eq!(joiner.push(IDS, &full, 0), Ok(Joined::Incomplete), "{size}");
        assert_eq!(joiner.push(IDS, &longer, 0), Err(JoinError::ChunkMismatch), "{size}");
        let orders: [[u16; 2]; 2] = [[1, 2], [2, 1]];
        for order in orders {
            let [first, second] = order.map(|id| Chunk { id, ..full });
            assert_eq!(joiner.push(IDS, &first, 0), Ok(Joined::Incomplete), "{size}");
            let complete = joiner.push(IDS, &second, 0);
            let Ok(Joined::Complete(bytes)) = complete else { panic!("{size}: {complete:?}") };
            assert_eq!(bytes[15..], vec![7; 2 * usize::from(size)], "{size}");
        }
        assert_other_completes(&mut joiner, "size");
    }
}

#[test]
fn a_message_that_grows_above_the_limit_is_too_large_and_dropped() {
    let mut joiner = joiner();
    // 15 + 129 + 129 and at least nothing are promised: 15 + 150 + 150 come.
    assert_eq!(joiner.push(IDS, &part(1, 3, 150, &[0; 150]), 0), Ok(Joined::Incomplete));
    let next = joiner.push(IDS, &part(2, 3, 150, &[0; 150]), 0);
    assert_eq!(next, Err(JoinError::TooLarge { limit: 300 }));
    assert_other_completes(&mut joiner, "too large");
}

#[test]
fn unfinished_messages_expire_by_the_time_that_is_passed_in() {
    let mut joiner = joiner();
    assert_eq!(joiner.next_expiry(), Some(1000));
    assert_eq!(joiner.push(IDS, &part(1, 2, 64, &[0]), 400), Ok(Joined::Incomplete));
    // A later chunk does not put it off.
    assert_eq!(joiner.push(IDS, &part(1, 2, 64, &[0]), 900), Ok(Joined::Incomplete));
    assert_eq!(joiner.next_expiry(), Some(1000));
    assert_eq!(joiner.expire(999), 0);
    assert_eq!(joiner.expire(1000), 1);
    assert_eq!((joiner.next_expiry(), joiner.unfinished()), (Some(1400), 1));
    assert_eq!(joiner.expire(1000), 0);
    assert_eq!(joiner.expire(u64::MAX), 1);
    assert_eq!((joiner.next_expiry(), joiner.unfinished()), (None, 0));
}

#[test]
fn time_that_goes_backwards_drops_nothing() {
    let mut joiner = joiner();
    assert_eq!(joiner.push(IDS, &part(1, 2, 64, &[0]), 5000), Ok(Joined::Incomplete));
    assert_eq!(joiner.unfinished(), 1, "the other has expired");
    assert_eq!(joiner.expire(0), 0);
    assert_eq!(joiner.next_expiry(), Some(6000));
    assert_eq!(join(&mut joiner, &chunk_bytes(2, 2, 64, &[0xFF]), 3), Some(success(&[0xFF])));
}

#[test]
fn a_request_id_may_be_used_again_once_its_message_has_expired() {
    let mut joiner = joiner();
    assert_eq!(joiner.push(IDS, &part(1, 2, 64, &[9]), 0), Ok(Joined::Incomplete));
    // Another session, another count, another size: no mismatch after 1 s.
    let ids = Ids { session: 99, ..IDS };
    assert_eq!(joiner.push(ids, &part(1, 3, 65, &[9]), 1000), Ok(Joined::Incomplete));
    assert_eq!(joiner.unfinished(), 1);
}

#[test]
fn as_many_messages_as_there_are_places_are_unfinished_and_one_more_is_busy() {
    let mut joiner = joiner();
    assert_eq!(joiner.push(IDS, &part(1, 2, 64, &[0]), 0), Ok(Joined::Incomplete));
    let third = Ids { request: 3, ..IDS };
    assert_eq!(joiner.push(third, &part(1, 2, 64, &[0]), 0), Err(JoinError::Busy));
    // Even of one chunk, which is put together in a place as well.
    assert_eq!(joiner.push(third, &part(1, 1, 64, &[0]), 0), Err(JoinError::Busy));
    assert_eq!(joiner.unfinished(), 2);
    assert_eq!(join(&mut joiner, &chunk_bytes(2, 2, 64, &[0xFF]), 0), Some(success(&[0xFF])));
    assert_eq!(joiner.push(third, &part(1, 2, 64, &[0]), 0), Ok(Joined::Incomplete));
    // No place at all is never enough.
    let mut none = Joiner::<Vec<u8>, 0>::new([]);
    let refused = none.push(IDS, &part(1, 2, 64, &[0]), 0);
    assert!(matches!(refused, Err(JoinError::OutOfMemory { .. })), "{refused:?}");
}

#[test]
fn too_large_is_above_the_limit_and_out_of_memory_is_within_it() {
    // 15 + 6 * 43 is within 300, 15 + 7 * 43 is not; the places have memory.
    let mut joiner = joiner();
    let too_large = Err(JoinError::TooLarge { limit: 300 });
    assert_eq!(joiner.push(IDS, &part(1, 8, 64, &[0]), 0), too_large);
    let needed = 1 + 7 * 4 + 15 + 7 * 64;
    let mut joiner = Joiner::<_, 1>::with_limits([vec![0; needed - 1]], 300, 1000);
    let out_of_memory = Err(JoinError::OutOfMemory { needed });
    assert_eq!(joiner.push(IDS, &part(1, 7, 64, &[0]), 0), out_of_memory);
    // A message above the limit is so also where no place is free.
    assert_eq!(joiner.push(IDS, &part(1, 2, 64, &[0]), 0), Ok(Joined::Incomplete));
    let other = Ids { request: 8, ..IDS };
    assert_eq!(joiner.push(other, &part(1, 8, 64, &[0]), 0), too_large);
    assert_eq!(joiner.push(other, &part(1, 7, 64, &[0]), 0), out_of_memory);
    assert_eq!(joiner.push(other, &part(1, 6, 64, &[0]), 0), Err(JoinError::Busy));
}

#[test]
fn a_message_that_no_free_place_can_hold_waits_for_the_one_that_can() {
    let mut joiner = Joiner::<_, 2>::with_limits([vec![0; 50], vec![0; 600]], 300, 1000);
    let large = part(1, 2, 164, &[0]);
    assert_eq!(joiner.push(IDS, &large, 0), Ok(Joined::Incomplete));
    // One place is free and too small, the other large enough and taken: what
    // is needed is there, only not now.
    let other = Ids { request: 8, ..IDS };
    assert_eq!(joiner.push(other, &large, 0), Err(JoinError::Busy));
}
