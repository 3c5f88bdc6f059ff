#!/usr/bin/env bash
# The checks of this project, one function each: `./ci.sh NAME...`, or
# `./ci.sh all`. Each installs what it needs and fails where that cannot be had.
set -euo pipefail
cd "$(dirname "$0")"
export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

targets=(thumbv6m-none-eabi thumbv7em-none-eabihf riscv32imc-unknown-none-elf)
msrv=1.87.0
cargo_fuzz=0.13.2
gungraun=0.20.0
cbindgen=0.29.2

toolchain() { # name component...
  local name=$1
  shift
  rustup toolchain list | grep -q "^$name" || rustup toolchain install "$name" --profile minimal
  [ $# = 0 ] || rustup component add --toolchain "$name" "$@"
}

tool() { # crate version
  cargo install --list | grep -q "^$1 v$2:" || cargo install "$1" --version "$2" --locked
}

debian() { # command package
  command -v "$1" >/dev/null || { apt-get update && apt-get install -y --no-install-recommends "$2"; }
}

# Formatting, as rustfmt has it.
fmt() {
  cargo fmt --all --check
  (cd fuzz && cargo fmt --check)
  (cd conformance/firmware && cargo fmt --check)
}

# Warnings are errors; so is a public item without documentation.
clippy() {
  cargo clippy --workspace --all-targets -- -D warnings
  cargo clippy -p alwayson --no-default-features --lib -- -D warnings
  cargo clippy -p alwayson-codec --all-targets --all-features -- -D warnings
}

# Unit, property and vector tests, and the examples of docs and README.
tests() {
  cargo test --workspace
  cargo test -p alwayson-codec --all-features
}

# Documentation without warnings.
docs() {
  RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features
}

# The codec for bare metal, with each feature alone and all together.
targets() {
  rustup target add "${targets[@]}"
  for target in "${targets[@]}"; do
    for features in "" defmt embedded-io defmt,embedded-io; do
      cargo build -p alwayson-codec --target "$target" --features "$features"
    done
  done
}

# No panic can be reached on bare metal: else the programs do not link.
links() {
  rustup target add "${targets[@]}"
  conformance/firmware/links.sh
}

# The C interface: its header, C programs on this host and in QEMU, no panic that
# can be reached, and its unsafe code under Miri.
ffi() {
  toolchain nightly miri rust-src
  rustup target add "${targets[@]}"
  tool cbindgen "$cbindgen"
  debian gcc gcc
  debian g++ g++
  debian arm-none-eabi-gcc gcc-arm-none-eabi
  debian qemu-system-arm qemu-system-arm
  (
    cd conformance/firmware/ffi
    # It has a directory of its own to build in.
    ./links.sh &
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps
    cargo test
    ./check.sh
    cargo +nightly miri test --test from_c -- edge messages misuse
    wait $!
  )
}

# The oldest compiler that the codec promises.
msrv() {
  toolchain "$msrv"
  cargo "+$msrv" check -p alwayson-codec --all-features
}

# The codec's tests under Miri, and beside them those that byte order could break
# on a big-endian machine, and the laws of an edge and a platform joined.
miri() {
  toolchain nightly miri rust-src
  local test=(cargo +nightly miri test -p alwayson-codec)
  local big_endian=("${test[@]}" --target s390x-unknown-linux-gnu)
  export PROPTEST_CASES=8
  {
    "${big_endian[@]}" --test values --test tables --test multipart
    "${big_endian[@]}" --test faults c20
    # Its random cases are seeded by the system.
    PROPTEST_CASES=1 MIRIFLAGS=-Zmiri-disable-isolation \
      cargo +nightly miri test -p alwayson-conformance --test pair
  } &
  "${test[@]}" --features embedded-io
  wait $!
}

# Each fuzz target for ten seconds, from the seeds on; and the seeds are those
# that the script writes.
fuzz_smoke() {
  toolchain nightly
  tool cargo-fuzz "$cargo_fuzz"
  local fresh
  fresh=$(mktemp -d)
  fuzz/seed.sh "$fresh"
  diff -r "$fresh" fuzz/seeds
  rm -r "$fresh"
  for target in decode round_trip joiner connection; do
    mkdir -p "fuzz/corpus/$target"
    cargo +nightly fuzz run "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
      -max_total_time=10 -dict=fuzz/alwayson.dict -max_len=20000
  done
}

# Instructions per message against their budgets.
bench() {
  debian valgrind valgrind
  tool gungraun-runner "$gungraun"
  cargo bench -p alwayson-codec --bench instructions
}

# The commands of conformance that stand in the README.
conformance() {
  cargo run -p alwayson-conformance -- replay conformance/captures/*.json
  cargo run -p alwayson-conformance -- vectors
  cargo run -p alwayson-conformance -- sessions
}

all() {
  for check in fmt clippy docs targets msrv links ffi bench miri fuzz_smoke tests conformance; do
    echo "== $check"
    "$check"
  done
}

[ $# -gt 0 ] || { sed -n 's/^\([a-z_]*\)() {$/\1/p' "$0"; exit 2; }
for check in "$@"; do
  "$check"
done
