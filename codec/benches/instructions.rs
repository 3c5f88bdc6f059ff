//! Instructions per message, counted by callgrind: the same on every run. Each
//! has a budget, and the bench fails where one is exceeded.
//!
//! Budgets hold for x86-64. Encoding starts from typed values and has the
//! budget of decoding the same message. Receiving is what a platform's
//! connection does with it, decoding included.

#![expect(missing_docs, reason = "gungraun's macros make public functions")]

mod bound;
mod budget;
mod common;
mod shapes;

use alwayson_codec::connection::platform;
use alwayson_codec::{DecodeError, EncodeError, Message};
use bound::{BoundConnection, NoJoiner};
use budget::budget;
use common::{KEY, Pushed, THING, bytes, pushed};
use gungraun::prelude::*;

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

// The work grows with the length of a message and no faster, whatever is in it: of each shape,
// the message of twice the length has at most 2.1 times the budget.
#[library_benchmark]
#[bench::rows_without_cells_1(args = ("rows without cells", 1), setup = shapes::shape, config = budget(420_000))]
#[bench::rows_without_cells_2(args = ("rows without cells", 2), setup = shapes::shape, config = budget(882_000))]
#[bench::fields_1(args = ("fields", 1), setup = shapes::shape, config = budget(630_000))]
#[bench::fields_2(args = ("fields", 2), setup = shapes::shape, config = budget(1_323_000))]
#[bench::cells_of_one_row_1(args = ("cells of one row", 1), setup = shapes::shape, config = budget(3_300_000))]
#[bench::cells_of_one_row_2(args = ("cells of one row", 2), setup = shapes::shape, config = budget(6_930_000))]
#[bench::nested_tables_and_variants_1(args = ("nested tables and variants", 1), setup = shapes::shape, config = budget(1_300_000))]
#[bench::nested_tables_and_variants_2(args = ("nested tables and variants", 2), setup = shapes::shape, config = budget(2_730_000))]
#[bench::empty_strings_1(args = ("empty strings", 1), setup = shapes::shape, config = budget(1_300_000))]
#[bench::empty_strings_2(args = ("empty strings", 2), setup = shapes::shape, config = budget(2_730_000))]
#[bench::names_1(args = ("names", 1), setup = shapes::shape, config = budget(780_000))]
#[bench::names_2(args = ("names", 2), setup = shapes::shape, config = budget(1_638_000))]
#[bench::empty_names_1(args = ("empty names", 1), setup = shapes::shape, config = budget(1_600_000))]
#[bench::empty_names_2(args = ("empty names", 2), setup = shapes::shape, config = budget(3_360_000))]
fn walk(bytes: &[u8]) -> usize {
    shapes::walk(bytes)
}

library_benchmark_group!(
    name = messages,
    benchmarks = [decode, encode_auth, encode_get, encode_push, receive, walk]
);
main!(library_benchmark_groups = messages);
