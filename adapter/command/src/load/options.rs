//! The options of `load`, and the limits that options and profiles share.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;

use super::operation::Operation;
use super::profile::{Profile, Think};
use super::read;
use crate::connection;
use crate::failure::{Failure, examples};

/// The number of edges: each takes a socket of this machine.
pub(super) const EDGES: RangeInclusive<u64> = 1..=100_000;
/// The number of Things of an edge: more names would not fit into one BIND of usual length.
pub(super) const THINGS_PER_EDGE: RangeInclusive<u64> = 1..=4_096;
/// The number of Things of all edges, which all take memory.
pub(super) const THINGS: u64 = 1_000_000;
/// The number of operations of an edge.
pub(super) const REQUESTS: RangeInclusive<u64> = 0..=4_294_967_295;
/// The duration in seconds; at most a day, since a report is held in memory until the end.
pub(super) const DURATION_SECONDS: RangeInclusive<u64> = 1..=86_400;
/// The edges per second of a ramp.
pub(super) const RAMP_EDGES_PER_SECOND: RangeInclusive<u64> = 1..=100_000;
/// The duration of a ramp in seconds.
pub(super) const RAMP_SECONDS: RangeInclusive<u64> = 1..=86_400;
/// The operations per second of all edges; above what one machine can send.
pub(super) const RATE: RangeInclusive<u64> = 1..=1_000_000;
/// The time between two operations in milliseconds; at most an hour.
pub(super) const THINK_MS: RangeInclusive<u64> = 0..=3_600_000;
/// The operations of an edge at a time: fewer than an edge can have unanswered, 256, so that
/// none fails for that reason.
pub(super) const IN_FLIGHT: RangeInclusive<u64> = 1..=200;
/// The expected interval of operations in milliseconds; at most an hour.
pub(super) const EXPECTED_INTERVAL_MS: RangeInclusive<u64> = 1..=3_600_000;
/// Any seed.
pub(super) const SEED: RangeInclusive<u64> = 0..=u64::MAX;
/// The bytes of a payload: what surrounds it fits with it into a message of 1 MiB, the default
/// limit of edges and platforms.
pub(super) const PAYLOAD_BYTES: RangeInclusive<u64> = 0..=1_000_000;
/// The weight of an operation.
pub(super) const WEIGHT: RangeInclusive<u64> = 1..=1_000_000;
/// The time limit of an operation in milliseconds; at most ten minutes.
pub(super) const TIMEOUT_MS: RangeInclusive<u64> = 1..=600_000;

fn number(limit: RangeInclusive<u64>) -> RangedU64ValueParser {
    RangedU64ValueParser::new().range(limit)
}

/// Connect many edges to a platform, send requests from each, and report latency and
/// throughput.
///
/// Each edge binds its own Thing, named PREFIX and a number, and writes a property of it,
/// sending the next request when the previous one is answered. A profile can ask for
/// several Things, a mix of pushes, reads, writes, calls and events with payloads, a fixed
/// rate, think times and a ramp. On a terminal, progress is shown on standard error. An
/// edge whose first attempt to connect fails does not retry, and one that loses its
/// connection sends nothing more. Failures are counted by cause. The exit code is 1 if
/// anything failed.
#[derive(Debug, clap::Args)]
#[command(after_help = examples(
    "  alwayson load --url ws://127.0.0.1:8080 --edges 1000 --requests 100\n  \
     alwayson load --url wss://platform.example --app-key-file key.txt --edges 50 \\\n      \
         --requests 1000 --in-flight 4 --json\n  \
     alwayson load --url ws://127.0.0.1:8080 --edges 1000 --ramp-seconds 20 \\\n      \
         --rate 500 --duration-seconds 60\n  \
     alwayson load --url ws://127.0.0.1:8080 --profile plant.json --json",
))]
pub(crate) struct Args {
    #[command(flatten)]
    pub(super) connection: connection::Args,
    /// A file with a profile, JSON: its members have the names of the options below in
    /// camel case, and `mix`. Options override it.
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    #[command(flatten)]
    given: Given,
    /// The bytes of the text that is written, if there is no mix; a number without this
    /// option.
    #[arg(long, value_name = "BYTES", value_parser = number(PAYLOAD_BYTES))]
    payload_bytes: Option<u64>,
    /// The number of edges that connect at a time.
    #[arg(long, value_name = "N", default_value_t = 64,
        value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) connecting: u32,
    /// The time limit for an edge to connect and bind its Things, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 10_000,
        value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) connect_timeout_ms: u64,
    /// The number of threads; by default one for each CPU.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Report each second of the operations as well. Requires --json.
    #[arg(long, requires = "json")]
    pub(super) series: bool,
    /// Print one JSON object (alwayson-load/1) instead of lines.
    #[arg(long)]
    pub(super) json: bool,
}

/// What options or a profile say.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
#[group(skip)]
pub(super) struct Given {
    /// The number of edges. Required without a profile.
    #[arg(long, value_name = "N", required_unless_present = "profile", value_parser = number(EDGES))]
    pub(super) edges: Option<u64>,
    /// The number of Things of each edge [default: 1]
    #[arg(long, value_name = "N", value_parser = number(THINGS_PER_EDGE))]
    pub(super) things_per_edge: Option<u64>,
    /// The number of requests that each edge sends. This or a duration is required without
    /// a profile.
    #[arg(long, value_name = "R", conflicts_with = "duration_seconds",
        required_unless_present_any = ["profile", "duration_seconds"],
        value_parser = number(REQUESTS))]
    pub(super) requests: Option<u64>,
    /// The time for which requests are sent, in seconds.
    #[arg(long, value_name = "S", value_parser = number(DURATION_SECONDS))]
    pub(super) duration_seconds: Option<u64>,
    /// The number of unanswered requests that an edge may have at a time [default: 1]
    #[arg(long, value_name = "N", value_parser = number(IN_FLIGHT))]
    pub(super) in_flight: Option<u64>,
    /// The requests per second of all edges together. Each is due at its time, and its
    /// latency counts from that time even if it has to wait because --in-flight requests of
    /// its edge are unanswered. Without this option an edge sends the next request when one
    /// is answered.
    #[arg(long, value_name = "N", conflicts_with_all = ["think_ms", "expected_interval_ms"],
        value_parser = number(RATE))]
    pub(super) rate: Option<u64>,
    /// The time between an answer and the next request, in milliseconds: MS, or LEAST-MOST
    /// for a random time [default: 0]
    #[arg(long, value_name = "MS", value_parser = think)]
    pub(super) think_ms: Option<Think>,
    /// The interval in milliseconds at which an edge would send requests if the platform
    /// never stalled: latency is then also reported with those requests that a slow answer
    /// has prevented (`record_correct` of HDR histograms).
    #[arg(long, value_name = "MS", value_parser = number(EXPECTED_INTERVAL_MS))]
    pub(super) expected_interval_ms: Option<u64>,
    /// The number of edges that begin to connect in a second; all at once by default.
    #[arg(long, value_name = "N", conflicts_with = "ramp_seconds",
        value_parser = number(RAMP_EDGES_PER_SECOND))]
    pub(super) ramp_edges_per_second: Option<u64>,
    /// The time over which the edges begin to connect, in seconds.
    #[arg(long, value_name = "S", value_parser = number(RAMP_SECONDS))]
    pub(super) ramp_seconds: Option<u64>,
    /// The prefix of the names of the Things [default: Load-]
    #[arg(long, value_name = "NAME")]
    pub(super) prefix: Option<String>,
    /// The seed of the random choices of operations and think times [default: 0]
    #[arg(long, value_name = "N", value_parser = number(SEED))]
    pub(super) seed: Option<u64>,
    #[arg(skip)]
    pub(super) mix: Option<Vec<Operation>>,
}

/// Parses the value of `--think-ms`.
///
/// # Errors
/// Returns what is wrong with the text.
pub(super) fn think(text: &str) -> Result<Think, String> {
    let parse = |text: &str| text.parse().map_err(|_| "expected MS or LEAST-MOST".to_owned());
    let think = match text.split_once('-') {
        Some((least, most)) => Think { least: parse(least)?, most: parse(most)? },
        None => Think { least: parse(text)?, most: parse(text)? },
    };
    think.check()?;
    Ok(think)
}

impl Args {
    /// Returns the profile: the options over those of the file.
    ///
    /// # Errors
    /// [`Failure::Usage`] if the file cannot be used, or file and options contradict each other.
    pub(super) fn profile(&self) -> Result<Profile, Failure> {
        let file = match &self.profile {
            Some(file) => read::file(file).map_err(Failure::Usage)?,
            None => Given::default(),
        };
        let mut given = self.given.clone().over(file);
        if let Some(bytes) = self.payload_bytes {
            if given.mix.is_some() {
                let text = "--payload-bytes: the profile has a mix, which has its own payloads";
                return Err(Failure::Usage(text.to_owned()));
            }
            given.mix = Some(vec![Operation::write(Some(bytes))]);
        }
        Profile::of(given).map_err(Failure::Usage)
    }
}

impl Given {
    /// Returns these values where they are given, and those of a file elsewhere. Of values that
    /// exclude each other, one here replaces the other of the file.
    fn over(self, file: Self) -> Self {
        let is_amount = self.requests.is_some() || self.duration_seconds.is_some();
        let is_pace = self.rate.is_some() || self.think_ms.is_some();
        let is_ramp = self.ramp_edges_per_second.is_some() || self.ramp_seconds.is_some();
        Self {
            edges: self.edges.or(file.edges),
            things_per_edge: self.things_per_edge.or(file.things_per_edge),
            requests: self.requests.or(file.requests.filter(|_| !is_amount)),
            duration_seconds: self
                .duration_seconds
                .or(file.duration_seconds.filter(|_| !is_amount)),
            in_flight: self.in_flight.or(file.in_flight),
            rate: self.rate.or(file.rate.filter(|_| !is_pace)),
            think_ms: self.think_ms.or(file.think_ms.filter(|_| !is_pace)),
            expected_interval_ms: self.expected_interval_ms.or(file.expected_interval_ms),
            ramp_edges_per_second: self
                .ramp_edges_per_second
                .or(file.ramp_edges_per_second.filter(|_| !is_ramp)),
            ramp_seconds: self.ramp_seconds.or(file.ramp_seconds.filter(|_| !is_ramp)),
            prefix: self.prefix.or(file.prefix),
            seed: self.seed.or(file.seed),
            mix: self.mix.or(file.mix),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_replaces_what_it_excludes_in_the_file() {
        let file = Given {
            edges: Some(10),
            requests: Some(5),
            rate: Some(7),
            ramp_seconds: Some(3),
            ..Given::default()
        };
        let think_ms = Some(Think { least: 5, most: 5 });
        let options = Given { duration_seconds: Some(9), think_ms, ..Given::default() };
        let both = options.over(file.clone());
        assert_eq!((both.edges, both.requests, both.duration_seconds), (Some(10), None, Some(9)));
        assert_eq!((both.rate, both.think_ms, both.ramp_seconds), (None, think_ms, Some(3)));
        assert_eq!(Given::default().over(file.clone()), file);
    }

    #[test]
    fn a_think_time_is_a_number_or_a_range() {
        assert_eq!(think("5").unwrap(), Think { least: 5, most: 5 });
        assert_eq!(think("5-9").unwrap(), Think { least: 5, most: 9 });
        assert!(think("3600000").is_ok());
        for wrong in ["", "-", "5-", "-5", "9-5", "3600001", "0-3600001", "1.5"] {
            assert!(think(wrong).is_err(), "{wrong}");
        }
    }
}
