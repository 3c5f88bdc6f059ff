//! Compares WebSocket libraries as the transport of a platform, in one run: requests per second,
//! latency, memory of a connection, what is logged, and what is refused.
//!
//! ```sh
//! cargo run --release --manifest-path adapter/benches/websockets/Cargo.toml
//! cargo run --release --manifest-path adapter/benches/websockets/Cargo.toml instructions
//! ```
//!
//! Each server runs in its own process. The client is the same for all: it writes frames that were
//! encoded in advance.

mod client;
#[path = "../../load/figures.rs"]
mod figures;
mod instructions;
mod libraries;
mod logs;
#[path = "../../load/process.rs"]
mod process;
#[path = "../../load/push.rs"]
mod push;
mod server;
mod strictness;
mod transports;

use std::time::Duration;

use client::Client;
use figures::{Figures, ask_in_turn};
use libraries::Library;
use process::Server;

/// The number of connections that send requests at a time.
const ASKING: usize = 64;
/// The number of idle connections, of which the memory is measured.
const IDLE: usize = 2_000;
/// The number of measured rounds, and the duration of each server's turn in a round.
const ROUNDS: usize = 7;
const TURN: Duration = Duration::from_secs(1);

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    match std::env::var(process::SERVE) {
        Ok(kind) => runtime.block_on(server::serve(&kind)),
        Err(_) if std::env::args().any(|word| word == "instructions") => {
            runtime.block_on(instructions::print());
        }
        Err(_) => runtime.block_on(async {
            logs::print().await;
            strictness::print().await;
            memory().await;
            throughput().await;
        }),
    }
}

/// Prints the resident memory of an idle connection that has echoed a message.
async fn memory() {
    println!("\nmemory of an idle connection ({IDLE} connections)");
    for library in Library::ALL {
        let server = Server::start(&server::echo(library));
        // The first connections also allocate what all connections share.
        let first = client::echoing(server.address, 100).await;
        let before = server.resident_bytes();
        let clients = client::echoing(server.address, IDLE).await;
        let bytes = (server.resident_bytes() - before) / IDLE as f64;
        println!("  {library}: {:.1} KiB", bytes / 1024.0);
        drop((first, clients));
    }
}

/// A server under load, with its clients and figures.
struct Side {
    name: String,
    server: Server,
    clients: Vec<Client>,
    figures: Figures,
    rates: Vec<f64>,
}

impl Side {
    async fn start(kind: String) -> Self {
        let server = Server::start(&kind);
        let clients = if kind.starts_with(server::PLATFORM) {
            client::bound(server.address, ASKING).await
        } else {
            client::echoing(server.address, ASKING).await
        };
        Self { name: kind, server, clients, figures: Figures::default(), rates: Vec::new() }
    }

    async fn turn(&mut self, is_measured: bool) {
        let cpu = || self.server.cpu_seconds();
        let turn = ask_in_turn(&mut self.clients, cpu, TURN).await;
        if is_measured {
            self.rates.push(turn.per_second());
            self.figures.add(&turn);
        }
    }
}

/// Prints the figures of the echoes and of the platforms, in turns, so that what else the machine
/// does meets all.
async fn throughput() {
    println!("\nrequests ({ASKING} connections, {ROUNDS} rounds of {TURN:?}, in turns)");
    let mut sides = Vec::new();
    for library in Library::ALL {
        sides.push(Side::start(server::echo(library)).await);
    }
    for library in Library::ALL.into_iter().filter(|library| library.has_transport()) {
        sides.push(Side::start(server::platform(library)).await);
    }
    for round in 0..=ROUNDS {
        for side in &mut sides {
            side.turn(round > 0).await;
        }
    }
    for side in &sides {
        println!("  {}: {}", side.name, side.figures);
        for base in &sides {
            let is_first = base.name == sides[0].name;
            let library = side.name.split_once(' ').map(|(_, library)| library);
            let is_own_echo = base.name.split_once(' ').map(|(_, library)| library) == library
                && side.name.starts_with(server::PLATFORM)
                && base.name.starts_with(server::ECHO);
            let is_first_platform = base.name == server::platform(Library::Tungstenite)
                && side.name.starts_with(server::PLATFORM);
            if (is_first || is_own_echo || is_first_platform) && base.name != side.name {
                let (low, median, high) = ratios(&side.rates, &base.rates);
                println!("    ratio to {}: {median:.2} ({low:.2} to {high:.2})", base.name);
            }
        }
    }
}

/// Returns the least, the median and the greatest ratio of the rounds.
fn ratios(rates: &[f64], of: &[f64]) -> (f64, f64, f64) {
    let mut ratios: Vec<f64> = rates.iter().zip(of).map(|(rate, of)| rate / of).collect();
    ratios.sort_by(f64::total_cmp);
    (ratios[0], ratios[ratios.len() / 2], ratios[ratios.len() - 1])
}
