//! The figures of one number of edges, and whether they grow too fast.

use std::process::Command;
use std::time::Duration;

/// The figures of a number of edges.
pub(crate) struct Figures {
    pub(crate) edges: usize,
    /// Resident memory of each edge.
    pub(crate) bytes: f64,
    /// CPU time of each connection, AUTH and BIND.
    pub(crate) bind_cpu: Duration,
    /// CPU time of each push, that of the calls included.
    pub(crate) push_cpu: Duration,
    pub(crate) pushed: usize,
    pub(crate) call_p50: Duration,
    pub(crate) call_p99: Duration,
    /// Until half of the edges, which were cut off at once, were unbound.
    pub(crate) death: Duration,
    /// Until the other half was closed.
    pub(crate) shutdown: Duration,
}

/// What an edge costs may grow by this factor from a quarter of the edges to all: the caches of the
/// processor hold less of them. What grows with the square would grow by 4.
const GROWTH: f64 = 2.0;

impl Figures {
    /// Returns the figures as a line, for another process.
    pub(crate) fn line(&self) -> String {
        let times =
            [self.bind_cpu, self.push_cpu, self.call_p50, self.call_p99, self.death, self.shutdown];
        let times = times.map(|time| time.as_nanos().to_string()).join(" ");
        format!("{} {} {} {times}", self.edges, self.bytes, self.pushed)
    }

    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let edges = words.next()?.parse().ok()?;
        let bytes = words.next()?.parse().ok()?;
        let pushed = words.next()?.parse().ok()?;
        let mut time = || Some(Duration::from_nanos(words.next()?.parse().ok()?));
        Some(Self {
            edges,
            bytes,
            pushed,
            bind_cpu: time()?,
            push_cpu: time()?,
            call_p50: time()?,
            call_p99: time()?,
            death: time()?,
            shutdown: time()?,
        })
    }

    fn print(&self) {
        let Self { edges, bytes, bind_cpu, push_cpu, pushed, .. } = self;
        println!(
            "{edges} edges: {:.1} KiB of memory and {bind_cpu:.1?} of CPU time to bind each; {pushed} \
             pushes, {push_cpu:.1?} of CPU time each; calls p50 {:.1?}, p99 {:.1?}; half of them died \
             in {:.2?}; the others were closed in {:.2?}",
            bytes / 1024.0,
            self.call_p50,
            self.call_p99,
            self.death,
            self.shutdown,
        );
    }

    /// Returns what each edge costs, with names.
    #[expect(clippy::cast_precision_loss, reason = "the number of edges is far below 2^53")]
    fn each(&self) -> [(&'static str, f64); 4] {
        let edges = self.edges as f64;
        [
            ("memory", self.bytes),
            ("CPU time to bind", self.bind_cpu.as_secs_f64()),
            ("death", self.death.as_secs_f64() / edges),
            ("shutdown", self.shutdown.as_secs_f64() / edges),
        ]
    }
}

/// Measures so many edges in a process of their own.
pub(crate) fn of_process(edges: usize) -> Figures {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program).env(crate::MEASURED, edges.to_string()).output();
    let output = output.expect("this program starts again");
    let text = String::from_utf8_lossy(&output.stdout);
    let figures = text.lines().last().and_then(Figures::parse);
    let figures = figures.unwrap_or_else(|| {
        panic!("no figures of {edges} edges: {}", String::from_utf8_lossy(&output.stderr))
    });
    figures.print();
    figures
}

/// Returns whether nothing grows faster than the number of edges.
pub(crate) fn check(all: &[Figures]) -> bool {
    let (Some(few), Some(many)) = (all.first(), all.last()) else { return false };
    let mut is_linear = true;
    for ((what, of_few), (_, of_many)) in few.each().into_iter().zip(many.each()) {
        let growth = of_many / of_few;
        println!("{what} of an edge: {growth:.2} times that with a quarter of the edges");
        if growth > GROWTH {
            println!("  that is more than {GROWTH}");
            is_linear = false;
        }
    }
    is_linear
}
