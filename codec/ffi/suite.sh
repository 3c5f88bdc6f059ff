#!/usr/bin/env bash
# The conformance suite, against programs in C: example.c as the device that it is, and the harness
# with the control channel. Each fails what its list says, and nothing else. Under the sanitizers
# of this host.
set -euo pipefail
cd "$(dirname "$0")"

generated=target/c
conformance=../../conformance
warnings=(-std=c99 -pedantic -Wall -Wextra -Werror)
mkdir -p "$generated"

lines=$(wc -l <$conformance/harness/edge.c)
[ "$lines" -lt 100 ] || { echo "edge.c has $lines lines" >&2; exit 1; }

cargo rustc --quiet --release --crate-type staticlib
build() { # program file...
  local program=$1
  shift
  gcc "${warnings[@]}" -g -fsanitize=address,undefined -fno-sanitize-recover -Iinclude -Ic \
    "$@" c/posix.c target/release/libalwayson_ffi.a -o "$generated/$program"
}
build device c/example.c c/posix_main.c
build harness $conformance/harness/edge.c c/drive.c

cargo build --quiet --locked --manifest-path ../../Cargo.toml -p alwayson-conformance
# Cases that take longer are left to the tests of the machine, which these programs share.
suite=(../../target/debug/alwayson-conformance test edge --strict --ours --max-time 20 --jobs 32)
"${suite[@]}" --things SteamSensor1 --known-failing c/example.known-failing.json \
  -- "$generated/device" "{url}"
"${suite[@]}" --control --known-failing $conformance/harness/edge.c.known-failing.json \
  -- "$generated/harness"
