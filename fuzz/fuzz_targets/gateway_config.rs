//! Any bytes are a configuration of the gateway, or are refused; each reason and each note has a
//! place in the text.

#![no_main]

use alwayson_gateway::Config;
use libfuzzer_sys::fuzz_target;

#[path = "../../adapter/gateway/tests/config/law.rs"]
mod law;

fuzz_target!(|bytes: &[u8]| {
    // Files that are not UTF-8 are refused before they are parsed.
    law::is_answered_with_places(&String::from_utf8_lossy(bytes)).unwrap();
});
