//! Edges and a platform connected in memory keep their invariants under any sequence of
//! commands, which `laws::connection` lists.

#![no_main]

use alwayson_conformance::laws;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|commands: &[u8]| {
    laws::connection(commands).unwrap();
});
