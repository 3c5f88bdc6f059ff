//! Measures a platform under load, compared with a baseline in the same run: a bare echo server
//! that uses the same WebSocket library.
//!
//! `./ci.sh load` prints the figures, and fails if a budget is exceeded. The servers run in their
//! own processes, so that their memory and CPU time can be separated from those of the clients.

#[path = "load/client.rs"]
mod client;
#[path = "load/figures.rs"]
mod figures;
#[path = "load/process.rs"]
mod process;
#[path = "load/server.rs"]
mod server;

use std::process::ExitCode;
use std::time::Duration;

use client::Client;
use figures::{Figures, ask_in_turn};
use process::Server;

/// The number of edges that are bound at a time.
const EDGES: usize = 5_000;
/// The budget of memory for each edge, in bytes.
const BYTES_PER_EDGE: f64 = 12.0 * 1024.0;

/// The number of connections that send requests at a time.
const ASKING: usize = 64;
/// The number of measured rounds.
const ROUNDS: usize = 5;
/// The duration of a round.
const ROUND: Duration = Duration::from_secs(2);

/// The budget of throughput: the smallest ratio of the platform's requests per second to those of
/// the echo server.
const RATIO: f64 = 0.7;

fn main() -> ExitCode {
    if let Some(kind) = std::env::var_os(process::SERVE) {
        server::serve(&kind.to_string_lossy());
        return ExitCode::SUCCESS;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let is_within = runtime.expect("a runtime").block_on(async {
        let is_small = memory().await;
        let is_fast = throughput().await;
        is_small && is_fast
    });
    if is_within { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Binds many edges. Returns whether the memory of each is within the budget.
async fn memory() -> bool {
    let server = Server::start("platform");
    // The first connections also allocate what all connections share.
    let first = client::bind_many(server.address, 0..100).await;
    let before = server.resident_bytes();
    let edges = client::bind_many(server.address, 100..100 + EDGES).await;
    let after = server.resident_bytes();
    let count = u32::try_from(edges.len()).expect("no more than there are ports");
    let each = (after - before) / f64::from(count);
    println!("{} edges bound: {:.1} KiB of memory each", edges.len(), each / 1024.0);
    let is_within = each <= BYTES_PER_EDGE;
    if !is_within {
        println!("  that is more than {:.0} KiB", BYTES_PER_EDGE / 1024.0);
    }
    drop((first, edges));
    is_within
}

/// Sends both servers requests of the same length, in turns. Returns whether the throughput is
/// within the budget.
async fn throughput() -> bool {
    let platform = Server::start("platform");
    let echo = Server::start("echo");
    let mut platform_clients = Client::bound_many(platform.address, ASKING).await;
    let mut echo_clients = Client::plain_many(echo.address, ASKING).await;
    let mut of_platform = Figures::default();
    let mut of_echo = Figures::default();
    let mut ratios = Vec::new();
    // The first round is a warm-up.
    for round in 0..=ROUNDS {
        let echoed = ask_in_turn(&mut echo_clients, || echo.cpu_seconds(), ROUND).await;
        let answered = ask_in_turn(&mut platform_clients, || platform.cpu_seconds(), ROUND).await;
        if round > 0 {
            ratios.push(answered.per_second() / echoed.per_second());
            of_platform.add(&answered);
            of_echo.add(&echoed);
        }
    }
    ratios.sort_by(f64::total_cmp);
    let ratio = ratios[ratios.len() / 2];
    println!("echo:     {of_echo}");
    println!("platform: {of_platform}");
    println!(
        "ratio: {ratio:.2} (median of {ROUNDS} rounds; from {:.2} to {:.2})",
        ratios[0],
        ratios[ratios.len() - 1]
    );
    let is_within = ratio >= RATIO;
    if !is_within {
        println!("  that is less than {RATIO}");
    }
    is_within
}
