#!/usr/bin/env bash
# The checks of this project, one function each: `./ci.sh NAME...` or `./ci.sh all`. Each
# installs what it needs, and fails if that is not possible.
set -euo pipefail
cd "$(dirname "$0")"
export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

targets=(thumbv6m-none-eabi thumbv7em-none-eabihf riscv32imc-unknown-none-elf)
msrv=1.87.0
cargo_fuzz=0.13.2
gungraun=0.20.0
cbindgen=0.29.2
cargo_deny=0.20.2
cargo_public_api=0.52.0
# The oldest that is used: replicas of 2.9 come to number what they keep differently.
nats_server=2.10

toolchain() { # name component...
  local name=$1
  shift
  # No pipe: grep would close it early, which counts as a failure.
  grep -q "^$name" <<<"$(rustup toolchain list)" || rustup toolchain install "$name" --profile minimal
  [ $# = 0 ] || rustup component add --toolchain "$name" "$@"
}

# Built without optimisation, which takes a third of the time.
tool() { # crate version
  grep -q "^$1 v$2:" <<<"$(cargo install --list)" || cargo install "$1" --version "$2" --locked --debug
}

# A command, and the package it comes from. The further packages have no command by which they
# could be found, so they are asked for by name.
debian() { # command package...
  local command=$1
  shift
  if ! command -v "$command" >/dev/null || { [ $# -gt 1 ] && ! dpkg-query --show "${@:2}" >/dev/null; }; then
    apt-get update && apt-get install -y --no-install-recommends "$@"
  fi
}

# Puts nats-server into the path: Debian's, or that of Debian 13 if that is too old.
nats_server() { # no arguments
  local found folder=$PWD/target/nats-server
  found=$(nats-server --version 2>/dev/null | sed 's/.*v//') || true
  printf '%s\n%s\n' "$nats_server" "$found" | sort --version-sort --check=quiet && return
  if [ ! -x "$folder/usr/sbin/nats-server" ]; then
    rm -rf "$folder"
    mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
    apt-get update
    # From where this machine gets its other packages.
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
      awk '!found && /debian\/$/ { print "deb", $0, "trixie main"; found = 1 }' >"$folder/sources.list"
    (
      cd "$folder"
      # Of its own, so that nothing else is installed from there.
      apt=(apt-get -o "Dir::Etc::SourceList=$folder/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State::Lists=$folder/lists" -o "Dir::Cache=$folder/cache")
      "${apt[@]}" update
      "${apt[@]}" download nats-server
      dpkg-deb --extract nats-server_*.deb .
    )
  fi
  export PATH=$folder/usr/sbin:$PATH
  nats-server --version
}

# Formatting with rustfmt.
fmt() {
  cargo fmt --all --check
  (cd fuzz && cargo fmt --check)
  (cd conformance/firmware && cargo fmt --check)
}

# Lints. Warnings are errors, and so are public items without documentation.
clippy() {
  # For the whole workspace, so that its dependencies are built once.
  cargo clippy --locked --workspace --all-targets -- -D warnings
  cargo clippy --locked --workspace --all-targets --all-features -- -D warnings
  for features in "" tls proxy deflate; do
    cargo clippy --locked -p alwayson --no-default-features --features "$features" --lib -- -D warnings
  done
}

# Unit, property and vector tests, and the examples of documentation and README.
tests() {
  # A test runs the README's openssl command.
  debian openssl openssl
  # The same command as in the README.
  cargo test --workspace
  cargo test --locked -p alwayson-codec --all-features
  cargo test --locked --workspace --all-features --test transport --test directory
  # The gateway's applications in other languages, its page in a browser, its systemd unit.
  debian python3 python3
  debian node nodejs
  debian lua5.4 lua5.4 lua-socket lua-dkjson
  debian curl curl
  debian chromium chromium
  debian systemd-analyze systemd
  # What the tap writes, read by Wireshark.
  debian tshark tshark
  # With all features of all crates, as above, so that nothing is built twice.
  cargo test --locked --workspace --all-features --test command -- \
    gateway::applications gateway::page gateway::systemd tap::packets
  for example in decode encode_table chunks edge_loop platform_loop; do
    cargo run --locked -p alwayson-codec --example "$example"
  done
}

# Documentation, without warnings.
docs() {
  RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --all-features
}

# Several nodes over a real nats-server: the laws, faults, the command; three servers, three nodes
# and 300 edges behind haproxy, with faults by a seed. The laws of other directories, and the model.
cluster() {
  nats_server
  debian haproxy haproxy
  # With all features of all crates, as in `tests`, so that nothing is built twice.
  local test=(cargo test --locked --workspace --all-features)
  "${test[@]}" --test directory --test model_of_nodes
  "${test[@]}" --test command -- nodes::
  "${test[@]}" --test cluster -- --nocapture
}

# Compares the public interface of each library with its `public-api.txt`, so that changes are
# visible in review. `WRITE_DOCS=1 ./ci.sh api` writes these files.
api() {
  toolchain nightly
  tool cargo-public-api "$cargo_public_api"
  local crate found
  found=$(mktemp)
  for crate in alwayson-codec:codec alwayson:adapter alwayson-gateway:adapter/gateway alwayson-nats:adapter/nats alwayson-conformance:conformance; do
    cargo +nightly public-api -p "${crate%:*}" --all-features -sss | LC_ALL=C sort >"$found"
    [ -z "${WRITE_DOCS:-}" ] || cp "$found" "${crate#*:}/public-api.txt"
    diff -u "${crate#*:}/public-api.txt" "$found"
  done
  rm "$found"
}

# The codec for bare metal, with each feature alone and with all except `std`.
targets() {
  rustup target add "${targets[@]}"
  for target in "${targets[@]}"; do
    for features in "" alloc serde defmt embedded-io serde,defmt,embedded-io; do
      cargo build --locked -p alwayson-codec --target "$target" --features "$features"
    done
  done
}

# Bare metal: programs link only if no panic can be reached, flash and stack are within
# their budgets, and a device in QEMU talks to the platform. Includes `ffi`.
firmware() {
  rustup target add "${targets[@]}"
  rustup component add llvm-tools
  toolchain nightly
  rustup target add --toolchain nightly "${targets[@]}"
  debian qemu-system-arm qemu-system-arm
  debian qemu-system-riscv32 qemu-system-misc
  cargo build --locked -p alwayson-cli
  (
    cd conformance/firmware
    cargo clippy --locked -p alwayson-measure -p alwayson-drive -- -D warnings
    cargo clippy --locked -p alwayson-links -p alwayson-device --target "${targets[1]}" -- -D warnings
    cargo clippy --locked -p alwayson-device --target "${targets[2]}" -- -D warnings
    cargo test --locked -p alwayson-measure
    links/links.sh
    cargo run --locked -p alwayson-measure
    cargo run --locked -p alwayson-drive -- ../../target/debug/alwayson
  )
  ffi
}

# The codec's tests on a 32-bit machine, where some code differs.
narrow() {
  local target=i686-unknown-linux-musl
  rustup target add "$target"
  CARGO_TARGET_I686_UNKNOWN_LINUX_MUSL_LINKER=rust-lld \
    cargo test --locked -p alwayson-codec --features embedded-io,serde,std --target "$target"
}

# The C interface: its header, C programs on this host and in QEMU, no reachable panic, and
# its unsafe code under Miri.
ffi() {
  toolchain nightly miri rust-src
  rustup target add "${targets[@]}"
  tool cbindgen "$cbindgen"
  debian gcc gcc
  debian g++ g++
  debian arm-none-eabi-gcc gcc-arm-none-eabi
  debian qemu-system-arm qemu-system-arm
  (
    cd codec/ffi
    # It builds in a separate directory.
    ./links.sh &
    cargo fmt --check
    cargo clippy --locked --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps
    cargo test --locked
    ./check.sh
    cargo +nightly miri test --locked --test from_c -- edge messages misuse
    wait $!
  )
}

# The conformance suite against other programs than ours: the device in QEMU, the example in C and
# the harness in C. In real time, so nothing else should run.
devices() {
  rustup target add "${targets[@]}"
  debian gcc gcc
  debian qemu-system-arm qemu-system-arm
  debian qemu-system-riscv32 qemu-system-misc
  conformance/firmware/suite.sh
  codec/ffi/suite.sh
}

# The oldest supported compiler (CONTRIBUTING.md).
msrv() {
  toolchain "$msrv"
  cargo "+$msrv" check --locked -p alwayson-codec --all-features
  cargo "+$msrv" check --locked -p alwayson -p alwayson-gateway -p alwayson-nats -p alwayson-cli
}

# Under Miri: the codec's tests, those that depend on byte order on a big-endian machine,
# and the laws of connected edges and platforms.
miri() {
  toolchain nightly miri rust-src
  local test=(cargo +nightly miri test --locked -p alwayson-codec)
  local big_endian=("${test[@]}" --target s390x-unknown-linux-gnu)
  export PROPTEST_CASES=4
  {
    "${big_endian[@]}" --test values --test tables --test multipart
    "${big_endian[@]}" --test faults c20
    # Its random cases need a seed from the system.
    PROPTEST_CASES=1 MIRIFLAGS=-Zmiri-disable-isolation \
      cargo +nightly miri test --locked -p alwayson-conformance --test pair
  } &
  "${test[@]}" --features embedded-io
  wait $!
}

# Runs each fuzz target for ten seconds, starting with the seeds, and checks that the seeds
# are those that the script writes.
fuzz_smoke() {
  toolchain nightly
  tool cargo-fuzz "$cargo_fuzz"
  local fresh
  fresh=$(mktemp -d)
  fuzz/seed.sh "$fresh"
  diff -r "$fresh" fuzz/seeds
  rm -r "$fresh"
  local target dict
  for target in decode round_trip joiner connection gateway_config json_table; do
    case $target in
      gateway_config | json_table) dict=json ;;
      *) dict=alwayson ;;
    esac
    mkdir -p "fuzz/corpus/$target"
    cargo +nightly fuzz run "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
      -max_total_time=10 "-dict=fuzz/$dict.dict" -max_len=20000
  done
}

# The examples for decoders in C, under libFuzzer and the sanitizers of clang.
fuzz_c() {
  debian clang clang libclang-rt-dev
  fuzz/c/check.sh
}

# Instructions per message, checked against budgets.
bench() {
  debian valgrind valgrind
  tool gungraun-runner "$gungraun"
  cargo bench --locked -p alwayson-codec --bench instructions
  cargo bench --locked -p alwayson-codec --features alloc --bench names
}

# A platform and a gateway under load: memory of each edge and each registered Thing, requests
# per second and latency compared with servers that answer by themselves; and the latency that
# the tap adds.
load() {
  cargo bench --locked -p alwayson -p alwayson-gateway -p alwayson-cli --bench load --profile load
}

# A platform with 25,000, 50,000 and 100,000 edges in memory: nothing may grow faster than their
# number. Takes two minutes, and needs 2 GB of memory; not part of `all`.
load_100k() {
  cargo bench --locked -p alwayson --bench many --profile load
}

# Where the memory of a platform goes, by a heap profiler, which needs the files and lines of
# functions. Builds all dependencies again, so it is not part of `all`.
memory() {
  CARGO_PROFILE_LOAD_DEBUG=line-tables-only \
    cargo bench --locked -p alwayson --bench memory --profile load --target-dir target/memory
}

# A platform with 18,000 edges is killed, and all of them come back. Takes two minutes, and needs
# 2 GB of memory; not part of `all`.
storm() {
  cargo bench --locked -p alwayson --bench storm --profile load
}

# The packages as they would be published: each builds from its archive, in the order of
# their dependencies; each contains the licences; and their tests need no file of another
# folder.
package() {
  rm -f target/package/*.crate
  # Cargo keeps what it unpacked of a version, even if the archive has changed since.
  rm -rf "${CARGO_HOME:-$HOME/.cargo}"/registry/src/-*/alwayson*
  # Cargo would build each with its dependencies; below, all are built together.
  cargo package --workspace --exclude alwayson-harness --no-verify --locked --allow-dirty --target-dir target
  local folder archive name
  folder=$(mktemp -d)
  # With the present time: all archives have the same, which would hide a change from Cargo.
  for archive in target/package/*.crate; do
    tar -xzmf "$archive" -C "$folder"
  done
  {
    echo '[workspace]'
    echo 'resolver = "3"'
    echo 'members = ["*"]'
    sed -n '/^\[profile.dev\]/,/^$/p' Cargo.toml
    echo '[patch.crates-io]'
    for name in "$folder"/*/; do
      name=$(basename "$name")
      echo "${name%-*} = { path = \"$name\" }"
      cmp LICENSE-MIT "$folder/$name/LICENSE-MIT" >&2
      cmp LICENSE-APACHE "$folder/$name/LICENSE-APACHE" >&2
    done
  } >"$folder/Cargo.toml"
  cp Cargo.lock "$folder"
  (
    export CARGO_TARGET_DIR=$PWD/target
    cd "$folder"
    cargo check --workspace --all-targets --locked
    # Tests that read files at run time.
    cargo test -p alwayson-codec --test docs --locked
    cargo test -p alwayson-conformance --test sessions --test replay --locked
  )
  rm -r "$folder"
}

# Licences, sources and duplicates of dependencies. Advisories need a database from the
# network: `cargo deny check advisories`.
deny() {
  tool cargo-deny "$cargo_deny"
  cargo deny --locked check --hide-inclusion-graph licenses bans sources
}

# The files of a release that can be built here, and whether the programs in them start.
release() {
  debian musl-gcc musl-tools
  rm -rf target/release-files
  .ci/release.sh archives
  .ci/release.sh debian
  local folder archive
  folder=$(mktemp -d)
  for archive in target/release-files/*.tar.gz; do
    tar -xzf "$archive" -C "$folder"
  done
  dpkg-deb --extract target/release-files/*.deb "$folder/deb"
  "$folder"/alwayson-[0-9]*/alwayson --version
  "$folder"/deb/usr/bin/alwayson --version
  # The suite holds its data: the program alone, in an empty folder, tests itself.
  mkdir "$folder/empty"
  mv "$folder"/alwayson-conformance-*/alwayson-conformance "$folder/empty"
  (
    cd "$folder/empty"
    if ldd alwayson-conformance | grep '=>'; then
      echo "not static" >&2
      exit 1
    fi
    ./alwayson-conformance test codec --decoder "./alwayson-conformance decode" \
      --encoder "./alwayson-conformance encode"
    ./alwayson-conformance test edge --control --run 'ws-*' --run 'tls*' -- ./alwayson-conformance reference edge
    ./alwayson-conformance export data
    ./alwayson-conformance vectors data/vectors
  )
  rm -r "$folder"
}

# The commands in the README of conformance.
conformance() {
  cargo run --locked -p alwayson-conformance -- replay conformance/captures/*.json
  cargo run --locked -p alwayson-conformance -- vectors
  cargo run --locked -p alwayson-conformance -- sessions
}

# The Wireshark dissector: `tshark` shows what our decoder finds. Wireshark has Lua 5.2 or 5.4.
wireshark() {
  debian tshark tshark
  local version
  for version in 5.2 5.4; do
    debian "luac$version" "lua$version"
    "luac$version" -p conformance/wireshark/alwayson.lua
  done
  cargo test --locked -p alwayson-conformance --features tshark --test wireshark --test wireshark_tables
}

# For people at work: what finds most mistakes, in a few minutes once everything was built.
quick() {
  for check in fmt quick_clippy quick_tests conformance; do
    timed "$check"
  done
}

quick_clippy() {
  cargo clippy --locked --workspace --all-targets -- -D warnings
}

# All tests of the codec, and those of the others that start no programs and wait for nothing.
quick_tests() {
  cargo test --locked -p alwayson-codec
  cargo test --locked --workspace --exclude alwayson-codec --lib --bins
  cargo test --locked -p alwayson --test edge --test platform
  cargo test --locked -p alwayson-conformance --test sessions --test pair
}

# Runs a check, and prints how long it took.
timed() { # check
  local start=$SECONDS
  echo "== $1"
  "$1"
  echo "== $1: $((SECONDS - start)) s"
}

all() {
  # Miri takes longest and leaves a core idle, so it runs beside most checks. Tests run alone.
  toolchain nightly miri rust-src
  local log
  log=$(mktemp)
  # In a separate process group, so that all of it can be stopped.
  set -m
  miri >"$log" 2>&1 &
  set +m
  local beside=$!
  # With its value, as the trap runs outside of this function.
  trap "kill -- -$beside 2>/dev/null" EXIT
  for check in fmt clippy docs api targets narrow firmware bench fuzz_smoke fuzz_c conformance wireshark; do
    timed "$check"
  done
  echo "== miri"
  local status=0
  wait "$beside" || status=$?
  trap - EXIT
  cat "$log"
  [ "$status" = 0 ] || exit "$status"
  echo "== miri: until minute $((SECONDS / 60))"
  for check in devices tests; do
    timed "$check"
  done
}

[ $# -gt 0 ] || { sed -n 's/^\([a-z_]*\)() {$/\1/p' "$0"; exit 2; }
for check in "$@"; do
  "$check"
done
