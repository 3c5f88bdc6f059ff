#!/usr/bin/env bash
# Links every function of the header for each bare-metal target, with each optimisation
# level, and with and without overflow checks. The panic handler calls a function that
# does not exist, so a function that can reach a panic does not link. The control can
# panic, so it must not link.
set -euo pipefail
cd "$(dirname "$0")"

targets=(thumbv6m-none-eabi thumbv7em-none-eabihf riscv32imc-unknown-none-elf)
host=$(rustc -vV | sed -n 's/^host: //p')
linker="$(rustc --print sysroot)/lib/rustlib/$host/bin/rust-lld"
mapfile -t functions < <(grep -o '\balwayson_[a-z_]*(' include/alwayson.h | tr -d '(' | sort -u)
[ "${#functions[@]}" -gt 60 ] || { echo "the header has ${#functions[@]} functions" >&2; exit 1; }

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
link() { # archive function...
  local archive=$1 roots=() name
  shift
  for name; do
    # Keeps the function, and fails to link if it does not exist.
    roots+=("--undefined=$name" "--defsym=the_$name=$name")
  done
  "$linker" -flavor gnu --gc-sections --entry="$1" "${roots[@]}" "$archive" -o "$directory/linked"
}

links=0
for target in "${targets[@]}"; do
  for optimisation in 3 s z; do
    for overflow_checks in false true; do
      export CARGO_PROFILE_RELEASE_OPT_LEVEL=$optimisation
      export CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=$overflow_checks
      cargo rustc --quiet --release --crate-type staticlib --features link-proof,dump \
        --target "$target" --target-dir target/links
      archive=target/links/$target/release/libalwayson_ffi.a
      link "$archive" "${functions[@]}"
      links=$((links + ${#functions[@]}))
      if link "$archive" alwayson_control 2>"$directory/log"; then
        echo "the control links for $target with opt-level $optimisation, so this check cannot detect panics" >&2
        exit 1
      fi
      grep -q a_panic_can_be_reached "$directory/log" || { cat "$directory/log" >&2; exit 1; }
    done
  done
done
echo "$links functions link without a panic that can be reached; the control never does"
