//! A storm: a platform with many edges is killed, and all of them come back. With admission
//! control and without it, in the same run.
//!
//! `./ci.sh storm` prints the figures. The platform runs in a process of its own, and calls Things
//! that are bound all the time: how long those calls take is what a storm does to others.

#[path = "storm/edges.rs"]
mod edges;
#[path = "storm/platform.rs"]
mod platform;
#[expect(dead_code, reason = "the bench of load also measures memory and time")]
#[path = "load/process.rs"]
mod process;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use edges::Edges;
use process::Server;

/// The number of edges by default: a process may have 20,000 files.
const EDGES: usize = 18_000;
/// The environment variable with another number.
const NUMBER: &str = "ALWAYSON_STORM_EDGES";

/// How long calls are measured without a storm, for comparison.
const CALM: Duration = Duration::from_secs(5);

fn main() {
    if let Some(kind) = std::env::var_os(process::SERVE) {
        platform::serve(&kind.to_string_lossy());
        return;
    }
    let count = std::env::var(NUMBER).ok().and_then(|number| number.parse().ok());
    let count = count.unwrap_or(EDGES);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        for admission in ["with", "without"] {
            println!("{admission} admission control");
            storm(admission, count).await;
        }
    });
}

async fn storm(admission: &str, count: usize) {
    let start = |port: u16| Server::start(&platform::kind(admission, port, count));
    let began = Instant::now();
    let before = start(0);
    let address: SocketAddr = before.address;
    let edges = Edges::start(address, count).await;
    edges.all_bound().await;
    println!("  {count} edges bound for the first time: {:.1} s", began.elapsed().as_secs_f64());
    tokio::time::sleep(CALM).await;
    println!("  calls before:       {}", edges.report().await);
    let faults = edges.faults();
    drop(before);
    let returned = Instant::now();
    let after = start(address.port());
    edges.all_bound_again().await;
    println!("  all bound again:    {:.1} s after the return", returned.elapsed().as_secs_f64());
    println!("  calls in the storm: {}", edges.report().await);
    println!("  failed attempts:    {}", edges.faults_since(&faults));
    edges.leave().await;
    drop(after);
}
