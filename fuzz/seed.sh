#!/usr/bin/env bash
# Regenerates the seeds from the vectors, captures and bench messages of conformance/, the
# configurations of adapter/gateway and the tables of adapter/.
# `./seed.sh DIR` writes them to another folder.
set -euo pipefail
cd "$(dirname "$0")/.."
seeds=${1:-fuzz/seeds}
cargo run --quiet -p alwayson-conformance -- seeds "$seeds"
mkdir -p "$seeds/gateway_config" "$seeds/json_table"
cp adapter/gateway/tests/config/*.json "$seeds/gateway_config"
cp adapter/tests/json/tables/*.json "$seeds/json_table"
