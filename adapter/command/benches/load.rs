//! Measures the command: a platform under load, compared with the library in the same run, and the
//! latency that `tap` adds.
//!
//! `./ci.sh load` prints the figures, and fails if a budget is exceeded.

#[path = "../../benches/load/bound.rs"]
mod bound;
#[path = "../../benches/load/client.rs"]
mod client;
#[path = "../../benches/load/compare.rs"]
mod compare;
#[path = "load/echo.rs"]
mod echo;
#[path = "../../benches/load/figures.rs"]
mod figures;
#[path = "load/platform.rs"]
mod platform;
#[path = "../../benches/load/process.rs"]
mod process;
#[path = "../../benches/load/push.rs"]
mod push;
#[path = "../../benches/load/server.rs"]
mod server;
#[path = "load/tap.rs"]
mod tap;
#[path = "../../benches/load/tls.rs"]
mod tls;

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(kind) = std::env::var_os(process::SERVE) {
        server::serve(&kind.to_string_lossy());
        return ExitCode::SUCCESS;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let is_platform_within = runtime.expect("a runtime").block_on(platform::measure());
    let is_tap_within = tap::latency();
    if is_platform_within && is_tap_within { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
