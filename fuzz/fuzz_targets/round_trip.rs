//! Every decoded message encodes to a canonical form of exactly the computed length, and decodes
//! to the same message again.

#![no_main]

use alwayson_conformance::laws;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    laws::round_trip(bytes).unwrap();
    laws::rebuilt(bytes).unwrap();
    laws::exact_length(bytes).unwrap();
    laws::used_bytes_alone(bytes).unwrap();
});
