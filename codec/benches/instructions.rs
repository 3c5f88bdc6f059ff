//! Instructions per message, counted by callgrind and held against budgets.
#![allow(missing_docs)]

use alwayson_codec::{DecodeError, Message};
use gungraun::prelude::*;
use gungraun::{Callgrind, EventKind};

fn message(name: &str) -> &'static [u8] {
    let path = format!("{}/../conformance/bench/{name}.hex", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.trim();
    let bytes = (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap());
    bytes.collect::<Vec<_>>().leak()
}

fn within(instructions: u64) -> LibraryBenchmarkConfig {
    LibraryBenchmarkConfig::default()
        .tool(Callgrind::default().hard_limits([(EventKind::Ir, instructions)]).clone())
        .clone()
}

#[library_benchmark]
#[bench::auth(args = ("auth"), setup = message, config = within(165))]
#[bench::get(args = ("get"), setup = message, config = within(155))]
#[bench::push(args = ("push"), setup = message, config = within(1500))]
#[bench::push100(args = ("push100"), setup = message, config = within(31_000))]
fn decode(bytes: &[u8]) -> Result<(Message<'_>, usize), DecodeError> {
    Message::decode(bytes)
}

library_benchmark_group!(name = decoding, benchmarks = decode);
main!(library_benchmark_groups = decoding);
