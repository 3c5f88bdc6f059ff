#!/usr/bin/env bash
# Runs the examples for decoders in C: the right ones pass all seeds and a few seconds of fuzzing,
# the wrong ones are found by the seeds alone.
set -euo pipefail
cd "$(dirname "$0")"

built=../target/c
mkdir -p "$built"
(cd ../../codec/ffi && cargo rustc --quiet --release --crate-type staticlib)
library=../../codec/ffi/target/release/libalwayson_ffi.a

build() { # program file... [flag...]
  local program=$1
  shift
  clang -std=c11 -Wall -Wextra -Werror -g -O1 -fsanitize=fuzzer,address,undefined \
    -fno-sanitize-recover=undefined -I../../codec/ffi/include "$@" -o "$built/$program"
}

passes() { # program
  "$built/$1" -verbosity=0 -runs=0 ../seeds/decode
  mkdir -p "$built/$1-corpus"
  "$built/$1" -verbosity=0 -max_total_time=3 -max_len=20000 -dict=../alwayson.dict \
    "-artifact_prefix=$built/" "$built/$1-corpus" ../seeds/decode
}

fails() { # program words
  if "$built/$1" -runs=0 "-artifact_prefix=$built/" ../seeds/decode 2>"$built/$1.log"; then
    echo "the seeds find nothing in $1" >&2
    exit 1
  fi
  grep -q "$2" "$built/$1.log"
}

build ours fuzz_decoder.c ours.c "$library"
build few fuzz_decoder.c few_messages.c
build compared compare.c few_messages.c "$library"
build trusting fuzz_decoder.c few_messages.c -DTRUSTS_LENGTHS
build any-text compare.c few_messages.c "$library" -DTAKES_ANY_TEXT

for program in ours few compared; do
  passes "$program"
done
fails trusting heap-buffer-overflow
fails any-text 'should be refused: '
echo "the seeds find each mistake"
