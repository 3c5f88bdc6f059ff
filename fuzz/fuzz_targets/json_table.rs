//! Any JSON is a value of a base type or fails with a defined error, and every value that was
//! read is written as JSON that is read alike.

#![no_main]

use alwayson::serde_json::{self, Value as Json};
use alwayson_codec::BaseType;
use libfuzzer_sys::fuzz_target;

#[path = "../../adapter/tests/json/law.rs"]
mod law;

fuzz_target!(|text: &[u8]| {
    let Ok(json) = serde_json::from_slice::<Json>(text) else { return };
    for base_type in BaseType::ALL {
        law::is_read_alike(&json, *base_type).unwrap();
    }
});
