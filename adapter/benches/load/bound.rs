//! Many bound edges: the memory of each, and the server's time to let it in.

use std::fmt;
use std::ops::Range;

use crate::client::{self, Target};
use crate::process::Server;

/// The number of edges that are bound at a time.
pub(crate) const EDGES: usize = 5_000;

/// The budgets of memory for each edge, without TLS and with it, in bytes.
pub(crate) const BYTES: f64 = 12.0 * 1024.0;
pub(crate) const BYTES_TLS: f64 = 24.0 * 1024.0;

/// What a bound edge costs a server.
pub(crate) struct Cost {
    /// Resident memory, in bytes.
    pub(crate) bytes: f64,
    /// The CPU time of its connection, AUTH and BIND, in milliseconds.
    pub(crate) cpu_ms: f64,
}

impl Cost {
    /// Binds [`EDGES`] edges.
    pub(crate) async fn measure(server: &Server, target: &Target) -> Self {
        Self::of(server, |edges| client::bind_many(target.clone(), edges)).await
    }

    /// Opens [`EDGES`] connections.
    pub(crate) async fn of<T>(server: &Server, open: impl AsyncFn(Range<usize>) -> T) -> Self {
        // The first connections also allocate what all connections share.
        let first = open(0..100).await;
        let bytes = server.resident_bytes();
        let cpu = server.cpu_seconds();
        let edges = open(100..100 + EDGES).await;
        let count = f64::from(u32::try_from(EDGES).expect("no more than there are ports"));
        let cost = Self {
            bytes: (server.resident_bytes() - bytes) / count,
            cpu_ms: (server.cpu_seconds() - cpu) * 1e3 / count,
        };
        drop((first, edges));
        cost
    }

    /// Prints the figures. Returns whether the memory is within the budget.
    pub(crate) fn check(&self, name: &str, bytes: f64) -> bool {
        println!("{name}: {self}");
        let is_small = self.bytes <= bytes;
        if !is_small {
            println!("  that is more than {:.0} KiB", bytes / 1024.0);
        }
        is_small
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes, cpu_ms } = self;
        let kib = bytes / 1024.0;
        write!(
            f,
            "{EDGES} connected: {kib:.1} KiB of memory and {cpu_ms:.2} ms of the server's time each"
        )
    }
}
