//! What a caller can do wrong, and is told: NULL, memory that nobody made, and
//! pointers that are not aligned.

use crate::common::slice;
use alwayson_ffi::decode::alwayson_decode;
use alwayson_ffi::edge::events::alwayson_edge_poll_event;
use alwayson_ffi::edge::receive::{alwayson_edge_handle_ping, alwayson_edge_handle_received};
use alwayson_ffi::edge::send::{alwayson_edge_leave, alwayson_edge_poll_transmit};
use alwayson_ffi::edge::{
    EdgeMachine, alwayson_edge_align, alwayson_edge_init, alwayson_edge_size,
};
use alwayson_ffi::encode::alwayson_encode;
use alwayson_ffi::error::AlwaysonError;
use alwayson_ffi::message::WholeMessage;
use alwayson_ffi::multipart::{alwayson_join, alwayson_next_chunk};
use alwayson_ffi::slice::{Slice, alwayson_str};
use alwayson_ffi::table_writer::{alwayson_table_write, alwayson_write_row};
use std::ptr::{null, null_mut};

const KEEP_ALIVE: [u8; 15] = [1, 0x1F, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

#[test]
fn null_is_an_error_wherever_something_has_to_be() {
    let mut buffer = [0; 64];
    let bytes = slice(&KEEP_ALIVE);
    let start = buffer.as_mut_ptr();
    let missing = Slice { ptr: null(), len: 15 };
    let mut message = crate::common::decode(&KEEP_ALIVE);
    let errors = unsafe {
        [
            alwayson_decode(missing, &raw mut message, null_mut()),
            alwayson_decode(bytes, null_mut(), null_mut()),
            alwayson_encode(null(), start, 64, null_mut()),
            alwayson_encode(&raw const message, null_mut(), 64, null_mut()),
            alwayson_table_write(null(), start, 64, null_mut(), null_mut()),
            alwayson_next_chunk(null_mut(), start, 64, null_mut()),
            alwayson_join(null_mut(), bytes, 0, null_mut()),
            alwayson_edge_init(null_mut(), null(), start, 64),
            alwayson_edge_handle_received(null_mut(), bytes, null_mut(), 0, null_mut()),
            alwayson_edge_poll_transmit(null_mut(), start, 64, 0, null_mut()),
            alwayson_edge_handle_ping(null_mut(), 0),
            alwayson_edge_leave(null_mut(), 0),
        ]
    };
    assert_eq!(errors.map(|error| error.kind), [AlwaysonError::Null; 12]);
    unsafe {
        assert!(!alwayson_edge_poll_event(null_mut(), null_mut()));
        assert!(alwayson_str(null()).ptr.is_null());
        // Nothing to write to, and nobody to tell.
        alwayson_write_row(null_mut(), None, null_mut());
    }
}

#[test]
fn zeros_and_what_is_not_aligned_are_refused() {
    let mut words = vec![0_u64; alwayson_edge_size() / 8 + 1];
    assert_eq!(alwayson_edge_align(), align_of::<u64>());
    let zeros = words.as_mut_ptr().cast::<EdgeMachine>();
    let odd = zeros.wrapping_byte_add(1);
    let kinds = unsafe {
        [alwayson_edge_leave(zeros, 0).kind, alwayson_edge_init(odd, null(), null_mut(), 0).kind]
    };
    assert_eq!(kinds, [AlwaysonError::Misuse; 2]);
    let mut places = [0_u64; size_of::<WholeMessage>() / 8 + 1];
    let odd = places.as_mut_ptr().cast::<WholeMessage>().wrapping_byte_add(1);
    let error = unsafe { alwayson_decode(slice(&KEEP_ALIVE), odd, null_mut()) };
    assert_eq!(error.kind, AlwaysonError::Misuse);
}
