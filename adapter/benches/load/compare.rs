//! Two servers in turns, so that what else the machine does meets both.

use std::time::Duration;

use crate::client::Client;
use crate::figures::{Figures, ask_in_turn};
use crate::process::Server;

/// The number of connections that send requests at a time.
pub(crate) const ASKING: usize = 64;
/// The number of measured rounds.
const ROUNDS: usize = 5;
/// The duration of a round.
const ROUND: Duration = Duration::from_secs(2);

/// A server with its name and its clients.
pub(crate) type Side<'s> = (&'s str, &'s Server, Vec<Client>);

/// Lets the clients of both sides send requests, in turns, and prints the figures. Returns whether
/// the ratio of the requests per second of the second to those of the first is within the budget.
pub(crate) async fn in_turns(baseline: Side<'_>, measured: Side<'_>, budget: f64) -> bool {
    let (baseline_name, baseline, mut baseline_clients) = baseline;
    let (name, server, mut clients) = measured;
    let mut of_baseline = Figures::default();
    let mut of_server = Figures::default();
    let mut ratios = Vec::new();
    // The first round is a warm-up.
    for round in 0..=ROUNDS {
        let first = ask_in_turn(&mut baseline_clients, || baseline.cpu_seconds(), ROUND).await;
        let second = ask_in_turn(&mut clients, || server.cpu_seconds(), ROUND).await;
        if round > 0 {
            ratios.push(second.per_second() / first.per_second());
            of_baseline.add(&first);
            of_server.add(&second);
        }
    }
    ratios.sort_by(f64::total_cmp);
    let ratio = ratios[ROUNDS / 2];
    println!("{baseline_name}: {of_baseline}");
    println!("{name}: {of_server}");
    println!(
        "ratio: {ratio:.2} (median of {ROUNDS} rounds; from {:.2} to {:.2})",
        ratios[0],
        ratios[ROUNDS - 1]
    );
    let is_within = ratio >= budget;
    if !is_within {
        println!("  that is less than {budget}");
    }
    is_within
}
