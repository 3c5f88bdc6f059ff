//! A platform with 100,000 bound edges in one process: what each costs, how long a call takes, the
//! death of half of the edges at once, and an orderly shutdown. Measured with a quarter and with
//! half as many as well: nothing may grow faster than the number of edges.
//!
//! `./ci.sh load_100k` prints the figures, and fails if something does. The edges are transports in
//! memory, which take almost nothing themselves; each pushes a value every 10 s.

#[path = "many/edge.rs"]
mod edge;
#[path = "many/figures.rs"]
mod figures;
#[path = "load/process.rs"]
#[expect(dead_code, reason = "the bench of load also starts servers")]
mod process;
#[path = "load/push.rs"]
mod push;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use alwayson::message::Request;
use alwayson::platform::{AcceptAnyClaims, AfterBind, MemoryThings, Options, Platform};
use edge::Edges;
use figures::Figures;
use hdrhistogram::Histogram;
use push::{PROPERTY, name};
use tokio::time::{MissedTickBehavior, interval};

/// The largest number of edges by default.
const EDGES: usize = 100_000;
/// The environment variable with another number.
const NUMBER: &str = "ALWAYSON_MANY_EDGES";
/// The environment variable with the number of edges of this process.
const MEASURED: &str = "ALWAYSON_MANY_MEASURED";

/// The time between two pushes of an edge.
const PUSHES: Duration = Duration::from_secs(10);
/// The time in which pushes and calls are measured.
const CALM: Duration = Duration::from_secs(20);
/// The time between two calls.
const CALLS: Duration = Duration::from_millis(5);
/// How often edges push, and how often progress is looked at.
const TICK: Duration = Duration::from_millis(10);

fn main() -> ExitCode {
    let number = |name| std::env::var(name).ok()?.parse::<usize>().ok();
    if let Some(edges) = number(MEASURED) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let figures = runtime.expect("a runtime").block_on(measure(edges));
        println!("{}", figures.line());
        return ExitCode::SUCCESS;
    }
    let edges = number(NUMBER).unwrap_or(EDGES);
    let all = [edges / 4, edges / 2, edges].map(figures::of_process);
    if figures::check(&all) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Binds so many edges, and lets them live and die.
async fn measure(count: usize) -> Figures {
    let options = Options::default().with_after_bind(AfterBind::NONE);
    let platform = Platform::builder(AcceptAnyClaims, MemoryThings::any()).options(options);
    let platform = platform.listen("127.0.0.1:0").await.expect("a port");
    let edges = Arc::new(Edges::default());
    let ended = Arc::new(AtomicUsize::new(0));
    let serve = || {
        let serving = platform.serve(Box::new(edges.add()), None);
        let ended = Arc::clone(&ended);
        tokio::spawn(async move {
            serving.await;
            ended.fetch_add(1, Ordering::Relaxed);
        });
    };
    // The first connection also allocates what all share.
    serve();
    until(&edges.seen.bound, 1).await;
    let begun = Cost::now();
    (1..count).for_each(|_| serve());
    until(&edges.seen.bound, count).await;
    let bound = begun.since(count);

    let pushing = tokio::spawn(push_all(Arc::clone(&edges), count));
    let calm = Cost::now();
    let pushed = edges.seen.pushed.load(Ordering::Relaxed);
    let calls = call_for(&platform, count, CALM).await;
    let pushed = edges.seen.pushed.load(Ordering::Relaxed) - pushed;
    let of_push = calm.since(pushed);
    pushing.abort();

    let died = Instant::now();
    (0..count / 2).for_each(|edge| edges.cut(edge));
    until(&ended, count / 2).await;
    let death = died.elapsed();

    let begun = Instant::now();
    platform.shut_down().await;
    until(&ended, count).await;
    let micros = |quantile| Duration::from_micros(calls.value_at_quantile(quantile));
    Figures {
        edges: count,
        bytes: bound.bytes,
        bind_cpu: bound.cpu,
        push_cpu: of_push.cpu,
        pushed,
        call_p50: micros(0.5),
        call_p99: micros(0.99),
        death,
        shutdown: begun.elapsed(),
    }
}

/// Waits until a number is reached.
async fn until(number: &AtomicUsize, meant: usize) {
    while number.load(Ordering::Relaxed) < meant {
        tokio::time::sleep(TICK).await;
    }
}

/// Lets each edge push once in [`PUSHES`], one after another.
async fn push_all(edges: Arc<Edges>, count: usize) {
    let mut ticks = interval(TICK);
    let turns = PUSHES.as_millis() / TICK.as_millis();
    let at_once = count.div_ceil(usize::try_from(turns).expect("a number of turns"));
    let mut all = (0..count).cycle();
    loop {
        ticks.tick().await;
        all.by_ref().take(at_once).for_each(|edge| edges.push(edge));
    }
}

/// Calls one Thing after another, and returns the latencies in microseconds.
async fn call_for(platform: &Platform, count: usize, time: Duration) -> Histogram<u64> {
    let mut latencies = Histogram::new(3).expect("three digits");
    let mut ticks = interval(CALLS);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let began = Instant::now();
    // A number without a common divisor with that of the edges: all get their turn.
    for edge in (0..).map(|turn: usize| turn * 7_919 % count) {
        if began.elapsed() >= time {
            break;
        }
        ticks.tick().await;
        let asked = Instant::now();
        let response = platform.call(Request::read_property(&name(edge), PROPERTY)).await;
        assert!(response.expect("an answer").status.is_success(), "it answers");
        let micros = u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX);
        latencies.record(micros).expect("a histogram without a limit");
    }
    latencies
}

/// What the process has used up to a moment.
struct Cost {
    bytes: f64,
    cpu: f64,
}

/// What each of a number has cost.
struct Each {
    bytes: f64,
    cpu: Duration,
}

impl Cost {
    fn now() -> Self {
        let id = std::process::id();
        Self { bytes: process::resident_bytes(id), cpu: process::cpu_seconds(id) }
    }

    #[expect(clippy::cast_precision_loss, reason = "the numbers are far below 2^53")]
    fn since(&self, number: usize) -> Each {
        let now = Self::now();
        let number = number.max(1) as f64;
        Each {
            bytes: (now.bytes - self.bytes) / number,
            cpu: Duration::from_secs_f64((now.cpu - self.cpu) / number),
        }
    }
}
