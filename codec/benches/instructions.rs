//! Instructions per message, counted by callgrind: the same on every run. Each
//! has a budget, and the bench fails where one is exceeded.
//!
//! Budgets hold for x86-64. Encoding starts from typed values and has the
//! budget of decoding the same message. Receiving is what a platform's
//! connection does with it, decoding included.

#![expect(missing_docs, reason = "gungraun's macros make public functions")]

mod bound;
mod common;

use alwayson_codec::connection::platform;
use alwayson_codec::{DecodeError, EncodeError, Message};
use bound::{BoundConnection, NoJoiner};
use common::{KEY, Pushed, THING, bytes, pushed};
use gungraun::prelude::*;
use gungraun::{Callgrind, EventKind};

fn budget(instructions: u64) -> LibraryBenchmarkConfig {
    let mut callgrind = Callgrind::default();
    callgrind.hard_limits([(EventKind::Ir, instructions)]);
    let mut config = LibraryBenchmarkConfig::default();
    config.tool(callgrind);
    config
}

#[library_benchmark]
#[bench::auth(args = ("auth"), setup = bytes, config = budget(165))]
#[bench::get(args = ("get"), setup = bytes, config = budget(155))]
#[bench::push(args = ("push"), setup = bytes, config = budget(1_500))]
#[bench::push100(args = ("push100"), setup = bytes, config = budget(31_000))]
fn decode(bytes: &[u8]) -> Result<(Message<'_>, usize), DecodeError> {
    Message::decode(bytes)
}

fn buffer() -> &'static mut [u8] {
    vec![0; 4096].leak()
}

fn rows_and_buffer(name: &str) -> (&'static [Pushed], &'static mut [u8]) {
    (pushed(name).leak(), buffer())
}

#[library_benchmark]
#[bench::auth(args = (KEY, buffer()), config = budget(165))]
fn encode_auth(key: &str, buffer: &mut [u8]) -> Result<usize, EncodeError> {
    common::encode_auth(key, buffer)
}

#[library_benchmark]
#[bench::get(args = (THING, "Temperature", buffer()), config = budget(155))]
fn encode_get(thing: &str, property: &str, buffer: &mut [u8]) -> Result<usize, EncodeError> {
    common::encode_get(thing, property, buffer)
}

#[library_benchmark]
#[bench::push(args = ("push"), setup = rows_and_buffer, config = budget(1_500))]
#[bench::push100(args = ("push100"), setup = rows_and_buffer, config = budget(31_000))]
fn encode_push((rows, buffer): (&[Pushed], &mut [u8])) -> Result<usize, EncodeError> {
    common::encode_push(rows, buffer)
}

type Bound = (&'static mut BoundConnection, &'static mut NoJoiner, &'static [u8]);

fn bound_and_bytes(name: &str) -> Bound {
    let joiner = Box::leak(Box::new(bound::no_joiner()));
    (Box::leak(Box::new(bound::bound())), joiner, bytes(name))
}

// At most 600 more than decoding it takes.
#[library_benchmark]
#[bench::push(args = ("push"), setup = bound_and_bytes, config = budget(1_287 + 600))]
fn receive((connection, joiner, bytes): Bound) -> platform::Received<'static> {
    connection.handle_received(bytes, joiner, 1_000)
}

library_benchmark_group!(
    name = messages,
    benchmarks = [decode, encode_auth, encode_get, encode_push, receive]
);
main!(library_benchmark_groups = messages);
