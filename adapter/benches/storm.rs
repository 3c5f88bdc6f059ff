//! A storm: a platform with many edges is killed, and all of them come back. With admission
//! control and without it, in the same run.
//!
//! `./ci.sh storm` prints the figures. The platform runs in a process of its own, and so does the
//! crowd, that is, all edges but a few. The platform calls Things that are bound all the time: how
//! long a call to one of the few takes is what a storm does to others; a call to one of the crowd
//! also waits for the process of the crowd.

#[path = "storm/crowd.rs"]
mod crowd;
#[path = "storm/edges.rs"]
mod edges;
#[path = "storm/platform.rs"]
mod platform;
#[expect(dead_code, reason = "the bench of load also measures memory")]
#[path = "load/process.rs"]
mod process;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crowd::Crowd;
use edges::Edges;
use platform::{APART, CALLS_APART, CALLS_CROWD};
use process::Server;

/// The number of edges by default: a process may have 20,000 files.
const EDGES: usize = 18_000;
/// The environment variable with another number.
const NUMBER: &str = "ALWAYSON_STORM_EDGES";

/// How long calls are measured without a storm, for comparison.
const CALM: Duration = Duration::from_secs(5);

fn main() {
    if let Some(kind) = std::env::var_os(process::SERVE) {
        let kind = kind.into_string().expect("words");
        let mut words = kind.split(' ');
        match words.next() {
            Some("crowd") => crowd::run(words),
            _ => platform::serve(words),
        }
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
    let apart = Edges::start(address, 0..APART).await;
    let mut crowd = Crowd::start(address, &(APART..count));
    apart.all_bound().await;
    crowd.bound();
    println!("  {count} edges bound for the first time: {:.1} s", began.elapsed().as_secs_f64());
    report("while they bind", &apart).await;
    tokio::time::sleep(CALM).await;
    report("afterwards", &apart).await;
    apart.take_faults();
    crowd.killed();
    drop(before);
    let returned = Instant::now();
    let after = start(address.port());
    apart.all_bound_again().await;
    let faults = crowd.bound_again();
    let seconds = returned.elapsed().as_secs_f64();
    println!("  all bound again {seconds:.1} s after the return");
    report("in the storm", &apart).await;
    let cpu_ms = after.cpu_seconds() * 1e3;
    println!("  CPU time of the platform: {cpu_ms:.0} ms");
    println!("  failed attempts of the crowd: {faults}");
    println!("  failed attempts of the others: {}", apart.take_faults());
}

/// Prints how long the platform's calls took since the last report.
async fn report(when: &str, edges: &Edges) {
    println!("  calls {when}: {}", edges.ask(CALLS_APART).await);
    println!("  to edges of the crowd: {}", edges.ask(CALLS_CROWD).await);
}
