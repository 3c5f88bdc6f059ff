//! Long messages, and memory of the caller that is not as it has to be.

use crate::common::{decode, from_hex, out, slice, some, text};
use alwayson_ffi::decode::alwayson_decode;
use alwayson_ffi::edge::events::{
    AlwaysonEnd, AlwaysonState, alwayson_edge_counters, alwayson_edge_end,
    alwayson_edge_poll_timeout, alwayson_edge_state,
};
use alwayson_ffi::edge::receive::{AlwaysonReceived, alwayson_edge_rest};
use alwayson_ffi::edge::send::{
    alwayson_edge_request, alwayson_edge_write_property, alwayson_read_property,
};
use alwayson_ffi::edge::settings::{EdgeSettings, alwayson_settings};
use alwayson_ffi::encode::alwayson_encode;
use alwayson_ffi::error::AlwaysonError;
use alwayson_ffi::multipart::{
    ChunkJoiner, alwayson_join, alwayson_joiner_expire, alwayson_joiner_init,
    alwayson_joiner_next_expiry, alwayson_memory_for, alwayson_next_chunk, alwayson_split,
};
use alwayson_ffi::value::{alwayson_number, alwayson_string};
use std::mem::MaybeUninit;

use crate::edge::{BIND_ACCEPTED, GET, KEEP_ALIVE, NAME, Side};

#[test]
fn long_messages_are_taken_apart_and_joined_in_memory_of_the_caller() {
    let mut message = decode(&from_hex(BIND_ACCEPTED));
    message.ids.request = 3;
    let long = "q".repeat(500);
    message.body.response.content = alwayson_string(slice(long.as_bytes()));
    let mut whole = vec![0; 600];
    let len =
        out(|len| unsafe { alwayson_encode(&raw const message, whole.as_mut_ptr(), 600, len) });
    whole.truncate(len.unwrap());
    let mut memory = vec![0; alwayson_memory_for(600, 128, 0)];
    let mut joiner = out::<ChunkJoiner>(|joiner| unsafe {
        alwayson_joiner_init(joiner, memory.as_mut_ptr(), memory.len(), 1, 600, 50_000)
    })
    .unwrap();
    let mut outbox = [0; 64];
    let mut side = Side::online(&mut outbox);
    side.joiner = &raw mut joiner;
    let read = alwayson_read_property(slice(NAME), slice(b"long"));
    let edge = side.edge();
    let id = out(|id| unsafe { alwayson_edge_request(edge, &raw const read, 1_000, id) });
    assert_eq!(id, Ok(3));
    let mut split = out(|split| unsafe { alwayson_split(slice(&whole), 128, split) }).unwrap();
    let mut chunk = [0; 128];
    loop {
        let len =
            out(|len| unsafe { alwayson_next_chunk(&raw mut split, chunk.as_mut_ptr(), 128, len) });
        let len = len.unwrap();
        assert!(len > 0, "the answer was never complete");
        let received = side.receive(&chunk[..len]);
        if received.kind == AlwaysonReceived::Response as u8 {
            // It stands in the joiner's memory, not in the chunk.
            chunk.fill(0);
            assert_eq!(text(unsafe { received.response.content.r#as.text }), long);
            return;
        }
    }
}

#[test]
fn a_joiner_of_its_own_forgets_what_is_not_complete_in_time() {
    let mut memory = [0; 1_000];
    let mut joiner = out::<ChunkJoiner>(|joiner| unsafe {
        alwayson_joiner_init(joiner, memory.as_mut_ptr(), 1_000, 2, 400, 50)
    })
    .unwrap();
    let chunk = from_hex("014000000003000000000000004d01000100020040aabb");
    let joiner = &raw mut joiner;
    unsafe {
        let whole = out(|whole| alwayson_join(joiner, slice(&chunk), 1_000, whole)).unwrap();
        assert!(whole.ptr.is_null());
        assert_eq!(some(|at| alwayson_joiner_next_expiry(joiner, at)), Some(1_050));
        assert_eq!(out(|count| alwayson_joiner_expire(joiner, 1_050, count)), Ok(1));
        let keep_alive = [1, 0x1F, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let refused = out(|whole| alwayson_join(joiner, slice(&keep_alive), 1_060, whole));
        assert_eq!(refused.err().unwrap().kind, AlwaysonError::InvalidChunk);
        let none = alwayson_joiner_init(joiner, memory.as_mut_ptr(), 1_000, 0, 400, 50);
        assert_eq!(none.kind, AlwaysonError::InvalidNumber);
    }
}

#[test]
fn a_place_that_is_not_aligned_is_refused_before_anything_is_done() {
    let mut places = [0_u64; 2];
    let odd = places.as_mut_ptr().cast::<u8>().wrapping_add(1);
    let mut outbox = [0; 256];
    let mut side = Side::online(&mut outbox);
    let edge = side.edge();
    let name = slice(b"Pressure");
    let value = alwayson_number(2.5);
    let mut joiner = MaybeUninit::zeroed();
    let bytes = slice(&KEEP_ALIVE);
    let mut message = decode(&KEEP_ALIVE);
    let value = &raw const value;
    let mut counted = 0_u32;
    let kinds = unsafe {
        [
            alwayson_edge_write_property(edge, name, name, value, 1_000, odd.cast()).kind,
            alwayson_decode(bytes, &raw mut message, odd.cast()).kind,
            alwayson_joiner_expire(joiner.as_mut_ptr(), 0, odd.cast()).kind,
        ]
    };
    assert_eq!(kinds, [AlwaysonError::Misuse; 3]);
    assert_eq!(places, [0; 2]);
    // Nothing was sent whose id nobody knows.
    assert_eq!(side.transmit(), b"");
    let error =
        unsafe { alwayson_edge_write_property(edge, name, name, value, 1_000, &raw mut counted) };
    assert_eq!(error.kind, AlwaysonError::Ok);
    assert!(counted > 0);
}

#[test]
fn an_edge_is_looked_at_by_a_pointer_that_nothing_is_written_through() {
    let mut outbox = [0; 64];
    let side = Side::online(&mut outbox);
    let edge = side.edge().cast_const();
    let mut at = 0_u64;
    unsafe {
        assert_eq!(alwayson_edge_state(edge), AlwaysonState::Online);
        assert_eq!(alwayson_edge_end(edge), AlwaysonEnd::None);
        assert!(alwayson_edge_poll_timeout(edge, &raw mut at));
        assert_eq!(alwayson_edge_state(edge.wrapping_byte_add(1)), AlwaysonState::None);
    }
}

#[test]
fn several_messages_in_one_are_handed_in_one_after_another_where_that_is_set() {
    for several_messages in [0, 1] {
        let settings = EdgeSettings { several_messages, ..alwayson_settings() };
        let mut outbox = [0; 64];
        let mut side = Side::set(&mut outbox, settings);
        side.bind_and_open();
        let bytes = from_hex(&format!("{BIND_ACCEPTED}{GET}{}", "00".repeat(20)));
        assert_eq!(side.receive(&bytes).kind, 0);
        let edge = side.edge().cast_const();
        let rest = out(|rest| unsafe { alwayson_edge_rest(edge, slice(&bytes), rest) }).unwrap();
        let counters = |side: &Side| {
            out(|counted| unsafe { alwayson_edge_counters(side.edge(), counted) }).unwrap()
        };
        if several_messages == 0 {
            assert_eq!(rest.len, 0);
            assert_eq!(counters(&side).bytes_followed, u32::try_from(bytes.len() - 17).unwrap());
            continue;
        }
        assert_eq!(rest.len, bytes.len() - 17);
        let rest = bytes[17..].to_vec();
        assert_eq!(side.receive(&rest).kind, AlwaysonReceived::Request as u8);
        let rest = out(|more| unsafe { alwayson_edge_rest(edge, slice(&rest), more) }).unwrap();
        assert_eq!(rest.len, 0, "zeros are bytes of nothing");
        assert_eq!((counters(&side).messages_followed, counters(&side).bytes_followed), (1, 20));
    }
}
