//! Any bytes decode or fail with a defined error, and every decoded message can be iterated and
//! shown.

#![no_main]

use alwayson_conformance::laws;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    laws::errors(bytes).unwrap();
    laws::iteration(bytes).unwrap();
    laws::secrets(bytes).unwrap();
});
