//! Figures of rounds under load.

use std::fmt;
use std::time::Duration;

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
