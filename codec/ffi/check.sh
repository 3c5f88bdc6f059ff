#!/usr/bin/env bash
# The header is what cbindgen makes; the C programs, built against it, replay the
# captures and vectors and drive an edge: on this host, under its sanitizers, and on
# a Cortex-M4F in QEMU. Prints how much flash the library takes.
set -euo pipefail
cd "$(dirname "$0")"

target=thumbv7em-none-eabihf
generated=target/c
warnings=(-DALWAYSON_DUMP -std=c99 -pedantic -Wall -Wextra -Werror)
programs=(c/check.c c/rebuild.c c/replay.c c/vectors.c c/sequences.c
  c/session.c c/misuse.c c/example.c c/example_test.c)
mkdir -p "$generated"

cbindgen --quiet --output "$generated/alwayson.h"
diff include/alwayson.h "$generated/alwayson.h"
g++ -std=c++11 -Wall -Wextra -pedantic -Werror -fsyntax-only -x c++ include/alwayson.h
diff c/example.c <(sed -n '/^```c example$/,/^```$/p' README.md | sed '1d;$d')

data=../../conformance
to_c=(cargo run --quiet --example to_c --)
"${to_c[@]}" capture $data/captures/*.json >"$generated/captures.h"
"${to_c[@]}" capture $data/captures/edge-session.json >"$generated/session.h"
"${to_c[@]}" vectors $data/vectors/*.json >"$generated/vectors.h"
"${to_c[@]}" sequences $data/vectors/*.json >"$generated/sequences.h"

library() { # cargo arguments: builds the static library
  cargo rustc --quiet --release --crate-type staticlib "$@"
}

library --features dump
gcc "${warnings[@]}" -g -fsanitize=address,undefined -fno-sanitize-recover -Iinclude \
  "-I$generated" "${programs[@]}" c/host.c target/release/libalwayson_ffi.a -o "$generated/check"
"$generated/check"

# Beside another library in Rust that unwinds, in either order.
other=$generated/libother.a
rustc --edition 2024 -O -o "$other" c/other.rs
for libraries in "target/release/libalwayson_ffi.a $other" "$other target/release/libalwayson_ffi.a"; do
  # shellcheck disable=SC2086 # Two words.
  gcc "${warnings[@]}" -Iinclude c/beside.c $libraries -lpthread -ldl -lm -o "$generated/beside"
  "$generated/beside"
done

# As README.md says for a program without a C library.
cp c/freestanding.c "$generated/your.c"
cp c/mps2.ld "$generated/board.ld"
sed -n '/^```sh freestanding$/,/^```$/p' README.md | sed '1d;$d' |
  sed "s#your\\.#$generated/your.#g; s#board\\.ld#$generated/board.ld#; s#^cargo rustc#& --quiet#" >"$generated/freestanding.sh"
grep -q -e '-nostdlib' "$generated/freestanding.sh"
bash -eu "$generated/freestanding.sh"

library --target "$target" --features dump
arm-none-eabi-gcc "${warnings[@]}" -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -Os \
  -ffreestanding -nostdlib -ffunction-sections -fdata-sections -Wl,--gc-sections \
  -Wl,-z,noexecstack -Iinclude "-I$generated" -T c/mps2.ld "${programs[@]}" c/mps2.c \
  "target/$target/release/libalwayson_ffi.a" -lgcc -o "$generated/check.elf"
timeout 60 qemu-system-arm -M mps2-an386 -semihosting-config enable=on,target=native -nographic \
  -kernel "$generated/check.elf"

library --target "$target"

# How much flash the library takes in a program that calls these functions alone.
linker="$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin/rust-lld"
size() { # what function...
  local what=$1
  shift
  "$linker" -flavor gnu --gc-sections --entry="$1" "${@/#/--undefined=}" \
    "target/$target/release/libalwayson_ffi.a" -o "$generated/sized"
  arm-none-eabi-size -A "$generated/sized" |
    awk -v what="$what" '/^\.(text|rodata|data)/ { sum += $2 } END { print what ": " sum " bytes" }'
}
functions() { # file...: those of the library that are called there
  grep -oh '\balwayson_[a-z_]*(' "$@" | tr -d '(' | sort -u
}
size "alwayson_decode" alwayson_decode
size "alwayson_encode" alwayson_encode
mapfile -t called < <(functions c/rebuild.c)
size "all that rebuild.c calls: decode, cursors, encode, tables" alwayson_decode "${called[@]}"
mapfile -t called < <(functions c/example.c)
size "all that example.c calls: an edge" "${called[@]}"
mapfile -t called < <(functions include/alwayson.h)
size "every function" "${called[@]/alwayson_dump/alwayson_decode}"
