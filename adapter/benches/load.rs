//! Measures a platform under load, compared with a baseline in the same run: a bare echo server
//! that uses the same WebSocket library.
//!
//! `./ci.sh load` prints the figures, and fails if a budget is exceeded. The servers run in their
//! own processes, so that their memory and CPU time can be separated from those of the clients.

#[path = "load/bound.rs"]
mod bound;
#[path = "load/client.rs"]
mod client;
#[path = "load/compare.rs"]
mod compare;
#[path = "load/echo.rs"]
mod echo;
#[path = "load/figures.rs"]
mod figures;
#[path = "load/process.rs"]
mod process;
#[path = "load/push.rs"]
mod push;
#[path = "load/server.rs"]
mod server;
#[path = "load/tls.rs"]
mod tls;

use std::process::ExitCode;

use bound::{BYTES, BYTES_TLS, Cost};
use client::{Client, Question, Target};
use compare::{ASKING, in_turns};
use process::Server;
use tls::Tls;

/// The budget of throughput: the smallest ratio of the platform's requests per second to those of
/// the echo server.
const RATIO: f64 = 0.7;
/// The same for pushes, of which the platform keeps the value.
const RATIO_PUSHES: f64 = 0.4;

fn main() -> ExitCode {
    if let Some(kind) = std::env::var_os(process::SERVE) {
        match &*kind.to_string_lossy() {
            echo::ECHO => echo::serve(),
            kind => server::serve(kind),
        }
        return ExitCode::SUCCESS;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let is_within = runtime.expect("a runtime").block_on(async {
        let is_small = memory().await;
        let is_fast = throughput(Question::Read, RATIO).await;
        let keeps_fast = throughput(Question::Push, RATIO_PUSHES).await;
        is_small && is_fast && keeps_fast
    });
    if is_within { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Binds many edges. Returns whether what each costs is within the budgets.
async fn memory() -> bool {
    let server = Server::start(echo::ECHO);
    println!("echo: {}", echo::cost(&server).await);
    drop(server);
    let server = Server::start(server::PLATFORM);
    let plain = Cost::measure(&server, &server.address.into()).await;
    drop(server);
    let mut is_within = plain.check("plain", BYTES);
    let tls = Tls::create();
    for (name, connector) in
        [("TLS, sessions resumed", &tls.connector), ("TLS, full handshakes", &tls.full)]
    {
        let kind = format!("{} {}", server::PLATFORM, tls.folder.path().display());
        let server = Server::start(&kind);
        let target = Target { address: server.address, tls: Some(connector.clone()) };
        is_within &= Cost::measure(&server, &target).await.check(name, BYTES_TLS);
    }
    is_within
}

/// Sends both servers requests, in turns. Returns whether the ratio of their throughput is within
/// this budget.
async fn throughput(question: Question, budget: f64) -> bool {
    let platform = Server::start(server::PLATFORM);
    let echo_server = Server::start(echo::ECHO);
    let clients = Client::bound_many(platform.address, ASKING, question).await;
    let echo_clients = echo::clients(echo_server.address, ASKING).await;
    let echo_side = ("echo", &echo_server, echo_clients);
    let name = format!("platform, {question:?}");
    in_turns(echo_side, (&name, &platform, clients), budget).await
}
