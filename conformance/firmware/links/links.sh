#!/usr/bin/env bash
# Links every program of this package for each target, with each optimisation level,
# and with and without overflow checks. A program that can reach a panic does not
# link; `control` is such a program. Prints a table of the linked programs.
set -euo pipefail
cd "$(dirname "$0")"

targets=(thumbv6m-none-eabi thumbv7em-none-eabihf riscv32imc-unknown-none-elf)
programs=()
for file in src/bin/*.rs; do
  name=$(basename "$file" .rs)
  [ "$name" = control ] || programs+=(--bin "$name")
done

echo "| target | programs | builds of each |"
echo "| --- | --- | --- |"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for target in "${targets[@]}"; do
  builds=0
  for optimisation in 3 s z; do
    for overflow_checks in false true; do
      export CARGO_PROFILE_RELEASE_OPT_LEVEL=$optimisation
      export CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=$overflow_checks
      build=(cargo build --quiet --release --package alwayson-links --target "$target")
      "${build[@]}" "${programs[@]}"
      builds=$((builds + 1))
      if "${build[@]}" --bin control 2>"$log"; then
        echo "control links for $target with opt-level $optimisation, so this check cannot detect panics" >&2
        exit 1
      fi
      grep -q a_panic_can_be_reached "$log" || { cat "$log" >&2; exit 1; }
    done
  done
  echo "| $target | $((${#programs[@]} / 2)) | $builds |"
done
