//! A node: its connection to NATS and its tasks.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use alwayson::platform::cluster::{Change, Incoming};
use async_nats::jetstream::{self, Context};
use async_nats::{Client, ConnectOptions};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

use crate::buckets::Bucket;
use crate::calls::Calls;
use crate::core::Core;
use crate::entries::text;
use crate::nodes::Node;
use crate::options::Options;
use crate::settings::LeaseError;
use crate::{calls, events, registering, watching};

/// The number of events that wait to be sent to other nodes. Further ones are lost.
const EVENTS: usize = 4_096;

/// Why a node cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The times of leases do not fit each other.
    #[error(transparent)]
    Lease(#[from] LeaseError),
    /// The name of the node is empty, or that of the cluster is not one.
    #[error("{0}")]
    Name(&'static str),
    /// The file with credentials cannot be read.
    #[error("the credentials of NATS: {0}")]
    Credentials(std::io::Error),
    /// NATS cannot be reached, or refuses the connection.
    #[error("NATS: {0}")]
    Connect(#[from] async_nats::ConnectError),
}

/// A node of a cluster: the [`Directory`](alwayson::platform::cluster::Directory) and the
/// [`Peers`](alwayson::platform::cluster::Peers) of its platform.
///
/// Dropping it ends its tasks; what it holds is then free when its lease has ended.
pub struct Cluster {
    pub(crate) node: Arc<Shared>,
    pub(crate) changes: Mutex<Option<mpsc::UnboundedReceiver<Change>>>,
    pub(crate) incoming: Mutex<Option<mpsc::UnboundedReceiver<Incoming>>>,
    tasks: Vec<JoinHandle<()>>,
}

/// What the tasks of a node share.
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) client: Client,
    pub(crate) context: Context,
    core: Mutex<Core>,
    buckets: Mutex<Option<Buckets>>,
    /// Tells the task of the lease to look again.
    pub(crate) hurry: Notify,
    /// Tells that a lease was refreshed, or a claim or release has ended.
    pub(crate) changed: Notify,
    /// Tells the watches that the buckets may be other ones.
    pub(crate) reopened: Notify,
    pub(crate) calls: Calls,
    pub(crate) incoming: mpsc::UnboundedSender<Incoming>,
    pub(crate) events: mpsc::Sender<(String, bytes::Bytes)>,
    /// The start of this process.
    pub(crate) since: SystemTime,
}

/// The buckets.
#[derive(Clone, Debug)]
pub(crate) struct Buckets {
    pub(crate) nodes: Bucket,
    pub(crate) own: Bucket,
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster").field("options", &self.node.options).finish_non_exhaustive()
    }
}

impl Cluster {
    /// Connects to NATS, and begins to register this node.
    ///
    /// # Errors
    /// [`StartError`] if the options are wrong, or NATS cannot be reached. Later, a node connects
    /// again by itself.
    ///
    /// # Cancel safety
    /// Dropping the future before it is ready starts nothing.
    pub async fn connect(options: Options) -> Result<Arc<Self>, StartError> {
        let times = options.lease.check()?;
        if options.node.is_empty() {
            return Err(StartError::Name("the name of a node must not be empty"));
        }
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if options.cluster.is_empty() || !options.cluster.chars().all(is_allowed) {
            return Err(StartError::Name("the name of a cluster has letters, digits, - and _"));
        }
        let retry = options.lease.retry;
        let mut connecting = ConnectOptions::new()
            .name(&options.node)
            .connection_timeout(retry.max(Duration::from_secs(2)))
            .ping_interval(options.lease.refresh)
            .reconnect_delay_callback(move |_| retry);
        if let Some(file) = &options.credentials {
            let with = connecting.credentials_file(file).await;
            connecting = with.map_err(StartError::Credentials)?;
        }
        let urls: Vec<&str> = options.url.split(',').map(str::trim).collect();
        let client = connecting.connect(urls).await?;
        let version = client.server_info().version;
        if is_too_old(&version) {
            tracing::warn!(
                version,
                "this nats-server is too old for more than one of them: its replicas come to \
                 number entries differently, and some nodes then do not find Things that are bound; \
                 use 2.10 or a later one"
            );
        }
        let context = jetstream::new(client.clone());
        let (changes, reported) = mpsc::unbounded_channel();
        let (incoming, received) = mpsc::unbounded_channel();
        let (events, told) = mpsc::channel(EVENTS);
        let core = Core::new(options.node.as_str().into(), times, changes);
        let node = Arc::new(Shared {
            calls: Calls::new(&options.cluster),
            options,
            client,
            context,
            core: Mutex::new(core),
            buckets: Mutex::new(None),
            hurry: Notify::new(),
            changed: Notify::new(),
            reopened: Notify::new(),
            incoming,
            events,
            since: SystemTime::now(),
        });
        let tasks = vec![
            tokio::spawn(registering::run(Arc::clone(&node))),
            tokio::spawn(watching::run_nodes(Arc::clone(&node))),
            tokio::spawn(watching::run_own(Arc::clone(&node))),
            tokio::spawn(watching::run_clock(Arc::clone(&node))),
            tokio::spawn(watching::run_silent(Arc::clone(&node))),
            tokio::spawn(calls::run_answers(Arc::clone(&node))),
            tokio::spawn(events::run_told(Arc::clone(&node), told)),
            tokio::spawn(events::run_heard(Arc::clone(&node))),
        ];
        let changes = Mutex::new(Some(reported));
        Ok(Arc::new(Self { node, changes, incoming: Mutex::new(Some(received)), tasks }))
    }
}

/// Returns whether replicas of a server of this version may number entries differently: 2.9.10 does
/// if two nodes claim a Thing at a time.
fn is_too_old(version: &str) -> bool {
    let mut parts = version.split('.').map(str::parse::<u32>);
    let known = match (parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor),
        // A version that is not known is not an old one.
        _ => return false,
    };
    known < (2, 10)
}

impl Cluster {
    /// Ends all tasks.
    pub(crate) fn stop(&self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Core> {
        // Nothing in it panics between two steps that belong together.
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn buckets(&self) -> Option<Buckets> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Opens the buckets, or creates them. Returns why it cannot.
    pub(crate) async fn open(&self) -> Result<Buckets, Cow<'static, str>> {
        let Options { cluster, lease, .. } = &self.options;
        let bucket = async |name, max_age| {
            let name = format!("{cluster}_{name}");
            Bucket::open(&self.context, &name, max_age, lease.retry).await
        };
        let nodes = bucket("nodes", lease.expiry).await?;
        let own = bucket("own", Duration::ZERO).await?;
        let buckets = Buckets { nodes, own };
        *self.buckets.lock().unwrap_or_else(PoisonError::into_inner) = Some(buckets.clone());
        Ok(buckets)
    }

    /// Returns a subject of a run of a node.
    pub(crate) fn subject(&self, what: &str, node: &Node) -> String {
        format!("{}.{what}.{}.{}", self.options.cluster, text(&node.name), node.epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::is_too_old;

    #[test]
    fn servers_before_2_10_are_too_old() {
        for old in ["2.9.10", "2.9", "1.4.1", "0.1.0"] {
            assert!(is_too_old(old), "{old}");
        }
        for right in ["2.10.0", "2.10.27", "2.11.0-RC.1", "3.0.0", "dev", ""] {
            assert!(!is_too_old(right), "{right}");
        }
    }
}
