//! `load`: many edges at once, to measure a platform.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use alwayson::edge::{BindError, Edge, RequestError, Thing};
use futures_util::future::{join_all, ready};
use futures_util::stream::{self, StreamExt};
use hdrhistogram::Histogram;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value as Json, json};

use crate::connection::{self, Connection};
use crate::failure::{Failure, examples, in_full};
use crate::open_files;
use crate::show;

/// The property that is written.
const PROPERTY: &str = "Load";

/// The maximum number of distinct failure causes: a platform may give each failure its
/// own text.
const MAX_CAUSES: usize = 16;
/// The cause under which all others are counted.
const OTHER_CAUSES: &str = "other causes";
/// The cause of requests that were not sent because the connection had ended.
const NOT_SENT: &str = "not sent: the connection had ended";

/// Connect many edges to a platform, send requests from each, and report latency and
/// throughput.
///
/// Each edge binds its own Thing, named PREFIX and a number, and writes a property of it,
/// sending the next request when the previous one is answered. On a terminal, progress
/// is shown on standard error. An edge whose first attempt to connect fails does not
/// retry, and one that loses its connection sends nothing more. Failures are counted by
/// cause. The exit code is 1 if anything failed.
#[derive(Debug, clap::Args)]
#[command(after_help = examples(
    "  alwayson load --url ws://127.0.0.1:8080 --edges 1000 --requests 100\n  \
     alwayson load --url wss://platform.example --app-key-file key.txt --edges 50 \\\n      \
         --requests 1000 --in-flight 4 --json",
))]
pub(crate) struct Args {
    #[command(flatten)]
    connection: connection::Args,
    /// The number of edges.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    edges: u32,
    /// The number of requests that each edge sends.
    #[arg(long, value_name = "R")]
    requests: u32,
    /// The number of unanswered requests that an edge may have at a time.
    #[arg(long, value_name = "N", default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..=200))]
    in_flight: u32,
    /// The number of edges that connect at a time.
    #[arg(long, value_name = "N", default_value_t = 64,
        value_parser = clap::value_parser!(u32).range(1..))]
    connecting: u32,
    /// The time limit for an edge to connect and bind its Thing, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 10_000,
        value_parser = clap::value_parser!(u64).range(1..))]
    connect_timeout_ms: u64,
    /// The prefix of the names of the Things.
    #[arg(long, value_name = "NAME", default_value = "Load-")]
    prefix: String,
    /// The number of threads; by default one for each CPU.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Print one JSON object instead of lines.
    #[arg(long)]
    json: bool,
}

/// The measurements of connecting, or of sending requests.
struct Measured {
    elapsed: Duration,
    /// Of the successful operations, in microseconds.
    latency: Histogram<u64>,
    /// The number of failures by cause.
    failed: BTreeMap<String, u64>,
}

/// Collects measurements while they are made.
struct Meter {
    start: Instant,
    progress: ProgressBar,
    measured: Mutex<Measured>,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    open_files::raise_limit();
    let connection = args.connection.check()?;
    let meter = Meter::new("edges", u64::from(args.edges))?;
    let edges: Vec<(String, Edge)> = stream::iter(0..args.edges)
        .map(|index| open(&args, &connection, &meter, index))
        .buffer_unordered(args.connecting as usize)
        .filter_map(async |opened| opened)
        .collect()
        .await;
    let opened = meter.finish();
    let total = u64::from(args.requests) * edges.len() as u64;
    let meter = Arc::new(Meter::new("requests", total)?);
    let sends = edges.iter().map(|(thing, edge)| {
        let thing = thing.clone();
        let edge = edge.clone();
        let meter = Arc::clone(&meter);
        tokio::spawn(send(thing, edge, meter, args.requests, args.in_flight))
    });
    let is_sent = join_all(sends).await.iter().all(Result::is_ok);
    let sent = meter.finish();
    stream::iter(&edges).for_each_concurrent(64, |(_, edge)| edge.leave()).await;
    if args.json {
        let edges = opened.json();
        let requests = sent.json();
        show::line(&json!({"edges": edges, "requests": requests}).to_string())?;
    } else {
        show::line(&opened.lines("edges", "bound", "connects"))?;
        show::line(&sent.lines("requests", "answered", "requests"))?;
    }
    let is_good = is_sent && opened.failed.is_empty() && sent.failed.is_empty();
    if is_good { Ok(()) } else { Err(Failure::Told) }
}

/// Opens an edge, and waits until its Thing is bound.
async fn open(
    args: &Args,
    connection: &Connection,
    meter: &Meter,
    index: u32,
) -> Option<(String, Edge)> {
    let start = Instant::now();
    let thing = format!("{}{index}", args.prefix);
    let builder = connection.edge().thing(Thing::new(&thing).property(PROPERTY, 0.0));
    let opening = async {
        let edge = builder.connect().await.map_err(|error| in_full(&error))?;
        edge.try_wait_bound(&thing).await.map_err(|error| match error {
            // The reason contains the name of the Thing, so it would not be one cause.
            BindError::Refused { status, .. } => {
                in_full(&BindError::Refused { status, reason: None })
            }
            error => in_full(&error),
        })?;
        Ok(edge)
    };
    let deadline = Duration::from_millis(args.connect_timeout_ms);
    let opened = tokio::time::timeout(deadline, opening).await;
    let opened = opened.unwrap_or_else(|_| Err("not bound in time".to_owned()));
    let edge = meter.count(start, opened)?;
    Some((thing, edge))
}

/// Sends the requests of an edge, until it loses its first connection.
async fn send(thing: String, edge: Edge, meter: Arc<Meter>, requests: u32, in_flight: u32) {
    let begun = AtomicU32::new(0);
    let is_over = AtomicBool::new(false);
    let write = async |number: u32| {
        begun.fetch_add(1, Ordering::Relaxed);
        let start = Instant::now();
        let written = edge.write_property(&thing, PROPERTY, f64::from(number)).await;
        if let Err(RequestError::ConnectionEnded | RequestError::NotConnected) = written {
            is_over.store(true, Ordering::Relaxed);
        }
        let written = written.map_err(|error| match error {
            // The reason may contain the name of the Thing.
            RequestError::Refused { status, .. } => {
                in_full(&RequestError::Refused { status, reason: None })
            }
            error => in_full(&error),
        });
        meter.count(start, written);
    };
    stream::iter(0..requests)
        .take_while(|_| ready(!is_over.load(Ordering::Relaxed)))
        .for_each_concurrent(in_flight as usize, write)
        .await;
    meter.not_sent(requests.saturating_sub(begun.into_inner()).into());
}

impl Meter {
    fn new(what: &'static str, total: u64) -> Result<Self, Failure> {
        let latency = Histogram::new(3);
        let latency = latency.map_err(|error| Failure::Failed(format!("no histogram: {error}")))?;
        let style = ProgressStyle::with_template("{prefix:<9} {bar:40} {pos}/{len}  {per_sec}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        // It is drawn only on a terminal.
        let progress = ProgressBar::new(total).with_style(style).with_prefix(what);
        let measured = Measured { elapsed: Duration::ZERO, latency, failed: BTreeMap::new() };
        Ok(Self { start: Instant::now(), progress, measured: Mutex::new(measured) })
    }

    fn lock(&self) -> MutexGuard<'_, Measured> {
        self.measured.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an operation that began at this time and ends now.
    fn count<T>(&self, start: Instant, result: Result<T, String>) -> Option<T> {
        let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.progress.inc(1);
        let mut measured = self.lock();
        match result {
            Ok(value) => {
                // The histogram resizes itself, so it accepts every value.
                let _ = measured.latency.record(micros.max(1));
                Some(value)
            }
            Err(cause) => {
                count_cause(&mut measured.failed, cause, 1);
                None
            }
        }
    }

    /// Counts requests that were not sent.
    fn not_sent(&self, requests: u64) {
        if requests > 0 {
            self.progress.inc(requests);
            count_cause(&mut self.lock().failed, NOT_SENT.to_owned(), requests);
        }
    }

    /// Returns the measurements since the start.
    fn finish(&self) -> Measured {
        self.progress.finish_and_clear();
        let mut measured = self.lock();
        measured.elapsed = self.start.elapsed();
        let Measured { elapsed, ref latency, ref failed } = *measured;
        Measured { elapsed, latency: latency.clone(), failed: failed.clone() }
    }
}

/// Adds failures to the count of their cause.
fn count_cause(failed: &mut BTreeMap<String, u64>, cause: String, count: u64) {
    let is_other = failed.len() >= MAX_CAUSES && !failed.contains_key(&cause);
    *failed.entry(if is_other { OTHER_CAUSES.to_owned() } else { cause }).or_default() += count;
}

/// The percentiles that are shown.
const PERCENTILES: [(&str, f64); 5] =
    [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("max", 1.0)];

impl Measured {
    fn per_second(&self) -> f64 {
        f64::from(u32::try_from(self.latency.len()).unwrap_or(u32::MAX))
            / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// Returns the causes of failures with their counts, the most frequent first.
    fn causes(&self) -> Vec<(&str, u64)> {
        let mut causes: Vec<_> =
            self.failed.iter().map(|(cause, count)| (cause.as_str(), *count)).collect();
        causes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        causes
    }

    fn percentiles(&self) -> impl Iterator<Item = (&'static str, f64)> {
        PERCENTILES.into_iter().map(|(name, quantile)| {
            let micros = self.latency.value_at_quantile(quantile);
            (name, Duration::from_micros(micros).as_secs_f64() * 1000.0)
        })
    }

    fn lines(&self, what: &str, done: &str, unit: &str) -> String {
        let succeeded = self.latency.len();
        let failed = self.failed.values().sum::<u64>();
        let seconds = self.elapsed.as_secs_f64();
        let per_second = self.per_second();
        let mut text = format!(
            "{what:<9} {succeeded} {done}, {failed} failed, in {seconds:.2} s: \
             {per_second:.0} {unit}/s"
        );
        let latencies = self.percentiles().map(|(name, ms)| format!("{name} {ms:.2} ms"));
        if succeeded > 0 {
            let latencies: Vec<_> = latencies.collect();
            text = format!("{text}\n{:<9} {}", "latency", latencies.join("   "));
        }
        for (cause, count) in self.causes() {
            text = format!("{text}\n{:<9} {count} x {}", "failure", show::plain(cause));
        }
        text
    }

    fn json(&self) -> Json {
        let latencies: Json =
            self.percentiles().map(|(name, ms)| (name.to_owned(), Json::from(ms))).collect();
        let failures = self.causes().into_iter();
        let failures = failures.map(|(cause, count)| json!({ "cause": cause, "count": count }));
        json!({
            "succeeded": self.latency.len(), "failed": self.failed.values().sum::<u64>(),
            "seconds": self.elapsed.as_secs_f64(), "perSecond": self.per_second(),
            "latencyMs": latencies, "failures": failures.collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_beyond_the_most_that_are_told_apart_are_counted_together() {
        let mut failed = BTreeMap::new();
        let cause = |number: usize| format!("cause {number}");
        (1..MAX_CAUSES).for_each(|number| count_cause(&mut failed, cause(number), 1));
        assert_eq!(failed.len(), MAX_CAUSES - 1);
        count_cause(&mut failed, cause(MAX_CAUSES), 1);
        assert_eq!(failed.get(OTHER_CAUSES), None);
        for number in [MAX_CAUSES + 1, MAX_CAUSES + 2] {
            count_cause(&mut failed, cause(number), 1);
        }
        count_cause(&mut failed, cause(1), 1);
        assert_eq!((failed.get(OTHER_CAUSES), failed.get("cause 1")), (Some(&2), Some(&2)));
    }
}
