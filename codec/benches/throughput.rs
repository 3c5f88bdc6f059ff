//! Time per message and bytes per second, beside a `memcpy` of the same bytes
//! in the same run. Times vary with the machine and the day; what can be
//! compared is a line with the `memcpy` above it.

mod common;

use alwayson_codec::Message;
use common::{KEY, THING, bytes, pushed};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};

const NAMES: [&str; 4] = ["auth", "get", "push", "push100"];

fn main() {
    divan::main();
}

#[divan::bench(args = NAMES)]
fn a_memcpy(bencher: Bencher<'_, '_>, name: &str) {
    let bytes = bytes(name);
    let mut buffer = [0; 4096];
    bencher.counter(BytesCount::new(bytes.len())).bench_local(|| {
        black_box(&mut buffer)[..bytes.len()].copy_from_slice(black_box(bytes));
    });
}

#[divan::bench(args = NAMES)]
fn decode(bencher: Bencher<'_, '_>, name: &str) {
    let bytes = bytes(name);
    bencher.counter(BytesCount::new(bytes.len())).bench_local(|| {
        // Where it is: divan would copy what is returned, which takes longer than decoding.
        black_box(&Message::decode(black_box(bytes)));
    });
}

#[divan::bench(args = NAMES)]
fn encode(bencher: Bencher<'_, '_>, name: &str) {
    let rows = pushed(name);
    let mut buffer = [0; 4096];
    let bencher = bencher.counter(BytesCount::new(bytes(name).len()));
    match name {
        "auth" => bencher.bench_local(|| {
            black_box(&common::encode_auth(black_box(KEY), black_box(&mut buffer)));
        }),
        "get" => bencher.bench_local(|| {
            let buffer = black_box(&mut buffer);
            black_box(&common::encode_get(black_box(THING), black_box("Temperature"), buffer));
        }),
        _ => bencher.bench_local(|| {
            black_box(&common::encode_push(black_box(&rows), black_box(&mut buffer)));
        }),
    }
}
