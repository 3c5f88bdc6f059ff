//! Requests per second and latency, from an application to the platform and back.

use std::net::SocketAddr;
use std::time::Duration;

use alwayson::platform::{AcceptAnyClaims, Handle, MemoryThings, Platform};
use tokio::runtime::Runtime;

use crate::clients::{Client, Http, ask_at_rate, cpu_seconds};
use crate::figures::{Figures, ask_in_turn};
use crate::memory::{name, thing};
use crate::process::Server;
use crate::servers::{THING, edge};

/// The number of clients that ask at a time.
const ASKING: usize = 64;
/// The number of Things that are registered, each of an application of its own.
const THINGS: u32 = 1_000;
/// The number of measured rounds.
const ROUNDS: usize = 11;
/// The duration of a round.
const ROUND: Duration = Duration::from_millis(500);

/// The budgets of throughput: the smallest ratio of the requests per second through the gateway
/// to those of both baselines, one after the other. A gateway does the work of both, and clients
/// and servers share the cores: with nothing of its own to do, it would reach 1. Requests to
/// applications also pass an HTTP client.
const RATIO_TO_PLATFORM: f64 = 0.6;
const RATIO_TO_APPLICATION: f64 = 0.4;

/// The rate at which the latency is measured, in requests per second.
const RATE: u32 = 1_000;
/// The number of clients that ask at this rate.
const ASKING_AT_RATE: usize = 32;
/// The time for which they do.
const TIME_AT_RATE: Duration = Duration::from_secs(4);
/// The budget of latency: the 99th percentile. On a machine that is too busy to tell, the budget
/// is [`BUSY`] times what both baselines take.
const P99: Duration = Duration::from_millis(2);
const BUSY: u32 = 2;

/// One of the things that are compared: clients and the servers that they ask.
struct Way<'s> {
    name: &'static str,
    clients: Vec<Client>,
    servers: Vec<&'s Server>,
    all: Figures,
}

impl<'s> Way<'s> {
    fn new(name: &'static str, clients: Vec<Client>, servers: Vec<&'s Server>) -> Self {
        Self { name, clients, servers, all: Figures::default() }
    }
}

/// Measures requests from applications to the platform. Returns whether all is within budget.
pub(crate) fn to_platform(runtime: &Runtime) -> bool {
    println!("from application to platform:");
    let platform = Server::start("platform");
    let application = Server::start("application");
    let gateway = Server::start(&format!("gateway {}", platform.address));
    let (http, own, through) = runtime.block_on(async {
        let things = (0..THINGS).map(|number| thing(number, application.address.port()));
        Http::register(gateway.address, things).await;
        let edge = edge(&platform.address.to_string(), None).await;
        let own = (0..ASKING).map(|_| Client::Edge(edge.clone())).collect();
        (http_clients(local(&application)).await, own, http_clients(gateway.address).await)
    });
    compare(
        runtime,
        [
            Way::new("HTTP alone", http, vec![&application]),
            Way::new("edge alone", own, vec![&platform]),
            Way::new("gateway", through, vec![&gateway]),
        ],
        RATIO_TO_PLATFORM,
    )
}

/// Measures requests from a platform to applications. Returns whether all is within budget.
pub(crate) fn to_application(runtime: &Runtime) -> bool {
    println!("from platform to application:");
    let listen = async || {
        let things = MemoryThings::any();
        let platform = Platform::builder(AcceptAnyClaims, things).listen("127.0.0.1:0").await;
        platform.expect("a port")
    };
    let of_edge = runtime.block_on(listen());
    let of_gateway = runtime.block_on(listen());
    let application = Server::start("application");
    let edge = Server::start(&format!("edge {}", of_edge.local_addr()));
    let gateway = Server::start(&format!("gateway {}", of_gateway.local_addr()));
    let names: Vec<String> = (0..THINGS).map(name).collect();
    let http = runtime.block_on(async {
        let things = (0..THINGS).map(|number| thing(number, application.address.port()));
        Http::register(gateway.address, things).await;
        for name in &names {
            of_gateway.handle().wait_bound(name).await;
        }
        of_edge.handle().wait_bound(THING).await;
        http_clients(local(&application)).await
    });
    let by = |handle: Handle, name: &dyn Fn(usize) -> String| {
        (0..ASKING).map(|client| Client::Platform(handle.clone(), name(client))).collect()
    };
    let own = by(of_edge.handle(), &|_| THING.to_owned());
    let through = by(of_gateway.handle(), &|client| names[client].clone());
    compare(
        runtime,
        [
            Way::new("HTTP alone", http, vec![&application]),
            Way::new("edge alone", own, vec![&edge]),
            Way::new("gateway", through, vec![&gateway]),
        ],
        RATIO_TO_APPLICATION,
    )
}

/// Returns the address of an application on this machine.
fn local(application: &Server) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], application.address.port()))
}

async fn http_clients(address: SocketAddr) -> Vec<Client> {
    let mut clients = Vec::new();
    for _ in 0..ASKING {
        clients.push(Client::Http(Http::connect(address).await));
    }
    clients
}

/// Measures the ways in turns: two baselines, and the gateway. Returns whether the gateway is
/// within the budgets of throughput, `least`, and of latency.
fn compare(runtime: &Runtime, mut ways: [Way<'_>; 3], least: f64) -> bool {
    let mut ratios = Vec::new();
    // The first round is a warm-up.
    for round in 0..=ROUNDS {
        let rates = ways.each_mut().map(|way| {
            let figures = runtime.block_on(ask_in_turn(
                &mut way.clients,
                || cpu_seconds(&way.servers),
                ROUND,
            ));
            if round > 0 {
                way.all.add(&figures);
            }
            figures.per_second()
        });
        let [http, edge, gateway] = rates;
        if round > 0 {
            ratios.push((gateway * (1.0 / http + 1.0 / edge), gateway / http.min(edge)));
        }
    }
    for way in &ways {
        println!("  {:<11} {}", way.name, way.all);
    }
    let (to_both, to_slower): (Vec<_>, Vec<_>) = ratios.into_iter().unzip();
    let ratio = median("to both, one after the other", to_both);
    median("to the slower", to_slower);
    let is_fast = ratio >= least;
    if !is_fast {
        println!("    the first is less than {least}");
    }
    println!("  at {RATE} requests/s:");
    let latencies = ways.each_mut().map(|way| {
        way.clients.truncate(ASKING_AT_RATE);
        let Way { name, clients, servers, .. } = way;
        let figures = ask_at_rate(runtime, clients, servers, RATE, TIME_AT_RATE);
        println!("  {name:<11} {figures}");
        Duration::from_nanos(figures.latency_ns.value_at_quantile(0.99))
    });
    let [http, edge, gateway] = latencies;
    let is_prompt = gateway <= P99.max(BUSY * (http + edge));
    if !is_prompt {
        println!("    that is more than {P99:?}, and than {BUSY} times both baselines");
    }
    is_fast && is_prompt
}

/// Prints the ratios of the rounds; returns their median.
fn median(name: &str, mut ratios: Vec<f64>) -> f64 {
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ratios.len() / 2];
    let (least, most) = (ratios[0], ratios[ratios.len() - 1]);
    println!("  ratio {name}: {median:.2} (median of {ROUNDS} rounds; {least:.2} to {most:.2})");
    median
}
