//! Any sequence of chunks of several messages joins to messages or fails with a defined error.
//! A chunk is two bytes of length and that many bytes.

#![no_main]

use alwayson_conformance::laws;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|records: &[u8]| {
    laws::joiner(records).unwrap();
});
