//! Figures of rounds under load.

use std::fmt;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

/// The figures of one or several rounds.
#[derive(Clone)]
pub(crate) struct Figures {
    pub(crate) requests: u64,
    pub(crate) time: Duration,
    pub(crate) server_cpu: f64,
    pub(crate) latency_ns: Histogram<u64>,
}

impl Default for Figures {
    fn default() -> Self {
        let latency_ns = Histogram::new_with_bounds(1, 60_000_000_000, 3).expect("bounds");
        Self { requests: 0, time: Duration::ZERO, server_cpu: 0.0, latency_ns }
    }
}

impl Figures {
    #[expect(clippy::cast_precision_loss, reason = "the number of requests is far below 2^53")]
    pub(crate) fn per_second(&self) -> f64 {
        self.requests as f64 / self.time.as_secs_f64()
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.time += other.time;
        self.server_cpu += other.server_cpu;
        self.latency_ns.add(&other.latency_ns).expect("the same bounds");
    }
}

impl fmt::Display for Figures {
    #[expect(clippy::cast_precision_loss, reason = "the number of requests is far below 2^53")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = |quantile| self.latency_ns.value_at_quantile(quantile) as f64 / 1000.0;
        write!(
            f,
            "{:.0} requests/s, p50 {:.0} µs, p99 {:.0} µs, {:.1} µs of the server's time each",
            self.per_second(),
            micros(0.5),
            micros(0.99),
            self.server_cpu * 1e6 / self.requests as f64,
        )
    }
}

/// A client of a load.
pub(crate) trait Asks: Send + 'static {
    /// Sends a request and waits for its answer.
    fn ask(&mut self) -> impl Future<Output = ()> + Send;
}

/// Lets each client ask again after each answer, for this time. The servers' time is in seconds.
pub(crate) async fn ask_in_turn<C: Asks>(
    clients: &mut Vec<C>,
    server_cpu: impl Fn() -> f64,
    time: Duration,
) -> Figures {
    let begin = Instant::now();
    let cpu = server_cpu();
    let asking = std::mem::take(clients).into_iter().map(|mut client| {
        tokio::spawn(async move {
            let mut latency = Figures::default().latency_ns;
            while begin.elapsed() < time {
                let asked = Instant::now();
                client.ask().await;
                latency.saturating_record(nanos(asked.elapsed()));
            }
            (client, latency)
        })
    });
    let asking: Vec<_> = asking.collect();
    let mut figures = Figures::default();
    for task in asking {
        let (client, latency) = task.await.expect("no panic");
        figures.requests += latency.len();
        figures.latency_ns.add(latency).expect("the same bounds");
        clients.push(client);
    }
    figures.time = begin.elapsed();
    figures.server_cpu = server_cpu() - cpu;
    figures
}

/// Returns a time in nanoseconds.
pub(crate) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
