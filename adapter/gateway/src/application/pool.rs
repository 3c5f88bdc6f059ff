//! The idle connections to applications.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::client::Address;
use super::connection::Connection;

/// The time for which an idle connection is kept. HTTP servers keep theirs for at least 5 s. If a
/// server closed a connection just as it is used, a request would be lost.
const IDLE: Duration = Duration::from_secs(2);

/// The maximum number of idle connections to all applications together: the number of requests at a
/// time. With thousands of applications, more would exceed the limit of open files.
pub(super) const KEPT: usize = 64;

/// The idle connections to applications.
#[derive(Default)]
pub(super) struct Pool(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// The idle connections, the oldest first.
    idle: VecDeque<Idle>,
    /// Whether a task runs that closes connections after [`IDLE`].
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

    /// Returns an idle connection to this address that is still open.
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

    /// Keeps a connection for the next request. If there are more than [`KEPT`], closes the oldest
    /// one.
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

    /// Closes the connections that have been idle for [`IDLE`]. Returns when the next one is due.
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

/// Closes idle connections when they are due. Returns when there are none left.
async fn sweep(pool: Weak<Pool>, mut at: Instant) {
    loop {
        sleep_until(at).await;
        let next = pool.upgrade().and_then(|pool| pool.close());
        let Some(next) = next else { return };
        at = next;
    }
}
