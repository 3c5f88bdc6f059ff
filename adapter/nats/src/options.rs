//! The options of a node.

use std::path::PathBuf;
use std::time::Duration;

use crate::settings::LeaseSettings;

/// The options of a node.
///
/// ```
/// use alwayson_nats::Options;
///
/// let options = Options::new("nats://127.0.0.1:4222", "a").with_cluster("plant");
/// assert_eq!(options.cluster, "plant");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The URLs of NATS servers, separated by commas. One that can be reached suffices.
    pub url: String,
    /// A file with credentials of NATS; none by default.
    pub credentials: Option<PathBuf>,
    /// The name of this node, unique within the cluster.
    pub node: String,
    /// The name of the cluster, with which the names of buckets and subjects begin; `ao` by
    /// default. Letters, digits, `-` and `_`.
    pub cluster: String,
    /// The times of leases. All nodes must have the same.
    pub lease: LeaseSettings,
    /// The time after which a claim is given up; 8 s by default, since an edge waits 10 s for the
    /// answer to its BIND.
    pub claim_timeout: Duration,
    /// The time in which a node that is asked for a Thing has to untie it; 2 s by default.
    pub ask_timeout: Duration,
}

impl Options {
    /// Creates options of a node of this name, which connects to this URL.
    pub fn new(url: impl Into<String>, node: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            credentials: None,
            node: node.into(),
            cluster: "ao".to_owned(),
            lease: LeaseSettings::default(),
            claim_timeout: Duration::from_secs(8),
            ask_timeout: Duration::from_secs(2),
        }
    }

    /// Sets the file with credentials.
    #[must_use]
    pub fn with_credentials(mut self, file: impl Into<PathBuf>) -> Self {
        self.credentials = Some(file.into());
        self
    }

    /// Sets the name of the cluster.
    #[must_use]
    pub fn with_cluster(mut self, cluster: impl Into<String>) -> Self {
        self.cluster = cluster.into();
        self
    }

    /// Sets the times of leases.
    #[must_use]
    pub fn with_lease(mut self, lease: LeaseSettings) -> Self {
        self.lease = lease;
        self
    }
}
