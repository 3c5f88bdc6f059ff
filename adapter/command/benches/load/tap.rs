//! The latency that `tap` adds: requests and their responses through it, compared with the same over
//! a direct connection, in turns and in the same run.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::echo::{self, Client};

/// The budget: the latency that the tap adds at the 99th percentile.
const ADDED: Duration = Duration::from_micros(200);
/// On a machine that is busy or slow the tap may add this many times what a request takes without
/// it.
const RATIO: u32 = 4;
/// The number of measured rounds; the median counts.
const ROUNDS: usize = 5;
/// The number of requests of each kind in a round.
const REQUESTS: u32 = 5_000;

/// A tap that runs, and is ended when it is dropped.
struct Tap {
    child: Child,
    address: String,
}

impl Tap {
    fn start(to: &str, more: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_alwayson"));
        command.args(["tap", "--listen", "127.0.0.1:0", "--to", to]).args(more);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the command starts");
        let mut output = BufReader::new(child.stdout.take().expect("it has an output"));
        let mut address = String::new();
        output.read_line(&mut address).expect("it prints its address");
        std::thread::spawn(move || {
            let mut rest = Vec::new();
            let _ = output.read_to_end(&mut rest);
        });
        Self { child, address: address.trim().to_owned() }
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns whether the latency is within the budget.
pub(crate) fn latency() -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let record = file("record.json");
    let pcap = file("packets.pcapng");
    let all = ["--check", "--record", &record, "--pcap", &pcap];
    let is_within = [measure("shown", &[]), measure("shown, checked, recorded", &all)];
    is_within.iter().all(|is_within| *is_within)
}

/// Returns whether the latency that a tap with these options adds is within the budget.
fn measure(name: &str, options: &[&str]) -> bool {
    let server = echo::serve();
    let tap = Tap::start(&format!("ws://{server}"), options);
    let mut direct = Client::connect(&server.to_string());
    let mut tapped = Client::connect(&tap.address);
    let mut added = Vec::new();
    let mut allowed = Vec::new();
    let mut last = (Duration::ZERO, Duration::ZERO);
    // The first round is a warm-up.
    for round in 0..=ROUNDS {
        let mut times = [(); 2].map(|()| Histogram::<u64>::new(3).expect("three digits"));
        for _ in 0..REQUESTS {
            for (client, times) in [&mut direct, &mut tapped].into_iter().zip(&mut times) {
                let nanos = u64::try_from(client.ask().as_nanos()).unwrap_or(u64::MAX);
                times.record(nanos).expect("a histogram without a limit");
            }
        }
        let [direct, tapped] =
            times.map(|times| Duration::from_nanos(times.value_at_quantile(0.99)));
        if round > 0 {
            added.push(tapped.saturating_sub(direct));
            allowed.push(ADDED.max(direct * RATIO));
            last = (direct, tapped);
        }
    }
    added.sort_unstable();
    allowed.sort_unstable();
    let (direct, tapped) = last;
    let median = added[ROUNDS / 2];
    println!(
        "tap, {name}: p99 of the last round {direct:.1?} direct, {tapped:.1?} through the tap; added \
         {median:.1?} (median of {ROUNDS} rounds; from {:.1?} to {:.1?})",
        added[0],
        added[ROUNDS - 1]
    );
    let allowed = allowed[ROUNDS / 2];
    let is_within = median <= allowed;
    if !is_within {
        println!("  that is more than {allowed:.1?}");
    }
    is_within
}
