//! Measures a gateway under load, compared with two baselines in the same run: an HTTP server
//! of the same library that answers by itself, and an edge without a gateway.
//!
//! `./ci.sh load` prints the figures, and fails if a budget is exceeded. The servers run in their
//! own processes; the clients run in this one.

#[path = "load/clients.rs"]
mod clients;
#[path = "../../benches/load/figures.rs"]
mod figures;
#[path = "load/memory.rs"]
mod memory;
#[path = "../../benches/load/process.rs"]
mod process;
#[path = "load/servers.rs"]
mod servers;
#[path = "load/ways.rs"]
mod ways;

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(kind) = std::env::var_os(process::SERVE) {
        servers::serve(&kind.to_string_lossy());
        return ExitCode::SUCCESS;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let is_small = runtime.block_on(memory::measure());
    let is_fast_out = ways::to_platform(&runtime);
    let is_fast_in = ways::to_application(&runtime);
    if is_small && is_fast_out && is_fast_in { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
