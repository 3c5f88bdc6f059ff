//! What a run is set up with: whom it tests and how long things may take.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio_rustls::rustls::ClientConfig;

use super::place::Devices;
use super::rename::Names;
use crate::suite::net::{Certificates, Hub, Target};

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Limits {
    /// The length of a second of the scripts, in seconds.
    pub(crate) scale: f64,
    /// How much earlier or later than in the script something may happen.
    pub(crate) tolerance: Duration,
    /// How long the tested program may take to answer, or to start.
    pub(crate) answer: Duration,
    /// How long nothing more may happen after the last step.
    pub(crate) settle: Duration,
}

impl Limits {
    /// Returns a time of a script as a time of the real clock.
    pub(crate) fn real(&self, ms: u64) -> Duration {
        #[expect(clippy::cast_precision_loss, reason = "times of scripts are below 2^52 ms")]
        Duration::from_secs_f64(ms as f64 / 1000.0 * self.scale)
    }
}

/// How the tested program comes to a case.
pub(crate) enum Way {
    /// An edge is started for each case and connects to a listener of its own.
    Started { command: Vec<String>, listen: IpAddr },
    /// Edges, started for each case or by somebody else, connect to the one listener.
    Listener {
        command: Option<Vec<String>>,
        listener: Arc<TcpListener>,
        /// Tells edges apart, so that cases run at once.
        hub: Hub,
        /// The Things of edges that were started by somebody else.
        things: Vec<String>,
        devices: Devices,
        /// Cases that need the listener for themselves take turns.
        turn: Mutex<()>,
    },
    /// A platform runs already.
    ///
    /// Cases that bind names run one after another.
    Running { target: Target, tls: Option<Arc<ClientConfig>>, key: Option<String>, turn: Mutex<()> },
    /// A platform is started for each case, and says where it listens.
    Platform { command: Vec<String> },
}

/// What a run is set up with.
pub(crate) struct Setup {
    pub(crate) way: Way,
    /// Whether the tested program has the control channel.
    pub(crate) has_control: bool,
    pub(crate) limits: Limits,
    /// What the Things of the scripts are called.
    pub(crate) names: Names,
    /// How many of the Things of the scripts a platform has.
    pub(crate) things: usize,
    /// The host that edges are told to connect to.
    pub(crate) host: String,
    /// What our platform uses in cases about TLS, and the file of what edges must trust.
    pub(crate) certificates: Option<(Certificates, tempfile::NamedTempFile)>,
}

impl Setup {
    /// Returns the address that an edge is told to connect to.
    pub(crate) fn url(&self, listener: SocketAddr, is_tls: bool) -> String {
        let scheme = if is_tls { "wss" } else { "ws" };
        let host = &self.host;
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        format!("{scheme}://{host}:{}/Thingworx/WS", listener.port())
    }

    /// Returns the path of the certificate that an edge is told to trust.
    pub(crate) fn ca(&self) -> Option<String> {
        let (_, file) = self.certificates.as_ref()?;
        Some(file.path().display().to_string())
    }
}
