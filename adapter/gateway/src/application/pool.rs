//! Connections to applications that wait for their next request.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::client::Address;
use super::connection::Connection;

/// How long an idle connection is kept. Servers keep theirs for 5 s and more: one that
/// is closed just as it is used would lose a request.
const IDLE: Duration = Duration::from_secs(2);

/// How many connections are kept, over all applications: as many as there are requests at a
/// time. With thousands of applications, more would be all the files that may be open.
pub(super) const KEPT: usize = 64;

/// Connections that wait for their next request.
#[derive(Default)]
pub(super) struct Pool(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// The oldest is the first.
    idle: VecDeque<Idle>,
    /// Whether a task closes those that were kept for too long.
    is_swept: bool,
}

struct Idle {
    address: Address,
    connection: Connection,
    until: Instant,
}

impl Pool {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection to this address that was kept, and that is open still.
    pub(super) async fn take(&self, address: &Address) -> Option<Connection> {
        loop {
            let mut connection = self.pop(address)?;
            if connection.is_ready().await {
                return Some(connection);
            }
        }
    }

    fn pop(&self, address: &Address) -> Option<Connection> {
        let mut kept = self.lock();
        let newest = kept.idle.iter().rposition(|idle| idle.address == *address)?;
        let Idle { connection, until, .. } = kept.idle.remove(newest)?;
        (Instant::now() < until).then_some(connection)
    }

    /// Keeps a connection for the next request. If there are too many, the oldest is closed.
    pub(super) fn keep(self: &Arc<Self>, address: Address, connection: Connection) {
        if !connection.is_open() {
            return;
        }
        let until = Instant::now() + IDLE;
        let mut kept = self.lock();
        kept.idle.push_back(Idle { address, connection, until });
        if kept.idle.len() > KEPT {
            kept.idle.pop_front();
        }
        if !kept.is_swept {
            kept.is_swept = true;
            tokio::spawn(sweep(Arc::downgrade(self), until));
        }
    }

    /// Closes what was kept for too long. Returns when the next one is to be closed.
    fn close(&self) -> Option<Instant> {
        let mut kept = self.lock();
        let now = Instant::now();
        while kept.idle.front().is_some_and(|idle| idle.until <= now) {
            kept.idle.pop_front();
        }
        let next = kept.idle.front().map(|idle| idle.until);
        kept.is_swept = next.is_some();
        next
    }
}

/// Closes connections when it is their time, until there are none.
async fn sweep(pool: Weak<Pool>, mut at: Instant) {
    loop {
        sleep_until(at).await;
        let next = pool.upgrade().and_then(|pool| pool.close());
        let Some(next) = next else { return };
        at = next;
    }
}
