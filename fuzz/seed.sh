#!/usr/bin/env bash
# Regenerates the seeds from the vectors, captures and bench messages of conformance/.
# `./seed.sh DIR` writes them to another folder.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo run --quiet -p alwayson-conformance -- seeds "${1:-fuzz/seeds}"
