//! Whatever is done to an edge and a platform that are joined in memory, what
//! must hold of them holds. `laws::connection` has the list of commands.

#![no_main]

use alwayson_conformance::laws;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|commands: &[u8]| {
    laws::connection(commands).unwrap();
});
