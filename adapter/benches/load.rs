//! A platform under load, compared with a bare echo server that uses the same WebSocket
//! library, in the same run.
//!
//! `./ci.sh load` prints the figures and fails if a budget is exceeded. The servers are
//! separate processes, so that their memory and time can be measured.

#[path = "load/client.rs"]
mod client;
#[path = "load/process.rs"]
mod process;
#[path = "load/server.rs"]
mod server;

use std::process::ExitCode;
use std::time::Duration;

use client::{Client, Figures};
use process::Server;

/// The number of bound edges, and the memory budget for each.
const EDGES: usize = 5_000;
const BYTES_PER_EDGE: f64 = 16.0 * 1024.0;

/// The number of connections, and the number and duration of rounds.
const ASKING: usize = 64;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);

/// The required throughput of the platform, relative to the echo server.
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

/// Binds many edges; returns whether the memory of each is within the budget.
async fn memory() -> bool {
    let server = Server::start("platform");
    // The first connections allocate what all share.
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

/// Measures both servers in turns; returns whether the platform is fast enough.
async fn throughput() -> bool {
    let platform = Server::start("platform");
    let echo = Server::start("echo");
    let mut platform_clients = Client::bound_many(platform.address, ASKING).await;
    let mut echo_clients = Client::plain_many(echo.address, ASKING).await;
    let mut of_platform = Figures::default();
    let mut of_echo = Figures::default();
    let mut ratios = Vec::new();
    // The first round only warms up.
    for round in 0..=ROUNDS {
        let echoed = client::ask(&mut echo_clients, &echo, ROUND).await;
        let answered = client::ask(&mut platform_clients, &platform, ROUND).await;
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
