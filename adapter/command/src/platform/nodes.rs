//! The options of a platform that is a node of several.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use alwayson_nats::settings::LeaseSettings;
use alwayson_nats::{Cluster, Options, StartError};

use crate::failure::Failure;

/// The options of a platform that is a node of several.
// With a name of its own: another group of options is called `Args` as well.
#[derive(Debug, clap::Args)]
#[group(id = "nodes")]
pub(super) struct NodeArgs {
    /// Be a node of a platform over several machines, which share their Things through NATS: the
    /// URLs of its servers, which run with `-js`, separated by commas. Any node calls any Thing. Balance
    /// the edges over the nodes with any TCP balancer.
    #[arg(long, value_name = "URL")]
    nats: Option<String>,
    /// A file with credentials of NATS.
    #[arg(long, value_name = "FILE", requires = "nats")]
    nats_creds: Option<PathBuf>,
    /// The name of this node, unique within the cluster [default: the name of this machine]
    #[arg(long, value_name = "NAME", requires = "nats")]
    node: Option<String>,
    /// The name of the cluster, with which its buckets and subjects in NATS begin.
    #[arg(long, value_name = "NAME", requires = "nats", default_value = "ao")]
    cluster: String,
    /// The times of leases in ms, the same on all nodes: how often a node refreshes its lease, when
    /// it tries again, its lease, when the server removes it, and how long servers may elect a
    /// leader.
    #[arg(
        long,
        value_name = "REFRESH,RETRY,LEASE,EXPIRY,ELECTION",
        requires = "nats",
        value_parser = times,
        default_value = "3000,500,15000,20000,9000"
    )]
    nats_times: LeaseSettings,
}

fn times(text: &str) -> Result<LeaseSettings, String> {
    let times: Result<Vec<u32>, _> = text.split(',').map(|ms| ms.trim().parse()).collect();
    let times = times.map_err(|error| error.to_string())?;
    let [refresh, retry, lease, expiry, election] =
        <[u32; 5]>::try_from(times).map_err(|_| "five times are needed".to_owned())?;
    let ms = |ms: u32| Duration::from_millis(ms.into());
    let settings = LeaseSettings {
        refresh: ms(refresh),
        retry: ms(retry),
        lease: ms(lease),
        expiry: ms(expiry),
        election: ms(election),
        ..LeaseSettings::default()
    };
    settings.check().map(|_| settings).map_err(|error| error.to_string())
}

impl NodeArgs {
    /// Connects to NATS, if the platform is a node.
    pub(super) async fn connect(&self) -> Result<Option<Arc<Cluster>>, Failure> {
        let Some(url) = &self.nats else { return Ok(None) };
        let node = self.node.clone().unwrap_or_else(machine);
        let mut options =
            Options::new(url, node).with_cluster(&self.cluster).with_lease(self.nats_times);
        options.credentials.clone_from(&self.nats_creds);
        let connected = Cluster::connect(options).await;
        connected.map(Some).map_err(|error| match error {
            StartError::Connect(_) => Failure::Failed(format!("--nats: {url}: {error}")),
            error => Failure::Usage(format!("--nats: {error}")),
        })
    }
}

/// Returns the name of this machine.
#[cfg(unix)]
fn machine() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Returns the name of this machine.
#[cfg(not(unix))]
fn machine() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_do_not_fit_each_other_are_refused() {
        assert_eq!(times("3000,500,15000,20000,9000"), Ok(LeaseSettings::default()));
        assert_eq!(times("3000,500,15000,20000").unwrap_err(), "five times are needed");
        assert!(times("3000,500,15000,15000,9000").unwrap_err().contains("expiry"));
        assert!(times("a,500,15000,15000,9000").is_err());
    }
}
