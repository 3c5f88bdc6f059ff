//! Any bytes decode or are refused in the defined way, and whatever decodes can
//! be walked through and shown.

#![no_main]

use alwayson_conformance::laws;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    laws::errors(bytes).unwrap();
    laws::iteration(bytes).unwrap();
    laws::secrets(bytes).unwrap();
});
