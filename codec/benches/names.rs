//! Instructions for connections with 10, 1,000 and 100,000 names, counted by callgrind: binding
//! and unbinding 100 more, and one call. The budgets of 100,000 names are at most 1.4 times those
//! of 1,000, so that the bench fails if the work for each name or call becomes linear.
//!
//! Budgets hold for x86-64.

#![expect(missing_docs, reason = "gungraun's macros make public functions")]
#![expect(unreachable_pub, reason = "each bench is a crate of its own")]

mod budget;
mod many;

use budget::budget;
use gungraun::prelude::*;
use many::{Edge, Platform};

#[library_benchmark]
#[bench::of_10(args = (10), setup = Platform::to_bind, config = budget(740_000))]
#[bench::of_1_000(args = (1_000), setup = Platform::to_bind, config = budget(900_000))]
#[bench::of_100_000(args = (100_000), setup = Platform::to_bind, config = budget(1_140_000))]
fn platform_bind(side: &mut Platform) -> usize {
    side.bind()
}

#[library_benchmark]
#[bench::of_10(args = (10), setup = Platform::to_unbind, config = budget(310_000))]
#[bench::of_1_000(args = (1_000), setup = Platform::to_unbind, config = budget(446_000))]
#[bench::of_100_000(args = (100_000), setup = Platform::to_unbind, config = budget(570_000))]
fn platform_unbind(side: &mut Platform) -> usize {
    side.unbind()
}

#[library_benchmark]
#[bench::of_10(args = (10), setup = Platform::to_call, config = budget(8_100))]
#[bench::of_1_000(args = (1_000), setup = Platform::to_call, config = budget(8_600))]
#[bench::of_100_000(args = (100_000), setup = Platform::to_call, config = budget(9_700))]
fn platform_call(side: &mut Platform) -> usize {
    side.call()
}

#[library_benchmark]
#[bench::of_10(args = (10), setup = Edge::bound, config = budget(1_240_000))]
#[bench::of_1_000(args = (1_000), setup = Edge::bound, config = budget(1_540_000))]
#[bench::of_100_000(args = (100_000), setup = Edge::bound, config = budget(2_060_000))]
fn edge_bind(side: &mut Edge) -> usize {
    side.bind()
}

#[library_benchmark]
#[bench::of_10(args = (10), setup = Edge::bound, config = budget(2_050))]
#[bench::of_1_000(args = (1_000), setup = Edge::bound, config = budget(2_200))]
#[bench::of_100_000(args = (100_000), setup = Edge::bound, config = budget(2_200))]
fn edge_answer(side: &mut Edge) -> usize {
    side.answer()
}

library_benchmark_group!(
    name = names,
    benchmarks = [platform_bind, platform_unbind, platform_call, edge_bind, edge_answer]
);
main!(library_benchmark_groups = names);
