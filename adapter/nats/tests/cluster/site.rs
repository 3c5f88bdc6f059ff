//! A server, and the nodes that use it, each through a proxy.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alwayson_nats::settings::LeaseSettings;
use alwayson_nats::{Cluster, Options};

use tracing_subscriber::EnvFilter;

use super::proxy::Proxy;
use super::server::Server;

/// Short times, so that a test does not take minutes, but longer than a server needs to start on a
/// machine that has much to do.
pub(crate) fn lease() -> LeaseSettings {
    LeaseSettings {
        refresh: Duration::from_millis(300),
        retry: Duration::from_millis(100),
        lease: Duration::from_secs(4),
        expiry: Duration::from_secs(5),
        election: Duration::from_secs(3),
        ..LeaseSettings::default()
    }
}

pub(crate) struct Site {
    pub(crate) server: Server,
    proxies: Mutex<HashMap<String, Arc<Proxy>>>,
}

impl Site {
    pub(crate) async fn start() -> Self {
        // What `RUST_LOG` asks for.
        let log = tracing_subscriber::fmt().with_env_filter(EnvFilter::from_default_env());
        let _ = log.with_test_writer().try_init();
        Self { server: Server::start().await, proxies: Mutex::default() }
    }

    pub(crate) async fn cluster(&self, name: &str) -> Arc<Cluster> {
        self.cluster_with(name, |options| options).await
    }

    pub(crate) async fn cluster_with(
        &self,
        name: &str,
        with: impl FnOnce(Options) -> Options,
    ) -> Arc<Cluster> {
        let proxy = Arc::new(Proxy::to(&self.server.address).await);
        let options = with(Options::new(proxy.address.to_string(), name).with_lease(lease()));
        self.proxies.lock().unwrap().insert(name.to_owned(), proxy);
        Cluster::connect(options).await.unwrap()
    }

    pub(crate) fn proxy(&self, name: &str) -> Arc<Proxy> {
        Arc::clone(&self.proxies.lock().unwrap()[name])
    }
}
